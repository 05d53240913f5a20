// Package look is the act in which the citizen sees what the service knows and
// did about them, with proof (PIPL Arts 44 to 45; obligations A9, C1).
//
// It owns the reading of one's own records and refuses to know anybody
// else's: whatever it opens, it opens with the keys of the person who asks.
//
// Invariant: every record shown carries what is needed to check it against
// the ledger's signed head, without trusting this service.
package look

import (
	"context"
	"slices"
	"time"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/law"
	"netid/internal/ledger"
)

// Store reads the person's own rows and the tree.
type Store interface {
	ledger.Rows
	EntriesOf(ctx context.Context, owner []byte) ([]identity.EntryRow, error)
	Floor(ctx context.Context) (f identity.Floor, code []byte, err error)
	Entry(ctx context.Context, key identity.EntryKey) (identity.EntryRow, error)
	Certificate(ctx context.Context, id identity.CertificateID) (identity.CertificateRow, error)
	Certificates(ctx context.Context, owner []byte) ([]identity.CertificateRow, error)
	Party(ctx context.Context, id identity.PartyID) (identity.Party, error)
	VerificationRevoked(ctx context.Context, id []byte) (bool, error)
	Consent(ctx context.Context, index []byte) ([]byte, error)
	Counted(ctx context.Context, index []byte) (n int, since time.Time, err error)
}

// Vault opens the person who asks.
type Vault interface {
	Visit(context.Context, identity.Session) (identity.Opened, error)
	Identity(context.Context, identity.Opened) (identity.Person, error)
	OpenCertificate(identity.CertificateRow) (identity.Certificate, error)
	CertOwner(identity.Opened) []byte
	LinkIndex(identity.Opened, identity.PartyID) []byte
	OpenConsent(identity.Opened, identity.PartyID, []byte) (identity.StandingConsent, error)
	RefusalIndex(o identity.Opened, p identity.PartyID, within time.Duration) []byte
}

// Heads reads a signed head.
type Heads interface {
	CheckHead(note []byte) (size uint64, root [32]byte, err error)
	VerifierKey() string
	KeysOf(note []byte) []string // by which this head is checked, of each algorithm one, Ed25519 first
	Keys(note []byte) string     // the same, and the record of every change
}

// Assists says what authorities were given about a number by law, as far as its owner may
// know of it by now, the newest first.
type Assists interface {
	Assisted(ctx context.Context, n identity.Number) ([]Assisted, error)
}

// Act looks.
type Act struct {
	Store   Store
	Vault   Vault
	Heads   Heads
	Assists Assists // what the copy of one's data says of authorities
	Book    *ledger.Book
	Law     *law.Book
	Issuer  string
	Now     func() time.Time
}

// Home is the citizen's first page.
type Home struct {
	Number      identity.Number
	Standing    identity.Standing
	Certificate identity.Certificate
	Enrolled    time.Time
	Sandbox     bool
}

// Home shows the number and the certificate of this browser.
func (a *Act) Home(ctx context.Context, s identity.Session) (Home, error) {
	const op = "look.Home"
	o, err := a.visit(ctx, op, s)
	if err != nil {
		return Home{}, err
	}
	row, err := a.Store.Certificate(ctx, s.Certificate)
	if err != nil {
		return Home{}, fault.At(op, err)
	}
	c, err := a.Vault.OpenCertificate(row)
	if err != nil {
		return Home{}, fault.At(op, err)
	}
	return Home{o.Profile.Number, o.Standing, c, o.Profile.Enrolled, o.Profile.Sandbox}, nil
}

// Record is one event and where it stands in the ledger.
type Record struct {
	Event identity.Event
	Index uint64
}

// Records are all of the person's events, newest first.
func (a *Act) Records(ctx context.Context, s identity.Session) ([]Record, error) {
	const op = "look.Records"
	o, err := a.visit(ctx, op, s)
	if err != nil {
		return nil, err
	}
	all, err := a.records(ctx, o)
	slices.Reverse(all)
	return all, fault.At(op, err)
}

func (a *Act) records(ctx context.Context, o identity.Opened) ([]Record, error) {
	rows, err := a.Store.EntriesOf(ctx, ledger.Owner(o.Keys))
	if err != nil {
		return nil, err
	}
	all := make([]Record, 0, len(rows))
	for _, r := range rows {
		e, _, err := ledger.OpenEntry(o.Keys, r)
		if err != nil {
			return nil, err
		}
		all = append(all, Record{e, r.Index})
	}
	return all, nil
}

// visit opens the person who asks, and asks the law whose view this is.
func (a *Act) visit(ctx context.Context, op string, s identity.Session) (identity.Opened, error) {
	o, err := a.Vault.Visit(ctx, s)
	if err != nil {
		return o, fault.At(op, err)
	}
	return o, a.Law.Sees(o.ID == s.Person).Err(op)
}

// Data is the sealed identity, for its owner's eyes.
func (a *Act) Data(ctx context.Context, s identity.Session) (identity.Person, error) {
	const op = "look.Data"
	o, err := a.visit(ctx, op, s)
	if err != nil {
		return identity.Person{}, err
	}
	p, err := a.Vault.Identity(ctx, o)
	p.Handle = ""                          // the register's own name for the person is nobody's to read
	p.Recovery, p.Asked = nil, time.Time{} // digests: they say nothing to whoever does not have the codes
	return p, fault.At(op, err)
}

