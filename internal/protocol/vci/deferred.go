package vci

import (
	"encoding/json"
	"net/http"
	"time"

	"netid/internal/act/attest"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/protocol/oauth"
)

const (
	interval  = 5 * time.Second
	deferLife = time.Hour
)

// transaction is what a wallet comes back for (§9), sealed: nothing of it is stored,
// and nothing is used up before it is delivered.
type transaction struct {
	Receipt identity.EventID  `json:"i"` // of the grant under which it was asked
	Kind    string            `json:"k"`
	Keys    []json.RawMessage `json:"p"`
	Nonces  [][]byte          `json:"n"`
	Since   int64             `json:"s"` // seconds
}

func (t transaction) until() time.Time { return time.Unix(t.Since, 0).Add(deferLife) }

// later is an answer without credentials.
type later struct {
	Transaction string `json:"transaction_id"`
	Interval    int    `json:"interval"`
}

func (d *Door) defers(o attest.Order) (string, error) {
	t := transaction{Receipt: o.Grant.Receipt, Kind: o.Kind, Since: d.Now().Unix()}
	for _, k := range o.Keys {
		t.Keys = append(t.Keys, k)
	}
	for _, n := range o.Nonces {
		t.Nonces = append(t.Nonces, n.ID)
	}
	text, err := d.Transactions.Seal(t)
	return text, fault.At("vci.defers", err)
}

// deferred is the endpoint at which a wallet asks again (§9). The token is one
// of the same grant, and what must hold is asked anew, in the commit.
func (d *Door) deferred(w http.ResponseWriter, r *http.Request) {
	g, _, no, cause := d.let(w, r)
	var m message
	if no == nil {
		m, no, cause = d.message(w, r)
	}
	if no == nil {
		id, _ := m.Text("transaction_id")
		var o attest.Order
		if o, no, cause = d.resumed(g, id); no == nil {
			no, cause = d.deliver(w, r, m, o, id)
		}
		switch fault.Public(cause) {
		case "nonce_used", "key_used": // it was obtained
			no = oauth.Say("invalid_transaction_id", "transaction_id: its credentials were obtained")
		}
	}
	if no != nil {
		d.refuse(w, r, "deferred", no, cause)
	}
}

// resumed is the order of a transaction: that of another grant is none. Its nonces
// stay used for as long as it lives, and so it is delivered once.
func (d *Door) resumed(g identity.CredentialGrant, id string) (attest.Order, *oauth.Refusal, error) {
	var t transaction
	err := d.Transactions.Open(id, &t)
	if err != nil || t.Receipt != g.Receipt || !d.Now().Before(t.until()) {
		return attest.Order{}, oauth.Say("invalid_transaction_id", "transaction_id"), err
	}
	o := attest.Order{Grant: g, Kind: t.Kind, Since: time.Unix(t.Since, 0)}
	for _, k := range t.Keys {
		o.Keys = append(o.Keys, k)
	}
	for _, n := range t.Nonces {
		o.Nonces = append(o.Nonces, identity.TakeOnce{ID: n, Until: t.until().Add(nonceSkew)})
	}
	return o, nil, nil
}
