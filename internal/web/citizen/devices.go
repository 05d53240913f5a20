package citizen

import (
	"encoding/base64"
	"time"

	"netid/internal/act/enrol"
	"netid/internal/act/signin"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/web/shell"
)

// devicesPage is the citizen's list, and how many recovery codes are left.
type devicesPage struct {
	Devices []signin.Device
	Full    bool
	Signals bool // may be turned on here
	Codes   int
	Asked   *time.Time // somebody wants a new device
	Until   time.Time  // when they get it
}

func (d *Door) devices(v *shell.Visit, s identity.Session) error {
	page, err := d.listed(v, s)
	if err != nil {
		return err
	}
	return v.Show(d.pages, "devices", page)
}

func (d *Door) listed(v *shell.Visit, s identity.Session) (page devicesPage, err error) {
	if page.Devices, err = d.Devices.Devices(v.Context(), s); err != nil {
		return page, err
	}
	page.Signals = d.Signals != nil
	page.Full = len(page.Devices) >= signin.MaxDevices
	codes, asked, err := d.Devices.Left(v.Context(), s)
	if page.Codes = codes; !asked.IsZero() {
		page.Asked, page.Until = &asked, asked.Add(enrol.Wait)
	}
	return page, err
}

// onDevices goes back to the list, or shows there why not.
func (d *Door) onDevices(v *shell.Visit, s identity.Session, refusal error, field string) error {
	v.Back("/devices")
	if refusal == nil {
		return v.Go("/devices")
	}
	if !shell.Recoverable(refusal) || fault.Is(refusal, fault.Unauthenticated) {
		return refusal
	}
	page, err := d.listed(v, s)
	if err != nil {
		return err
	}
	return v.Refuse(d.pages, "devices", refusal, page, field)
}

func (d *Door) nameDevice(v *shell.Visit, s identity.Session) error {
	return d.onDevices(v, s, d.Devices.Name(v.Context(), s, v.Form("device"), v.Form("name")), "")
}

// removeDevice ends one; this browser goes on with a session of its own.
func (d *Door) removeDevice(v *shell.Visit, s identity.Session) error {
	next, err := d.Devices.Remove(v.Context(), s, v.Form("device"), v.Form("passcode"))
	if err == nil {
		err = v.SignIn(next)
	}
	return d.onDevices(v, s, err, "")
}

func (d *Door) refuseDevice(v *shell.Visit, s identity.Session) error {
	return d.onDevices(v, s, d.Devices.Refuse(v.Context(), s), "")
}

// codes shows a new set, once.
func (d *Door) codes(v *shell.Visit, s identity.Session) error {
	number, codes, err := d.Devices.Codes(v.Context(), s, v.Form("passcode"))
	if err != nil {
		return d.onDevices(v, s, err, "codes-passcode")
	}
	v.Back("/devices")
	page := struct {
		Number string
		Codes  []string
	}{Number: number.Grouped()}
	for _, c := range codes {
		page.Codes = append(page.Codes, c.Grouped())
	}
	return v.Show(d.pages, "codes", page)
}

// addPage is what the old device shows: the invitation as a square and in words.
type addPage struct {
	Invitation string
	Address    string
	Square     string
	Side       int
}

func (d *Door) invitation(h identity.Handle) (addPage, error) {
	address := d.Issuer + "/join#" + h.Text() // behind the #: it stands in no log and no Referer
	square, side, err := d.Square(address)
	return addPage{h.Text(), address, square, side}, err
}

func (d *Door) invite(v *shell.Visit, s identity.Session) error {
	h, err := d.Devices.Invite(v.Context(), s)
	if err != nil {
		return d.onDevices(v, s, err, "")
	}
	v.Back("/devices")
	page, err := d.invitation(h)
	if err != nil {
		return err
	}
	return v.Show(d.pages, "device-add", page)
}

