package staff

import (
	"bytes"
	"cmp"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/law"
)

// Kind is a sort of thing that two do together. Who may, the law says (law.MayStaff).
type Kind struct {
	// Check judges a proposal before it is made and again before it is approved, and
	// says in both languages what it will do. A floor stands here.
	Check func(ctx context.Context, p Proposal) (identity.Text, error)
	// Verbs are what it does, committed with its approval.
	Verbs func(ctx context.Context, p Proposal) ([]identity.Verb, error)
	// After is what it does when the approval is on disk, where that is no verb: it may
	// be run more than once. nil: nothing.
	After func(ctx context.Context, p Proposal) error
	// Pages puts it before the auditors, when it is made and when it is approved.
	Pages bool
}

// State of a proposal.
type State string

const (
	Open     State = "open"
	Approved State = "approved" // and what comes after it is not said to be done yet
	Done     State = "done"
	Refused  State = "refused"
	Failed   State = "failed" // two agreed, and what comes after cannot be done any more
)

// Signed is one person's signature over a proposal.
type Signed struct {
	By        ID        `json:"by"`
	Signature []byte    `json:"sig"`
	Key       []byte    `json:"key"` // with which it is checked when the account is gone
	Time      time.Time `json:"time"`
}

// Proposal is what one signed and another is asked to.
type Proposal struct {
	Number   string        `json:"number"`
	Action   law.Action    `json:"action"`
	Subject  string        `json:"subject"` // what it is about, in the words of its kind; of a citizen, nothing
	Body     []byte        `json:"body"`    // JSON of its kind
	Says     identity.Text `json:"says"`
	By       ID            `json:"by"`
	Expires  time.Time     `json:"expires"`
	State    State         `json:"state"`
	Proposed Signed        `json:"proposed"`
	Decided  *Signed       `json:"decided,omitempty"`
	Why      string        `json:"why,omitempty"` // the reason for which it failed
}

// Text is what is signed: all of the proposal, who signs, and what they say by it
// ("propose", "approve" or "refuse").
func (p Proposal) Text(issuer string, digest [32]byte, word string, by ID) string {
	return identity.ProposalText{Issuer: issuer, Number: p.Number, Action: string(p.Action), Subject: p.Subject, Body: hex.EncodeToString(digest[:]), Says: p.Says,
		By: string(p.By), Expires: p.Expires.UTC().Format(time.RFC3339), Word: word, Signer: string(by)}.String()
}

func (a *Act) textOf(p Proposal, word string, by ID) string {
	return p.Text(a.Issuer, a.Cover.Digest([]byte("netid/proposal/v1"), p.Body), word, by)
}

func (a *Act) kind(action law.Action) (Kind, error) {
	own := map[law.Action]Kind{law.InviteStaff: a.inviteKind(), law.RemoveStaff: a.removeKind(), law.EnableStaff: a.enableKind(), law.ChangeSetting: a.settingKind()}
	k, ours := own[action]
	if !ours {
		k = a.Kinds[action]
	}
	if k.Check == nil || k.Verbs == nil && k.After == nil {
		return k, fault.New("staff.kind", fault.NotFound, "proposal_kind_unknown")
	}
	return k, nil
}

// Prepare makes a proposal for its proposer to sign: sealed, it is carried by the
// browser, and nothing is kept until it was signed. text is what the passkey signs.
func (a *Act) Prepare(ctx context.Context, by Member, action law.Action, subject string, body []byte) (sealed, text string, p Proposal, err error) {
	const op = "staff.Prepare"
	if _, err = a.proposes(ctx, by.ID, action); err != nil {
		return "", "", p, fault.At(op, err)
	}
	k, err := a.kind(action)
	if err != nil {
		return "", "", p, err
	}
	if !plainText(subject, 120) || len(body) > 16<<10 || !json.Valid(body) {
		return "", "", p, fault.New(op, fault.Invalid, "proposal_invalid")
	}
	days, err := a.Setting(ctx, law.ProposalDays)
	if err != nil {
		return "", "", p, fault.At(op, err)
	}
	p = Proposal{Number: string(a.label()), Action: action, Subject: subject, Body: body, By: by.ID, State: Open, Expires: a.Now().UTC().Truncate(time.Second).Add(time.Duration(days) * 24 * time.Hour)}
	if p.Says, err = k.Check(ctx, p); err != nil {
		return "", "", p, fault.At(op, err)
	}
	sealed, err = a.Drafts.Seal(p)
	return sealed, a.textOf(p, "propose", by.ID), p, fault.At(op, err)
}

// proposes is the account of who may propose the action, else the reason.
func (a *Act) proposes(ctx context.Context, id ID, action law.Action) (l Listed, err error) {
	l, _, err = a.account(ctx, id)
	if err != nil {
		return l, err
	}
	s, err := a.signatory(ctx, l)
	if err == nil {
		err = law.Refusal("staff.proposes", law.Proposes(action, s))
	}
	return l, err
}

