// Package counter is the door of clerks who help people to enrol: a page on which
// they sign in, one on which they type the slip that a person's screen shows, and
// one on which they read that person's document (ADR 0040).
//
// It owns these pages and refuses to decide anything. It knows neither telephone
// nor passcode, no record and no list of people: what a clerk can see is enrol.Case.
//
// Invariant: a clerk reaches an enrolment by its slip alone, which the person's
// own screen shows, and in a browser that is not the person's.
package counter

import (
	"bytes"
	"context"
	"embed"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/http"

	"netid/internal/act/enrol"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/web/shell"
)

// ReaderHost is where netid reader listens on the clerk's computer.
const ReaderHost = "127.0.0.1:9303"

// Clerks signs clerks in.
type Clerks interface {
	SignIn(ctx context.Context, credential string) (cookie string, err error)
	Open(ctx context.Context, cookie string) (id identity.CounterID, next string, err error)
}

// Cases are the enrolments that a slip leads to.
type Cases interface {
	Case(ctx context.Context, slip string) (enrol.Case, error)
	CaseChallenge(ctx context.Context, slip string) ([]byte, error)
	CaseExchange(ctx context.Context, slip string, evidence []byte) ([]byte, error)
	CasePresent(ctx context.Context, by identity.CounterID, slip string, evidence []byte) error
	CaseAgree(ctx context.Context, by identity.CounterID, slip string) error
}

// Config is what the door opens onto.
type Config struct {
	Shell  *shell.Shell
	Clerks Clerks
	Cases  Cases
	Drawer bool // the sandbox's card drawer is served beside this door
}

// Door answers clerks.
type Door struct {
	Config
	pages *shell.Pages
}

//go:embed templates/*.html
var templates embed.FS

// New makes the door.
func New(c Config) *Door {
	return &Door{Config: c, pages: c.Shell.Pages(templates, "templates/*.html")}
}

// Register puts the door's pages on the mux.
func (d *Door) Register(mux shell.Mux) {
	for pattern, h := range map[string]shell.Handler{
		"GET /counter":            d.signed(d.desk),
		"POST /counter/signin":    d.signin,
		"POST /counter/signout":   d.signout,
		"POST /counter/case":      d.signed(d.open),
		"POST /counter/challenge": d.signed(d.challenge),
		"POST /counter/exchange":  d.signed(d.exchange),
		"POST /counter/read":      d.signed(d.read),
		"POST /counter/agree":     d.signed(d.agree),
	} {
		d.Shell.Handle(mux, pattern, h)
	}
}

// signed opens a page to a clerk who is signed in, and goes on with the session.
func (d *Door) signed(h func(*shell.Visit, identity.CounterID) error) shell.Handler {
	return func(v *shell.Visit) error {
		v.Back("/counter")
		cookie := v.Cookie(shell.CookieClerk)
		if cookie == "" && v.R.Method == http.MethodGet {
			return v.Show(d.pages, "counter-signin", nil)
		}
		id, next, err := d.Clerks.Open(v.Context(), cookie)
		if fault.Is(err, fault.Unauthenticated) {
			v.DropCookie(shell.CookieClerk)
			if v.WantsJSON() {
				return err
			}
			return v.Refuse(d.pages, "counter-signin", err, nil, "credential")
		}
		if err != nil {
			return err
		}
		if v.Cookie(shell.CookieDraft) != "" { // here the clerk could choose the person's passcode
			return fault.New("counter.signed", fault.Forbidden, "counter_shared")
		}
		v.SetCookie(shell.CookieClerk, next, 0)
		return h(v, id)
	}
}

func (d *Door) signin(v *shell.Visit) error {
	v.Back("/counter")
	cookie, err := d.Clerks.SignIn(v.Context(), v.Form("credential"))
	if err != nil {
		if !shell.Recoverable(err) {
			return err
		}
		return v.Refuse(d.pages, "counter-signin", err, nil, "credential")
	}
	v.SetCookie(shell.CookieClerk, cookie, 0)
	return v.Go("/counter")
}

func (d *Door) signout(v *shell.Visit) error {
	v.DropCookie(shell.CookieClerk)
	v.W.Header().Set("Clear-Site-Data", `"cache"`)
	return v.Go("/counter")
}

type deskPage struct{ Counter identity.CounterID }

