package main

import (
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"netid/internal/emrtd"
	"netid/internal/emrtd/csca"
)

type cscaCmd struct {
	Import cscaImportCmd `cmd:"" help:"Add certificates, revocation lists (PEM or DER) or a master list (CMS) to the file that the configuration names. A running server takes them at its next document."`
	List   cscaListCmd   `cmd:"" help:"The authorities that are trusted, and their revocation lists."`
	Remove cscaRemoveCmd `cmd:"" help:"Take one out, with what stands on it."`
}

// cscaFlag finds the file.
type cscaFlag struct {
	Config string `required:"" placeholder:"FILE" type:"existingfile" help:"Configuration file (YAML) of the server; its csca is what is read and changed."`
}

func (f cscaFlag) path() (string, error) {
	c, err := readConfig(f.Config)
	return c.CSCA, err
}

type cscaImportCmd struct {
	cscaFlag
	File      []string `arg:"" type:"existingfile" help:"What to add."`
	Publisher string   `placeholder:"FILE" type:"existingfile" help:"Certificates (PEM) of the authority whose signer signed the master list: by them alone a list is believed."`
	Country   []string `placeholder:"CC" help:"Of certificates, take those of this country alone (two letters); may be repeated."`
}

// Run takes the files in their order. One that is refused ends it; those
// before it stay.
func (c *cscaImportCmd) Run(s *surroundings) error {
	path, err := c.path()
	if err != nil {
		return err
	}
	var publishers *emrtd.Anchors
	if c.Publisher != "" {
		if publishers, err = csca.Publishers(c.Publisher); err != nil {
			return err
		}
	}
	for _, name := range c.File {
		b, err := csca.Bounded(name)
		if err != nil {
			return err
		}
		change, err := csca.Import(path, csca.Source{Bytes: b, Publishers: publishers, Countries: c.Country}, time.Now())
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if err := entered(s.out, change.Added); err != nil {
			return err
		}
		fmt.Fprintf(s.out, "%s: %d added, %d were here, %d of other countries, %d that cannot be used\n", name, len(change.Added), change.Known, change.Others, change.Refused)
	}
	return nil
}

type cscaListCmd struct{ cscaFlag }

// Run reads the file alone, beside a running server or without one.
func (c *cscaListCmd) Run(s *surroundings) error {
	path, err := c.path()
	if err != nil {
		return err
	}
	all, err := csca.List(path)
	if err != nil {
		return err
	}
	return entered(s.out, all)
}

type cscaRemoveCmd struct {
	cscaFlag
	Fingerprint string `arg:"" help:"SHA-256 of what is to go, as list prints it; its beginning is enough where it fits one alone."`
}

// Run prints all that went: links and lists fall with the root that held them.
func (c *cscaRemoveCmd) Run(s *surroundings) error {
	path, err := c.path()
	if err != nil {
		return err
	}
	removed, err := csca.Remove(path, c.Fingerprint)
	if err != nil {
		return err
	}
	return entered(s.out, removed)
}

func entered(out io.Writer, all []csca.Entry) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for _, e := range all {
		revokes := ""
		if e.Kind == "list" {
			revokes = fmt.Sprintf(" (revokes %d)", e.Revokes)
		}
		fmt.Fprintf(w, "%s\t%s\tuntil %s\t%s\t%s%s\n", e.Kind, e.Country, e.Until.Format(time.DateOnly), e.Fingerprint, e.Name, revokes)
	}
	return w.Flush()
}
