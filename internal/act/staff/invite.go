package staff

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strings"
	"time"
	"unicode"

	"netid/client"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/law"
)

// Invitation is who is let in, and as what.
type Invitation struct {
	Name      string   `json:"name"`
	Role      law.Role `json:"role"`
	Sector    string   `json:"sector,omitempty"`
	Reference string   `json:"reference"`         // by which the operator knows the person: a payroll number
	Manager   string   `json:"manager,omitempty"` // of who leads them
}

func (i Invitation) check() error {
	const op = "staff.Invitation"
	sector := i.Role == law.Sector
	if !PlainReference(i.Reference) || i.Manager != "" && !PlainReference(i.Manager) {
		return fault.New(op, fault.Invalid, "invitation_invalid")
	}
	if !plainText(i.Name, 40) || !slices.Contains(law.StaffRoles(), i.Role) || sector != (i.Sector != "") || sector && !plainText(i.Sector, 40) {
		return fault.New(op, fault.Invalid, "invitation_invalid")
	}
	return nil
}

// PlainReference reports whether a reference is written in letters that are read one way: two
// that look alike and are not would be two people (N02).
func PlainReference(s string) bool {
	alike := func(r rune) bool {
		return (r > unicode.MaxASCII || !unicode.IsPrint(r)) && !unicode.Is(unicode.Han, r)
	}
	return plainText(s, 40) && !strings.ContainsFunc(narrow(s), alike)
}

// unheld refuses a passkey that somebody has who works here: it is one person's (N02).
func (a *Act) unheld(ctx context.Context, key []byte) error {
	return a.Dossiers.List(ctx, accounts, func(_ string, _ uint64, open func(any) error) error {
		var one Account
		err := open(&one)
		if err == nil && !one.Removed && bytes.Equal(one.Key, key) {
			err = fault.New("staff.unheld", fault.Conflict, "staff_key_held")
		}
		return err
	})
}

// asked is an invitation as it is kept: the reference as its digest, the link as its hash.
type asked struct {
	ID        ID        `json:"id"`
	Name      string    `json:"name"`
	Role      law.Role  `json:"role"`
	Sector    string    `json:"sector,omitempty"`
	Reference string    `json:"ref"`
	Manager   string    `json:"manager,omitempty"`
	Expires   time.Time `json:"expires"`
}

// founder is one of them as founding keeps it: by it an invitation that was lost before
// anybody joined is given again.
type founder struct {
	ID   ID     `json:"id"`
	Link string `json:"link"`
	Ref  string `json:"ref"`
}

type found struct {
	By map[law.Role]founder `json:"by"`
}

// Found invites one of the first two: one of each role that decides with the other,
// since two of one could do nothing together. Later ones are proposals (Forbidden
// "staff_founded"). It gives the secret of a link that is good once. While one waits that
// may still be taken: Conflict "invitation_waits".
func (a *Act) Found(ctx context.Context, i Invitation) (secret string, err error) {
	return a.found(ctx, i, false)
}

// FoundAgain is Found where the former invitation was lost: it is void from then on.
func (a *Act) FoundAgain(ctx context.Context, i Invitation) (secret string, err error) {
	return a.found(ctx, i, true)
}

func (a *Act) found(ctx context.Context, i Invitation, again bool) (secret string, err error) {
	const op = "staff.Found"
	if i.Role != law.SystemRole && i.Role != law.SecurityRole {
		return "", fault.New(op, fault.Forbidden, "staff_founded")
	}
	f := found{By: map[law.Role]founder{}}
	version, err := a.Dossiers.Read(ctx, founding, "first", &f)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return "", fault.At(op, err)
	}
	var verbs []identity.Verb
	if last, there := f.By[i.Role]; there {
		waits := false
		if verbs, waits, err = a.void(ctx, i.Role, last); err == nil && waits && !again {
			err = fault.New(op, fault.Conflict, "invitation_waits")
		}
		if err != nil {
			return "", fault.At(op, err)
		}
	}
	link := identity.NewHandle()
	free := ""
	if len(verbs) > 0 {
		free = f.By[i.Role].Ref
	}
	does, id, err := a.inviteFree(ctx, i, a.linkName(link), free)
	if err != nil {
		return "", fault.At(op, err)
	}
	f.By[i.Role] = founder{id, a.linkName(link), a.digest(i.Reference)}
	kept, err := a.Dossiers.Keep(founding, "first", version, f)
	if err != nil {
		return "", fault.At(op, err)
	}
	verbs = append(append(verbs, does...), kept)
	_, err = a.Book.RecordPublic(ctx, event(identity.StaffInvited, id, i.Role), verbs...)
	return link.Text(), fault.At(op, err)
}

