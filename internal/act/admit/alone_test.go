package admit_test

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"netid/internal/act/admit"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/law"
	"netid/test/kit"
)

const (
	someBody  = "91350100M000100Y43"
	otherBody = "9144030071526726XG"
)

// keyed is a party that proves itself by these keys.
func keyed(id, organisation string, jwks []byte) admit.Application {
	in := good()
	in.ID, in.Organisation, in.JWKS = id, organisation, jwks
	return in
}

// for encryption, the same key is another entry of a set.
func sealing(t *testing.T, jwks []byte) []byte {
	t.Helper()
	var set struct {
		Keys []map[string]any `json:"keys"`
	}
	if err := json.Unmarshal(jwks, &set); err != nil {
		t.Fatal(err)
	}
	delete(set.Keys[0], "alg")
	set.Keys[0]["use"] = "enc"
	b, err := json.Marshal(set)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// M08: one key, one organisation.
func TestM08OneKeyOneOrganisation(t *testing.T) {
	ctx := context.Background()
	at := func(in admit.Application) admit.Application {
		in.JWKS, in.JWKSURI = nil, "https://keys.example.com/jwks"
		return in
	}
	named := func(in admit.Application) admit.Application {
		in.JWKS, in.Method, in.SANDNS = nil, "tls_client_auth", "party.example"
		return in
	}
	one, own := keys(t), keys(t)
	for name, c := range map[string]struct {
		first, second admit.Application
		want          string
	}{
		"a key of its own":              {keyed("a", "", one), keyed("b", "", own), ""},
		"the same key, nobody named":    {keyed("a", "", one), keyed("b", "", one), "key_shared"},
		"one of two is named":           {keyed("a", someBody, one), keyed("b", "", one), "key_shared"},
		"another organisation's":        {keyed("a", someBody, one), keyed("b", otherBody, one), "key_shared"},
		"the same organisation's":       {keyed("a", someBody, one), keyed("b", someBody, one), ""},
		"the same, for encryption":      {keyed("a", "", one), keyed("b", "", sealing(t, one)), "key_shared"},
		"published at the same address": {at(keyed("a", "", nil)), at(keyed("b", "", nil)), "key_shared"},
		"one certificate's name":        {named(keyed("a", "", nil)), named(keyed("b", "", nil)), "key_shared"},
		"no organisation's code":        {keyed("a", "", one), keyed("b", "91350100M000100Y44", own), "organisation_invalid"},
	} {
		k := kit.New(t, law.New())
		if _, _, err := k.Admit.Register(ctx, c.first); err != nil {
			t.Fatal(name, err)
		}
		k.Advance(time.Hour) // nothing of it is short-lived
		_, _, err := k.Admit.Register(ctx, c.second)
		if c.want == "" && err != nil || c.want != "" && !fault.Because(err, c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}

// A registration that is changed is held against the others as a new one is; what
// stays as it was is nobody's news, and a party that is gone holds no key.
func TestM08AChangeTakesNobodysKey(t *testing.T) {
	ctx, k := context.Background(), kit.New(t, law.New())
	one, own := keys(t), keys(t)
	keep := func(in admit.Application) error { _, _, err := k.Admit.Keep(ctx, in); return err }
	for _, in := range []admit.Application{keyed("a", someBody, one), keyed("b", someBody, one), keyed("c", "", own)} {
		if err := keep(in); err != nil {
			t.Fatal(err)
		}
	}
	if err := keep(keyed("c", "", one)); !fault.Because(err, "key_shared") {
		t.Errorf("takes another's key: %v", err)
	}
	if err := keep(keyed("b", otherBody, one)); !fault.Because(err, "key_shared") {
		t.Errorf("goes over to another organisation with the key: %v", err)
	}
	renamed := keyed("b", someBody, one)
	renamed.Name = "Another name"
	if err := keep(renamed); err != nil {
		t.Errorf("changes something else: %v", err)
	}
	for _, id := range []string{"a", "b"} {
		if _, err := k.Admit.Remove(ctx, identity.PartyID(id), "over"); err != nil {
			t.Fatal(err)
		}
	}
	k.Advance(2 * time.Minute)
	if err := keep(keyed("c", "", one)); err != nil {
		t.Errorf("nobody's key: %v", err)
	}
}

// Whoever registers one key for many parties at once gets one of them.
func TestM08OneKeyManyPartiesAtOnce(t *testing.T) {
	ctx, k, one := context.Background(), kit.New(t, law.New()), keys(t)
	var admitted atomic.Int64
	var all sync.WaitGroup
	for i := range 32 {
		all.Go(func() {
			_, _, err := k.Admit.Register(ctx, keyed(fmt.Sprintf("p%d", i), "", one))
			if err == nil {
				admitted.Add(1)
			} else if !fault.Because(err, "key_shared") {
				t.Error(err)
			}
		})
	}
	if all.Wait(); admitted.Load() != 1 {
		t.Errorf("%d parties have the key", admitted.Load())
	}
	for i := range 4 { // of one organisation, one after the other
		if _, _, err := k.Admit.Register(ctx, keyed(fmt.Sprintf("q%d", i), someBody, []byte(keySet))); err != nil {
			t.Fatal(err)
		}
	}
}
