package main

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"
	"time"

	"netid/internal/act/assist"
)

// assistCmd is lawful assistance. Some of it is done at the service, some on a machine of
// the officers' own, where no service runs; files go between.
type assistCmd struct {
	Request assistRequestCmd `cmd:"" help:"At the service: write down what an authority asks."`
	List    assistListCmd    `cmd:"" help:"At the service: all requests, and the openings that nobody reviewed in time."`
	Officer assistOfficerCmd `cmd:"" help:"At the service: say who holds an officer's key, once."`
	Paper   assistPaperCmd   `cmd:"" help:"At the service: what an officer is asked to approve, as a file for their machine."`
	Yes     assistYesCmd     `cmd:"" help:"On an officer's machine: read a paper, and print the word that approves it."`
	Approve assistApproveCmd `cmd:"" help:"At the service: take an officer's word."`
	Open    assistOpenCmd    `cmd:"" help:"At the service: open a request, once, within 15 minutes of the second approval. What comes out is sealed."`
	Unlock  assistUnlockCmd  `cmd:"" help:"On the officers' machine: open a log's months, and print where its rows lie."`
	Rows    assistRowsCmd    `cmd:"" help:"At the service: a log's rows, sealed, once."`
	Answer  assistAnswerCmd  `cmd:"" help:"On the officers' machine: open what was handed out, and seal the answer to the authority."`
	Review  assistReviewCmd  `cmd:"" help:"At the service: review an opening, within 72 hours, by somebody who neither asked nor approved."`
	Key     assistKeyCmd     `cmd:"" help:"At an authority: make the key to which answers are sealed."`
	Read    assistReadCmd    `cmd:"" help:"At an authority: open an answer."`
}

type assistRequestCmd struct {
	doorFlag
	By        string    `required:"" placeholder:"NAME" help:"Who writes it down: a word for one who works here."`
	Authority string    `required:"" placeholder:"NAME" help:"Who asks. It becomes public."`
	Law       string    `required:"" placeholder:"TEXT" help:"The law that obliges the service, and the paper's number. It becomes public."`
	Key       string    `required:"" placeholder:"PUBLIC_KEY" help:"The authority's, as netid assist key printed it."`
	Help      string    `name:"help-with" required:"" enum:"real-identity,authentication-log" help:"One of ${enum}."`
	Number    string    `xor:"whose" required:"" placeholder:"NUMBER" help:"The net number."`
	Pseudonym string    `xor:"whose" required:"" placeholder:"SUB" help:"The pseudonym of an account at a party, with --at."`
	At        string    `placeholder:"PARTY" help:"The party that has the pseudonym."`
	Document  string    `xor:"whose" required:"" placeholder:"KIND:NUMBER" help:"A legal identity document, for a log alone."`
	From      time.Time `format:"2006-01-02" placeholder:"DAY" help:"Of a log: the first day (UTC)."`
	To        time.Time `format:"2006-01-02" placeholder:"DAY" help:"Of a log: the last day."`
	Secret    string    `placeholder:"TEXT" help:"A law that keeps it from its person for a time."`
	Until     time.Time `format:"2006-01-02" placeholder:"DAY" help:"Until when."`
}

func (c *assistRequestCmd) Run(s *surroundings) error {
	in := assist.Ask{By: c.By, Authority: c.Authority, Citation: c.Law, Key: c.Key, Help: c.Help, Number: c.Number, Pseudonym: c.Pseudonym, At: c.At, From: c.From, To: c.To}
	if c.Document != "" {
		in.Kind, in.Document, _ = strings.Cut(c.Document, ":")
	}
	if c.Secret != "" || !c.Until.IsZero() {
		in.Secret = &assist.Secret{Citation: c.Secret, Until: c.Until}
	}
	out, err := asked[struct{ Reference string }](s, c.doorFlag, http.MethodPost, "/admin/assist", in)
	if err == nil {
		fmt.Fprintln(s.out, out.Reference)
	}
	return err
}

// asked asks the operator's door and reads its answer.
func asked[T any](s *surroundings, f doorFlag, method, path string, in any) (out T, err error) {
	answer, err := f.ask(s.ctx, method, path, in)
	if err == nil && len(answer) > 0 {
		if err = json.Unmarshal(answer, &out); err != nil {
			err = fmt.Errorf("the answer is not understood: %w", err)
		}
	}
	return out, err
}

type assistListCmd struct{ doorFlag }

