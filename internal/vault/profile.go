package vault

import (
	"encoding/base64"
	"time"

	"github.com/fxamacker/cbor/v2"

	"netid/internal/identity"
	"netid/internal/suite"
)

const profileSize = 160 // a sealed profile is a multiple of it, in fact one

// profileBody is a profile as it is sealed. Instants are whole seconds since
// 1970: time's own JSON fails after the year 9999, which documents without an
// end are known to carry, and sealing must not fail.
type profileBody struct {
	Number   identity.Number `cbor:"1,keyasint"`
	Root     []byte          `cbor:"2,keyasint"`
	Verifier []byte          `cbor:"3,keyasint"`
	Enrolled int64           `cbor:"4,keyasint"`
	Expires  int64           `cbor:"5,keyasint"`
	Sandbox  bool            `cbor:"6,keyasint,omitempty"`
	Faced    bool            `cbor:"7,keyasint,omitempty"`
	Notice   []byte          `cbor:"8,keyasint,omitempty"`
}

// SealProfile seals p under the person's subject key, padded, for
// identity.OpenPerson and identity.SetProfile. Instants keep whole seconds.
func (v *Vault) SealProfile(o identity.Opened, p identity.Profile) []byte {
	b, _ := cbor.Marshal(profileBody{p.Number, p.Root, p.Verifier, p.Enrolled.Unix(), p.Expires.Unix(), p.Sandbox, p.Faced, p.Notice}) // strings, bytes and numbers always marshal
	return sealAt(profileKey(o), pad(b, profileSize), persons, o.ID[:], "profile")
}

func openProfile(o identity.Opened, sealed []byte) (identity.Profile, error) {
	const op = "vault.openProfile"
	padded, err := openAt(profileKey(o), sealed, persons, o.ID[:], "profile")
	if err != nil {
		return identity.Profile{}, broken(op, "a profile does not open", err)
	}
	b, err := unpad(padded, profileSize)
	if err != nil {
		return identity.Profile{}, broken(op, "a profile's padding", err)
	}
	var p profileBody
	if err := cbor.Unmarshal(b, &p); err != nil {
		return identity.Profile{}, broken(op, "a profile's body", nil) // no detail: errors may quote what was read
	}
	return identity.Profile{Number: p.Number, Root: p.Root, Verifier: p.Verifier, Sandbox: p.Sandbox, Faced: p.Faced, Notice: p.Notice,
		Enrolled: time.Unix(p.Enrolled, 0).UTC(), Expires: time.Unix(p.Expires, 0).UTC()}, nil
}

func profileKey(o identity.Opened) identity.Secret {
	return suite.Derive(o.Keys.Subject, "netid/vault/profile/v1")
}

// Subject is the person's pseudonym at one sector: base64url of HMAC-SHA256
// over the profile's root. The function is pinned whatever the suite, since a
// party's accounts hang on it (OpenID Connect Core §8.1). Without a root of 32
// bytes it is empty, which no party takes for a person.
func (v *Vault) Subject(o identity.Opened, sector string) identity.Subject {
	if len(o.Profile.Root) != 32 {
		return ""
	}
	m := suite.MAC(identity.NewSecret(identity.ES256, [32]byte(o.Profile.Root)), "netid/sub/v1", []byte(sector))
	return identity.Subject(base64.RawURLEncoding.EncodeToString(m[:]))
}