// void are the verbs that end a founder's invitation which nobody took; none where the
// account that it made, and every other of this role, stands no more: else a console
// whose people were all away would stay shut. "staff_founded" where one stands. Who
// takes the invitation meanwhile is caught by its version. waits: it may still be taken.
func (a *Act) void(ctx context.Context, role law.Role, f founder) (verbs []identity.Verb, waits bool, err error) {
	var ask asked
	version, err := a.Dossiers.Read(ctx, invitations, f.Link, &ask)
	if fault.Is(err, fault.NotFound) {
		all, err := a.Accounts(ctx)
		for _, one := range all {
			if one.Role == role && one.Stands {
				return nil, false, fault.New("staff.void", fault.Forbidden, "staff_founded")
			}
		}
		return nil, false, err
	}
	return []identity.Verb{a.Dossiers.Drop(invitations, f.Link, version)}, a.Now().Before(ask.Expires), err
}

func event(kind identity.EventKind, id ID, role law.Role) identity.Event {
	return identity.Event{Kind: kind, Detail: string(id) + " " + string(role), Grounds: []identity.Ground{}}
}

// invite are the verbs of an invitation. A person who has an account, or an invitation
// that may still be taken, gets no second (N02).
func (a *Act) invite(ctx context.Context, i Invitation, link string) ([]identity.Verb, ID, error) {
	return a.inviteFree(ctx, i, link, "")
}

// inviteFree is invite where the reference of an invitation that the same change ends is
// free again.
func (a *Act) inviteFree(ctx context.Context, i Invitation, link, free string) ([]identity.Verb, ID, error) {
	if err := i.check(); err != nil {
		return nil, "", err
	}
	hours, err := a.Setting(ctx, law.InvitationHours)
	if err != nil {
		return nil, "", err
	}
	ref := a.digest(i.Reference)
	version, err := a.once(ctx, ref, free)
	if err != nil {
		return nil, "", err
	}
	ask := asked{a.label(), i.Name, i.Role, i.Sector, ref, a.digest(i.Manager), a.Now().UTC().Truncate(time.Second).Add(time.Duration(hours) * time.Hour)}
	person, err := a.Dossiers.Keep(references, ref, version, known{Account: ask.ID, Manager: ask.Manager, Until: ask.Expires})
	if err != nil {
		return nil, "", err
	}
	kept, err := a.Dossiers.Keep(invitations, link, 0, ask)
	return []identity.Verb{person, kept}, ask.ID, err
}

// once reports the version of what stands at a person's reference, and refuses whom it
// already names: "staff_twice".
func (a *Act) once(ctx context.Context, ref, free string) (version uint64, err error) {
	k, version, err := a.reference(ctx, ref)
	if err == nil && version > 0 && !k.Free && ref != free && (k.Until.IsZero() || a.Now().Before(k.Until)) {
		err = fault.New("staff.once", fault.Conflict, "staff_twice")
	}
	return version, err
}

func (a *Act) linkName(link identity.Handle) string { return hex.EncodeToString(a.Cover.ID(link)) }

// invited is the proposal's body: the secret of the link is the proposer's, who hands
// it over; here is its hash, so that who approves cannot use it.
type invited struct {
	Invitation
	Link string `json:"link"` // the hash of its secret
}

// InviteBody makes the body of a proposal that invites somebody, and the secret of the
// link, which works once the proposal is approved.
func (a *Act) InviteBody(i Invitation) (body []byte, secret string, err error) {
	if err := i.check(); err != nil {
		return nil, "", err
	}
	link := identity.NewHandle()
	body, err = json.Marshal(invited{i, a.linkName(link)})
	return body, link.Text(), err
}

