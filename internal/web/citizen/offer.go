package citizen

import (
	"encoding/json"
	"net/http"
	"net/url"
	"time"

	"netid/internal/act/attest"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/web/shell"
)

// offersPage is what may be carried to a wallet; nothing is chosen.
type offersPage struct{ Kinds []string }

func offerable() offersPage { return offersPage{[]string{"age", "person"}} }

func (d *Door) offers(v *shell.Visit, _ identity.Session) error {
	return v.Show(d.pages, "offers", offerable())
}

// offer is a credential offer (OpenID4VCI 1.0 §4.1.1).
type offer struct {
	Issuer string                `json:"credential_issuer"`
	Kinds  []string              `json:"credential_configuration_ids"`
	Grants map[string]offerGrant `json:"grants"`
}

type offerGrant struct {
	Code string       `json:"pre-authorized_code"`
	Tx   *offerTxCode `json:"tx_code,omitempty"`
}

type offerTxCode struct {
	Mode   string `json:"input_mode"`
	Length int    `json:"length"`
}

func (d *Door) offering(o attest.Offered) offer {
	g := offerGrant{Code: o.Code}
	if o.Tx {
		g.Tx = &offerTxCode{"numeric", attest.TxDigits}
	}
	return offer{d.Issuer, o.Kinds, map[string]offerGrant{"urn:ietf:params:oauth:grant-type:pre-authorized_code": g}}
}

// offerPage is an offer as a square, as an address for a wallet on this device, and in words.
type offerPage struct {
	Offer   string // JSON
	Address string // the same, whole
	Where   string // the address by reference, which the square holds: a camera reads fewer modules better
	Square  string
	Side    int
	TxCode  string
	Until   time.Time
}

// offerWallet makes an offer: a page to a person, the offer itself to a wallet
// that is a page of ours.
func (d *Door) offerWallet(v *shell.Visit, s identity.Session) error {
	o, err := d.Attest.Offer(v.Context(), s, attest.Choice{Kinds: v.R.PostForm["kinds"], Tx: v.Form("tx") != "", Later: v.Form("later") != ""})
	if v.WantsJSON() {
		if err != nil {
			return err
		}
		return v.JSON(http.StatusOK, struct {
			offer
			TxCode string `json:"netid_tx_code,omitempty"`
		}{d.offering(o), o.TxCode})
	}
	v.Back("/wallet/offer")
	if err != nil {
		if !shell.Recoverable(err) || fault.Is(err, fault.Unauthenticated) {
			return err
		}
		return v.Refuse(d.pages, "offers", err, offerable(), "kinds")
	}
	b, err := json.Marshal(d.offering(o))
	if err != nil {
		return fault.Wrap("citizen.offerWallet", fault.Internal, "internal", err)
	}
	const wallet = "openid-credential-offer://?credential_offer"
	page := offerPage{Offer: string(b), Address: wallet + "=" + url.QueryEscape(string(b)), Where: wallet + "_uri=" + url.QueryEscape(d.Issuer+"/wallet/offers/"+o.Code), TxCode: o.TxCode, Until: o.Until}
	if page.Square, page.Side, err = d.Square(page.Where); err != nil {
		return err
	}
	return v.Show(d.pages, "offer", page)
}

// offerAt gives a wallet the offer that its owner's screen named by an address (OpenID4VCI
// 1.0 §4.1.3). The address is the offer sealed: nothing is stored, and none is guessed.
func (d *Door) offerAt(v *shell.Visit) error {
	o, err := d.Attest.Look(v.R.PathValue("code"))
	if err != nil {
		return fault.Wrap("citizen.offerAt", fault.NotFound, "page_unknown", err)
	}
	v.W.Header().Set("Access-Control-Allow-Origin", "*") // wallets are pages too
	return v.JSON(http.StatusOK, d.offering(o))
}