// accept takes the number that the new device shows. What can be mended is
// mended beside the same square; a wrong number ends the invitation.
func (d *Door) accept(v *shell.Visit, s identity.Session) error {
	h, err := identity.ParseHandle(v.Form("invitation"))
	if err == nil {
		err = d.Devices.Accept(v.Context(), s, h, v.Form("match"), v.Form("passcode"))
	}
	field := map[string]string{"join_waits": "match", "passcode_wrong": "passcode", "too_many_tries": "passcode"}[fault.Public(err)]
	if field == "" {
		return d.onDevices(v, s, err, "")
	}
	v.Back("/devices")
	page, other := d.invitation(h)
	if other != nil {
		return other
	}
	return v.Refuse(d.pages, "device-add", err, page, field)
}

// joinPage is where a new device offers itself; Proof is the beginning of what its key signs.
type joinPage struct{ Proof, Invitation, Name string }

func (d *Door) join(v *shell.Visit) error {
	if _, err := v.Session(); err != nil {
		return err
	}
	return v.Show(d.pages, "join", joinPage{Proof: d.Devices.JoinText("")})
}

// offer hands the new device's key over, and shows the number that its owner
// types on the old one.
func (d *Door) offer(v *shell.Visit) error {
	h, err := identity.ParseHandle(v.Form("invitation"))
	if err != nil {
		err = fault.Wrap("citizen.offer", fault.Forbidden, "join_over", err)
	}
	var signature []byte
	if err == nil {
		if signature, err = base64.RawURLEncoding.Strict().DecodeString(v.Form("signature")); err != nil {
			err = fault.Wrap("citizen.offer", fault.Invalid, "signature_invalid", err)
		}
	}
	var o signin.Offered
	if err == nil {
		o, err = d.Devices.Offer(v.Context(), h, v.Form("name"), []byte(v.Form("device")), signature)
	}
	v.Back("/join")
	if err != nil {
		if !shell.Recoverable(err) {
			return err
		}
		return v.Refuse(d.pages, "join", err, joinPage{d.Devices.JoinText(""), v.Form("invitation"), v.Form("name")}, "name")
	}
	gate, err := d.knock("/")
	if err != nil {
		return err
	}
	return v.Show(d.pages, "joined", struct {
		signinPage
		Match, Certificate string
	}{gate, o.Match, o.Certificate.String()})
}

func (d *Door) lostForm(v *shell.Visit) error {
	if _, err := v.Session(); err != nil {
		return err
	}
	return v.Show(d.pages, "lost", nil)
}

// stoppedPage is what became of it.
type stoppedPage struct{ Gone, Shown bool }

// stop is a report of a lost telephone by the document that was just read. The
// answer is one, whether somebody is enrolled with it or not.
func (d *Door) stop(v *shell.Visit) error {
	h, err := d.handle(v)
	if err != nil {
		return err
	}
	who, err := d.Enrol.Shown(v.Context(), h)
	if err == nil {
		err = d.Devices.Shown(v.Context(), who)
	}
	if err == nil {
		err = d.Enrol.Cancel(v.Context(), h)
	}
	if err != nil {
		return d.took(v, "face-consent", "", err)
	}
	v.DropCookie(shell.CookieDraft)
	v.DropCookie(shell.CookieReturn)
	v.SignOut()
	v.Back("/lost")
	return v.Show(d.pages, "stopped", stoppedPage{Shown: true})
}

// lost stops everything at the word of a recovery code. Nothing is chosen for
// the citizen: whether the devices are put out for good is theirs to say.
func (d *Door) lost(v *shell.Visit) error {
	v.Back("/lost")
	gone := v.Form("devices")
	err := fault.New("citizen.lost", fault.Invalid, "choice_missing")
	if gone == "gone" || gone == "keep" {
		err = d.Devices.Lost(v.Context(), v.Form("number"), v.Form("code"), gone == "gone")
	}
	if err == nil {
		v.SignOut()
		return v.Show(d.pages, "stopped", stoppedPage{Gone: gone == "gone"})
	}
	if !shell.Recoverable(err) {
		return err
	}
	field := "number"
	if fault.Because(err, "choice_missing") {
		field = "keep"
	}
	return v.Refuse(d.pages, "lost", err, nil, field)
}
