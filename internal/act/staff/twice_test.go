package staff_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"netid/internal/act/staff"
	"netid/internal/fault"
	"netid/internal/law"
)

// invited has the two agree to an invitation, and gives the link of one and the code of the other.
func (o *office) invited(role law.Role, ref string) (secret, code string, err error) {
	o.t.Helper()
	body, secret, err := o.Staff.InviteBody(staff.Invitation{Name: "Lin", Role: role, Reference: ref})
	if err != nil {
		return "", "", err
	}
	n, err := o.propose(o.system, law.InviteStaff, "Lin", body)
	if err != nil {
		return "", "", err
	}
	if o.code(o.security, n) != "" {
		o.t.Error("a code before the invitation was approved")
	}
	if err := o.approve(o.security, n); err != nil {
		return "", "", err
	}
	if o.code(o.system, n) != "" {
		o.t.Error("who proposed reads the code")
	}
	return secret, o.code(o.security, n), nil
}

func (o *office) joinAs(h hand, secret, code string) error {
	_, text, err := o.Staff.Invited(o.t.Context(), secret)
	if err != nil {
		return err
	}
	_, err = o.Staff.Join(o.t.Context(), secret, code, h.key.JWK, h.key.Sign([]byte(text)))
	return err
}

// N02: one passkey is one person, whatever two accounts are called, and a reference that only
// looks like another is none.
func TestOnePasskeyIsOnePerson(t *testing.T) {
	o := open(t)
	for _, ref := range []string{"р-1", "p–1", "p-1\u200b", "p\u00a01"} { // a Cyrillic letter, another dash, nothing, another space
		_, _, err := o.invited(law.SecurityRole, ref)
		refused(t, ref, err, fault.Invalid, "invitation_invalid")
	}
	_, _, err := o.invited(law.SecurityRole, "ｐ－１")
	refused(t, "the wide form", err, fault.Conflict, "staff_twice")
	secret, code, err := o.invited(law.SecurityRole, "工号 p-9")
	must(t, err)
	refused(t, "the proposer's passkey", o.joinAs(o.system, secret, code), fault.Conflict, "staff_key_held")
	second := o.joinBy(secret, code)
	if second.Role != law.SecurityRole {
		t.Error(second.Member)
	}
	// Two who come at once are seen by none of these: no two accounts of one passkey decide.
	n, err := o.propose(o.system, law.ChangeSetting, "idle", staff.SettingBody(law.IdleMinutes, 5))
	must(t, err)
	o.Staff.Dossiers = sameKey{o.Staff.Dossiers, second.ID, o.system.ID}
	second.key = o.system.key
	refused(t, "the same passkey approves", o.approve(second, n), fault.Forbidden, "approver_same")
}

// N02: whoever proposes an invitation holds its link and not its code, which who approved it
// tells; nobody joins by one of them.
func TestWhoProposesDoesNotJoin(t *testing.T) {
	o := open(t)
	secret, code, err := o.invited(law.SecurityRole, "p-9")
	must(t, err)
	needs, err := o.Staff.NeedsCode(t.Context(), secret)
	if err != nil || !needs || len(code) != 9 {
		t.Fatal(needs, code, err)
	}
	someone := o.system
	for _, wrong := range []string{"", "AAAA-AAAA", code + "A", secret} {
		refused(t, wrong, o.joinAs(someone, secret, wrong), fault.Forbidden, "join_code_wrong")
	}
	for range 6 {
		refused(t, "guessing", o.joinAs(someone, secret, "AAAA-AAAA"), fault.Forbidden, "join_code_wrong")
	}
	refused(t, "after ten", o.joinAs(someone, secret, code), fault.TooMany, "too_many_tries")
	secret, code, err = o.invited(law.AuditRole, "p-10")
	must(t, err)
	refused(t, "another's code", o.joinAs(someone, secret, "BBBB-BBBB"), fault.Forbidden, "join_code_wrong")
	o.joinBy(secret, strings.ToLower(strings.ReplaceAll(code, "-", " "))) // as people type
	_, code, err = o.invited(law.AuditRole, "p-11")
	must(t, err)
	if code == "" {
		t.Error("no code")
	}
	all, err := o.Staff.Proposals(t.Context())
	must(t, err)
	o.Advance(24 * time.Hour)
	for _, p := range all {
		if code, err := o.Staff.Code(t.Context(), o.security.Member, p); code != "" || err != nil {
			t.Error("a code of what is over:", p.Says.EN, code, err)
		}
	}
}

// sameKey has one account have another's passkey, as two who joined at once may.
type sameKey struct {
	staff.Dossiers
	one, of staff.ID
}

func (s sameKey) Read(ctx context.Context, kind, name string, into any) (uint64, error) {
	version, err := s.Dossiers.Read(ctx, kind, name, into)
	if a, is := into.(*staff.Account); is && err == nil && a.ID == s.one {
		var other staff.Account
		_, err = s.Dossiers.Read(ctx, kind, string(s.of), &other)
		a.Key = other.Key
	}
	return version, err
}
