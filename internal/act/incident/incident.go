// Package incident is the act of what went wrong: incidents, each with its clock and
// its checklist, the document by which the authorities are told, and break-glass,
// power that one person used alone and another looks at afterwards.
//
// It owns their records. It refuses to know who is concerned: of people it has a count,
// never a list. What an incident needs and whether it may be closed is internal/law's.
//
// Invariants: an incident is one record, so what two do to it at once is decided one
// after the other, and it is closed once. Its moments are the clock's, never somebody's
// word, and none is ever set twice. Decision: docs/adr/0067-incidents.md.
package incident

import (
	"context"
	"encoding/hex"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/law"
	"netid/internal/ledger"
)

// Dossiers keep the records of this act.
type Dossiers interface {
	Read(ctx context.Context, kind, name string, into any) (version uint64, err error)
	List(ctx context.Context, kind string, each func(name string, version uint64, open func(into any) error) error) error
	Keep(kind, name string, from uint64, v any) (identity.KeepDossier, error)
	Guard(kind, name string, version uint64) identity.GuardDossier
	Drop(kind, name string, version uint64) identity.DropDossier
}

// Store writes what is no event.
type Store interface {
	Jot(ctx context.Context, notes ...identity.Note) error
	Counted(ctx context.Context, index []byte) (n int, since time.Time, err error)
	Certificates(ctx context.Context, owner []byte) ([]identity.CertificateRow, error)
}

// Pager puts something before the auditors: the verb of it.
type Pager interface {
	Page(what, ref string) (identity.Verb, error)
}

// The kinds of dossier.
const (
	incidents = "incident"
	glasses   = "break-glass"
)

const (
	maxEntries = 20 // whole words of each fit one record
	maxText    = 400
	maxNotice  = 500
	maxName    = 60
	maxNumber  = 10  // digits together: more are a document's or a telephone's
	tries      = 100 // at one record, before who comes is asked to come again
)

// Act keeps incidents. It may be used by many goroutines.
type Act struct {
	Dossiers  Dossiers
	Store     Store
	Vault     Persons
	Records   Records
	Wards     Wards
	Pager     Pager
	Operators Operators // nil: nobody lifts a stop by keys
	Book      *ledger.Book
	Now       func() time.Time
}

// Kinds are the sorts of incident (PIPL Art. 57: leak, tampering, loss), and what may become one.
func Kinds() []string { return []string{"leak", "tampering", "loss", "intrusion", "key", "outage"} }

// Severities are those of the national plan: general, large, major, extreme.
func Severities() []string { return []string{"general", "large", "major", "extreme"} }

// Entry is what somebody wrote down. By is a word for who works here, never a citizen.
type Entry struct {
	By   string    `json:"by"`
	At   time.Time `json:"at"`
	What string    `json:"what"`
}

// Opening is what is known when an incident is opened.
type Opening struct {
	By       string    `json:"by"`
	Kind     string    `json:"kind"`
	Severity string    `json:"severity"`
	Known    time.Time `json:"known"`    // when the service learned of it: the clock of the report
	Affected int       `json:"affected"` // people, as a count
	What     string    `json:"what"`
	Drill    bool      `json:"drill,omitempty"` // on a copy, among synthetic people
}

// Incident is one, as it is kept.
type Incident struct {
	Reference string              `json:"reference"`
	Kind      string              `json:"kind"`
	Severity  string              `json:"severity"`
	Opener    string              `json:"opener"`
	Opened    time.Time           `json:"opened"`
	Known     time.Time           `json:"known"`
	Affected  int                 `json:"affected"`
	Reported  time.Time           `json:"reported,omitzero"`
	Removed   time.Time           `json:"removed,omitzero"`
	Told      time.Time           `json:"told,omitzero"`
	Spared    string              `json:"spared,omitempty"` // why nobody need be told (PIPL Art. 57, second paragraph)
	Notice    *law.IncidentNotice `json:"notice,omitempty"` // what they were told
	Whom      *Whom               `json:"whom,omitempty"`   // on whose pages it stands
	Again     *Again              `json:"again,omitempty"`  // which certificates are issued again
	Held      []Held              `json:"held,omitempty"`   // what stood still for it, and until when
	Drill     bool                `json:"drill,omitempty"`  // nothing happened: it is tried
	Entries   []Entry             `json:"entries"`
	Review    *Entry              `json:"review,omitempty"`
	Closed    time.Time           `json:"closed,omitzero"`
	Closers   []string            `json:"closers,omitempty"`
}

