package main

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"time"

	"netid/internal/act/assist"
	"netid/internal/law"
	"netid/internal/officer"
	"netid/internal/quorum"
	"netid/internal/suite"
)

// What is done away from the service. None of it opens a connection.

type assistYesCmd struct {
	Paper string `arg:"" type:"existingfile" help:"What netid assist paper wrote."`
	Key   string `required:"" type:"existingfile" placeholder:"FILE" help:"The officer's key."`
}

func (c *assistYesCmd) Run(s *surroundings) error {
	p, err := readAs[assist.Paper](c.Paper)
	if err != nil {
		return err
	}
	fmt.Fprintln(s.errs, p.Text) // what a yes is to, before the key is asked for
	one, err := officersAt([]string{c.Key})
	if err != nil {
		return err
	}
	if id := one[0].Public().ID(); id != p.Officer {
		return fmt.Errorf("%s is for the officer's key %s, and this key is %s", c.Paper, p.Officer, id)
	}
	word, err := officer.Yes(p, one[0])
	if err != nil {
		return fmt.Errorf("%s: %w", c.Paper, err)
	}
	fmt.Fprintln(s.out, word)
	return nil
}

func readAs[T any](path string) (v T, err error) {
	b, err := os.ReadFile(path)
	if err == nil {
		v, err = officer.Parse[T](b)
	}
	return v, err
}

func officersAt(files []string) (all []quorum.Officer, err error) {
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		o, err := quorum.ReadOfficer(b, func() ([]byte, error) { return ask("the officer's key "+file, 0, false) })
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		all = append(all, o)
	}
	return all, nil
}

// togetherFlags are a release and the officers who open it.
type togetherFlags struct {
	Release string   `arg:"" type:"existingfile" help:"What netid assist open wrote."`
	Officer []string `required:"" type:"existingfile" placeholder:"FILE" help:"An officer's key; once for each, as many as the quorum needs."`
}

func (f togetherFlags) read() (r assist.Release, officers []quorum.Officer, err error) {
	if r, err = readAs[assist.Release](f.Release); err == nil {
		officers, err = officersAt(f.Officer)
	}
	return r, officers, err
}

type assistUnlockCmd struct{ togetherFlags }

func (c *assistUnlockCmd) Run(s *surroundings) error {
	r, officers, err := c.read()
	if err != nil {
		return err
	}
	owner, err := officer.Owner(r, officers...)
	if err == nil {
		fmt.Fprintln(s.out, hex.EncodeToString(owner))
	}
	return err
}

type assistAnswerCmd struct {
	togetherFlags
	Rows string `type:"existingfile" placeholder:"FILE" help:"Of a log: what netid assist rows wrote."`
	Out  string `required:"" placeholder:"FILE" help:"Where the answer goes, sealed to the authority; must not exist."`
}

func (c *assistAnswerCmd) Run(s *surroundings) error {
	r, officers, err := c.read()
	if err != nil {
		return err
	}
	var a officer.Answer
	if r.Request.Help == law.AuthenticationLog {
		var in struct {
			Rows []assist.Entry `json:"rows"`
		}
		if in, err = readAs[struct {
			Rows []assist.Entry `json:"rows"`
		}](c.Rows); err == nil {
			a, err = officer.Log(r, in.Rows, time.Now(), officers...)
		}
	} else {
		a, err = officer.Who(r, time.Now(), officers...)
	}
	if err != nil {
		return err
	}
	b, err := officer.Seal(r, a)
	if err != nil {
		return err
	}
	return writeNew(c.Out, b)
}

type assistKeyCmd struct {
	Out     string `required:"" placeholder:"FILE" help:"Where the private key goes; must not exist."`
	Profile string `default:"international" placeholder:"NAME" help:"international, or guomi for SM2 (default: ${default})."`
	Plain   bool   `help:"Do not seal the file under a passphrase."`
}

const authorityNote = "An authority's private key, to which a netid service seals what it gives by law."

func (c *assistKeyCmd) Run(s *surroundings) error {
	profile, err := suite.ParseProfile(c.Profile)
	if err != nil {
		return err
	}
	k, err := officer.NewAuthority(profile.Suite())
	if err != nil {
		return err
	}
	return writeKey(s, c.Out, c.Plain, "the authority's key", func(word []byte) ([]byte, error) { return k.File(word, authorityNote) }, k.Public().Text())
}

type assistReadCmd struct {
	Answer string `arg:"" type:"existingfile" help:"What netid assist answer wrote."`
	Key    string `required:"" type:"existingfile" placeholder:"FILE" help:"The authority's key."`
}

func (c *assistReadCmd) Run(s *surroundings) error {
	b, err := os.ReadFile(c.Key)
	if err != nil {
		return err
	}
	k, err := officer.ReadAuthority(b, func() ([]byte, error) { return ask("the authority's key", 0, false) })
	if err != nil {
		return err
	}
	if b, err = os.ReadFile(c.Answer); err != nil {
		return err
	}
	a, err := k.Read(b)
	if err != nil {
		return err
	}
	out := json.NewEncoder(s.out)
	out.SetIndent("", "  ")
	return out.Encode(a)
}