func (d *Door) desk(v *shell.Visit, id identity.CounterID) error {
	return v.Show(d.pages, "counter-desk", deskPage{id})
}

// casePage is one person's enrolment as the clerk sees it.
type casePage struct {
	enrol.Case
	At      identity.CounterID // the clerk's own
	Slip    string
	Drawer  bool
	Server  string // what netid reader is started for
	Program string // its origin; "" where no document of this kind is read by it
	Reasons []string
}

// Mine reports whether this clerk read the document, and so is not asked as the second.
func (p casePage) Mine() bool { return p.At == p.Counter }

func (d *Door) open(v *shell.Visit, id identity.CounterID) error { return d.show(v, id, nil) }

// show shows the case, with what was refused on top; where there is none any more, the desk.
func (d *Door) show(v *shell.Visit, id identity.CounterID, refusal error) error {
	if refusal != nil && !shell.Recoverable(refusal) && !fault.Because(refusal, "challenge_expired") {
		return refusal
	}
	c, err := d.Cases.Case(v.Context(), v.Form("slip"))
	if err != nil {
		if !shell.Recoverable(err) {
			return err
		}
		return v.Refuse(d.pages, "counter-desk", err, deskPage{id}, "slip")
	}
	page := casePage{Case: c, At: id, Slip: v.Form("slip"), Drawer: d.Drawer, Server: d.Shell.Issuer, Reasons: reasons()}
	if c.Next == enrol.StepCard && c.Checks != identity.DecodedElsewhere {
		page.Program = "http://" + ReaderHost
		v.Asks(page.Program)
	}
	if refusal != nil {
		return v.Refuse(d.pages, "counter-case", refusal, page, "")
	}
	return v.Show(d.pages, "counter-case", page)
}

// reasons are why the program may not have read a chip, each with its sentence on the page.
func reasons() []string {
	return []string{"reader_code_wrong", "reader_missing", "reader_busy", "chip_key_invalid", "chip_key_wrong",
		"chip_silent", "chip_malformed", "chip_unsupported", "chip_weakened", "chip_not_authentic"}
}

// challenge gives the page's script something fresh for the document to answer.
func (d *Door) challenge(v *shell.Visit, _ identity.CounterID) error {
	slip, err := readSlip(http.MaxBytesReader(v.W, v.R.Body, 1<<10))
	if err != nil {
		return err
	}
	c, err := d.Cases.CaseChallenge(v.Context(), slip)
	if err != nil {
		return err
	}
	return v.JSON(http.StatusOK, map[string]string{"challenge": base64.RawURLEncoding.EncodeToString(c)})
}

// exchange gives what the reader carries to a chip that proves itself so.
func (d *Door) exchange(v *shell.Visit, _ identity.CounterID) error {
	x, err := d.Cases.CaseExchange(v.Context(), v.Form("slip"), []byte(v.Form("evidence")))
	if err != nil {
		return err
	}
	return v.Plain(http.StatusOK, "application/json", x)
}

// readSlip reads the one thing that the script sends.
func readSlip(r io.Reader) (string, error) {
	b, err := io.ReadAll(r)
	var in struct {
		Slip string `json:"slip"`
	}
	if err == nil {
		dec := json.NewDecoder(bytes.NewReader(b))
		dec.DisallowUnknownFields()
		if err = dec.Decode(&in); err == nil && dec.More() {
			err = errors.New("more than one value")
		}
	}
	return in.Slip, fault.Wrap("counter.readSlip", fault.Invalid, "form_invalid", err)
}

// read takes what the reader got, and with it the clerk's word that the document is
// the person's who stands there.
func (d *Door) read(v *shell.Visit, id identity.CounterID) error {
	if v.Form("evidence") == "" {
		return d.show(v, id, fault.New("counter.read", fault.Invalid, "card_missing"))
	}
	if v.Form("present") != "yes" {
		return d.show(v, id, fault.New("counter.read", fault.Invalid, "person_unseen"))
	}
	return d.show(v, id, d.Cases.CasePresent(v.Context(), id, v.Form("slip"), []byte(v.Form("evidence"))))
}

// agree is the second clerk's yes to an exception.
func (d *Door) agree(v *shell.Visit, id identity.CounterID) error {
	return d.show(v, id, d.Cases.CaseAgree(v.Context(), id, v.Form("slip")))
}
