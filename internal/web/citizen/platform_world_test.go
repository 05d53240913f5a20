package citizen_test

import (
	"context"

	"netid/internal/act/look"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/law"
)

// redresser remembers what was asked of platforms.
type redresser struct{ *world }

func (w redresser) Erase(_ context.Context, _ identity.Session, party identity.PartyID) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.failing("RedressErase"); err != nil {
		return err
	}
	w.wished = append(w.wished, string(party))
	return nil
}

func (w redresser) Report(_ context.Context, _ identity.Session, party identity.PartyID, why identity.Complaint, record identity.EventID) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.wished = append(w.wished, string(party)+" "+string(why)+" "+record.String())
	return w.failing("Report")
}

func (w looker) Platform(ctx context.Context, s identity.Session, id identity.PartyID) (look.Platform, error) {
	all, err := w.Parties(ctx, s)
	if err != nil || id != w.party.ID {
		return look.Platform{}, fault.New("world", fault.NotFound, "platform_unknown")
	}
	records, err := w.Records(ctx, s)
	p := look.Platform{Relation: all[0], Registered: w.party}
	for _, r := range records {
		if r.Event.Party == id {
			p.Records = append(p.Records, r)
		}
	}
	return p, err
}

func (w looker) Copied(ctx context.Context, s identity.Session) ([]look.Record, error) {
	w.mu.Lock()
	w.copies++
	w.mu.Unlock()
	return w.Records(ctx, s)
}

func (w looker) Proofs(context.Context, identity.Session) ([]byte, error) {
	return []byte(`{"head":"h","verifier_key":"k","size":1,"events":[]}`), nil
}

func (w *world) NoticeDue(context.Context, identity.Session) (bool, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.due, w.failing("NoticeDue")
}

func (w *world) AgreeAnew(_ context.Context, _ identity.Session, version, locale string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if n, _ := law.NoticeByID("enrolment"); version != n.Version {
		return fault.New("world", fault.Conflict, "notice_moved")
	}
	w.due, w.anew = false, append(w.anew, locale)
	return nil
}
