package slip

import (
	"encoding/base64"
	"encoding/json"
	"slices"
	"time"

	"netid/client"
	"netid/internal/fault"
	"netid/internal/suite"
)

// Coder signs the claims of a bundle with the chain of its key (jose.Coder).
type Coder interface {
	Encode(claims any) (string, error)
}

// Bundle is what a terminal needs in order to check slips without a network.
type Bundle struct {
	Issuer string
	Issued time.Time
	Keys   []byte // JWK Set: whose signatures make a slip; of one algorithm
	KeysSM []byte // the same for SM2, nil without
	Frozen []ID   // the slips of today that are good no more
}

// Pad is what the number of refused slips is filled up to a multiple of.
const Pad = 1024

// EncodeBundle signs a bundle. Of each refused slip it has eight bytes, all sorted,
// filled up with drawn ones: neither how many people are frozen shows, nor which
// entries came together, nor in which order.
func EncodeBundle(coder Coder, b Bundle) (string, error) {
	const op = "slip.EncodeBundle"
	entries := make([]string, 0, len(b.Frozen)+Pad)
	for _, id := range b.Frozen {
		entries = append(entries, string(id[:client.FrozenEntry]))
	}
	for len(entries) == 0 || len(entries)%Pad != 0 {
		entries = append(entries, string(suite.Random(client.FrozenEntry)))
	}
	slices.Sort(entries)
	frozen := make([]byte, 0, len(entries)*client.FrozenEntry)
	for _, e := range entries {
		frozen = append(frozen, e...)
	}
	text, err := coder.Encode(struct {
		Issuer  string          `json:"iss"`
		Issued  int64           `json:"iat"`
		Expires int64           `json:"exp"`
		Keys    json.RawMessage `json:"keys"`
		KeysSM  json.RawMessage `json:"keys_sm,omitempty"`
		Frozen  string          `json:"frozen"`
	}{b.Issuer, b.Issued.Unix(), b.Issued.Add(client.BundleLife).Unix(), b.Keys, b.KeysSM, base64.RawURLEncoding.EncodeToString(frozen)})
	return text, fault.Wrap(op, fault.Internal, "", err)
}
