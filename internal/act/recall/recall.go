// Package recall is the act that ends many certificates at once, when the reason
// lies with the service and not with a person: a key that others had, a batch that was
// issued wrongly (Arts 12, 14).
//
// It owns which certificates a choice is about, the one public event that says how
// many and why, and how far it came. It refuses to know whose they are: who they
// belong to shows a document and gets another.
//
// Invariant: the event is there before the first certificate ends, and every one that is
// ended is marked in the same commit. Cut anywhere, the same choice goes on
// where it was, and is no second event.
//
// Decisions: docs/adr/0047-status.md.
package recall

import (
	"cmp"
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"time"
	"unicode"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/ledger"
)

const (
	batch   = 500 // certificates that one commit looks at and ends: some ten milliseconds of the writer
	mostIDs = 1000
)

// Store has the certificates, and how far each pass came.
type Store interface {
	Rewraps(ctx context.Context) ([]identity.Rewrap, error)
	Jot(ctx context.Context, notes ...identity.Note) error
	CertificatesAfter(ctx context.Context, after []byte, limit int) ([]identity.CertificateRow, error)
}

// Vault takes the seal off.
type Vault interface {
	OpenCertificate(identity.CertificateRow) (identity.Certificate, error)
	IssueAgain(row identity.CertificateRow, at identity.Place, issued time.Time) (identity.IssueAgain, error)
}

// Places gives each certificate the place of its status, which nobody else ever gets.
type Places interface {
	Next(context.Context) (identity.Place, error)
}

// Choice is which certificates end, and why: those issued within a time, the
// last moment not included, or those with these ids.
type Choice struct {
	From   time.Time                `json:"issued_from,omitzero"`
	Until  time.Time                `json:"issued_until,omitzero"`
	IDs    []identity.CertificateID `json:"ids,omitempty"`
	Reason string                   `json:"reason"` // public for good: nothing about anybody
}

// Progress is how far it came.
type Progress struct {
	Looked uint64 `json:"looked"` // certificates passed
	Total  uint64 `json:"total"`  // that the choice was about when it began; 0: still being counted
	Odd    uint64 `json:"unreadable,omitempty"`
	Ended  bool   `json:"ended"`
}

// Act recalls.
type Act struct {
	Store  Store
	Vault  Vault
	Places Places
	Book   *ledger.Book
	Digest func(parts ...[]byte) [32]byte
	Page   func(what, ref string) (identity.Verb, error) // puts it before the auditors that one person ended many; nil: there are none
	Go     func(func(ctx context.Context))               // does something for as long as the process lives
	Rest   func(ctx context.Context, took time.Duration)
	Failed func(error)
	Now    func() time.Time

	size    int        // certificates of one commit; 0: batch
	mu      sync.Mutex // guards running
	running map[string]bool
}

// work is a pass over certificates: they are ended, or issued again at a moment.
type work struct {
	name     string
	choice   Choice
	again    time.Time // zero: they are ended
	proposal string    // of two who agreed to end them; "": one did it
}

// Recall begins to end the certificates of a choice, or goes on, and tells how far it
// is; who wants to see the end asks again. Refused: "recall_invalid".
func (a *Act) Recall(ctx context.Context, c Choice) (Progress, error) {
	const op = "recall.Recall"
	if err := c.check(a.Now()); err != nil {
		return Progress{}, fault.At(op, err)
	}
	name, err := a.name("recall", c)
	if err != nil {
		return Progress{}, fault.At(op, err)
	}
	p, err := a.goOn(ctx, work{name: name, choice: c})
	return p, fault.At(op, err)
}

// goOn begins a pass, or goes on with it, and tells how far it is.
func (a *Act) goOn(ctx context.Context, w work) (Progress, error) {
	p, begun, err := a.pass(ctx, w.name)
	if err != nil {
		return Progress{}, err
	}
	if !p.Ended {
		a.start(w)
	}
	is := Progress{Looked: p.Done, Odd: p.Odd, Ended: p.Ended}
	if begun {
		is.Total = p.Total
	}
	return is, nil
}

func (c Choice) check(now time.Time) error {
	bad := func(why string) error {
		return fault.Newf("recall.check", fault.Invalid, "recall_invalid", "%s", why)
	}
	dated := !c.From.IsZero() || !c.Until.IsZero()
	switch reason := strings.TrimSpace(c.Reason); {
	case reason == "" || reason != c.Reason || len(reason) > 200 || strings.ContainsFunc(reason, func(r rune) bool { return !unicode.IsPrint(r) }):
		return bad("a reason of one line is wanted")
	case dated == (len(c.IDs) > 0) || len(c.IDs) > mostIDs:
		return bad("a time or ids, not both and not too many")
	case dated && (!c.From.Before(c.Until) || c.Until.After(now)):
		return bad("a time that is over is wanted") // or the pass would meet certificates that its event did not count
	}
	return nil
}

// name is the same for the same choice, and the pass is known by it.
func (a *Act) name(what string, c Choice) (string, error) {
	c.From, c.Until = c.From.UTC(), c.Until.UTC()
	b, err := json.Marshal(c)
	if err != nil {
		return "", fault.Wrap("recall.name", fault.Internal, "", err)
	}
	d := a.Digest([]byte("netid/"+what+"/v1"), b)
	return what + " " + hex.EncodeToString(d[:16]), nil
}

