package citizen

import (
	"encoding/base64"
	"net/http"
	"strings"
	"time"

	"netid/client"
	"netid/internal/act/authorize"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/web/shell"
)

// onlineAsk is what a page shows before a code is drawn; the device signs the lines joined by line ends.
type onlineAsk struct {
	Request     string   `json:"request"`
	Statement   []string `json:"statement"`
	Locale      string   `json:"locale"`
	Certificate string   `json:"certificate"`
	Passkey     bool     `json:"passkey"` // an authenticator holds its key
}

// askOnline composes what the citizen signs to show a venue who they are not.
func (d *Door) askOnline(v *shell.Visit, s identity.Session) error {
	marks := v.Form("marks")
	if marks != "" && marks != "18" {
		return fault.New("citizen.askOnline", fault.Invalid, "form_invalid")
	}
	o, err := d.Authorize.Offer(v.Context(), s, marks == "18", v.Locale)
	if err != nil {
		return err
	}
	return v.JSON(http.StatusOK, onlineAsk{o.Request, o.Statement.Lines(), v.Locale, s.Certificate.String(), s.Passkey})
}

// onlineCode is a code as the page draws it.
type onlineCode struct {
	Code    string    `json:"code"` // an address: what an ordinary camera opens
	Text    string    `json:"text"` // the same in the characters that a QR code writes shortest
	Until   time.Time `json:"until"`
	Receipt string    `json:"receipt"` // of the record that there will be, for onlineState
}

// drawOnline gives a code for what the device signed.
func (d *Door) drawOnline(v *shell.Visit, s identity.Session) error {
	in := authorize.Approval{Locale: v.Form("locale"), Certificate: v.Form("certificate")}
	var err error
	if in.Signature, err = base64.RawURLEncoding.Strict().DecodeString(v.Form("signature")); err != nil {
		return fault.Wrap("citizen.drawOnline", fault.Invalid, "signature_invalid", err)
	}
	drawn, err := d.Authorize.Draw(v.Context(), s, v.Form("request"), in)
	if err != nil {
		return err
	}
	address := client.OnlineAddress(d.Issuer, drawn.Code.Text())
	return v.JSON(http.StatusOK, onlineCode{address, strings.ToUpper(address), drawn.Until, drawn.Receipt.String()})
}

// onlineState is whether a venue asked, and which.
type onlineState struct {
	Used   bool     `json:"used"`
	Venue  string   `json:"venue,omitempty"`
	Given  []string `json:"given,omitempty"`
	Record string   `json:"record,omitempty"` // where the citizen reads all of it
}

// stateOnline looks for the record that a venue's look leaves. The receipt comes in
// the body: no address names it before its owner opens the record.
func (d *Door) stateOnline(v *shell.Visit, s identity.Session) error {
	id, err := identity.ParseEventID(v.Form("receipt"))
	if err != nil {
		return notFound(err)
	}
	e, err := d.Look.Happened(v.Context(), s, id)
	if fault.Is(err, fault.NotFound) {
		return v.JSON(http.StatusOK, onlineState{})
	}
	if err != nil {
		return err
	}
	st := onlineState{Used: true, Given: e.Given, Record: "/records/" + id.String()}
	if e.Name != nil {
		st.Venue = e.Name.In(v.Locale)
	}
	return v.JSON(http.StatusOK, st)
}

// atGate is what somebody sees who opens a code with an ordinary camera. It is the
// same for every address of this form, and looks nothing up: nothing is told, nothing is used up.
func (d *Door) atGate(v *shell.Visit) error {
	return v.Show(d.pages, "gate", nil)
}
