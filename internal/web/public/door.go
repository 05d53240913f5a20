// Package public is the door of everybody: what the service does, in figures, and
// which parties take part, with what they may ask and why.
//
// It owns these pages, each in both languages and as JSON. It refuses to know who
// looks: nothing is signed in for, no script runs, and nothing on a page depends on its reader.
//
// Invariant: a page says what the acts and the register say, and no figure of its
// own; of a party, what the party declared, and of an operator's staff nothing.
package public

import (
	"context"
	"embed"
	"sync"
	"time"

	"netid/internal/act/look"
	"netid/internal/act/tally"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/web/shell"
)

// Figures are what is published.
type Figures interface {
	Report(context.Context) (tally.Report, error)
}

// Ledger proves them.
type Ledger interface {
	Head(context.Context) (note, verifierKey string, err error)
	Keys(context.Context) (string, error)
	Public(context.Context, identity.EventID) (look.Proven, error)
}

// Register has the parties.
type Register interface {
	Party(context.Context, identity.PartyID) (identity.Party, error)
	Parties(context.Context) ([]identity.Party, error)
}

// Config is what the door opens onto.
type Config struct {
	Shell    *shell.Shell
	Issuer   string
	Figures  Figures
	Ledger   Ledger
	Register Register
	Now      func() time.Time
}

// Door answers everybody.
type Door struct {
	Config
	pages *shell.Pages

	mu   sync.Mutex // guards kept
	kept map[string]kept
}

// kept is an answer for machines that is given again for a while: its proofs cost
// reads, and anybody may ask as often as they like.
type kept struct {
	body  []byte
	until time.Time
}

const (
	keptFor  = 30 * time.Second
	makeTime = 10 * time.Second // of one answer
)

//go:embed templates/*.html
var templates embed.FS

// New makes the door.
func New(c Config) *Door {
	return &Door{Config: c, pages: c.Shell.Pages(templates, "templates/*.html"), kept: map[string]kept{}}
}

// Serve puts the pages on the mux.
func (d *Door) Serve(mux shell.Mux) {
	for pattern, h := range map[string]shell.Handler{
		"GET /transparency":      d.figures,
		"GET /transparency.json": d.again(d.figuresJSON),
		"GET /parties":           d.parties,
		"GET /parties.json":      d.again(d.partiesJSON),
		"GET /parties/{id}":      d.party,
	} {
		d.Shell.Handle(mux, pattern, h)
	}
}

// again answers what was made within the last while.
func (d *Door) again(make func(context.Context) ([]byte, error)) shell.Handler {
	return func(v *shell.Visit) error {
		path := v.R.URL.Path
		d.mu.Lock()
		defer d.mu.Unlock()
		k := d.kept[path]
		if !d.Now().Before(k.until) {
			// For all who wait: that the first of them goes away must not end it for the others.
			within, stop := context.WithTimeout(context.WithoutCancel(v.Context()), makeTime)
			defer stop()
			body, err := make(within)
			if err != nil {
				return err
			}
			k = kept{body, d.Now().Add(keptFor)}
			d.kept[path] = k
		}
		return v.Everybody("application/json", k.body, keptFor)
	}
}

func (d *Door) parties(v *shell.Visit) error {
	if _, err := v.Session(); err != nil {
		return err
	}
	all, err := d.Register.Parties(v.Context())
	if err != nil {
		return err
	}
	page := struct{ Parties []read }{}
	for _, p := range all {
		page.Parties = append(page.Parties, read{entry(p), v.Locale})
	}
	return v.Show(d.pages, "parties", page)
}

// party is one of them, for whoever is asked by it.
func (d *Door) party(v *shell.Visit) error {
	if _, err := v.Session(); err != nil {
		return err
	}
	id, err := identity.ParsePartyID(v.R.PathValue("id"))
	if err != nil {
		return fault.Wrap("public.party", fault.NotFound, "party_unknown", err)
	}
	p, err := d.Register.Party(v.Context(), id)
	if err != nil {
		return err
	}
	return v.Show(d.pages, "party", read{entry(p), v.Locale})
}

// read is an entry in its reader's language.
type read struct {
	Entry
	Locale string
}

func (d *Door) partiesJSON(ctx context.Context) ([]byte, error) {
	all, err := d.Register.Parties(ctx)
	if err != nil {
		return nil, err
	}
	said := struct {
		Issuer  string  `json:"issuer"`
		Parties []Entry `json:"parties"`
	}{d.Issuer, []Entry{}}
	for _, p := range all {
		said.Parties = append(said.Parties, entry(p))
	}
	return written(said)
}
