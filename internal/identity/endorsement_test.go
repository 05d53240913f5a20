package identity_test

import (
	"reflect"
	"strings"
	"testing"

	"netid/internal/identity"
)

// Two operators are behind a party only where they are two.
func TestCountersigned(t *testing.T) {
	for by, want := range map[string]bool{"": false, "a": false, "a a": false, "a b": true, "a a b": true, "a b c": true} {
		var p identity.Party
		for _, operator := range strings.Fields(by) {
			p.Endorsed = append(p.Endorsed, identity.Endorsement{Operator: operator})
		}
		if p.Endorsed = append(p.Endorsed, identity.Endorsement{}); p.Countersigned() != want { // and nobody
			t.Errorf("%q: %v", by, !want)
		}
	}
}

// Two at the console are behind a party as the two of one proposal, in their order, and
// not beside one operator's key.
func TestM09CountersignedAtTheConsole(t *testing.T) {
	said := func(number, word, by string) identity.Endorsement {
		return identity.Endorsement{Operator: by, Said: identity.ProposalText{Number: number, Word: word, Signer: by}.String()}
	}
	named := said("1", "approve", "b")
	named.Operator = "c"
	none := said("1", "approve", "b")
	none.Said += "\n"
	for what, c := range map[string]struct {
		by   []identity.Endorsement
		want bool
	}{
		"the two": {[]identity.Endorsement{said("1", "propose", "a"), said("1", "approve", "b")}, true}, "after a key": {[]identity.Endorsement{{Operator: "k"}, said("1", "propose", "a"), said("1", "approve", "b")}, true},
		"one": {[]identity.Endorsement{said("1", "propose", "a")}, false}, "one twice": {[]identity.Endorsement{said("1", "propose", "a"), said("1", "approve", "a")}, false},
		"two that propose": {[]identity.Endorsement{said("1", "propose", "a"), said("1", "propose", "b")}, false}, "two proposals": {[]identity.Endorsement{said("1", "propose", "a"), said("2", "approve", "b")}, false},
		"a no": {[]identity.Endorsement{said("1", "propose", "a"), said("1", "refuse", "b")}, false}, "a key and a passkey": {[]identity.Endorsement{{Operator: "k"}, said("1", "propose", "a")}, false},
		"another's name": {[]identity.Endorsement{said("1", "propose", "a"), named}, false}, "no text": {[]identity.Endorsement{said("1", "propose", "a"), none}, false},
		"two keys": {[]identity.Endorsement{{Operator: "k"}, said("1", "propose", "a"), {Operator: "l"}}, true},
	} {
		if (identity.Party{Endorsed: c.by}).Countersigned() != c.want {
			t.Errorf("%s: %v", what, !c.want)
		}
	}
}

// A text that is read is written again as it was.
func FuzzProposalText(f *testing.F) {
	f.Add(identity.ProposalText{Issuer: "https://id.example", Number: "1", Says: identity.Text{ZH: "做", EN: "do"}, Word: "approve"}.String())
	f.Add("netid-proposal/1\n\n")
	f.Fuzz(func(t *testing.T, s string) {
		if p, err := identity.ParseProposalText(s); err == nil && p.String() != s {
			t.Errorf("%q became %q", s, p)
		}
	})
}

// A record is read line by line, and nothing of it is left out.
func FuzzRecords(f *testing.F) {
	f.Add([]byte(`{"a":1}`), []byte(`{"a":{"b":["x",null,true]},"c":"\n"}`))
	f.Add([]byte(``), []byte(`[]`))
	f.Fuzz(func(t *testing.T, before, after []byte) {
		all, err := identity.CompareRecords(before, after)
		if err != nil {
			return
		}
		for _, l := range all {
			if l.Mark != "+" && l.Mark != "-" && l.Mark != " " || len(before) == 0 && l.Mark != "+" {
				t.Errorf("%+v", l)
			}
		}
	})
}

// M09: every field of a party is endorsed, or is here with the reason why not. A
// new field is in the record or in this list.
func TestM09EveryFieldOfAPartyIsEndorsedOrNamed(t *testing.T) {
	left := map[string]string{
		"SecretDigest": "who reviews cannot read the secret", "Standing": "is not what is declared", "Reason": "as Standing", "Stood": "as Standing", "Returned": "what two operators answered", "Version": "as Standing", "Since": "as Standing", "Endorsed": "is the endorsements", "Before": "is the record of before",
		"Access": "is the word of who registered itself", "Proven": "what its hosts said, asked before each approval", "ProvenAt": "when they said it", "Sandbox": "none is endorsed there", "Sector": "follows from SectorURI, or is its own", "Joins": "asked for apart from the record",
		"DPoP": "how its tokens are bound: more than nothing", "CertBound": "as DPoP", "IDTokenAlg": "how it is answered", "UserInfoAlg": "as IDTokenAlg", "ResponseAlg": "as IDTokenAlg",
		"Pushes": "how it asks", "Signs": "as Pushes", "BySession": "how it is told of log-outs", "Requests": "what the platform certified, of a name that is in the record",
	}
	base := string(identity.Party{}.Record())
	kind := reflect.TypeFor[identity.Party]()
	for i := range kind.NumField() {
		name := kind.Field(i).Name
		var p identity.Party
		fill(t, reflect.ValueOf(&p).Elem().Field(i))
		changed := string(p.Record()) != base
		if _, named := left[name]; changed == named {
			t.Errorf("%s: in the record: %v; in the list of what is not: %v", name, changed, named)
		}
	}
	own := identity.Party{Access: []byte("word")}
	keyed := own
	keyed.JWKS, keyed.JWKSURI, keyed.Certificate.Name = []byte("{}"), "https://a.example", "a"
	if string(own.Record()) != string(keyed.Record()) {
		t.Error("the keys of who registered itself are its own business")
	}
}

func fill(t *testing.T, v reflect.Value) {
	switch v.Kind() {
	case reflect.String:
		v.SetString("x")
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int64:
		v.SetInt(7)
	case reflect.Uint64:
		v.SetUint(7)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		if v.Type().Elem().Kind() == reflect.Uint8 {
			v.SetBytes([]byte("x"))
		}
	case reflect.Map:
		one := reflect.New(v.Type().Key()).Elem()
		fill(t, one)
		v.Set(reflect.MakeMap(v.Type()))
		v.SetMapIndex(one, reflect.New(v.Type().Elem()).Elem())
	case reflect.Struct:
		if v.NumField() > 0 && v.Field(0).CanSet() {
			fill(t, v.Field(0))
			if v.NumField() > 1 && v.Field(1).CanSet() {
				fill(t, v.Field(1))
			}
		}
	default:
		t.Fatalf("a field of the kind %s", v.Kind())
	}
}

// Whatever stands where an endorsement should: it is refused, or reads the same
// when it is written again.
func FuzzEndorsement(f *testing.F) {
	good := identity.Endorsement{Operator: strings.Repeat("A", 43), Signature: make([]byte, 64)}.Text()
	for _, s := range []string{good, "", ".", good + ".", good + "A", strings.ToLower(good), good[:50] + "\n" + good[50:]} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		e, err := identity.ParseEndorsement(s)
		if err == nil && e.Text() != s {
			t.Fatalf("%q reads as %q", s, e.Text())
		}
	})
}