func (c *assistListCmd) Run(s *surroundings) error {
	all, err := asked[struct {
		Requests []assist.Request
		Officers []assist.Officer
		Overdue  []string
	}](s, c.doorFlag, http.MethodGet, "/admin/assist", nil)
	if err != nil {
		return err
	}
	late := map[string]string{}
	for _, ref := range all.Overdue {
		late[ref] = "LATE: review"
	}
	w := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "REFERENCE\tASKED\tBY\tAUTHORITY\tHELP\tWAY\tAPPROVED BY\tOPENED\tREVIEWED BY\tALARM")
	for _, r := range all.Requests {
		var by []string
		for _, a := range r.Approvals {
			by = append(by, a.Name)
		}
		opened, reviewer := "", ""
		if !r.Opened.IsZero() {
			opened = r.Opened.Format(time.RFC3339)
		}
		if r.Review != nil {
			reviewer = r.Review.By
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", r.Reference, r.Asked.Format(time.RFC3339), r.By, r.Authority, r.Help, r.Way, strings.Join(by, ", "), opened, reviewer, late[r.Reference])
	}
	fmt.Fprintln(w, "\nOFFICER\tNAME")
	for _, o := range all.Officers {
		fmt.Fprintf(w, "%s\t%s\n", o.ID, o.Name)
	}
	return w.Flush()
}

type assistOfficerCmd struct {
	doorFlag
	ID   string `arg:"" name:"officer" help:"Id of the officer's key, as netid officers list has it."`
	Name string `arg:"" help:"Who holds it: a word for one who works here."`
}

func (c *assistOfficerCmd) Run(s *surroundings) error {
	_, err := c.ask(s.ctx, http.MethodPost, "/admin/assist/officers", assist.Officer{ID: c.ID, Name: c.Name})
	return err
}

// refFlag is a request, at the operator's door.
type refFlag struct {
	doorFlag
	Ref string `arg:"" name:"reference" help:"As the list has it."`
}

func (f refFlag) at(what string) string { return "/admin/assist/" + url.PathEscape(f.Ref) + what }

type assistPaperCmd struct {
	refFlag
	Officer string `required:"" placeholder:"ID" help:"Whose key it is for."`
	Out     string `required:"" placeholder:"FILE" help:"Where it goes; must not exist."`
}

func (c *assistPaperCmd) Run(s *surroundings) error {
	b, err := c.ask(s.ctx, http.MethodGet, c.at("/papers/"+url.PathEscape(c.Officer)), nil)
	if err != nil {
		return err
	}
	return writeNew(c.Out, b)
}

type assistApproveCmd struct {
	refFlag
	Word string `required:"" help:"What netid assist yes printed."`
}

func (c *assistApproveCmd) Run(s *surroundings) error {
	out, err := asked[struct{ Approvals int }](s, c.doorFlag, http.MethodPost, c.at("/approve"), map[string]string{"word": c.Word})
	if err == nil {
		fmt.Fprintf(s.out, "%d of 2 approved it.\n", out.Approvals)
	}
	return err
}

// mustNotBe finds out before what is given once is given that it has no place to go.
func mustNotBe(path string) error {
	_, err := os.Lstat(path)
	if err == nil {
		return fmt.Errorf("%s is there already", path)
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), "netid-assist-")
	if err != nil {
		return err
	}
	return errors.Join(f.Close(), os.Remove(f.Name()))
}

type assistOpenCmd struct {
	refFlag
	Out string `required:"" placeholder:"FILE" help:"Where what is handed out goes; must not exist."`
}

func (c *assistOpenCmd) Run(s *surroundings) error {
	if err := mustNotBe(c.Out); err != nil {
		return err
	}
	b, err := c.askWithin(s.ctx, 0, http.MethodPost, c.at("/open"), struct{}{}) // who is named by a pseudonym is looked for among everybody
	if err != nil {
		return err
	}
	return writeNew(c.Out, b)
}

type assistRowsCmd struct {
	refFlag
	Owner string `required:"" placeholder:"HEX" help:"What netid assist unlock printed."`
	Out   string `required:"" placeholder:"FILE" help:"Where the rows go; must not exist."`
}

func (c *assistRowsCmd) Run(s *surroundings) error {
	if err := mustNotBe(c.Out); err != nil {
		return err
	}
	owner, err := hex.DecodeString(c.Owner)
	if err != nil {
		return fmt.Errorf("--owner is not what netid assist unlock printed: %w", err)
	}
	b, err := c.ask(s.ctx, http.MethodPost, c.at("/rows"), map[string][]byte{"owner": owner})
	if err != nil {
		return err
	}
	return writeNew(c.Out, b)
}

type assistReviewCmd struct {
	refFlag
	By   string `required:"" placeholder:"NAME" help:"Who reviewed it."`
	What string `required:"" placeholder:"TEXT" help:"What they found, one line."`
}

func (c *assistReviewCmd) Run(s *surroundings) error {
	_, err := c.ask(s.ctx, http.MethodPost, c.at("/review"), map[string]string{"by": c.By, "what": c.What})
	return err
}
