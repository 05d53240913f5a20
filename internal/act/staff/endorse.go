package staff

import (
	"bytes"
	"context"
	"encoding/hex"
	"strings"

	"netid/client"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/law"
)

// Endorsements are the two signatures of a proposal that was approved, as they stand
// behind what it approved: with the texts and the passkeys, so that whoever reads them
// later needs to believe nobody.
func (a *Act) Endorsements(p Proposal) []identity.Endorsement {
	if p.Decided == nil || p.State == Refused {
		return nil
	}
	one := func(s Signed, word string) identity.Endorsement {
		return identity.Endorsement{Operator: string(s.By), Signature: s.Signature, Time: s.Time, Said: a.textOf(p, word, s.By), Key: s.Key}
	}
	return []identity.Endorsement{one(p.Proposed, "propose"), one(*p.Decided, "approve")}
}

// Endorses fails with Forbidden "endorsement_invalid" unless the passkey of an account
// whose role may signed a proposal to approve this party, whose text ends with this
// record's digest. The names in it are believed for nothing: who signed is who holds the
// key that the account joined with. One that was removed since still counts, as what
// it signed was signed while it stood.
func (a *Act) Endorses(ctx context.Context, e identity.Endorsement, id identity.PartyID, record string) error {
	const op = "staff.Endorses"
	no := func(why string) error { return fault.Newf(op, fault.Forbidden, "endorsement_invalid", "%s", why) }
	t, err := identity.ParseProposalText(e.Said)
	if err != nil {
		return no("no proposal's text")
	}
	move, may := map[string]law.Move{"propose": law.Propose, "approve": law.Approve}[t.Word]
	switch {
	case !may || t.Signer != e.Operator || (t.Word == "propose") != (t.By == t.Signer):
		return no("not the word of who signed")
	case t.Issuer != a.Issuer || t.Action != string(law.ApproveParty) || t.Subject != string(id):
		return no("a proposal of something else")
	case record == "" || lastWord(t.Says.ZH) != record || lastWord(t.Says.EN) != record:
		return no("over another record")
	}
	var one Account
	if _, err := a.Dossiers.Read(ctx, accounts, e.Operator, &one); fault.Is(err, fault.NotFound) {
		return no("nobody's account")
	} else if err != nil {
		return fault.At(op, err)
	}
	if !law.MayStaff(one.Role, law.ApproveParty, move) || !bytes.Equal(one.Key, e.Key) {
		return no("not of that role, or another key")
	}
	return fault.Wrap(op, fault.Forbidden, "endorsement_invalid", client.CheckDevice([]byte(e.Said), e.Signature, one.Key))
}

func lastWord(s string) string { return s[strings.LastIndexByte(s, ' ')+1:] }

// keyName is a passkey's digest as the ledger names it when its account joins: who reads
// an endorsement there finds whose key it is.
func (a *Act) keyName(key []byte) string {
	d := a.Cover.Digest([]byte("netid/staff-key/v1"), key)
	return hex.EncodeToString(d[:])
}
