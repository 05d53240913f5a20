package staff_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"netid/internal/act/staff"
	"netid/internal/identity"
	"netid/internal/law"
	"netid/internal/ledger"
)

// public are the ledger's public events in their order.
func (o *office) public() (all []identity.Event) {
	o.t.Helper()
	rows, err := o.Store.Entries(o.t.Context(), 0, 10000)
	must(o.t, err)
	for _, r := range rows {
		if r.State != identity.EntryPublic {
			continue
		}
		e, _, err := ledger.OpenEntry(identity.Keys{}, r)
		must(o.t, err)
		all = append(all, e)
	}
	return all
}

// audited reads the events, with the proposals as change makes them, and gives what is wrong.
func (o *office) audited(all []identity.Event, change func(*staff.Proposal)) (u *staff.Auditor, wrong []string) {
	o.t.Helper()
	act := *o.Staff
	if change != nil {
		act.Dossiers = altered{act.Dossiers, change}
	}
	u = &staff.Auditor{Act: &act}
	for _, e := range all {
		w, err := u.Event(context.Background(), e)
		must(o.t, err)
		if w != "" {
			wrong = append(wrong, w)
		}
	}
	return u, wrong
}

// altered gives proposals that somebody changed who has the keys of the store.
type altered struct {
	staff.Dossiers
	change func(*staff.Proposal)
}

func (a altered) Read(ctx context.Context, kind, name string, into any) (uint64, error) {
	v, err := a.Dossiers.Read(ctx, kind, name, into)
	if p, is := into.(*staff.Proposal); is && err == nil {
		a.change(p)
	}
	return v, err
}

