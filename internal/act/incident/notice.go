package incident

import (
	"context"
	"encoding/hex"
	"slices"
	"time"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/law"
)

// notices are what citizens read on their pages: one record for each incident.
const notices = "incident-notice"

const (
	shownFor    = 365 * 24 * time.Hour // who did not come in a year is told no more
	mostParties = 50
)

// Whom is whom a notice is about, as a question that is answered when somebody comes:
// never a list of them. Exactly one of the three is said.
type Whom struct {
	All     bool               `json:"all,omitempty"`
	From    time.Time          `json:"issued_from,omitzero"` // who had a certificate that was issued in this time
	Until   time.Time          `json:"issued_until,omitzero"`
	Parties []identity.PartyID `json:"parties,omitempty"` // who used one of them
}

func (w Whom) dated() bool { return !w.From.IsZero() || !w.Until.IsZero() }

func (w Whom) check() error {
	said := 0
	for _, one := range []bool{w.All, w.dated(), len(w.Parties) > 0} {
		if one {
			said++
		}
	}
	if said != 1 || w.dated() && !w.From.Before(w.Until) || len(w.Parties) > mostParties {
		return fault.New("incident.Whom", fault.Invalid, "incident_whom_invalid")
	}
	return nil
}

// word is how the ledger says it: no party's name, since that would name its users.
func (w Whom) word() string {
	switch {
	case w.All:
		return "everybody"
	case w.dated():
		return "by certificate"
	}
	return "by party"
}

// told is a notice as it is kept.
type told struct {
	Reference string             `json:"reference"`
	Notice    law.IncidentNotice `json:"notice"`
	Whom      Whom               `json:"whom"`
	At        time.Time          `json:"at"`
	Drill     bool               `json:"drill,omitempty"`
}

// Told is a notice for one reader. Child is the masked name of the child whom it is
// about, to a guardian; Mark is how it is said to be read.
type Told struct {
	Reference string
	Notice    law.IncidentNotice
	At        time.Time
	Drill     bool
	Child     string
	Mark      string
}

// Persons are opened for themselves and their guardians alone.
type Persons interface {
	Visit(context.Context, identity.Session) (identity.Opened, error)
	OpenCertificate(identity.CertificateRow) (identity.Certificate, error)
	CertOwner(identity.Opened) []byte
	ReadMark(o identity.Opened, parts ...[]byte) []byte
	CounterIndex(kind string, parts ...[]byte) []byte
}

// Records say which parties somebody used.
type Records interface {
	Used(ctx context.Context, o identity.Opened) ([]identity.PartyID, error)
}

// Wards are the minors of a guardian who is signed in, with the names that the guardian's pages have.
type Wards interface {
	Minors(ctx context.Context, s identity.Session, do func(name string, regime identity.Regime, o identity.Opened) error) error
}

// Notify tells the people concerned on their own pages (PIPL Art. 57): the notice is kept
// with whom it is about, in the commit that says that they are told. Refused as Tell, and
// "incident_whom_invalid".
func (a *Act) Notify(ctx context.Context, ref string, s Step, w Whom) error {
	const op = "incident.Notify"
	if err := w.check(); err != nil {
		return fault.At(op, err)
	}
	if s.Notice == nil || s.Spared {
		return fault.New(op, fault.Invalid, "incident_notice_invalid")
	}
	return a.stepWith(ctx, op, ref, s, identity.IncidentTold, func(i *Incident) (did, error) {
		if err := a.tell(op, i, s); err != nil {
			return did{}, err
		}
		i.Whom = &w
		kept, err := a.Dossiers.Keep(notices, ref, 0, told{ref, *s.Notice, w, a.now(), i.Drill})
		return did{say: w.word(), verbs: []identity.Verb{kept}}, err
	})
}

// Notices are those that somebody who is signed in has not read: about them, and about
// the children for whom they answer. Where no notice stands this is one read.
func (a *Act) Notices(ctx context.Context, s identity.Session) (all []Told, err error) {
	const op = "incident.Notices"
	stand, err := a.notices(ctx)
	if err != nil || len(stand) == 0 {
		return nil, fault.At(op, err)
	}
	o, err := a.Vault.Visit(ctx, s)
	if err != nil {
		return nil, fault.At(op, err)
	}
	if all, err = a.unread(ctx, all, stand, o, o, "", true); err != nil {
		return nil, fault.At(op, err)
	}
	// Of fourteen and more a guardian sees no uses: nothing is told that would say one.
	err = a.Wards.Minors(ctx, s, func(name string, regime identity.Regime, child identity.Opened) error {
		all, err = a.unread(ctx, all, stand, o, child, name, regime == identity.Child)
		return err
	})
	return all, fault.At(op, err)
}

