package client

import (
	"crypto/sha256"
	"fmt"
	"strings"
)

// A passkey is a device key that lies in an authenticator and answers one
// origin alone (WebAuthn Level 3). Its public JWK has that origin as a member
// "origin", and by it alone is known how its signatures are checked: no
// signature chooses.
//
// It never signs bytes of ours, but authenticatorData || SHA-256(clientDataJSON).
// Of both all but a few bytes are known before anybody signs, so a signature is
//
//	r||s (64) || flags (1) || counter (4) || rest
//
// where rest is what the browser put behind the origin in clientDataJSON, "}"
// or `,"crossOrigin":false}` mostly. What was signed is written anew from it (§5.8.1.1
// fixes the order) with the origin that the key is for, the digest of the
// message as challenge and the type of an assertion: another origin, relying party,
// type or message is another text, and the signature does not cover it.
const (
	assertionHead = 64 + 1 + 4 // bytes before the rest
	assertionRest = 160        // bytes of the rest: twice what any browser writes
)

// Flags of authenticatorData (§6.1).
const (
	userPresent    = 1 << 0
	userVerified   = 1 << 2
	backupEligible = 1 << 3
	backedUp       = 1 << 4
	attestedData   = 1 << 6
	extensionData  = 1 << 7
)

// CheckDevice checks a device's signature over a message by its public JWK: of
// a key without an origin ES256 (r||s, 64 bytes) over the message itself, of a passkey an
// assertion for it. Fails with ErrKey or ErrSignature.
func CheckDevice(message, signature, deviceJWK []byte) error {
	o, key, err := parseKey(deviceJWK)
	if err != nil {
		return err
	}
	if _, passkey := o["origin"]; !passkey {
		return verifyES256(key, message, signature)
	}
	origin, err := o.text("origin")
	if err != nil || host(origin) == "" {
		return fmt.Errorf("%w: its origin", ErrKey)
	}
	signed, err := asserted(message, signature, origin)
	if err != nil {
		return err
	}
	return verifyES256(key, signed, signature[:64])
}

// host is the relying party's id (§5.1.2) of an origin as a browser writes it,
// "" for what is none.
func host(origin string) string {
	scheme, rest, _ := strings.Cut(origin, "://")
	name, port, colon := strings.Cut(rest, ":")
	if scheme != "https" && scheme != "http" || strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789.-") != "" || strings.Trim(port, "0123456789") != "" || colon && port == "" {
		return ""
	}
	return name
}

// asserted is what a passkey of the origin signed if it approved the message
// (§7.2, steps 11 to 22): somebody was there, the authenticator knew them, on a
// page of this origin that stood in no frame of another.
func asserted(message, signature []byte, origin string) ([]byte, error) {
	if len(signature) <= assertionHead || len(signature) > assertionHead+assertionRest {
		return nil, fmt.Errorf("%w: no assertion", ErrSignature)
	}
	flags, rest := signature[64], signature[assertionHead:]
	const must, mustNot = userPresent | userVerified, attestedData | extensionData
	if flags&must != must || flags&mustNot != 0 || flags&(backupEligible|backedUp) == backedUp {
		return nil, fmt.Errorf("%w: flags of the assertion", ErrSignature)
	}
	challenge := sha256.Sum256(message)
	data := `{"type":"webauthn.get","challenge":"` + encode64(challenge[:]) + `","origin":"` + origin + `"` + string(rest)
	o, err := parseObject([]byte(data)) // also: no member of it is there a second time
	if err != nil {
		return nil, fmt.Errorf("%w: client data", ErrSignature)
	}
	_, framed := o["topOrigin"]
	if cross, said := o["crossOrigin"]; framed || said && strings.TrimSpace(string(cross)) != "false" {
		return nil, fmt.Errorf("%w: signed in a frame", ErrSignature)
	}
	party, browser := sha256.Sum256([]byte(host(origin))), sha256.Sum256([]byte(data))
	signed := append(party[:], signature[64:assertionHead]...)
	return append(signed, browser[:]...), nil
}
