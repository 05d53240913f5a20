package vault

import (
	"encoding/json"

	"netid/internal/identity"
	"netid/internal/suite"
)

const signalSize = 1024 // a sealed signal is one such: no push service's address comes near it

// SignalPlace is the name under which a device's signal lies, if it has one. 16
// bytes, from its owner's subject key: it dies with it, and nobody else finds it.
func (v *Vault) SignalPlace(o identity.Opened, c identity.CertificateID) []byte {
	return own(o, "signal", c[:])
}

// SealSignal seals where a device is reached into its place and no other.
func (v *Vault) SealSignal(o identity.Opened, place []byte, s identity.Signal) ([]byte, error) {
	b, err := json.Marshal(s)
	if err != nil || len(b) > signalSize-4 {
		return nil, broken("vault.SealSignal", "a signal's body", nil) // the detail would quote it
	}
	return sealAt(signalKey(o), pad(b, signalSize), signals, place, "body"), nil
}

// OpenSignal takes the seal off.
func (v *Vault) OpenSignal(o identity.Opened, place, sealed []byte) (s identity.Signal, err error) {
	const op = "vault.OpenSignal"
	padded, err := openAt(signalKey(o), sealed, signals, place, "body")
	if err != nil {
		return s, broken(op, "a signal does not open", err)
	}
	b, err := unpad(padded, signalSize)
	if err != nil {
		return s, broken(op, "a signal's padding", err)
	}
	if err := json.Unmarshal(b, &s); err != nil {
		return identity.Signal{}, broken(op, "a signal's body", nil)
	}
	return s, nil
}

func signalKey(o identity.Opened) identity.Secret {
	return suite.Derive(o.Keys.Subject, "netid/vault/signal/v1")
}