// Relation is one party as the citizen's records know it.
type Relation struct {
	Party       identity.PartyID
	Name        identity.Text
	Domain      string
	First, Last time.Time
	Times       int
	Given       []string
	Withdrawn   bool
	Until       time.Time // it may be answered again without the person until then; zero: it may not
	lasting     []identity.Event
	refused     bool              // all that there is are refusals
	Standing    *time.Time        // the party need not ask again until then
	Refused     *time.Time        // the party is not to ask until then
	Erasure     *identity.Erasure // the person's last wish that it deletes what it keeps
	Erases      bool              // it takes such wishes
}

// Parties lists the platforms that the person has used, or does not want to be
// asked by, the latest first.
func (a *Act) Parties(ctx context.Context, s identity.Session) ([]Relation, error) {
	const op = "look.Parties"
	o, err := a.visit(ctx, op, s)
	if err != nil {
		return nil, err
	}
	all, err := a.records(ctx, o)
	if err != nil {
		return nil, fault.At(op, err)
	}
	list, err := a.relations(ctx, o, all)
	return list, fault.At(op, err)
}

// relations are read from the records, oldest first, and from what stands now.
func (a *Act) relations(ctx context.Context, o identity.Opened, all []Record) (list []Relation, err error) {
	for _, r := range all {
		list = relate(list, r.Event)
	}
	for i := range list {
		if p, err := a.Store.Party(ctx, list[i].Party); err == nil {
			list[i].Domain, list[i].Erases = p.Domain, p.Erasures != ""
		}
		if list[i].Until, err = a.lasts(ctx, list[i].lasting); err != nil {
			return nil, err
		}
		if list[i].Standing, list[i].Refused, err = a.standing(ctx, o, list[i].Party); err != nil {
			return nil, err
		}
	}
	list = slices.DeleteFunc(list, func(r Relation) bool { return r.refused && r.Refused == nil })
	slices.SortStableFunc(list, func(x, y Relation) int { return y.Last.Compare(x.Last) })
	return list, nil
}

// lasts is the end of the verification that ends last, of those that are not
// over and that nobody ended.
func (a *Act) lasts(ctx context.Context, given []identity.Event) (until time.Time, err error) {
	for _, e := range slices.Backward(given) {
		if !e.Until.After(until) || !e.Until.After(a.Now()) {
			continue
		}
		id, err := identity.ParseEventID(e.ID)
		if err != nil {
			return until, err
		}
		if over, err := a.Store.VerificationRevoked(ctx, a.Book.EntryKey(id).ID); err != nil {
			return until, err
		} else if !over {
			until = *e.Until
		}
	}
	return until, nil
}

// standing is until when the person's standing consent at a party lasts, or
// their standing no, or the no that follows from several.
func (a *Act) standing(ctx context.Context, o identity.Opened, p identity.PartyID) (yes, no *time.Time, err error) {
	for _, q := range identity.Quiets() {
		n, since, err := a.Store.Counted(ctx, a.Vault.RefusalIndex(o, p, q.For))
		if err != nil {
			return nil, nil, err
		}
		if until := q.Until(n, since); a.Now().Before(until) {
			no = &until // the longest stands last
		}
	}
	body, err := a.Store.Consent(ctx, a.Vault.LinkIndex(o, p))
	if fault.Is(err, fault.NotFound) {
		return nil, no, nil
	}
	if err != nil {
		return nil, nil, err
	}
	c, err := a.Vault.OpenConsent(o, p, body)
	switch {
	case err != nil || !a.Now().Before(c.Until):
		return nil, no, err
	case c.No:
		return nil, &c.Until, nil
	}
	return &c.Until, no, nil
}

// relate adds one event to the list of relations.
func relate(list []Relation, e identity.Event) []Relation {
	switch e.Kind {
	case identity.Verified, identity.Withdrawn, identity.StandingGiven, identity.Declined, identity.ErasureAsked, identity.ErasureAnswered:
	default:
		return list
	}
	i := slices.IndexFunc(list, func(r Relation) bool { return r.Party == e.Party })
	if i < 0 {
		list = append(list, Relation{Party: e.Party, First: e.Time, Last: e.Time, refused: true})
		i = len(list) - 1
	}
	r := &list[i]
	if e.Name != nil {
		r.Name = *e.Name
	}
	if e.Kind == identity.Declined {
		return list
	}
	r.refused = false
	if r.Erasure = r.Erasure.After(e); e.Kind == identity.ErasureAnswered {
		return list
	}
	if r.Withdrawn = e.Kind == identity.Withdrawn || e.Kind == identity.ErasureAsked; r.Withdrawn {
		r.lasting = nil
		return list
	}
	if r.Last = e.Time; e.Kind == identity.StandingGiven {
		return list
	}
	if e.Until != nil {
		r.lasting = append(r.lasting, e)
	}
	r.Times++
	for _, g := range e.Given {
		if !slices.Contains(r.Given, g) {
			r.Given = append(r.Given, g)
		}
	}
	return list
}