// Behind each decision by two that the ledger tells stand two good signatures by the two
// passkeys that joined, or it is named; whoever owns the store and its keys makes none.
func TestTwoSignaturesStandBehindEachDecision(t *testing.T) {
	o := open(t)
	other := o.hire("He", law.SecurityRole, "p-4", "")
	n, err := o.propose(o.system, law.ChangeSetting, "idle", staff.SettingBody(law.IdleMinutes, 9))
	must(t, err)
	must(t, o.approve(o.security, n))
	next, err := o.propose(o.system, law.ChangeSetting, "idle", staff.SettingBody(law.IdleMinutes, 7))
	must(t, err)
	must(t, o.approve(o.security, next))
	second, err := o.Staff.Proposal(t.Context(), next)
	must(t, err)
	no, err := o.propose(o.system, law.ChangeSetting, "idle", staff.SettingBody(law.IdleMinutes, 8))
	must(t, err)
	must(t, o.Staff.Refuse(t.Context(), o.security.Member, no, o.security.key.Sign([]byte(textFor(o, no, "refuse", o.security)))))
	all := o.public()
	if u, wrong := o.audited(all, nil); len(wrong) > 0 || u.Proven != 3 || u.Forgotten != 0 { // the fourth was invited by two
		t.Fatal(u.Proven, u.Forgotten, wrong)
	}
	for what, change := range map[string]func(*staff.Proposal){
		"another body":        func(p *staff.Proposal) { p.Body = staff.SettingBody(law.IdleMinutes, 3) },
		"another text":        func(p *staff.Proposal) { p.Says.EN += "!" },
		"another term":        func(p *staff.Proposal) { p.Expires = p.Expires.Add(1e9) },
		"another action":      func(p *staff.Proposal) { p.Action = law.RemoveStaff },
		"still open":          func(p *staff.Proposal) { p.State = staff.Open },
		"nobody agreed":       func(p *staff.Proposal) { p.Decided = nil },
		"one signature twice": func(p *staff.Proposal) { p.Decided.Signature, p.Decided.Key = p.Proposed.Signature, p.Proposed.Key },
		"one person twice":    func(p *staff.Proposal) { d := p.Proposed; p.Decided = &d },
		"another's passkey": func(p *staff.Proposal) {
			p.Decided.Key, p.Decided.Signature = keyOf(o, other), other.key.Sign([]byte(textFor(o, p.Number, "approve", o.security)))
		},
		"another's proposal": func(p *staff.Proposal) { *p = second },
		"another's label": func(p *staff.Proposal) {
			p.Decided.By, p.Decided.Key = other.ID, keyOf(o, other)
			p.Decided.Signature = other.key.Sign([]byte(textFor(o, p.Number, "approve", other)))
		},
		"another address": func(p *staff.Proposal) {
			var k map[string]any
			must(t, json.Unmarshal(p.Decided.Key, &k))
			k["origin"] = "https://elsewhere.example"
			p.Decided.Key, err = json.Marshal(k)
			must(t, err)
		},
		"another word": func(p *staff.Proposal) {
			p.Decided.Signature = o.security.key.Sign([]byte(textFor(o, p.Number, "refuse", o.security)))
		},
	} {
		u, wrong := o.audited(all, func(p *staff.Proposal) {
			if p.Number == n {
				change(p)
			}
		})
		if len(wrong) != 1 || !strings.Contains(wrong[0], n) || u.Proven != 2 {
			t.Errorf("%s: %d proven, wrong %q", what, u.Proven, wrong)
		}
	}
	event := func(kind identity.EventKind, detail string) identity.Event {
		return identity.Event{Kind: kind, Detail: detail, Time: o.Now()}
	}
	by := func(h hand) string { return string(h.ID) }
	names := map[staff.ID]string{}
	for _, e := range all {
		if w := strings.Fields(e.Detail); e.Kind == identity.StaffJoined {
			names[staff.ID(w[0])] = w[2]
		}
	}
	made, approved := identity.ProposalMade, identity.ProposalApproved
	for what, c := range map[string]struct {
		says string
		more []identity.Event
	}{
		"nobody proposed it":         {"nobody proposed it", []identity.Event{event(approved, "setting-change 00 "+by(o.security))}},
		"decided twice":              {"nobody proposed it", []identity.Event{event(approved, "setting-change "+n+" "+by(o.security))}},
		"another action":             {"nobody proposed it", []identity.Event{event(made, "setting-change 00 "+by(o.system)), event(approved, "staff-enable 00 "+by(o.security))}},
		"by one":                     {"two passkeys", []identity.Event{event(made, "setting-change 00 "+by(o.system)), event(approved, "setting-change 00 "+by(o.system))}},
		"by one passkey":             {"two passkeys", []identity.Event{event(identity.StaffJoined, "01 security "+names[o.system.ID]), event(made, "setting-change 00 "+by(o.system)), event(approved, "setting-change 00 01")}},
		"by who never joined":        {"two passkeys", []identity.Event{event(made, "setting-change 00 "+by(o.system)), event(approved, "setting-change 00 ffff")}},
		"by whom nobody let in":      {"two passkeys", []identity.Event{event(made, "setting-change 00 ffff"), event(approved, "setting-change 00 "+by(o.security))}},
		"by the wrong roles":         {"roles that may not", []identity.Event{event(made, "setting-change 00 "+by(o.security)), event(approved, "setting-change 00 "+by(o.system))}},
		"by who may not propose":     {"roles that may not", []identity.Event{event(made, "setting-change 00 "+by(other)), event(approved, "setting-change 00 "+by(o.security))}},
		"by one role":                {"roles that may not", []identity.Event{event(made, "party-suspend 00 "+by(o.security)), event(approved, "party-suspend 00 "+by(other))}},
		"nothing was signed":         {"is not there", []identity.Event{event(made, "setting-change 00 "+by(o.system)), event(approved, "setting-change 00 "+by(o.security))}},
		"made twice":                 {"made twice", []identity.Event{event(made, "setting-change 00 "+by(o.system)), event(made, "setting-change 00 "+by(o.system))}},
		"joined twice":               {"joined twice", []identity.Event{event(identity.StaffJoined, by(o.security)+" security 00")}},
		"no account":                 {"says something else", []identity.Event{event(identity.StaffJoined, "security")}},
		"no proposal":                {"says something else", []identity.Event{event(approved, n)}},
		"another deed of one number": {"something else than the ledger says", []identity.Event{event(made, "staff-enable "+n+" "+by(o.system)), event(approved, "staff-enable "+n+" "+by(o.security))}},
	} {
		if _, wrong := o.audited(append(all[:len(all):len(all)], c.more...), nil); len(wrong) != 1 || !strings.Contains(wrong[0], c.says) {
			t.Errorf("%s: %q", what, wrong)
		}
	}
	// What the law keeps no longer is counted, and no fault: not a day before.
	later := func(years, days int) (u *staff.Auditor, wrong []string) {
		must(t, o.Staff.Store.Jot(t.Context(), o.Staff.Dossiers.Drop("staff-proposal", n, version(o, n))))
		o.Advance(o.Now().AddDate(years, 0, days).Sub(o.Now()))
		return o.audited(all, nil)
	}
	if u, wrong := later(3, -1); len(wrong) != 1 || u.Forgotten != 0 {
		t.Error("it went too early, and nobody says so:", wrong)
	}
	o.Advance(48 * 60 * 60 * 1e9)
	if u, wrong := o.audited(all, nil); len(wrong) != 0 || u.Forgotten != 1 || u.Proven != 2 {
		t.Error(u.Forgotten, u.Proven, wrong)
	}
}

func version(o *office, n string) uint64 {
	var p staff.Proposal
	v, err := o.Staff.Dossiers.Read(o.t.Context(), "staff-proposal", n, &p)
	must(o.t, err)
	return v
}

func textFor(o *office, n, word string, h hand) string {
	p, err := o.Staff.Proposal(o.t.Context(), n)
	must(o.t, err)
	return o.Staff.DecideText(p, word, h.Member)
}

// keyOf is a colleague's passkey as it is kept.
func keyOf(o *office, h hand) []byte {
	all, err := o.Staff.Accounts(o.t.Context())
	must(o.t, err)
	for _, one := range all {
		if one.ID == h.ID {
			return one.Key
		}
	}
	o.t.Fatal("nobody")
	return nil
}