func (a *Act) inviteKind() Kind {
	return Kind{
		Check: func(ctx context.Context, p Proposal) (identity.Text, error) {
			i, err := decoded[invited](p.Body)
			if err == nil {
				err = i.check()
			}
			if _, bad := hex.DecodeString(i.Link); err == nil && (bad != nil || len(i.Link) < 32) {
				err = fault.New("staff.invite", fault.Invalid, "invitation_invalid")
			}
			if err == nil { // who proposes it hears it before they sign
				_, err = a.once(ctx, a.digest(i.Reference), "")
			}
			role := law.RoleName(i.Role)
			if i.Sector != "" {
				role = identity.Text{ZH: role.ZH + "：" + i.Sector, EN: role.EN + ": " + i.Sector}
			}
			// Who leads them decides with whom they never sign (law.Seconds), so both read it.
			led := identity.Text{ZH: "，无上级", EN: ", led by nobody"}
			if i.Manager != "" {
				led = identity.Text{ZH: "，上级 " + i.Manager, EN: ", led by " + i.Manager}
			}
			return identity.Text{ZH: "邀请 " + i.Name + "（" + i.Reference + "），角色“" + role.ZH + "”" + led.ZH, EN: "Invite " + i.Name + " (" + i.Reference + "), role " + role.EN + led.EN}, err
		},
		Verbs: func(ctx context.Context, p Proposal) ([]identity.Verb, error) {
			i, err := decoded[invited](p.Body)
			if err != nil {
				return nil, err
			}
			verbs, _, err := a.invite(ctx, i.Invitation, i.Link)
			return verbs, err
		},
	}
}

// Invited is what the holder of a link reads before they take it, and the text that their new passkey signs.
func (a *Act) Invited(ctx context.Context, secret string) (m Member, text string, err error) {
	ask, _, _, err := a.asked(ctx, secret)
	return Member{ask.ID, ask.Name, ask.Role, ask.Sector}, a.joinText(ask), err
}

func (a *Act) joinText(k asked) string {
	return "netid-staff-join/1\n" + a.Issuer + "\n" + string(k.ID) + "\n" + string(k.Role) + "\n" + k.Expires.Format(time.RFC3339)
}

func (a *Act) asked(ctx context.Context, secret string) (ask asked, name string, version uint64, err error) {
	const op = "staff.asked"
	link, err := identity.ParseHandle(secret)
	if err != nil {
		return ask, "", 0, fault.Wrap(op, fault.Gone, "invitation_over", err)
	}
	name = a.linkName(link)
	version, err = a.Dossiers.Read(ctx, invitations, name, &ask)
	if fault.Is(err, fault.NotFound) || err == nil && !a.Now().Before(ask.Expires) {
		return asked{}, "", 0, fault.New(op, fault.Gone, "invitation_over")
	}
	return ask, name, version, err
}

// joined is the public event of a new account, with its passkey's name.
func (a *Act) joined(ask asked, key []byte) identity.Event {
	e := event(identity.StaffJoined, ask.ID, ask.Role)
	e.Detail += " " + a.keyName(key)
	return e
}

// Join makes the account: its passkey shows that it holds its key, knows its owner and
// speaks to this origin. The link is good once, and with its code (Code) where two decided it.
func (a *Act) Join(ctx context.Context, secret, code string, device, signature []byte) (cookie string, err error) {
	const op = "staff.Join"
	ask, name, version, err := a.asked(ctx, secret)
	if err != nil {
		return "", fault.At(op, err)
	}
	key, err := a.Cover.PasskeyOf(device, a.Issuer)
	if err != nil {
		return "", fault.At(op, err)
	}
	if err := client.CheckDevice([]byte(a.joinText(ask)), signature, key); err != nil {
		return "", fault.Wrap(op, fault.Forbidden, "signature_invalid", err)
	}
	if err := a.confirmed(ctx, name, code); err != nil {
		return "", fault.At(op, err)
	}
	if err := a.unheld(ctx, key); err != nil {
		return "", fault.At(op, err)
	}
	_, at, err := a.reference(ctx, ask.Reference)
	if err != nil {
		return "", fault.At(op, err)
	}
	one := Account{Member: Member{ask.ID, ask.Name, ask.Role, ask.Sector}, Reference: ask.Reference, Manager: ask.Manager, Key: key, Joined: a.Now().UTC().Truncate(time.Second)}
	kept, err := a.Dossiers.Keep(accounts, string(ask.ID), 0, one)
	if err != nil {
		return "", fault.At(op, err)
	}
	person, err := a.Dossiers.Keep(references, ask.Reference, at, known{Account: ask.ID, Manager: ask.Manager})
	if err != nil {
		return "", fault.At(op, err)
	}
	_, err = a.Book.RecordPublic(ctx, a.joined(ask, key), kept, person, a.Dossiers.Drop(invitations, name, version))
	if err != nil {
		return "", fault.At(op, err)
	}
	return a.begin(ctx, one.ID, 1)
}
