package partner

import (
	"bytes"
	"context"
	"encoding/hex"
	"slices"
	"strings"
	"time"

	"netid/client"
	"netid/internal/fault"
	"netid/internal/identity"
)

const invitationLife = 24 * time.Hour

// Invitation is a link that lets one colleague in; of its secret the hash is kept. It is
// good while who made it governs: nobody who is let go comes back by a link of their own.
type Invitation struct {
	By      ID        `json:"by"`
	Link    []byte    `json:"link"`
	Role    Role      `json:"role"`
	Expires time.Time `json:"expires"`
}

// FoundText is what the first member's passkey signs: who they say that they are.
func (a *Act) FoundText(sealed string, d Declared, name string) string {
	return strings.Join([]string{"netid-partner-found/1", a.Issuer, sealed, d.Name, d.Code, d.Contact, name}, "\n")
}

// Found makes an organisation with its first member, an administrator, and signs them
// in. Whoever comes may: it can do nothing outside of a sandbox that operators did not
// look at. Fails with Invalid "partner_text_invalid", "organisation_invalid", TooMany.
func (a *Act) Found(ctx context.Context, sealed string, d Declared, name string, device, signature []byte) (cookie string, err error) {
	const op = "partner.Found"
	if err := d.Check(); err != nil {
		return "", fault.At(op, err)
	}
	m, once, err := a.arrives(sealed, a.FoundText(sealed, d, name), name, Admin, device, signature)
	if err != nil {
		return "", fault.At(op, err)
	}
	org, _, err := a.Born(sealed)
	if err != nil {
		return "", fault.At(op, err)
	}
	i := a.Cover.Digest([]byte("partner-found"))
	if err := a.Store.Jot(ctx, identity.Count{Index: i[:], Limit: openly, Window: time.Hour, Now: a.Now()}); err != nil {
		return "", fault.At(op, err)
	}
	o := Organisation{ID: org, Name: d.Name, Code: d.Code, Contact: d.Contact, Founded: a.today()}
	err = a.commit(ctx, o, 0, identity.PartnerFounded, func(o *Organisation) ([]identity.Verb, string, error) {
		o.Members = []Member{m}
		return []identity.Verb{once}, string(m.ID), nil
	})
	if err != nil {
		return "", fault.At(op, spent(op, err))
	}
	return a.begin(o.ID, m)
}

// arrives checks a new passkey over the text of its coming, and takes the challenge.
func (a *Act) arrives(sealed, text, name string, role Role, device, signature []byte) (m Member, once identity.Verb, err error) {
	const op = "partner.arrives"
	if !plain(name, 40) {
		return m, nil, fault.New(op, fault.Invalid, "partner_text_invalid")
	}
	c, err := a.fresh(sealed)
	if err != nil {
		return m, nil, err
	}
	key, err := a.Cover.PasskeyOf(device, a.Issuer)
	if err != nil {
		return m, nil, err
	}
	if err := client.CheckDevice([]byte(text), signature, key); err != nil {
		return m, nil, fault.Wrap(op, fault.Forbidden, "signature_invalid", err)
	}
	return Member{ID: a.born("m-", c), Name: name, Role: role, Key: key}, identity.TakeOnce{ID: a.Cover.ID(c.Nonce), Until: c.Expires}, nil
}

// Born are the labels of what comes by the answer to a challenge: an organisation and a
// member. A passkey carries them, and so they are there before it is made.
func (a *Act) Born(sealed string) (org, member ID, err error) {
	c, err := a.fresh(sealed)
	if err != nil {
		return "", "", fault.At("partner.Born", err)
	}
	return a.born("org-", c), a.born("m-", c), nil
}

func (a *Act) born(prefix string, c challenge) ID {
	d := a.Cover.Digest([]byte("partner-born"), []byte(prefix), c.Nonce[:])
	return ID(prefix + hex.EncodeToString(d[:10]))
}

// Invite gives a link for one colleague: good once, for 24 hours.
func (a *Act) Invite(ctx context.Context, by Who, role Role) (secret string, err error) {
	const op = "partner.Invite"
	if !slices.Contains(Roles(), role) {
		return "", fault.New(op, fault.Invalid, "partner_role_unknown")
	}
	link := identity.NewHandle()
	err = a.amend(ctx, by, Govern, identity.PartnerInvited, func(o *Organisation) ([]identity.Verb, string, error) {
		o.Invitations = slices.DeleteFunc(slices.Clone(o.Invitations), func(i Invitation) bool { return !a.Now().Before(i.Expires) })
		if len(o.Invitations) >= maxInvitations {
			return nil, "", fault.New(op, fault.TooMany, "partner_full")
		}
		o.Invitations = append(o.Invitations, Invitation{by.Member, a.Cover.ID(link), role, a.today().Add(invitationLife)})
		return a.pace(o), string(by.Member) + " " + string(role), nil
	})
	if err != nil {
		return "", fault.At(op, err)
	}
	return string(by.Organisation) + "." + link.Text(), nil
}