// Propose keeps what its proposer signed.
func (a *Act) Propose(ctx context.Context, by Member, sealed string, signature []byte) (number string, err error) {
	const op = "staff.Propose"
	var p Proposal
	if err := a.Drafts.Open(sealed, &p); err != nil || p.By != by.ID || !a.Now().Before(p.Expires) {
		return "", fault.New(op, fault.Invalid, "proposal_invalid")
	}
	l, err := a.proposes(ctx, by.ID, p.Action)
	if err != nil {
		return "", fault.At(op, err)
	}
	_, version, err := a.account(ctx, by.ID)
	if err != nil {
		return "", fault.At(op, err)
	}
	if err := l.signed(op, a.textOf(p, "propose", by.ID), signature); err != nil {
		return "", err
	}
	p.Proposed = Signed{by.ID, signature, l.Key, a.Now().UTC().Truncate(time.Second)}
	kept, err := a.Dossiers.Keep(proposals, p.Number, 0, p)
	if err != nil {
		return "", fault.At(op, err)
	}
	verbs, err := a.paged(p, "proposed", kept, a.Dossiers.Guard(accounts, string(by.ID), version))
	if err != nil {
		return "", fault.At(op, err)
	}
	_, err = a.Book.RecordPublic(ctx, a.told(identity.ProposalMade, p, by.ID), verbs...)
	return p.Number, fault.At(op, err)
}

// told is the public event of a proposal: its number, what is done, and by which label.
func (a *Act) told(kind identity.EventKind, p Proposal, by ID) identity.Event {
	return identity.Event{Kind: kind, Detail: string(p.Action) + " " + p.Number + " " + string(by), Grounds: []identity.Ground{}}
}

// paged adds what the auditors are shown.
func (a *Act) paged(p Proposal, what string, verbs ...identity.Verb) ([]identity.Verb, error) {
	if k, err := a.kind(p.Action); err != nil || !k.Pages {
		return verbs, err
	}
	v, err := a.alert(what+" "+string(p.Action), p.Number)
	return append(verbs, v), err
}

// Proposal is one by its number.
func (a *Act) Proposal(ctx context.Context, number string) (p Proposal, err error) {
	p, _, err = a.proposal(ctx, number)
	return p, err
}

func (a *Act) proposal(ctx context.Context, number string) (p Proposal, version uint64, err error) {
	version, err = a.Dossiers.Read(ctx, proposals, number, &p)
	return p, version, fault.Missing("staff.proposal", err, "proposal_unknown")
}

// Proposals are all of them, the newest first.
func (a *Act) Proposals(ctx context.Context) (all []Proposal, err error) {
	err = a.Dossiers.List(ctx, proposals, func(_ string, _ uint64, open func(any) error) error {
		var p Proposal
		err := open(&p)
		all = append(all, p)
		return err
	})
	slices.SortFunc(all, func(x, y Proposal) int {
		return cmp.Or(y.Proposed.Time.Compare(x.Proposed.Time), cmp.Compare(x.Number, y.Number))
	})
	return all, fault.At("staff.Proposals", err)
}

// DecideText is what the second signs: word is "approve" or "refuse".
func (a *Act) DecideText(p Proposal, word string, by Member) string { return a.textOf(p, word, by.ID) }

// Approve is the second person's yes. What the proposal does happens in the same
// commit, which holds both accounts to what was read: 64 at once are one.
func (a *Act) Approve(ctx context.Context, by Member, number string, signature []byte) error {
	const op = "staff.Approve"
	p, verbs, err := a.decide(ctx, by, number, "approve", signature)
	if err != nil {
		return fault.At(op, err)
	}
	k, err := a.kind(p.Action)
	if err != nil {
		return fault.At(op, err)
	}
	says, err := k.Check(ctx, p)
	if err == nil && says != p.Says { // the world moved, and the text no longer says what would happen
		err = fault.New(op, fault.Conflict, "proposal_changed")
	}
	if err == nil && k.Verbs != nil {
		var does []identity.Verb
		does, err = k.Verbs(ctx, p)
		verbs = append(verbs, does...)
	}
	if err == nil {
		verbs, err = a.paged(p, "approved", verbs...)
	}
	if err != nil {
		return fault.At(op, err)
	}
	if _, err := a.Book.RecordPublic(ctx, a.told(identity.ProposalApproved, p, by.ID), verbs...); err != nil {
		return fault.At(op, err)
	}
	return fault.At(op, a.Carry(ctx, number))
}

// Refuse is the second person's no.
func (a *Act) Refuse(ctx context.Context, by Member, number string, signature []byte) error {
	const op = "staff.Refuse"
	p, verbs, err := a.decide(ctx, by, number, "refuse", signature)
	if err == nil {
		_, err = a.Book.RecordPublic(ctx, a.told(identity.ProposalRefused, p, by.ID), verbs...)
	}
	return fault.At(op, err)
}

