package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"
	"unicode"

	"github.com/alecthomas/kong"

	"netid/client"
	"netid/internal/web/shell"
)

// verifyCmd is anybody's: it takes no data directory and no keyring, and asks no network.
type verifyCmd struct {
	File     string   `arg:"" help:"What to look at: an answer, receipt, credential, presentation, list of statuses, trust list, registration, export, record, head, approval or a venue's code; - reads the standard input."`
	Trust    string   `placeholder:"FILE" help:"Root certificates (PEM), or a trust list of the service, from elsewhere than the file itself."`
	JWKS     string   `name:"jwks" placeholder:"FILE" help:"The service's key set, kept from its /jwks."`
	JWKSSM   string   `name:"jwks-sm" placeholder:"FILE" help:"The service's SM2 key set, kept from its /jwks-sm."`
	Ledger   string   `placeholder:"FILE|KEY" help:"The verifier key of the service's ledger, or its /ledger/keys kept as a file."`
	Status   []string `placeholder:"FILE" help:"A list of statuses in which to look the credential up."`
	Bundle   string   `placeholder:"FILE" help:"A venue's bundle, by which a code of its gate is checked; needs --trust."`
	Issuer   string   `placeholder:"URL" help:"The service's address; without it, nobody has compared it."`
	Audience string   `placeholder:"ID" help:"For whom it must be."`
	Nonce    string   `placeholder:"TEXT" help:"And in which transaction."`
	At       string   `placeholder:"TIME" help:"The moment as of which to check (2006-01-02T15:04:05Z); without it, this computer's clock."`
	Lang     string   `default:"en" env:"LC_ALL,LC_MESSAGES,LANG" placeholder:"zh|en" help:"The language of what is said."`
	JSON     bool     `name:"json" help:"Say it as JSON."`
}

// misuse is a command that could not be understood: its status is 2, so that a
// script does not take it for a check that failed.
type misuse struct{ error }

func (m misuse) Unwrap() error { return m.error }

// statusOf is the status that an error ends the process with.
func statusOf(err error) int {
	var parse *kong.ParseError
	if errors.As(err, new(misuse)) || errors.As(err, &parse) && parse.Context != nil && strings.HasPrefix(parse.Context.Command(), "verify") {
		return 2
	}
	return 1
}

// Run ends with 0 where everything of the file's form was proven, with 1 where not.
func (c *verifyCmd) Run(s *surroundings) error {
	known, err := c.known()
	if err != nil {
		return misuse{err}
	}
	text, err := c.text(s.in)
	if err != nil {
		return misuse{err}
	}
	found := client.Read(text, known)
	if c.At == "" && found.Verdict == client.Proven {
		found.Open = append(found.Open, "clock")
	}
	if c.JSON {
		err = asJSON(s.out, found)
	} else {
		c.tell(s.out, found)
	}
	if err == nil && found.Verdict != client.Proven {
		panic(exited(1)) // everything is said already
	}
	return err
}

// known reads the files that the reader trusts.
func (c *verifyCmd) known() (k client.Known, err error) {
	k = client.Known{Issuer: c.Issuer, Audience: c.Audience, Nonce: c.Nonce, Now: time.Now()}
	if c.At != "" {
		if k.Now, err = time.Parse(time.RFC3339, c.At); err != nil {
			return k, fmt.Errorf("--at is a time like 2006-01-02T15:04:05Z: %w", err)
		}
	}
	for name, into := range map[string]*[]byte{c.JWKS: &k.Keys, c.JWKSSM: &k.KeysSM} {
		if name == "" {
			continue
		}
		if *into, err = bounded(name, 64<<10); err != nil {
			return k, err
		}
	}
	if c.Trust != "" {
		b, err := bounded(c.Trust, 64<<10)
		if err == nil {
			k.Roots, err = client.ReadRoots(b, k.Now)
		}
		if err != nil {
			return k, fmt.Errorf("%s: %w", c.Trust, err)
		}
	}
	for _, name := range c.Status {
		b, err := bounded(name, 1<<20)
		if err != nil {
			return k, err
		}
		k.Lists = append(k.Lists, b)
	}
	if c.Bundle != "" {
		if k.Bundle, err = bounded(c.Bundle, longestBundle); err != nil {
			return k, err
		}
	}
	if c.Ledger != "" {
		k.Ledger, err = keyOrFile(c.Ledger)
	}
	return k, err
}

func (c *verifyCmd) text(in io.Reader) ([]byte, error) {
	if c.File == "-" {
		return io.ReadAll(io.LimitReader(in, longestExport+1))
	}
	return bounded(c.File, longestExport)
}

// bounded reads a file up to one byte more than it may have.
func bounded(name string, most int64) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, most+1))
	if err == nil && int64(len(b)) > most && name != "" && most < longestExport {
		err = fmt.Errorf("%s: longer than %d bytes", name, most)
	}
	return b, err
}

func asJSON(out io.Writer, f client.Finding) error {
	why := ""
	if f.Verdict != client.Proven {
		why = f.Err.Error()
	}
	e := json.NewEncoder(out)
	e.SetIndent("", "  ")
	return e.Encode(struct {
		Form    client.Form    `json:"form"`
		Verdict client.Verdict `json:"verdict"`
		Why     string         `json:"why,omitempty"`
		Proven  []client.Fact  `json:"proven"`
		Open    []string       `json:"not_checked"`
	}{f.Form, f.Verdict, why, append([]client.Fact{}, f.Facts...), append([]string{}, f.Open...)})
}

// tell says it in words: what it looks like, what of that is proven, what was not
// checked, and what such a thing never proves.
func (c *verifyCmd) tell(out io.Writer, f client.Finding) {
	words, locale := shell.New(shell.Config{}), shell.English
	if strings.HasPrefix(strings.ToLower(c.Lang), "zh") {
		locale = shell.Chinese
	}
	say := func(key string, args ...any) string { return words.Say(locale, "verify."+key, args...) }
	fmt.Fprintf(out, "%s\n%s\n", say("form."+string(f.Form)), say("verdict."+string(f.Verdict)))
	if f.Verdict == client.NotProven {
		fmt.Fprintf(out, "%s\n", say("why", words.Say(locale, whyKey(f)), shown(f.Err.Error())))
		return
	}
	for _, fact := range f.Facts {
		fmt.Fprintf(out, "- %s: %s\n", say("fact."+fact.Name), shown(fact.Value))
	}
	if len(f.Open) > 0 {
		fmt.Fprintf(out, "\n%s\n", say("open"))
	}
	for _, what := range f.Open {
		fmt.Fprintf(out, "- %s\n", say("open."+what))
	}
	if f.Verdict == client.Proven {
		fmt.Fprintf(out, "\n%s\n- %s\n", say("beyond"), say("beyond."+string(f.Form)))
	}
}

// whyKey is the sentence for a failure: of a code, the one that its gate says.
func whyKey(f client.Finding) string {
	if f.Form == client.FormSlip {
		return "venue.no." + reasonOf(f.Err)
	}
	return "verify.reason." + reasonOf(f.Err)
}

// reasonOf is the client's reason for a failure.
func reasonOf(err error) string {
	var r client.Reason
	errors.As(err, &r)
	return cmp.Or(string(r), "token_invalid")
}

// shown makes what others wrote fit for a terminal.
func shown(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) && !unicode.Is(unicode.Cf, r) {
			return r
		}
		return unicode.ReplacementChar
	}, s)
}