func (i Incident) law() law.Incident {
	return law.Incident{Known: i.Known, Reported: i.Reported, Removed: i.Removed, Told: i.Told, Spared: i.Spared}
}

// Needs is the checklist at now (law.Incident.Open), and "review" and "close".
func (i Incident) Needs(now time.Time) []string {
	needs := i.law().Open(now)
	if i.Review == nil {
		needs = append(needs, "review")
	}
	if i.Closed.IsZero() {
		needs = append(needs, "close")
	}
	return needs
}

// Due is the last moment for the report.
func (i Incident) Due() time.Time { return i.law().ReportDue() }

// Open opens an incident and gives its reference.
func (a *Act) Open(ctx context.Context, o Opening) (ref string, err error) {
	const op = "incident.Open"
	now := a.now()
	o.Known = o.Known.UTC().Truncate(time.Second) // as the clock's
	if !slices.Contains(Kinds(), o.Kind) || !slices.Contains(Severities(), o.Severity) || o.Affected < 0 || o.Known.IsZero() || o.Known.After(now) {
		return "", fault.New(op, fault.Invalid, "incident_invalid")
	}
	if err := words(op, o.By, o.What); err != nil {
		return "", err
	}
	i := Incident{Reference: word(), Kind: o.Kind, Severity: o.Severity, Opener: o.By, Opened: now, Known: o.Known, Affected: o.Affected, Drill: o.Drill, Entries: []Entry{{o.By, now, o.What}}}
	kept, err := a.Dossiers.Keep(incidents, i.Reference, 0, i)
	if err != nil {
		return "", fault.At(op, err)
	}
	_, err = a.Book.RecordPublic(ctx, i.event(identity.IncidentOpened), kept)
	return i.Reference, fault.At(op, err)
}

// Read is the incident of a reference, else NotFound "incident_unknown".
func (a *Act) Read(ctx context.Context, ref string) (i Incident, err error) {
	i, _, err = a.read(ctx, ref)
	return i, err
}

func (a *Act) read(ctx context.Context, ref string) (i Incident, version uint64, err error) {
	version, err = a.Dossiers.Read(ctx, incidents, ref, &i)
	return i, version, fault.Missing("incident.read", err, "incident_unknown")
}

// List is all incidents, the newest first.
func (a *Act) List(ctx context.Context) (all []Incident, err error) {
	err = a.Dossiers.List(ctx, incidents, func(_ string, _ uint64, open func(any) error) error {
		var i Incident
		err := open(&i)
		all = append(all, i)
		return err
	})
	slices.SortStableFunc(all, func(x, y Incident) int { return y.Opened.Compare(x.Opened) })
	return all, fault.At("incident.List", err)
}

// event says kind, severity and moments; no reference, no count and no word that somebody wrote.
func (i Incident) event(kind identity.EventKind) identity.Event {
	detail := []string{i.Kind, i.Severity}
	if i.Drill {
		detail = append(detail, "drill")
	}
	for _, m := range []struct {
		word string
		at   time.Time
	}{{"known", i.Known}, {"reported", i.Reported}, {"removed", i.Removed}, {"told", i.Told}} {
		if !m.at.IsZero() {
			detail = append(detail, m.word+" "+m.at.Format(time.RFC3339))
		}
	}
	return identity.Event{Kind: kind, Detail: strings.Join(detail, " "), Grounds: []identity.Ground{}}
}

func (a *Act) now() time.Time { return a.Now().UTC().Truncate(time.Second) }

func word() string {
	h := identity.NewHandle()
	return hex.EncodeToString(h[:8])
}

// words refuses what cannot be read, and what looks like somebody's number: a record of
// an incident is no place for an identity.
func words(op, by, what string) error {
	if !readable(by, maxName) || !readable(what, maxText) {
		return fault.New(op, fault.Invalid, "incident_text_invalid")
	}
	if numbered(by) || numbered(what) {
		return fault.New(op, fault.Invalid, "incident_names_somebody")
	}
	return nil
}

func readable(s string, most int) bool {
	unseen := func(r rune) bool { return r != ' ' && !unicode.IsGraphic(r) || unicode.Is(unicode.Bidi_Control, r) }
	return utf8.ValidString(s) && utf8.RuneCountInString(s) <= most && strings.ContainsFunc(s, unicode.IsLetter) && !strings.ContainsFunc(s, unseen) && strings.TrimSpace(s) == s
}

// numbered reports whether more digits stand together than a count or a moment has.
func numbered(s string) bool {
	run := 0
	for _, r := range s {
		if run++; !unicode.IsDigit(r) {
			run = 0
		}
		if run > maxNumber {
			return true
		}
	}
	return false
}
