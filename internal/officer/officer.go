// Package officer is what happens on a machine of the officers' own, away from the
// service: a paper is read and said yes to, what was handed out is opened by enough
// officers' private keys, and the answer is sealed to the authority that asked.
//
// It owns the form of the answer, which has room for what lawful assistance gives and
// for nothing else. It refuses to know the service: it has files that somebody carried
// over, and no key but the officers'.
//
// Invariant: of what opens, only what the request asks for and the law names comes out;
// the rest is dropped here. Decision: docs/adr/0066-assistance.md.
package officer

import (
	"bytes"
	"encoding/json"
	"slices"
	"time"

	"netid/internal/act/assist"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/law"
	"netid/internal/ledger"
	"netid/internal/quorum"
	"netid/internal/suite"
	"netid/internal/vault"
)

// Answer is what an authority receives.
type Answer struct {
	Reference string          `json:"reference"`
	Authority string          `json:"authority"`
	Citation  string          `json:"citation"`
	Help      law.Help        `json:"help"`
	Way       law.Way         `json:"way"`
	Number    identity.Number `json:"number,omitempty"`

	Pseudonym identity.Subject `json:"pseudonym,omitempty"` // instead, as it was asked
	Party     identity.PartyID `json:"party,omitempty"`

	From     time.Time `json:"from,omitzero"`
	To       time.Time `json:"to,omitzero"`
	Made     time.Time `json:"made"`
	Event    string    `json:"event"` // in the public ledger
	Identity *Identity `json:"identity,omitempty"`
	Log      []Line    `json:"log,omitempty"`
}

// Identity is who somebody is: the name and the documents that they proved it with.
// Neither a telephone nor anything that they did.
type Identity struct {
	Name      string     `json:"name"`
	Documents []Document `json:"documents"`
}

// Document is one legal identity document.
type Document struct {
	Kind   identity.DocumentKind `json:"kind"`
	Number string                `json:"number"`
}

// Line is one authentication.
type Line struct {
	ID    string             `json:"id"` // of the record, or the receipt
	Kind  identity.EventKind `json:"kind"`
	Time  time.Time          `json:"time"`
	Party identity.PartyID   `json:"party,omitempty"`
	Name  *identity.Text     `json:"name,omitempty"`
	Mode  identity.Mode      `json:"mode,omitempty"`
}

// Yes is an officer's word for a paper: what their key alone takes out of it. It comes
// back to the service. Fails with Invalid "sealed_invalid" for another's paper, or words
// that are not those it was sealed with.
func Yes(p assist.Paper, o quorum.Officer) (string, error) {
	b, err := o.Read(p.Text, p.Sealed)
	return string(b), fault.At("officer.Yes", err)
}

// Owner opens the months of a log's release and says where the rows lie: what the service
// is asked for next.
func Owner(r assist.Release, officers ...quorum.Officer) ([]byte, error) {
	const op = "officer.Owner"
	keys, err := open(r, officers)
	if err != nil {
		return nil, fault.At(op, err)
	}
	return keys[0].owner, nil
}

// months of one person, opened.
type month struct {
	period identity.Period
	key    identity.Secret
	owner  []byte
	copied []byte
	suite  identity.Suite
}

// open opens every month of a release, and checks that all are one person's.
func open(r assist.Release, officers []quorum.Officer) (all []month, err error) {
	const op = "officer.open"
	for _, m := range r.Months {
		o, err := quorum.OpenPacket(m.Packet, officers...)
		if err != nil {
			return nil, fault.At(op, err)
		}
		one := month{}
		if one.key, one.owner, one.copied, err = o.Whole(m.Index, m.Body); err != nil {
			return nil, fault.At(op, err)
		}
		one.suite = one.key.Suite()
		if one.period, err = period(m); err != nil {
			return nil, err
		}
		if len(all) > 0 && !bytes.Equal(all[0].owner, one.owner) {
			return nil, fault.Newf(op, fault.Invalid, "release_invalid", "the months are of several people")
		}
		all = append(all, one)
	}
	if len(all) == 0 {
		return nil, fault.Newf(op, fault.Invalid, "release_invalid", "no month")
	}
	return all, nil
}

func period(m assist.Month) (identity.Period, error) {
	month, err := identity.ParseMonth(m.Month)
	class, err2 := identity.ParseClass(m.Class)
	if err != nil || err2 != nil {
		return identity.Period{}, fault.Newf("officer.period", fault.Invalid, "release_invalid", "no period")
	}
	return identity.Period{Month: month, Class: class}, nil
}

