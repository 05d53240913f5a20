package citizen_test

import (
	"context"
	"time"

	"netid/internal/act/erase"
	"netid/internal/act/rights"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/law"
)

// righter remembers what was asked and said.
type righter struct {
	w       *world
	claims  []identity.Claim
	wish    identity.Wish
	dead    []rights.Departed
	strange int // asked by nobody who is signed in
}

func (r *righter) put(right identity.Right, about string) (identity.Claim, error) {
	if err := r.w.failing("Ask"); err != nil {
		return identity.Claim{}, err
	}
	c := identity.Claim{Ref: "20780-0-0166a8b2ef99", Right: right, About: about, Asked: r.w.now(), Due: law.Due(r.w.now())}
	r.claims = append(r.claims, c)
	return c, nil
}

func (r *righter) Ask(_ context.Context, _ identity.Session, right identity.Right, about string) (identity.Claim, error) {
	return r.put(right, about)
}

func (r *righter) AskUnknown(_ context.Context, about string) (identity.Claim, error) {
	r.strange++
	return r.put(identity.RightExplain, about)
}

func (r *righter) Read(_ context.Context, ref string) (identity.Claim, error) {
	for _, c := range r.claims {
		if c.Ref == ref {
			return c, nil
		}
	}
	return identity.Claim{}, fault.New("world", fault.NotFound, "claim_unknown")
}

func (r *righter) List(context.Context, identity.Session) (all []rights.Used, err error) {
	id, err := identity.ParseEventID(r.w.events[0].ID)
	for i := range r.claims {
		all = append(all, rights.Used{Record: id, Kind: identity.RightAsked, Time: r.w.now(), Claim: &r.claims[i]})
	}
	return append(all, rights.Used{Record: id, Kind: identity.Exported, Time: r.w.now()}, rights.Used{Record: id, Kind: identity.Withdrawn, Time: r.w.now()}), err
}

func (r *righter) Say(_ context.Context, _ identity.Session, w identity.Wish, passcode string) error {
	if passcode != "24681357" {
		return fault.New("world", fault.Invalid, "passcode_wrong")
	}
	r.wish = w
	return nil
}

func (r *righter) Departed(context.Context, identity.Session) ([]rights.Departed, error) {
	return r.dead, nil
}

func (r *righter) Copy(_ context.Context, _ identity.Session, ref, passcode string) ([]byte, error) {
	if passcode != "24681357" || ref != r.dead[0].Ref {
		return nil, fault.New("world", fault.Forbidden, "heir_refused")
	}
	return []byte("{}"), nil
}

func (w *world) EraseDead(ctx context.Context, s identity.Session, _, passcode string) (erase.Receipt, error) {
	return w.Erase(ctx, s, passcode)
}

func (l looker) Erased(_ context.Context, id identity.EventID) ([]byte, error) {
	return []byte(`{"event":"` + id.String() + `"}`), l.failing("Erased")
}

func newRighter(w *world) *righter {
	since := w.now().Add(-40 * 24 * time.Hour)
	return &righter{w: w, dead: []rights.Departed{{Ref: "0a1b2c", Name: "故*", Since: since, From: law.HeirFrom(since), Copies: true, Erases: true}, {Ref: "0a1b2d", Name: "旧*", Since: w.now(), From: law.HeirFrom(w.now())}}}
}