func (a *Act) pass(ctx context.Context, name string) (p identity.Rewrap, begun bool, err error) {
	all, err := a.Store.Rewraps(ctx)
	for _, p := range all {
		if p.What == name {
			return p, true, err
		}
	}
	return p, false, err
}

// start has one at a time at work on a choice, in this process; another node's
// steps and this one's exclude each other in the commit.
func (a *Act) start(w work) {
	a.mu.Lock()
	there := a.running[w.name]
	if a.running == nil {
		a.running = map[string]bool{}
	}
	a.running[w.name] = true
	a.mu.Unlock()
	if there {
		return
	}
	a.Go(func(ctx context.Context) {
		err := a.run(ctx, w)
		a.mu.Lock()
		delete(a.running, w.name)
		a.mu.Unlock()
		if err != nil && ctx.Err() == nil {
			a.Failed(err)
		}
	})
}

func (a *Act) run(ctx context.Context, w work) error {
	p, begun, err := a.pass(ctx, w.name)
	if err != nil {
		return err
	}
	if !begun {
		if p, err = a.begin(ctx, w); err != nil {
			return err
		}
	}
	for !p.Ended {
		began := a.Now()
		page, err := a.page(ctx, w.choice, p.Reached)
		if err != nil {
			return err
		}
		step, err := a.step(ctx, w, p, page)
		if err != nil {
			return err
		}
		err = a.Store.Jot(ctx, step)
		if fault.Because(err, "rewrap_moved") || fault.Because(err, "keys_moved") { // another node did it, or a row changed: look again
			if p, _, err = a.pass(ctx, w.name); err == nil {
				err = ctx.Err()
			}
			if err != nil {
				return err
			}
			continue
		}
		if err != nil {
			return err
		}
		p.Reached, p.Done, p.Odd, p.Ended = page.last, p.Done+page.looked, p.Odd+page.odd, page.over
		a.Rest(ctx, a.Now().Sub(began))
	}
	return nil
}

// begin counts, and says so in public, before anything ends.
func (a *Act) begin(ctx context.Context, w work) (p identity.Rewrap, err error) {
	var n uint64
	var at page
	for !at.over {
		if at, err = a.page(ctx, w.choice, at.last); err != nil {
			return p, err
		}
		n += uint64(len(at.chosen))
	}
	kind, target := identity.Recalled, uint64(1)
	if !w.again.IsZero() {
		kind, target = identity.Reissued, uint64(w.again.Unix())
	}
	p = identity.Rewrap{What: w.name, Target: target, Total: n}
	verbs := []identity.Verb{identity.BeginRewrap{What: w.name, Target: target, Total: n}}
	if a.Page != nil && kind == identity.Recalled && w.proposal == "" {
		page, err := a.Page("recalled", w.name)
		if err != nil {
			return p, err
		}
		verbs = append(verbs, page)
	}
	says := fmt.Sprintf("%d certificates, %s: %s", n, w.choice.words(), w.choice.Reason)
	if w.proposal != "" {
		says += " (proposal " + w.proposal + ")"
	}
	_, err = a.Book.RecordPublic(ctx, identity.Event{Kind: kind, Detail: says, Grounds: []identity.Ground{}}, verbs...)
	if fault.Because(err, "rewrap_moved") { // another node said it
		p, _, err = a.pass(ctx, w.name)
	}
	return p, err
}

func (c Choice) words() string {
	if len(c.IDs) > 0 {
		return "by id"
	}
	return "issued from " + c.From.UTC().Format(time.RFC3339) + " until " + c.Until.UTC().Format(time.RFC3339)
}

// page is what one look at some certificates found.
type page struct {
	last   []byte
	looked uint64
	odd    uint64
	chosen []identity.CertificateRow
	over   bool
}

func (a *Act) page(ctx context.Context, c Choice, after []byte) (p page, err error) {
	most := cmp.Or(a.size, batch)
	rows, err := a.Store.CertificatesAfter(ctx, after, most)
	if err != nil {
		return p, err
	}
	p.last, p.over = after, len(rows) < most
	ids := map[identity.CertificateID]bool{}
	for _, id := range c.IDs {
		ids[id] = true
	}
	for _, row := range rows {
		p.last, p.looked = row.ID[:], p.looked+1
		if row.Revoked {
			continue
		}
		if len(ids) > 0 {
			if ids[row.ID] {
				p.chosen = append(p.chosen, row)
			}
			continue
		}
		cert, err := a.Vault.OpenCertificate(row)
		switch {
		case fault.Is(err, fault.Gone): // its person is erased at this moment
		case fault.Is(err, fault.Unavailable):
			return p, err
		case err != nil: // nobody can say when it was issued; netid store scrub names it
			p.odd++
		case !cert.Issued.Before(c.From) && cert.Issued.Before(c.Until):
			p.chosen = append(p.chosen, row)
		}
	}
	return p, ctx.Err()
}