// Log is the authentication log of the days that were asked, from rows that the service
// handed out. What is in the rows and not in the log is dropped.
func Log(r assist.Release, rows []assist.Entry, now time.Time, officers ...quorum.Officer) (Answer, error) {
	const op = "officer.Log"
	a := answer(r, now)
	if r.Request.Help != law.AuthenticationLog {
		return Answer{}, fault.Newf(op, fault.Invalid, "release_invalid", "not of a log")
	}
	months, err := open(r, officers)
	if err != nil {
		return Answer{}, fault.At(op, err)
	}
	first, last := identity.DayOf(r.Request.From), identity.DayOf(r.Request.To)
	for _, row := range rows {
		if e, opens := read(months, row); opens && row.Day >= first && row.Day <= last && law.InAuthenticationLog(e.Kind) {
			a.Log = append(a.Log, Line{e.ID, e.Kind, e.Time, e.Party, e.Name, e.Mode})
		}
	}
	slices.SortStableFunc(a.Log, func(x, y Line) int { return x.Time.Compare(y.Time) })
	return a, nil
}

// read tries the months of a row's day: the row does not say of which class it is.
func read(months []month, row assist.Entry) (identity.Event, bool) {
	for _, m := range months {
		if m.period.Month == identity.MonthOf(row.Day) {
			if e, _, err := ledger.OpenByMonth(m.key, row.Row()); err == nil {
				return e, true
			}
		}
	}
	return identity.Event{}, false
}

// Who is the real identity of a release. Fails with NotFound "copy_missing" where the
// officers' month is of before copies were left with them.
func Who(r assist.Release, now time.Time, officers ...quorum.Officer) (Answer, error) {
	const op = "officer.Who"
	a, s := answer(r, now), r.Identity
	if r.Request.Help != law.RealIdentity || s == nil {
		return Answer{}, fault.Newf(op, fault.Invalid, "release_invalid", "not of an identity")
	}
	months, err := open(r, officers)
	if err != nil {
		return Answer{}, fault.At(op, err)
	}
	if months[0].copied == nil {
		return Answer{}, fault.New(op, fault.NotFound, "copy_missing")
	}
	p, err := vault.ReadIdentity(months[0].suite, months[0].copied, s.Under, s.Row, s.Body)
	if err != nil {
		return Answer{}, fault.At(op, err)
	}
	a.Identity = &Identity{Name: p.Name}
	for _, d := range p.Documents {
		a.Identity.Documents = append(a.Identity.Documents, Document{d.Kind, d.Number})
	}
	return a, nil
}

func answer(r assist.Release, now time.Time) Answer {
	q := r.Request
	return Answer{Reference: q.Reference, Authority: q.Authority, Citation: q.Citation, Help: q.Help, Way: q.Way, Number: q.Number, Pseudonym: q.Pseudonym, Party: q.Party, From: q.From, To: q.To, Made: now.UTC().Truncate(time.Second), Event: q.Event}
}

// sealed is an answer as it travels.
type sealed struct {
	Form      string `json:"form"`
	For       string `json:"for"` // id of the authority's key
	Reference string `json:"reference"`
	Sealed    []byte `json:"sealed"`
}

const form = "netid-assistance-answer/1"

// Seal seals an answer to the key of the authority that asked, and to no other.
func Seal(r assist.Release, a Answer) ([]byte, error) {
	const op = "officer.Seal"
	to, err := suite.ParseRecipient(r.Request.Key)
	if err != nil {
		return nil, fault.At(op, err)
	}
	plain, err := json.Marshal(a)
	if err != nil {
		return nil, fault.Newf(op, fault.Internal, "internal", "an answer") // the detail would quote it
	}
	b, err := suite.SealTo(to, plain, place(to.Suite(), a.Reference))
	if err != nil {
		return nil, fault.At(op, err)
	}
	out, err := json.Marshal(sealed{form, to.ID(), a.Reference, b})
	return out, fault.Wrap(op, fault.Internal, "internal", err)
}

func place(s identity.Suite, ref string) []byte {
	d := suite.DigestIn(s, []byte(form), []byte(ref))
	return d[:]
}

const maxFile = 64 << 20 // bytes

// Parse reads one of the files that are carried between the machines, strictly. Fails
// with Invalid "release_invalid".
func Parse[T any](b []byte) (v T, err error) {
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if len(b) > maxFile || d.Decode(&v) != nil || len(bytes.TrimSpace(b[d.InputOffset():])) > 0 {
		return v, fault.Newf("officer.Parse", fault.Invalid, "release_invalid", "not what the service wrote")
	}
	return v, nil
}
