package sdjwt_test

import (
	"encoding/base64"
	"encoding/json"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"netid/internal/identity"
	"netid/internal/suite"
	"netid/internal/token/jose"
	"netid/internal/token/sdjwt"
)

type vectors struct {
	Issuer   json.RawMessage
	Examples []struct {
		Section           string
		Issued, Presented string
		Payload           map[string]any
		Disclosures       [][2]string // digest, text
		Processed         any
		Decoys            []string
	}
	JSON []struct {
		Section string
		Text    json.RawMessage
	}
}

func readVectors(t testing.TB) (v vectors, theirs sdjwt.Verifier) {
	t.Helper()
	b, err := os.ReadFile("testdata/vectors/rfc9901.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, &v); err != nil {
		t.Fatal(err)
	}
	key, err := suite.ParsePublicKey(v.Issuer)
	if err != nil {
		t.Fatal(err)
	}
	return v, sdjwt.Verifier{Suite: identity.ES256, Types: []string{"example+sd-jwt", "dc+sd-jwt", ""}, Trust: byKey(key), Holders: []string{jose.ES256}}
}

func byKey(k suite.PublicKey) sdjwt.Trust {
	return func(t *jose.Token, _ time.Time) (jose.Object, error) { return t.VerifyWith(k) }
}

// The RFC's own texts come out as the RFC says, with its own keys; the holders' proofs too.
func TestRFC9901(t *testing.T) {
	v, theirs := readVectors(t)
	read := 0
	for _, e := range v.Examples {
		t.Run(e.Section, func(t *testing.T) {
			if e.Issued != "" {
				held, _, err := theirs.Accept(e.Issued, day)
				if err != nil {
					t.Fatal(err)
				}
				if shown, err := held.Select(); err != nil || shown+strings.Join(texts(e.Disclosures), "~")+"~" != sortedLike(e.Issued, shown, e.Disclosures) {
					t.Errorf("held %q: %v", shown, err)
				}
				read++
			}
			if e.Presented == "" {
				return
			}
			p, err := readEither(theirs, e.Presented)
			if err != nil {
				t.Fatal(err)
			}
			if got := tree(t, p.Claims); !reflect.DeepEqual(got, e.Processed) {
				t.Errorf("got  %v\nwant %v", got, e.Processed)
			}
			read++
		})
	}
	if read < 7 {
		t.Errorf("%d texts were read", read)
	}
}

// Each disclosure of every example has the digest that the RFC prints, and the
// payload with all of them, signed by a key of ours, is read to its end; decoys are passed over.
func TestRFC9901Digests(t *testing.T) {
	v, _ := readVectors(t)
	key := signer(t, identity.ES256)
	mine := verifier(t, identity.ES256, key)
	for _, e := range v.Examples {
		t.Run(e.Section, func(t *testing.T) {
			all, err := json.Marshal(e.Payload)
			if err != nil {
				t.Fatal(err)
			}
			for _, d := range e.Disclosures {
				in, err := base64.RawURLEncoding.DecodeString(d[1])
				if got := digestOf(identity.ES256, d[1]); err != nil || got != d[0] {
					t.Errorf("%s has the digest %s: %v", in, got, err)
				}
				all = append(all, in...)
			}
			var used []string
			for _, d := range e.Disclosures {
				if strings.Contains(string(all), d[0]) { // §6.2 with one claim open leaves that one's out
					used = append(used, d[1])
				}
			}
			p, err := mine.Read(forge(t, key, e.Payload, used...), day)
			if err != nil {
				t.Fatal(err)
			}
			if len(p.Disclosed) != len(used) || len(used) == 0 || len(used) < len(e.Disclosures)-1 {
				t.Errorf("%d of %d disclosed: %q", len(p.Disclosed), len(e.Disclosures), p.Disclosed)
			}
			for _, d := range e.Decoys {
				if !strings.Contains(string(all), d) {
					t.Errorf("the decoy %s is not in the payload", d)
				}
			}
		})
	}
}

// The JSON serialization is read to the same.
func TestRFC9901JSON(t *testing.T) {
	v, theirs := readVectors(t)
	if len(v.JSON) != 3 {
		t.Fatalf("%d texts", len(v.JSON))
	}
	for _, e := range v.JSON {
		text, err := sdjwt.Compact(e.Text)
		if err != nil {
			t.Errorf("%s: %v", e.Section, err)
			continue
		}
		p, err := readEither(theirs, text)
		if err != nil || len(p.Disclosed) == 0 || strings.HasSuffix(e.Section, "presented") != (p.Holder != "") {
			t.Errorf("%s: %+v, %v", e.Section, p, err)
		}
	}
}

// readEither reads with the RFC's nonce and reader, at the time of the proof, if there is one.
func readEither(v sdjwt.Verifier, text string) (*sdjwt.Presented, error) {
	proof := text[strings.LastIndexByte(text, '~')+1:]
	if proof == "" {
		return v.Read(text, day)
	}
	var claims struct{ Iat int64 }
	b, err := base64.RawURLEncoding.DecodeString(strings.Split(proof, ".")[1])
	if err == nil {
		err = json.Unmarshal(b, &claims)
	}
	if err != nil {
		return nil, err
	}
	return v.ReadBound(text, sdjwt.Binding{Audience: "https://verifier.example.org", Nonce: "1234567890", Window: time.Minute}, time.Unix(claims.Iat, 0))
}

func texts(disclosures [][2]string) (all []string) {
	for _, d := range disclosures {
		all = append(all, d[1])
	}
	return all
}

// sortedLike is the issued text with its disclosures in the order in which the RFC lists them.
func sortedLike(issued, bare string, disclosures [][2]string) string {
	for _, d := range disclosures {
		if !strings.Contains(issued, "~"+d[1]+"~") {
			return "one is not there: " + d[1]
		}
	}
	return bare + strings.Join(texts(disclosures), "~") + "~"
}

func tree(t testing.TB, o jose.Object) (v any) {
	t.Helper()
	b, err := json.Marshal(o)
	if err == nil {
		err = json.Unmarshal(b, &v)
	}
	if err != nil {
		t.Fatal(err)
	}
	return v
}
