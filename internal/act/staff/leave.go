package staff

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"time"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/law"
)

// whom is the body of a proposal about an account.
type whom struct {
	ID ID `json:"id"`
}

// AccountBody is the body of a proposal that removes or enables an account.
func AccountBody(id ID) []byte {
	b, err := json.Marshal(whom{id})
	if err != nil { // of a word: there is none
		return nil
	}
	return b
}

func (a *Act) about(ctx context.Context, p Proposal) (l Listed, version uint64, err error) {
	w, err := decoded[whom](p.Body)
	if err == nil {
		l, version, err = a.account(ctx, w.ID)
	}
	return l, version, err
}

func (a *Act) removeKind() Kind {
	return Kind{
		Pages: true, // two could else be rid of an auditor unseen by the others
		Check: func(ctx context.Context, p Proposal) (identity.Text, error) {
			l, _, err := a.about(ctx, p)
			if err == nil && l.Removed {
				err = fault.New("staff.remove", fault.Gone, "staff_unknown")
			}
			return identity.Text{ZH: "移除 " + l.Name + "（" + string(l.ID) + "），角色“" + law.RoleName(l.Role).ZH + "”", EN: "Remove " + l.Name + " (" + string(l.ID) + "), role " + law.RoleName(l.Role).EN}, err
		},
		Verbs: func(ctx context.Context, p Proposal) ([]identity.Verb, error) {
			l, version, err := a.about(ctx, p)
			if err != nil {
				return nil, err
			}
			_, at, err := a.reference(ctx, l.Reference)
			if err != nil {
				return nil, err
			}
			l.Account.Removed = true
			gone, err := a.Dossiers.Keep(accounts, string(l.ID), version, l.Account)
			if err != nil {
				return nil, err
			}
			free, err := a.Dossiers.Keep(references, l.Reference, at, known{Account: l.ID, Manager: l.Manager, Free: true})
			return []identity.Verb{gone, free}, err
		},
	}
}

func (a *Act) enableKind() Kind {
	return Kind{
		Check: func(ctx context.Context, p Proposal) (identity.Text, error) {
			l, _, err := a.about(ctx, p)
			if err == nil && (l.Removed || l.Stands) {
				err = fault.New("staff.enable", fault.Conflict, "staff_stands")
			}
			return identity.Text{ZH: "重新启用 " + l.Name + "（" + string(l.ID) + "），角色“" + law.RoleName(l.Role).ZH + "”", EN: "Enable " + l.Name + " (" + string(l.ID) + ") again, role " + law.RoleName(l.Role).EN}, err
		},
		Verbs: func(ctx context.Context, p Proposal) ([]identity.Verb, error) {
			l, version, err := a.about(ctx, p)
			if err != nil {
				return nil, err
			}
			l.Account.Disabled, l.Account.Enabled = false, a.Now().UTC().Truncate(time.Second)
			v, err := a.Dossiers.Keep(accounts, string(l.ID), version, l.Account)
			return []identity.Verb{v}, err
		},
	}
}

// Sweep disables every account whose owner was away for too long, each in the commit of
// its event (N18). They were refused before: this says so in the ledger.
func (a *Act) Sweep(ctx context.Context) (disabled int, err error) {
	const op = "staff.Sweep"
	all, err := a.Accounts(ctx)
	if err != nil {
		return 0, fault.At(op, err)
	}
	for _, one := range all {
		if one.Why != "dormant" {
			continue
		}
		l, version, err := a.account(ctx, one.ID)
		if err == nil && l.Why == "dormant" {
			l.Account.Disabled = true
			var kept identity.KeepDossier
			if kept, err = a.Dossiers.Keep(accounts, string(l.ID), version, l.Account); err == nil {
				_, err = a.Book.RecordPublic(ctx, event(identity.StaffDisabled, l.ID, l.Role), kept)
			}
		}
		if err != nil {
			return disabled, fault.At(op, err)
		}
		disabled++
	}
	return disabled, nil
}

// Alert is what the auditors must look at: no words about a citizen, a reference at most.
type Alert struct {
	Name string    `json:"name"`
	What string    `json:"what"` // "approved break-glass"
	Ref  string    `json:"ref"`
	Time time.Time `json:"time"`
	Seen ID        `json:"seen,omitempty"` // the auditor who looked
	Who  ID        `json:"who,omitempty"`  // whose account it is about, where it is about no proposal
}

// Page is the verb that puts before the auditors what happened elsewhere than at the console.
func (a *Act) Page(what, ref string) (identity.Verb, error) { return a.alert(what, ref) }

// alert is the verb that puts something before the auditors.
func (a *Act) alert(what, ref string) (identity.KeepDossier, error) {
	n := string(a.label())
	return a.Dossiers.Keep(alerts, n, 0, Alert{Name: n, What: what, Ref: ref, Time: a.Now().UTC().Truncate(time.Second)})
}

// Alerts are all of them for an auditor, the newest first.
func (a *Act) Alerts(ctx context.Context, by Member) (all []Alert, err error) {
	const op = "staff.Alerts"
	if !law.MayStaff(by.Role, law.SeeAlerts, law.Look) {
		return nil, fault.New(op, fault.Forbidden, "role_refused")
	}
	err = a.Dossiers.List(ctx, alerts, func(_ string, _ uint64, open func(any) error) error {
		var one Alert
		err := open(&one)
		all = append(all, one)
		return err
	})
	slices.SortFunc(all, func(x, y Alert) int { return cmp.Or(y.Time.Compare(x.Time), cmp.Compare(x.Name, y.Name)) })
	return all, fault.At(op, err)
}

// Looked notes which auditor looked at an alert; the first stays.
func (a *Act) Looked(ctx context.Context, by Member, name string) error {
	const op = "staff.Looked"
	if !law.MayStaff(by.Role, law.SeeAlerts, law.Look) {
		return fault.New(op, fault.Forbidden, "role_refused")
	}
	var one Alert
	version, err := a.Dossiers.Read(ctx, alerts, name, &one)
	if err = fault.Missing(op, err, "alert_unknown"); err != nil || one.Seen != "" {
		return fault.At(op, err)
	}
	one.Seen = by.ID
	kept, err := a.Dossiers.Keep(alerts, name, version, one)
	if err == nil {
		err = a.Store.Jot(ctx, kept)
	}
	return fault.At(op, err)
}