// decide checks who decides and what they signed, and gives the verbs of the decision.
func (a *Act) decide(ctx context.Context, by Member, number, word string, signature []byte) (p Proposal, verbs []identity.Verb, err error) {
	const op = "staff.decide"
	p, version, err := a.proposal(ctx, number)
	if err != nil {
		return p, nil, err
	}
	if p.State != Open || !a.Now().Before(p.Expires) {
		return p, nil, fault.New(op, fault.Gone, "proposal_over")
	}
	second, held, err := a.pair(ctx, p, by.ID)
	if err != nil {
		return p, nil, err
	}
	if err := second.signed(op, a.textOf(p, word, by.ID), signature); err != nil {
		return p, nil, err
	}
	p.State, p.Decided = a.next(p.Action, word), &Signed{by.ID, signature, second.Key, a.Now().UTC().Truncate(time.Second)}
	kept, err := a.Dossiers.Keep(proposals, number, version, p)
	return p, append(held, kept), err
}

// next is the state after a decision: what has nothing left to do is done.
func (a *Act) next(action law.Action, word string) State {
	if word != "approve" {
		return Refused
	}
	if k, err := a.kind(action); err == nil && k.After == nil {
		return Done
	}
	return Approved
}

// pair is the second of two, and guards that both accounts stay as they were read.
func (a *Act) pair(ctx context.Context, p Proposal, by ID) (second Listed, held []identity.Verb, err error) {
	first, v1, err := a.account(ctx, p.By)
	second, v2, err2 := a.account(ctx, by)
	if err := errors.Join(err, err2); err != nil {
		return second, nil, fault.At("staff.pair", cmp.Or(err2, err))
	}
	if bytes.Equal(first.Key, second.Key) { // one passkey is one person, whatever the accounts are called (N02)
		return second, nil, fault.New("staff.pair", fault.Forbidden, "approver_same")
	}
	one, err := a.signatory(ctx, first)
	two, err2 := a.signatory(ctx, second)
	if err := cmp.Or(err, err2); err != nil {
		return second, nil, err
	}
	held = []identity.Verb{a.Dossiers.Guard(accounts, string(p.By), v1), a.Dossiers.Guard(accounts, string(by), v2)}
	return second, held, law.Refusal("staff.pair", law.Seconds(p.Action, one, two))
}

// Carry does what comes after an approval, and notes that it is done. After a cut it is
// called again; a proposal that is done stays so.
func (a *Act) Carry(ctx context.Context, number string) error {
	const op = "staff.Carry"
	p, version, err := a.proposal(ctx, number)
	if err != nil || p.State != Approved {
		return fault.At(op, err)
	}
	k, err := a.kind(p.Action)
	if err == nil && k.After != nil {
		err = k.After(ctx, p)
	}
	if err != nil && !forGood(err) {
		return fault.At(op, err)
	}
	did := err // a no that will be one tomorrow too is told to who decided, and kept
	if p.State = Done; did != nil {
		p.State, p.Why = Failed, fault.Public(did)
	}
	err = a.settle(ctx, p, version)
	if did != nil && (err == nil || fault.Because(err, "dossier_moved")) {
		err = did
	}
	return fault.At(op, err)
}

// settle keeps how an approved proposal ended. That two agreed to what then was not done is
// put before the auditors, in the same commit: who looks at the service believes it done.
func (a *Act) settle(ctx context.Context, p Proposal, version uint64) error {
	kept, err := a.Dossiers.Keep(proposals, p.Number, version, p)
	if err != nil {
		return err
	}
	if p.State != Failed {
		return a.Store.Jot(ctx, kept)
	}
	paged, err := a.alert("failed "+string(p.Action), p.Number)
	if err != nil {
		return err
	}
	return a.Store.Jot(ctx, kept, paged)
}

// forGood reports whether to try again would be in vain: the deed was understood and
// refused. Who was only overtaken, or asked somebody that does not answer, tries again.
func forGood(err error) bool {
	switch fault.Of(err) {
	case fault.Internal, fault.Unavailable, fault.TooMany:
		return false
	}
	return !strings.HasSuffix(fault.Public(err), "_moved")
}

// Resume carries what was approved and not carried: a server that stopped in between.
func (a *Act) Resume(ctx context.Context) error {
	all, err := a.Proposals(ctx)
	for _, p := range all {
		if p.State == Approved {
			if e := a.Carry(ctx, p.Number); e != nil && !forGood(e) { // else it is kept as failed, which the page says
				err = errors.Join(err, e)
			}
		}
	}
	return fault.At("staff.Resume", err)
}

// decoded reads a proposal's body strictly: what is approved has no member that nobody reads.
func decoded[T any](body []byte) (v T, err error) {
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	if err = d.Decode(&v); err == nil && !json.Valid(body) { // something stands behind it
		err = errors.New("more than one value")
	}
	return v, fault.Wrap("staff.decoded", fault.Invalid, "proposal_invalid", err)
}
