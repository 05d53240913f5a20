package citizen_test

import (
	"context"
	"encoding/hex"
	"time"

	"netid/internal/act/authorize"
	"netid/internal/act/enrol"
	"netid/internal/act/erase"
	"netid/internal/act/guard"
	"netid/internal/fault"
	"netid/internal/identity"
)

// family is what the world has of minors: a matter of each kind waits, and a child
// and a young person are the guardian's.
type family struct {
	*world
	matters  []identity.Matter
	stopped  []identity.Matter
	children []guard.Child
	replies  []guard.Reply
	done     []string
	turned   identity.Regime
	review   guard.Review
}

const childsNumber = identity.Number("the child's own")

func newFamily(w *world) *family {
	at := w.now().Add(10 * time.Minute)
	ref := hex.EncodeToString(make([]byte, 32))
	st := w.statement("zh-CN", nil)
	return &family{world: w,
		matters: []identity.Matter{
			{Kind: identity.MatterApply, Key: []byte("sixteen bytes a."), Name: "•童", Regime: identity.Child, Document: identity.ResidentCard, Until: at},
			{Kind: identity.MatterApply, Key: []byte("sixteen bytes b."), Name: "•少", Regime: identity.Ward, Document: identity.ResidentCard, Until: at},
			{Kind: identity.MatterUse, Key: []byte("sixteen bytes c."), Name: "•童", Regime: identity.Child, Party: w.party.ID, Text: st.Bytes(), Until: at}},
		children: []guard.Child{
			{Ref: ref, Name: "•童", Regime: identity.Child, Standing: identity.Active, Certificates: []identity.Certificate{w.cert}},
			{Ref: "b" + ref[1:], Name: "•少", Regime: identity.Ward, Standing: identity.FrozenByOwner, Turned: identity.Ward, Certificates: []identity.Certificate{w.cert}},
			{Ref: "c" + ref[1:], Name: "•成", Regime: identity.Adult, Turned: identity.Adult}}}
}

func (f *family) Waiting(context.Context, identity.Session) ([]identity.Matter, error) {
	return f.matters, f.failing("Waiting")
}

func (f *family) Stopped(context.Context, identity.Session) ([]identity.Matter, error) {
	return f.stopped, f.failing("Stopped")
}

func (f *family) Text(m identity.Matter) []byte {
	if m.Kind == identity.MatterUse {
		return m.Text
	}
	return []byte("netid-guardian/1\n" + issuer + "\napply\nkey")
}

func (f *family) Answer(_ context.Context, _ identity.Session, in guard.Reply) error {
	if err := f.failing("Answer"); err != nil {
		return err
	}
	f.replies = append(f.replies, in)
	return nil
}

func (f *family) Children(context.Context, identity.Session) ([]guard.Child, error) {
	return f.children, f.failing("Children")
}

func (f *family) Uses(_ context.Context, _ identity.Session, ref string) (guard.Child, []identity.Event, error) {
	if ref != f.children[0].Ref {
		return guard.Child{}, nil, fault.New("world", fault.NotFound, "not_yours")
	}
	c := f.children[0]
	c.Number = childsNumber
	return c, f.events, f.failing("Uses")
}

func (f *family) Review(context.Context, identity.Session) (guard.Review, error) {
	return f.review, nil
}

func (f *family) Turned(context.Context, identity.Session) (identity.Regime, error) {
	return f.turned, nil
}

func (f *family) Freeze(_ context.Context, _ identity.Session, ref string) error {
	f.done = append(f.done, "freeze "+ref)
	return f.failing("FreezeWard")
}

func (f *family) Thaw(_ context.Context, _ identity.Session, ref string) error {
	f.done = append(f.done, "thaw "+ref)
	return f.failing("ThawWard")
}

func (f *family) Withdraw(_ context.Context, _ identity.Session, ref string, party identity.PartyID) error {
	f.done = append(f.done, "withdraw "+ref+" "+string(party))
	return nil
}

func (w *world) AskGuardian(context.Context, identity.Handle) error { return w.failing("AskGuardian") }

func (w *world) HearGuardian(_ context.Context, h identity.Handle) error {
	return w.step(h, "HearGuardian", "guardian", "confirm", func(*enrol.View) error { return nil })
}

func (w *world) EraseWard(ctx context.Context, s identity.Session, _, passcode string) (erase.Receipt, error) {
	r, err := w.Erase(ctx, s, passcode)
	w.gone = false
	return r, err
}

func (a asker) ApproveGuarded(_ context.Context, _ identity.Session, sealed string, _ identity.Handle, _ authorize.Approval) (string, string, error) {
	if err := a.failing("ApproveGuarded"); err != nil {
		return "", "", err
	}
	return "", "waits for a guardian", nil
}

func (a asker) Resume(_ context.Context, _ identity.Session, waits string, _ identity.Handle) (string, error) {
	if waits != "waits for a guardian" {
		return "", fault.New("world", fault.Invalid, "request_invalid")
	}
	return a.resumed, a.failing("Resume")
}