// Invited is what the holder of a link reads before they take it.
func (a *Act) Invited(ctx context.Context, secret string) (o Organisation, role Role, err error) {
	o, _, at, err := a.invited(ctx, secret)
	if err != nil {
		return Organisation{}, "", fault.At("partner.Invited", err)
	}
	return Organisation{ID: o.ID, Name: o.Name}, o.Invitations[at].Role, nil
}

// JoinText is what the colleague's passkey signs.
func (a *Act) JoinText(sealed string, org ID, role Role, name string) string {
	return strings.Join([]string{"netid-partner-join/1", a.Issuer, sealed, string(org), string(role), name}, "\n")
}

// Join takes a link, once, and signs the colleague in. A link that never was, was taken
// or is over is Gone "partner_invitation_over": which, is nobody's to learn.
func (a *Act) Join(ctx context.Context, secret, sealed, name string, device, signature []byte) (cookie string, err error) {
	const op = "partner.Join"
	var org ID
	var came Member
	err = a.again(func() error {
		o, version, at, err := a.invited(ctx, secret)
		if err != nil {
			return err
		}
		role := o.Invitations[at].Role
		m, once, err := a.arrives(sealed, a.JoinText(sealed, o.ID, role, name), name, role, device, signature)
		if err != nil {
			return err
		}
		org, came = o.ID, m
		return a.commit(ctx, o, version, identity.PartnerJoined, func(o *Organisation) ([]identity.Verb, string, error) {
			if len(o.Members) >= maxMembers {
				return nil, "", fault.New(op, fault.TooMany, "partner_full")
			}
			o.Invitations = slices.Delete(slices.Clone(o.Invitations), at, at+1)
			o.Members = append(slices.Clone(o.Members), m)
			return []identity.Verb{once}, string(m.ID) + " " + string(role), nil
		})
	})
	if err != nil {
		return "", fault.At(op, spent(op, err))
	}
	return a.begin(org, came)
}

func (a *Act) invited(ctx context.Context, secret string) (o Organisation, version uint64, at int, err error) {
	const op = "partner.invited"
	over := fault.New(op, fault.Gone, "partner_invitation_over")
	org, rest, _ := strings.Cut(secret, ".")
	link, err := identity.ParseHandle(rest)
	if err != nil {
		return o, 0, 0, over
	}
	version, err = a.Dossiers.Read(ctx, organisations, org, &o)
	if fault.Is(err, fault.NotFound) {
		return o, 0, 0, over
	}
	if err != nil {
		return o, 0, 0, err
	}
	hash := a.Cover.ID(link)
	at = slices.IndexFunc(o.Invitations, func(i Invitation) bool {
		return bytes.Equal(i.Link, hash) && a.Now().Before(i.Expires) && o.governs(i.By)
	})
	if at < 0 {
		return Organisation{}, 0, 0, over
	}
	return o, version, at, nil
}

// Appoint gives a member another role. Of the last administrator it is Conflict "partner_last_admin".
func (a *Act) Appoint(ctx context.Context, by Who, whom ID, role Role) error {
	const op = "partner.Appoint"
	if !slices.Contains(Roles(), role) {
		return fault.New(op, fault.Invalid, "partner_role_unknown")
	}
	return fault.At(op, a.amend(ctx, by, Govern, identity.PartnerChanged, func(o *Organisation) ([]identity.Verb, string, error) {
		m := o.member(whom)
		if m == nil {
			return nil, "", fault.New(op, fault.NotFound, "partner_member_unknown")
		}
		m.Role = role
		return a.pace(o), string(whom) + " " + string(role), o.governed(op)
	}))
}

// Remove lets a member go: an administrator removes anybody, everybody themselves. Its
// name and key go with the same commit, and its sessions end.
func (a *Act) Remove(ctx context.Context, by Who, whom ID) error {
	const op = "partner.Remove"
	to := Govern
	if whom == by.Member {
		to = Read
	}
	return fault.At(op, a.amend(ctx, by, to, identity.PartnerChanged, func(o *Organisation) ([]identity.Verb, string, error) {
		if o.member(whom) == nil {
			return nil, "", fault.New(op, fault.NotFound, "partner_member_unknown")
		}
		o.Members = slices.DeleteFunc(slices.Clone(o.Members), func(m Member) bool { return m.ID == whom })
		o.Tokens = slices.DeleteFunc(slices.Clone(o.Tokens), func(t Token) bool { return t.By == whom })
		return nil, string(whom) + " removed", o.governed(op)
	}))
}

// governs reports whether a member lets others in, as they now stand.
func (o *Organisation) governs(id ID) bool {
	m := o.member(id)
	return m != nil && May(m.Role, Govern)
}

// governed: somebody must be left who can let others in and end it all.
func (o *Organisation) governed(op string) error {
	if o.admins() == 0 {
		return fault.New(op, fault.Conflict, "partner_last_admin")
	}
	return nil
}
