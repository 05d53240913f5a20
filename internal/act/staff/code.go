package staff

import (
	"context"
	"encoding/base32"
	"strings"
	"time"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/law"
)

// An invitation that two decided is taken by what both of them hand over: the link is its
// proposer's, and this code its approver's. With the link alone a proposer would join as the
// colleague of the other role, and be two (N02). Nothing of a code is kept: it follows from
// the link's name under a key of the service.

const (
	codeTries = 10 // of one invitation, while it may be taken
	codeTime  = 24 * time.Hour
)

func (a *Act) code(link string) string {
	s := base32.StdEncoding.EncodeToString(a.Index.CounterIndex("staff-join-code", []byte(link))[:5])
	return s[:4] + "-" + s[4:]
}

// Code is what the approver of an invitation tells the person themselves; "" for everybody
// else, of any other proposal, and when the invitation was taken or is over.
func (a *Act) Code(ctx context.Context, by Member, p Proposal) (string, error) {
	if p.Action != law.InviteStaff || p.State != Done || p.Decided == nil || p.Decided.By != by.ID {
		return "", nil
	}
	i, err := decoded[invited](p.Body)
	if err != nil {
		return "", err
	}
	var ask asked
	_, err = a.Dossiers.Read(ctx, invitations, i.Link, &ask)
	if fault.Is(err, fault.NotFound) || err == nil && !a.Now().Before(ask.Expires) {
		return "", nil
	}
	return a.code(i.Link), fault.At("staff.Code", err)
}

// NeedsCode reports whether who holds a link needs a code too. The first two have none:
// nobody approved their invitations.
func (a *Act) NeedsCode(ctx context.Context, secret string) (bool, error) {
	_, name, _, err := a.asked(ctx, secret)
	if err != nil {
		return false, fault.At("staff.NeedsCode", err)
	}
	return a.coded(ctx, name)
}

func (a *Act) coded(ctx context.Context, link string) (bool, error) {
	var f found
	_, err := a.Dossiers.Read(ctx, founding, "first", &f)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return false, err
	}
	for _, one := range f.By {
		if one.Link == link {
			return false, nil
		}
	}
	return true, nil
}

// confirmed refuses a link without its code: Forbidden "join_code_wrong", TooMany
// "too_many_tries".
func (a *Act) confirmed(ctx context.Context, link, code string) error {
	coded, err := a.coded(ctx, link)
	if err != nil || !coded {
		return err
	}
	i := a.Cover.Digest([]byte("netid/staff/join-code/v1"), []byte(link))
	if err := a.Store.Jot(ctx, identity.Count{Index: i[:], Limit: codeTries, Window: codeTime, Now: a.Now()}); err != nil {
		return err
	}
	typed := strings.Map(func(r rune) rune {
		if r == '-' || r == ' ' {
			return -1
		}
		return r
	}, strings.ToUpper(narrow(code)))
	if a.Cover.Digest([]byte(typed)) != a.Cover.Digest([]byte(strings.ReplaceAll(a.code(link), "-", ""))) {
		return fault.New("staff.confirmed", fault.Forbidden, "join_code_wrong")
	}
	return nil
}
