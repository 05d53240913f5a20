package supervise

import (
	"context"
	"errors"
	"time"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/law"
)

// program is who did what nobody did.
const program = "netid"

// Sweep begins the duties that begin by themselves, ends those that fell away, and sends a
// party back to review whose other lawful ways nobody looked at. It may run on many nodes
// at once: who comes second finds it done. A failure about one party keeps it from no other.
func (a *Act) Sweep(ctx context.Context) error {
	const op = "supervise.Sweep"
	parties, err := a.Parties.Parties(ctx)
	if err != nil {
		return fault.At(op, err)
	}
	asked := map[identity.PartyID]Asked{}
	if a.Erasures != nil {
		asked, err = a.Erasures(ctx)
	}
	for _, p := range parties {
		if p.Sandbox { // synthetic people have no rights to lose
			continue
		}
		err = errors.Join(err, a.methods(ctx, p), a.erasures(ctx, p.ID, asked[p.ID]), a.retention(ctx, p))
	}
	return fault.At(op, errors.Join(err, a.faces(ctx), a.scale(ctx), a.standing(ctx)))
}

// scale asks who is in charge when there are as many people as the regulations name, once
// (PIPL Art. 52; Network Data Security Management Regulations, Arts 28, 30).
func (a *Act) scale(ctx context.Context) error {
	if a.People == nil {
		return nil
	}
	n, err := a.People(ctx)
	if err != nil || n < law.LargeScale {
		return err
	}
	_, version, err := a.held(ctx, string(law.NamePerson))
	if err != nil || version > 0 {
		return err
	}
	return a.first(ctx, Record{Reference: string(law.NamePerson), Duty: law.NamePerson, Count: n, Opened: a.now(), Due: law.NamePerson.Due(a.today()),
		Entries: []Entry{{By: program, At: a.now(), What: "the number is reached"}}}, 0, "opened")
}

