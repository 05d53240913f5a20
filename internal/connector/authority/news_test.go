package authority_test

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"netid/internal/connector/authority"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/suite"
)

func signer(t testing.TB) suite.Signer {
	t.Helper()
	secret, err := suite.NewES256Secret()
	if err != nil {
		t.Fatal(err)
	}
	s, err := suite.NewES256(secret)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// pair are two keys of an authority and the set by which they are known.
func pair(t testing.TB) (a, b suite.Signer, keys []suite.PublicKey) {
	t.Helper()
	a, b = signer(t), suite.NewEdDSA(identity.NewSecret(identity.ES256, [32]byte{7}))
	keys, err := authority.ParseKeys([]byte(`{"keys":[` + string(a.PublicJWK()) + `,` + string(b.PublicJWK()) + `]}`))
	if err != nil {
		t.Fatal(err)
	}
	return a, b, keys
}

func lost(seq uint64) identity.News {
	return identity.News{Seq: seq, Time: time.Date(2026, 11, 28, 4, 0, 0, 0, time.UTC), Kind: identity.DocumentLost, Person: "sandbox-01",
		Document: identity.DocumentName{Kind: identity.ResidentCard, Number: "990101198605040010"}}
}

func signed(t testing.TB, n identity.News, by ...suite.Signer) authority.Signed {
	t.Helper()
	s, err := authority.Sign(n, by...)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func page(t testing.TB, news ...authority.Signed) string {
	t.Helper()
	b, err := json.Marshal(authority.Newest{News: news})
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestNewsIsBelievedFromRegisteredKeysAlone(t *testing.T) {
	a, b, keys := pair(t)
	s, c := sit(t)
	feed := c.Feed(keys)
	good := lost(2)
	good.Kind, good.Until = identity.DocumentGood, identity.Date{Year: 2030, Month: 1, Day: 2}
	s.body = page(t, signed(t, lost(1), a), signed(t, good, a, b))
	got, err := feed.News(t.Context(), 41)
	if err != nil || len(got) != 2 || got[0] != lost(1) || got[1] != good {
		t.Fatal(got, err)
	}
	if s.path != "GET /v1/news" || s.auth != "Bearer token-of-the-test" {
		t.Error(s.path, s.auth)
	}

	altered := func(change func(*authority.Signed)) authority.Signed {
		n := signed(t, lost(2), a)
		change(&n)
		return n
	}
	header := func(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }
	for name, second := range map[string]authority.Signed{
		"nobody's key":        signed(t, lost(2), signer(t)),
		"no signature":        signed(t, lost(2)),
		"another payload":     altered(func(n *authority.Signed) { n.Payload = signed(t, lost(3), a).Payload }),
		"another's header":    altered(func(n *authority.Signed) { n.Signatures[0].Protected = signed(t, lost(2), b).Signatures[0].Protected }),
		"one good, one false": altered(func(n *authority.Signed) { n.Signatures = append(n.Signatures, signed(t, lost(9), b).Signatures...) }),
		"alg none":            altered(func(n *authority.Signed) { n.Signatures[0].Protected = header(`{"alg":"none"}`) }),
		"a header with more in it": altered(func(n *authority.Signed) {
			n.Signatures[0].Protected = header(`{"alg":"ES256","kid":"` + a.KeyID() + `","typ":"netid-news+jws","crit":["x"]}`)
		}),
		"taken back by one key":  signed(t, good, a),
		"by one key twice":       signed(t, good, a, a),
		"of nobody":              signed(t, identity.News{Seq: 2, Time: good.Time, Kind: identity.PersonDeceased}, a),
		"without a number":       signed(t, lost(0), a),
		"of no document":         signed(t, identity.News{Seq: 2, Time: good.Time, Kind: identity.DocumentLost, Person: "sandbox-01"}, a),
		"replaced, until no day": signed(t, func() identity.News { n := lost(2); n.Kind = identity.DocumentReplaced; return n }(), a),
		"one's own guardian":     signed(t, identity.News{Seq: 2, Time: good.Time, Kind: identity.GuardianshipChanged, Person: "sandbox-01", Guardian: "sandbox-01"}, a),
	} {
		s.body = page(t, signed(t, lost(1), a), second, signed(t, lost(3), a))
		got, err := feed.News(t.Context(), 0)
		if len(got) != 1 || !fault.Is(err, fault.Unavailable) || !fault.Because(err, "authority_unavailable") {
			t.Errorf("%s: %v %v", name, got, err)
		}
		if err != nil && (strings.Contains(err.Error(), "9901011") || strings.Contains(err.Error(), "sandbox-01")) {
			t.Errorf("%s: the error tells whose it is: %v", name, err)
		}
	}
	// A kind of a later release is signed like others, and is for the act to judge.
	s.body = page(t, signed(t, identity.News{Seq: 1, Time: good.Time, Kind: "person-moved", Person: "sandbox-01"}, a))
	if got, err := feed.News(t.Context(), 0); err != nil || len(got) != 1 {
		t.Error(got, err)
	}
	for _, status := range []int{http.StatusInternalServerError, http.StatusUnauthorized, http.StatusFound} {
		s.status = status
		if got, err := feed.News(t.Context(), 0); len(got) != 0 || !fault.Is(err, fault.Unavailable) {
			t.Error(status, got, err)
		}
	}
}

func TestAnAuthorityHasTwoKeys(t *testing.T) {
	a, b := string(signer(t).PublicJWK()), string(signer(t).PublicJWK())
	for name, set := range map[string]string{"one": `{"keys":[` + a + `]}`, "one twice": `{"keys":[` + a + `,` + a + `]}`, "none": `{}`, "no key": `{"keys":[` + a + `,{"kty":"oct"}]}`,
		"no set": a, "too many": `{"keys":[` + strings.Repeat(a+`,`, 16) + b + `]}`} {
		if _, err := authority.ParseKeys([]byte(set)); !fault.Because(err, "jwks_invalid") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Whatever answers, nothing is news that the keys did not sign.
func FuzzNews(f *testing.F) {
	a, _, keys := pair(f)
	f.Add([]byte(page(f, signed(f, lost(1), a))))
	f.Add([]byte(`{"news":[{"payload":"e30","signatures":[{}]}]}`))
	f.Add([]byte(`{"news":null}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		s, c := sit(t)
		s.body = string(body)
		got, _ := c.Feed(keys).News(t.Context(), 0)
		for _, n := range got {
			if n != lost(1) {
				t.Errorf("%+v was never signed", n)
			}
		}
	})
}
