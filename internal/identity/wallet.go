package identity

import (
	"slices"
	"strings"
)

// DetailCredential is the type of authorization details by which a wallet asks
// for credentials (OpenID4VCI 1.0 §5.1.1). Who registered it is a wallet.
const DetailCredential = "openid_credential"

// Wallet reports whether the party may ask for credentials, to hold them for the citizen.
func (p Party) Wallet() bool { return slices.Contains(p.Details, DetailCredential) }

// Attestation names, as an item of the statement, what a citizen agrees to when
// a wallet asks for credentials of the configuration: the same for every way in
// which they are signed or kept ("age", "age-sm" and "age-attested" are "attest_age").
func Attestation(configuration string) string {
	name, _, _ := strings.Cut(configuration, "-")
	return "attest_" + name
}

// Holds are the items of the credentials that a wallet asks, each once, in the
// order in which they are asked; the first is what the whole request is about. None: nothing of the kind is asked.
func (a CodeAsk) Holds() (items []string) {
	for _, k := range a.Kinds {
		if i := Attestation(k); !slices.Contains(items, i) {
			items = append(items, i)
		}
	}
	return items
}