// standing begins what any service of real people owes, each once.
func (a *Act) standing(ctx context.Context) error {
	if a.Sandbox {
		return nil
	}
	for _, d := range law.Standing() {
		_, version, err := a.held(ctx, string(d))
		if err == nil && version == 0 {
			err = a.first(ctx, Record{Reference: string(d), Duty: d, Opened: a.now(), Due: d.First(a.today()), Entries: []Entry{{By: program, At: a.now(), What: "with the service"}}}, 0, "opened")
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// of is the record of a duty of one party: its name follows from both, so that there is one.
func of(d law.Duty, p identity.PartyID) string { return string(d) + "-" + string(p) }

// held reads a record that may not be there: version 0.
func (a *Act) held(ctx context.Context, ref string) (r Record, version uint64, err error) {
	version, err = a.Dossiers.Read(ctx, records, ref, &r)
	if fault.Is(err, fault.NotFound) {
		err = nil
	}
	return r, version, err
}

// first is keep for who may be second: another node, or somebody at the console.
func (a *Act) first(ctx context.Context, r Record, version uint64, what string) error {
	err := a.keep(ctx, r, version, what)
	if fault.Because(err, "dossier_exists") || fault.Because(err, "dossier_moved") {
		return nil
	}
	return err
}

// fresh is a record that begins, over the one of before where that was closed.
func (a *Act) fresh(r Record, d law.Duty, p identity.PartyID, due identity.Date, count int, what string) Record {
	n := Record{Reference: of(d, p), Duty: d, Party: p, Count: count, Opened: a.now(), Due: due, Entries: r.Entries}
	n.Entries = append(n.Entries[max(0, len(n.Entries)-maxEntries/2):], Entry{By: program, At: a.now(), What: what})
	return n
}

func (a *Act) ended(r Record, why string) Record {
	r.Entries, r.Closed = append(r.Entries, Entry{By: program, At: a.now(), What: why}), a.now()
	return r
}

// methods has every party's other lawful ways looked at each year, from its admission (Arts
// 6, 7). A party of which that is long overdue takes part no more until two approved it anew.
func (a *Act) methods(ctx context.Context, p identity.Party) error {
	r, version, err := a.held(ctx, of(law.ReviewMethods, p.ID))
	switch gone := p.Standing == identity.PartyRemoved; {
	case err != nil:
		return err
	case gone && (version == 0 || !r.Closed.IsZero()):
		return nil
	case gone:
		return a.first(ctx, a.ended(r, "the party is gone"), version, "ended")
	case version == 0:
		r = a.fresh(r, law.ReviewMethods, p.ID, law.ReviewMethods.Due(identity.Today(p.Since)), 0, "from its admission")
		return a.first(ctx, r, 0, "opened")
	}
	if p.Standing == identity.PartyActive && law.BackToReview(r.Due, a.today()) {
		_, err = a.Parties.Recheck(ctx, p.ID)
	}
	return err
}

// erasures makes a case of a party that left requests to erase unanswered (Art. 8), and
// another when more come after somebody closed it.
func (a *Act) erasures(ctx context.Context, id identity.PartyID, n Asked) error {
	r, version, err := a.held(ctx, of(law.AnswerErasure, id))
	switch {
	case err != nil || version == 0 && n.Overdue == 0:
		return err
	case version == 0 || !r.Closed.IsZero() && n.Overdue > r.Count:
		return a.first(ctx, a.fresh(r, law.AnswerErasure, id, a.today().Yesterday(), n.Overdue, "requests are left unanswered"), version, "opened")
	case n.Overdue == 0 && r.Closed.IsZero():
		r.Count = 0
		return a.first(ctx, a.ended(r, "all are answered, or older than is counted"), version, "ended")
	case n.Overdue != r.Count: // fewer of a closed one: the next one more is a case again
		r.Count = n.Overdue
		return a.first(ctx, r, version, "counted")
	}
	return nil
}

// retention asks a party that may ask for plain text no more to confirm, by the day that it
// registered, that it deleted what it got (Art. 8; PIPL Arts 19, 47).
func (a *Act) retention(ctx context.Context, p identity.Party) error {
	r, version, err := a.held(ctx, of(law.EndKeeping, p.ID))
	since, over := a.over(p)
	switch open := version > 0 && r.Closed.IsZero(); {
	case err != nil || len(p.Bases) == 0 && version == 0:
		return err
	case over && (version == 0 || !open && r.Opened.Before(since)):
		return a.first(ctx, a.fresh(r, law.EndKeeping, p.ID, law.KeptUntil(identity.Today(since), p.KeepDays), 0, "plain text may be asked for no more"), version, "opened")
	case !over && open:
		return a.first(ctx, a.ended(r, "plain text may be asked for again"), version, "ended")
	}
	return nil
}

// over is since when a party may ask for no plain text: it takes part no more, or the last
// of its bases ended.
func (a *Act) over(p identity.Party) (since time.Time, over bool) {
	if p.Standing != identity.PartyActive {
		return p.Stood, !p.Stood.IsZero()
	}
	for item := range p.Bases {
		last, ends := p.BasesUntil[item]
		if !ends || !last.Before(a.today()) {
			return since, false
		}
		if end := last.End(); end.After(since) {
			since = end
		}
	}
	return since, len(p.Bases) > 0
}

// faces begins the filing when the persons who used the face step were as many as are filed
// (Face measures, Art. 15), once.
func (a *Act) faces(ctx context.Context) error {
	if a.Faces == nil {
		return nil
	}
	persons, reached, err := a.Faces(ctx)
	if err != nil || reached.IsZero() {
		return err
	}
	_, version, err := a.held(ctx, string(law.FileFaces))
	if err != nil || version > 0 {
		return err
	}
	r := Record{Reference: string(law.FileFaces), Duty: law.FileFaces, Count: persons, Opened: a.now(), Due: law.FileFaces.Due(identity.Today(reached)),
		Entries: []Entry{{By: program, At: a.now(), What: "the number is reached"}}}
	return a.first(ctx, r, 0, "opened")
}

// Alarm is what comes soon, or is overdue.
type Alarm struct {
	Reference string           `json:"reference"`
	Duty      law.Duty         `json:"duty"` // or "emergency": its notice
	Party     identity.PartyID `json:"party,omitempty"`
	Due       identity.Date    `json:"due"`
	Stage     law.Stage        `json:"stage"`
}

// notices is the duty of an emergency's alarm.
const notices law.Duty = "emergency"

// Alarms are the duties whose day is 30 days away or less, and those that are overdue.
func (a *Act) Alarms(ctx context.Context) (all []Alarm, err error) {
	rs, err := a.Records(ctx)
	if err != nil {
		return nil, err
	}
	for _, r := range rs {
		if s := r.Stage(a.today()); s == law.Soon || s == law.Late {
			all = append(all, Alarm{r.Reference, r.Duty, r.Party, r.Due, s})
		}
	}
	es, err := a.Emergencies(ctx)
	for _, e := range es {
		due := identity.Today(e.law().TellDue())
		switch e.law().At(a.now()) {
		case law.ToTell:
			all = append(all, Alarm{e.Reference, notices, "", due, law.Soon})
		case law.Overdue:
			all = append(all, Alarm{e.Reference, notices, "", due, law.Late})
		}
	}
	return all, err
}
