package staff

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"
	"time"

	"netid/client"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/law"
)

// Auditor reads the public ledger in its order and holds what two decided to what they
// signed. It believes no row of the store: whose key signed is what the ledger said when
// its account joined, and the signature is the passkey's own.
type Auditor struct {
	Act *Act // its Dossiers, Cover and Now are used

	keys      map[ID]joinedAs
	made      map[string]told
	Proven    int // decisions behind which two signatures stand
	Forgotten int // those older than the law keeps what was signed
}

// joinedAs is an account as the ledger has it.
type joinedAs struct {
	role law.Role
	name string // of its passkey
}

// told is what a public event of a proposal says.
type told struct {
	action law.Action
	number string
	by     ID
}

// Event takes the next public event, and says what is wrong with it: "" where nothing is.
func (u *Auditor) Event(ctx context.Context, e identity.Event) (wrong string, err error) {
	words := strings.Fields(e.Detail)
	switch e.Kind {
	case identity.StaffJoined:
		return u.joins(words), nil
	case identity.ProposalMade, identity.ProposalApproved:
	default:
		return "", nil
	}
	if len(words) != 3 {
		return "a proposal's event that says something else", nil
	}
	t := told{law.Action(words[0]), words[1], ID(words[2])}
	if e.Kind == identity.ProposalApproved {
		return u.approved(ctx, t, e.Time)
	}
	if u.made == nil {
		u.made = map[string]told{}
	}
	if _, twice := u.made[t.number]; twice {
		return "proposal " + t.number + " was made twice", nil
	}
	u.made[t.number] = t
	return "", nil
}

func (u *Auditor) joins(words []string) (wrong string) {
	if len(words) != 3 {
		return "an account's event that says something else"
	}
	if u.keys == nil {
		u.keys = map[ID]joinedAs{}
	}
	if _, twice := u.keys[ID(words[0])]; twice {
		return "account " + words[0] + " joined twice"
	}
	u.keys[ID(words[0])] = joinedAs{law.Role(words[1]), words[2]}
	return ""
}

// approved holds one decision to its proposal and to both signatures.
func (u *Auditor) approved(ctx context.Context, t told, at time.Time) (wrong string, err error) {
	about := "proposal " + t.number + ": "
	first, known := u.made[t.number]
	delete(u.made, t.number) // it is decided once
	one, two := u.keys[first.by], u.keys[t.by]
	switch {
	case !known || first.action != t.action:
		return about + "approved, and nobody proposed it", nil
	case one.name == "" || two.name == "" || one.name == two.name:
		return about + "approved without two accounts that have two passkeys", nil
	case !law.MayStaff(one.role, t.action, law.Propose) || !law.MayStaff(two.role, t.action, law.Approve):
		return about + "approved by roles that may not", nil
	}
	p, err := u.Act.Proposal(ctx, t.number)
	if fault.Is(err, fault.NotFound) {
		if u.Act.ended(law.DecidedWork, at) {
			u.Forgotten++
			return "", nil
		}
		return about + "what two signed is not there", nil
	}
	if err != nil {
		return "", err
	}
	if p.Action != t.action || p.Number != t.number || p.Decided == nil || p.State == Open || p.State == Refused {
		return about + "it is kept as something else than the ledger says", nil
	}
	// Who signed is in the texts, and their keys' names are of the accounts that the ledger names.
	if !u.signed(p, p.Proposed, "propose", one) || !u.signed(p, *p.Decided, "approve", two) || bytes.Equal(p.Proposed.Key, p.Decided.Key) {
		return about + "a signature is not good, or not by the passkey that joined", nil
	}
	u.Proven++
	return "", nil
}

// signed reports whether the passkey that the ledger names signed all of the proposal with
// this word. The address in the text is the one that the passkey answers: whoever changes
// either changes what was signed, or the key's name.
func (u *Auditor) signed(p Proposal, s Signed, word string, as joinedAs) bool {
	var key struct{ Origin string }
	if json.Unmarshal(s.Key, &key) != nil || key.Origin == "" || u.Act.keyName(s.Key) != as.name {
		return false
	}
	text := p.Text(key.Origin, u.Act.Cover.Digest([]byte("netid/proposal/v1"), p.Body), word, s.By)
	return client.CheckDevice([]byte(text), s.Signature, s.Key) == nil
}
