package roster_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/roster"
)

func key(t testing.TB, of identity.Suite) roster.Key {
	t.Helper()
	k, err := roster.NewKey(of)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func both(t *testing.T, do func(t *testing.T, of identity.Suite)) {
	for name, of := range map[string]identity.Suite{"es256": identity.ES256, "sm": identity.SM} {
		t.Run(name, func(t *testing.T) { do(t, of) })
	}
}

// An endorsement is good for one service, one kind of thing, one name and one
// record, by whom the configuration names.
func TestAnEndorsementIsForOneThing(t *testing.T) {
	both(t, func(t *testing.T, of identity.Suite) {
		li, wang, gone := key(t, of), key(t, of), key(t, of)
		const here = "https://id.example"
		r, err := roster.New(here, map[string]string{"li": li.Public() + "\n", "wang": wang.Public()})
		if err != nil || len(r.Keys()) != 2 || len(strings.Fields(strings.Join(r.Keys(), " "))) != 2 {
			t.Fatal(err)
		}
		record := []byte(`{"id":"shop"}`)
		e, err := li.Endorse(here, "party", "shop", record)
		if err != nil || r.Name(e.Operator) != "li" || r.Name("x") != "x" {
			t.Fatal(err)
		}
		if err := r.Check(e, "party", "shop", record); err != nil {
			t.Fatal(err)
		}
		if again, err := identity.ParseEndorsement(e.Text()); err != nil || r.Check(again, "party", "shop", record) != nil {
			t.Error(err)
		}
		elsewhere, err := roster.New("https://other.example", map[string]string{"li": li.Public()})
		if err != nil {
			t.Fatal(err)
		}
		by, err := gone.Endorse(here, "party", "shop", record)
		if err != nil {
			t.Fatal(err)
		}
		for what, err := range map[string]error{
			"another service": elsewhere.Check(e, "party", "shop", record), "another kind": r.Check(e, "case", "shop", record), "another name": r.Check(e, "party", "shop2", record),
			"another record": r.Check(e, "party", "shop", []byte(`{"id":"shop" }`)), "who is none any more": r.Check(by, "party", "shop", record), "nobody": r.Check(identity.Endorsement{}, "party", "shop", record),
			"no signature": r.Check(identity.Endorsement{Operator: e.Operator}, "party", "shop", record),
		} {
			if !fault.Because(err, "endorsement_invalid") || fault.Of(err) != fault.Forbidden {
				t.Errorf("%s: %v", what, err)
			}
		}
		if _, err := roster.New(here, map[string]string{"li": li.Public(), "also li": li.Public()}); !fault.Because(err, "operator_twice") {
			t.Errorf("one key under two names: %v", err)
		}
	})
}

func TestKeysThatAreNone(t *testing.T) {
	good := key(t, identity.ES256).Public()
	for _, s := range []string{"", "x", good + ".x", "P-256", good[:len(good)-1], strings.Replace(good, "P-256", "P-384", 1), strings.Replace(good, "P-256", "curveSM2", 1),
		strings.Replace(good, ".", `","d":"`, 1)} {
		if _, err := roster.New("https://id.example", map[string]string{"li": s}); !fault.Because(err, "operator_key_invalid") {
			t.Errorf("%q: %v", s, err)
		}
	}
}

func TestOperatorsFiles(t *testing.T) {
	never := func() ([]byte, error) { return nil, errors.New("asked") }
	word := func(w string) func() ([]byte, error) { return func() ([]byte, error) { return []byte(w), nil } }
	both(t, func(t *testing.T, of identity.Suite) {
		k, other := key(t, of), key(t, of)
		plain, err := k.File(nil, "note")
		if err != nil {
			t.Fatal(err)
		}
		if again, err := roster.ReadKey(plain, never); err != nil || again.Public() != k.Public() {
			t.Fatal(err)
		}
		sealed, err := k.File([]byte("a long passphrase"), "note")
		if err != nil || bytes.Contains(sealed, []byte("private")) {
			t.Fatal(err)
		}
		if again, err := roster.ReadKey(sealed, word("a long passphrase")); err != nil || again.Public() != k.Public() {
			t.Fatal(err)
		}
		if _, err := k.File([]byte("short"), ""); !fault.Because(err, "passphrase_short") {
			t.Error(err)
		}
		for what, bad := range map[string][]byte{"nothing": nil, "another half": bytes.Replace(plain, []byte(k.Public()), []byte(other.Public()), 1), "no half": bytes.Replace(plain, []byte(k.Public()), nil, 1)} {
			if _, err := roster.ReadKey(bad, never); !fault.Because(err, "operator_key_invalid") {
				t.Errorf("%s: %v", what, err)
			}
		}
		for _, w := range []string{"another passphrase", ""} {
			if _, err := roster.ReadKey(sealed, word(w)); !fault.Because(err, "operator_key_invalid") {
				t.Errorf("%q: %v", w, err)
			}
		}
		if text := fmt.Sprintf("%v %+v %#v %x", k, k, k, k); text != "operator operator operator operator" {
			t.Errorf("an operator's key prints %s", text)
		}
	})
}

// Whatever a file has where a key should be: it is refused, or is the same key
// when it is written again.
func FuzzKeys(f *testing.F) {
	k := key(f, identity.ES256)
	file, err := k.File(nil, "note")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(file)
	f.Add([]byte(k.Public()))
	f.Add([]byte(`{"version":1,"public":"curveSM2.AA.AA"}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		if p, err := roster.Parse(string(b)); err == nil && p.Alg() == "" {
			t.Fatalf("%q is a key of no algorithm", b)
		}
		got, err := roster.ReadKey(b, func() ([]byte, error) { return nil, errors.New("no passphrase") })
		if err != nil {
			return
		}
		if again, err := got.File(nil, ""); err != nil || !bytes.Contains(again, []byte(got.Public())) {
			t.Fatalf("%q: %v", b, err)
		}
	})
}
