package citizen

import (
	"netid/internal/identity"
	"netid/internal/web/shell"
)

// says are what an attestation can say of its holder, as the pages have words for it.
func says() []string {
	return []string{"real_person", string(identity.Over14), string(identity.Over18), string(identity.Over60)}
}

// troubles are why a wallet does not answer a request.
func troubles() []string {
	return []string{"unreachable", "signature", "unregistered", "address", "query", "not-allowed", "foreign", "transaction"}
}

// walletPage is this device as a wallet. How much it holds the device alone
// knows; the kinds are named as credentials name them (`vct`).
type walletPage struct {
	Card        cardView
	Person, Age string
	Says        []string
}

func (d *Door) wallet(v *shell.Visit, s identity.Session) error {
	home, err := d.Look.Home(v.Context(), s)
	if err != nil {
		return err
	}
	return v.Show(d.pages, "wallet", walletPage{card(home, d.Now()), d.Issuer + "/credentials/person", d.Issuer + "/credentials/age", says()})
}

// present is where a party's request is read and answered, by the page's
// script and without this server: it learns neither who asks nor who is asked.
// So the page is the same for everybody, and its script may ask any party.
func (d *Door) present(v *shell.Visit) error {
	v.Reaches()
	return v.Show(d.pages, "present", struct{ Says, Troubles []string }{says(), troubles()})
}
