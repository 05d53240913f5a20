package vault

import (
	"errors"

	"netid/internal/identity"
	"netid/internal/suite"
)

// wrapping is the versions under which persons are wrapped at one moment.
type wrapping struct{ identity, subject, record suite.Version }

// wrapping reads twice until both agree: versions only move forward, so three
// that were the same twice were in force together.
func (v *Vault) wrapping() wrapping {
	read := func() wrapping {
		return wrapping{v.secrets.Identity.Now(), v.secrets.Subject.Now(), v.secrets.Record.Now()}
	}
	for k := read(); ; {
		again := read()
		if k == again {
			return k
		}
		k = again
	}
}

// generation counts the rotations of the three keys. It never falls, so of two
// wrappings the one with the greater number is the later.
func (k wrapping) generation() uint64 {
	return uint64(k.identity.Turn) + uint64(k.subject.Turn) + uint64(k.record.Turn)
}

// wrap wraps a person's keys, each under its version and the slot's secret.
func (k wrapping) wrap(id identity.PersonID, slotSecret identity.Secret, keys identity.Keys) identity.WrappedKeys {
	one := func(service suite.Version, key identity.Secret, field string) []byte {
		return sealAt(with(slotSecret, service.Key, personKeys, id[:], field), key.Bytes(), personKeys, id[:], field)
	}
	return identity.WrappedKeys{Under: k.generation(),
		Identity: one(k.identity, keys.Identity, "identity"),
		Subject:  one(k.subject, keys.Subject, "subject"),
		Record:   one(k.record, keys.Record, "record"),
	}
}

var errNoKey = errors.New("the key was never set")

// unwrap tries the live versions of each key, and gives those that opened. A
// wrapped key does not say its version: rows would then tell which of them
// came to be at the same time.
func (v *Vault) unwrap(id identity.PersonID, slotSecret identity.Secret, w identity.WrappedKeys) (k identity.Keys, under wrapping, err error) {
	for _, one := range []struct {
		into   *identity.Secret
		under  *suite.Version
		live   suite.Versions
		sealed []byte
		field  string
	}{
		{&k.Identity, &under.identity, v.secrets.Identity, w.Identity, "identity"},
		{&k.Subject, &under.subject, v.secrets.Subject, w.Subject, "subject"},
		{&k.Record, &under.record, v.secrets.Record, w.Record, "record"},
	} {
		if *one.into, *one.under, err = unwrapOne(one.live, id, slotSecret, one.sealed, one.field); err != nil {
			return identity.Keys{}, wrapping{}, err
		}
	}
	return k, under, nil
}

// unwrapOne tries the live versions of one key.
func unwrapOne(live suite.Versions, id identity.PersonID, slotSecret identity.Secret, sealed []byte, field string) (key identity.Secret, under suite.Version, err error) {
	err = errNoKey
	for _, service := range live.Live() {
		kek := with(slotSecret, service.Key, personKeys, id[:], field)
		if key, err = suite.Unwrap(kek, sealed, place(kek, personKeys, id[:], field)); err == nil {
			return key, service, nil
		}
	}
	return identity.Secret{}, suite.Version{}, broken("vault.unwrap", "the "+field+" key does not unwrap", err)
}