// notices are those that stand, the newest first.
func (a *Act) notices(ctx context.Context) (all []told, err error) {
	err = a.Dossiers.List(ctx, notices, func(_ string, _ uint64, open func(any) error) error {
		var t told
		err := open(&t)
		if err == nil && a.now().Before(t.At.Add(shownFor)) {
			all = append(all, t)
		}
		return err
	})
	slices.SortStableFunc(all, func(x, y told) int { return y.At.Compare(x.At) })
	return all, err
}

// unread adds what is about a person and was not read by the reader.
func (a *Act) unread(ctx context.Context, all []Told, stand []told, reader, about identity.Opened, name string, uses bool) ([]Told, error) {
	for _, t := range stand {
		if len(t.Whom.Parties) > 0 && !uses {
			continue
		}
		mark := a.mark(t.Reference, reader, about)
		n, _, err := a.Store.Counted(ctx, mark)
		if err != nil {
			return nil, err
		}
		if n > 0 {
			continue
		}
		is, err := a.concerns(ctx, t, about)
		if err != nil {
			return nil, err
		}
		if is {
			all = append(all, Told{t.Reference, t.Notice, t.At, t.Drill, name, hex.EncodeToString(mark)})
		}
	}
	return all, nil
}

// mark is under the reader's own key: nobody who has not opened them can make it, and
// with them it is gone.
func (a *Act) mark(ref string, reader, about identity.Opened) []byte {
	return a.Vault.ReadMark(reader, []byte(ref), about.ID[:])
}

// concerns answers a notice's question for one person. A certificate that was issued
// again for this incident says so by the moment of that, which no other has.
func (a *Act) concerns(ctx context.Context, t told, o identity.Opened) (bool, error) {
	switch {
	case o.Profile.Enrolled.After(t.At): // nothing of theirs was there
		return false, nil
	case t.Whom.All:
		return true, nil
	case len(t.Whom.Parties) > 0:
		used, err := a.Records.Used(ctx, o)
		return slices.ContainsFunc(used, func(p identity.PartyID) bool { return slices.Contains(t.Whom.Parties, p) }), err
	}
	again, err := a.againAt(ctx, t.Reference)
	if err != nil {
		return false, err
	}
	rows, err := a.Store.Certificates(ctx, a.Vault.CertOwner(o))
	if err != nil {
		return false, err
	}
	for _, row := range rows {
		c, err := a.Vault.OpenCertificate(row)
		if err != nil {
			return false, err
		}
		if !c.Issued.Before(t.Whom.From) && c.Issued.Before(t.Whom.Until) || !again.IsZero() && c.Issued.Equal(again) {
			return true, nil
		}
	}
	return false, nil
}

// Seen says that the reader has read one, by its mark, and counts it: one more of how many,
// and not who. Again it changes nothing; of no notice of theirs, NotFound "incident_unknown".
func (a *Act) Seen(ctx context.Context, s identity.Session, mark string) error {
	const op = "incident.Seen"
	all, err := a.Notices(ctx, s)
	if err != nil {
		return fault.At(op, err)
	}
	at := slices.IndexFunc(all, func(t Told) bool { return t.Mark == mark })
	if at < 0 {
		return fault.New(op, fault.NotFound, "incident_unknown")
	}
	b, err := hex.DecodeString(mark)
	if err != nil {
		return fault.Wrap(op, fault.NotFound, "incident_unknown", err)
	}
	now := a.now()
	err = a.Store.Jot(ctx, identity.Count{Index: b, Limit: 1, Window: 2 * shownFor, Now: now},
		identity.Count{Index: a.readers(all[at].Reference), Limit: 1 << 40, Window: 10 * shownFor, Now: now})
	if fault.Is(err, fault.TooMany) { // another window of the same person
		return nil
	}
	return fault.At(op, err)
}

func (a *Act) readers(ref string) []byte { return a.Vault.CounterIndex("incident-read", []byte(ref)) }

// Readers is how many said that they read the notice of an incident.
func (a *Act) Readers(ctx context.Context, ref string) (int, error) {
	if _, err := a.Read(ctx, ref); err != nil {
		return 0, fault.At("incident.Readers", err)
	}
	n, _, err := a.Store.Counted(ctx, a.readers(ref))
	return n, fault.At("incident.Readers", err)
}
