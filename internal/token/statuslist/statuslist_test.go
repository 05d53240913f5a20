package statuslist_test

import (
	"encoding/hex"
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/fxamacker/cbor/v2"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/suite"
	"netid/internal/token/jose"
	"netid/internal/token/statuslist"
)

const uri = "https://netid.example/status/7"

var (
	now    = time.Date(2026, 11, 28, 8, 0, 0, 0, time.UTC)
	suites = []identity.Suite{identity.ES256, identity.SM}
)

func signer(t testing.TB, s identity.Suite) suite.Signer {
	t.Helper()
	draw, make := suite.NewES256Secret, suite.NewES256
	if s == identity.SM {
		draw, make = suite.NewSM2Secret, suite.NewSM2
	}
	secret, err := draw()
	if err != nil {
		t.Fatal(err)
	}
	key, err := make(secret)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func coder(t testing.TB, key suite.Signer, typ string) *jose.Coder {
	t.Helper()
	c, err := jose.NewCoder(key.Alg(), func() []jose.Signer { return []jose.Signer{key} }, typ)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// reader knows one key by its id, whatever its algorithm.
func reader(t testing.TB, key suite.Signer) statuslist.Reader {
	t.Helper()
	k, err := suite.ParsePublicKey(key.PublicJWK())
	if err != nil {
		t.Fatal(err)
	}
	return statuslist.Reader{Alg: key.Alg(), Keys: func(kid string) (suite.PublicKey, bool) { return k, kid == key.KeyID() }}
}

func claims() statuslist.Claims {
	return statuslist.Claims{URI: uri, Issued: now, Expires: now.Add(24 * time.Hour), TTL: 5 * time.Minute, Aggregation: "https://netid.example/status"}
}

func list(t testing.TB, bits, size int, marks map[uint64]statuslist.Status) *statuslist.List {
	t.Helper()
	l, err := statuslist.New(bits, size)
	if err != nil {
		t.Fatal(err)
	}
	for at, s := range marks {
		if err := l.Mark(at, s); err != nil {
			t.Fatal(err)
		}
	}
	return l
}

// both forms of a list, each read back.
func both(t testing.TB, key suite.Signer, c statuslist.Claims, l *statuslist.List) (jwt string, cwt []byte) {
	t.Helper()
	jwt, err := statuslist.EncodeJWT(coder(t, key, statuslist.TypeJWT), c, l)
	if err != nil {
		t.Fatal(err)
	}
	if cwt, err = statuslist.EncodeCWT(key, c, l); err != nil {
		t.Fatal(err)
	}
	return jwt, cwt
}

func TestBothForms(t *testing.T) {
	for _, s := range suites {
		key := signer(t, s)
		l := list(t, 2, 1000, map[uint64]statuslist.Status{0: statuslist.Revoked, 7: statuslist.Frozen, 999: 3})
		jwt, cwt := both(t, key, claims(), l)
		r := reader(t, key)
		one, err := r.ReadJWT(jwt, uri, now)
		if err != nil {
			t.Fatal(err)
		}
		two, err := r.ReadCWT(cwt, uri, now)
		if err != nil {
			t.Fatal(err)
		}
		for _, token := range []*statuslist.Token{one, two} {
			if token.Claims != claims() {
				t.Errorf("%+v", token.Claims)
			}
			for at, want := range map[uint64]statuslist.Status{0: 1, 1: 0, 6: 0, 7: 2, 8: 0, 998: 0, 999: 3} {
				if got, err := token.Status(at, now); err != nil || got != want {
					t.Errorf("%d is %d: %v", at, got, err)
				}
			}
		}
		again, err := statuslist.EncodeCWT(key, claims(), l)
		if err != nil || string(again[:len(again)-64]) != string(cwt[:len(cwt)-64]) { // deterministic up to the signature
			t.Errorf("the same list has another text: %v", err)
		}
	}
}

type vectors struct {
	Key   json.RawMessage
	Lists []struct {
		Bits, Size int
		List       string `json:"lst"`
		Statuses   [][2]uint64
		CBOR       string `json:"cbor"`
	}
	JWT, CWT string
}

func readVectors(t testing.TB) (v vectors, r statuslist.Reader) {
	t.Helper()
	b, err := os.ReadFile("testdata/vectors/token_status_list.json")
	if err == nil {
		err = json.Unmarshal(b, &v)
	}
	if err != nil {
		t.Fatal(err)
	}
	key, err := suite.ParsePublicKey(v.Key)
	if err != nil {
		t.Fatal(err)
	}
	return v, statuslist.Reader{Alg: jose.ES256, Keys: func(kid string) (suite.PublicKey, bool) { return key, kid == "12" }}
}

// Every list of the draft, of 1, 2, 4 and 8 bits, is read place by place from both its
// forms, and ours over the same statuses unpacks to the same; so are its signed tokens.
func TestJ07TheDraftsVectors(t *testing.T) {
	v, theirs := readVectors(t)
	if len(v.Lists) != 6 {
		t.Fatalf("%d lists", len(v.Lists))
	}
	key := signer(t, identity.ES256)
	for _, e := range v.Lists {
		marks := map[uint64]statuslist.Status{}
		for _, s := range e.Statuses {
			marks[s[0]] = statuslist.Status(s[1])
		}
		jwt := forge(t, key, `"typ":"statuslist+jwt"`, map[string]any{"sub": uri, "iat": now.Unix(), "status_list": map[string]any{"bits": e.Bits, "lst": e.List}})
		token, err := reader(t, key).ReadJWT(jwt, uri, now)
		if err != nil {
			t.Fatal(err)
		}
		raw, err := hex.DecodeString(e.CBOR)
		if err != nil {
			t.Fatal(err)
		}
		other, err := reader(t, key).ReadCWT(forgeCWT(t, key, nil, map[any]any{65533: cbor.RawMessage(raw)}), uri, now)
		if err != nil {
			t.Fatal(err)
		}
		ours := list(t, e.Bits, e.Size, nil)
		for at, s := range marks { // an 8-bit list of the draft changes no place twice
			if err := ours.Mark(at, s); err != nil {
				t.Fatal(err)
			}
		}
		for at := range uint64(e.Size) {
			one, err1 := token.Status(at, now)
			two, err2 := other.Status(at, now)
			mine, err3 := ours.Get(at)
			if err1 != nil || err2 != nil || err3 != nil || one != marks[at] || two != marks[at] || mine != marks[at] {
				t.Fatalf("%d bits: place %d is %d, %d, %d: %v %v %v", e.Bits, at, one, two, mine, err1, err2, err3)
			}
		}
		if _, err := token.Status(uint64(e.Size), now); !fault.Because(err, "status_unknown") {
			t.Errorf("a place beyond the last: %v", err)
		}
	}
	then, address := time.Unix(1686920170, 0).UTC(), "https://example.com/statuslists/1"
	raw, err := hex.DecodeString(v.CWT)
	if err != nil {
		t.Fatal(err)
	}
	one, err := theirs.ReadJWT(v.JWT, address, then)
	if err != nil {
		t.Fatal(err)
	}
	two, err := theirs.ReadCWT(raw, address, then)
	if err != nil {
		t.Fatal(err)
	}
	for _, token := range []*statuslist.Token{one, two} {
		if s, err := token.Status(15, then); err != nil || s != 1 || token.TTL != 43200*time.Second || token.Expires.Unix() != 2291720170 {
			t.Errorf("%+v: %d, %v", token.Claims, s, err)
		}
	}
}

// Revoked is for ever; frozen is not.
func TestJ11RevokedIsForEver(t *testing.T) {
	l := list(t, 2, 64, nil)
	for _, step := range []struct {
		to   statuslist.Status
		good bool
	}{{statuslist.Frozen, true}, {statuslist.Valid, true}, {statuslist.Frozen, true}, {statuslist.Revoked, true}, {statuslist.Revoked, true}, {statuslist.Valid, false}, {statuslist.Frozen, false}, {3, false}} {
		if err := l.Mark(9, step.to); (err == nil) != step.good || err != nil && !fault.Because(err, "status_final") {
			t.Errorf("to %d: %v", step.to, err)
		}
	}
	if s, err := l.Get(9); err != nil || s != statuslist.Revoked {
		t.Errorf("it is %d: %v", s, err)
	}
	for at := range uint64(64) {
		if s, err := l.Get(at); at != 9 && (err != nil || s != statuslist.Valid) {
			t.Errorf("its neighbour %d is %d: %v", at, s, err)
		}
	}
	before := l.Clone()
	if err := l.Mark(10, statuslist.Frozen); err != nil {
		t.Fatal(err)
	}
	if s, err := before.Get(10); err != nil || s != statuslist.Valid {
		t.Errorf("a clone changed: %d, %v", s, err)
	}
	if err := l.Mark(64, statuslist.Frozen); !fault.Because(err, "status_unknown") {
		t.Errorf("no such place: %v", err)
	}
	if err := l.Mark(1, 4); !fault.Is(err, fault.Internal) {
		t.Errorf("a status of three bits: %v", err)
	}
	for _, c := range [][2]int{{3, 8}, {0, 8}, {2, 0}, {2, -1}, {8, 1 << 25}} {
		if _, err := statuslist.New(c[0], c[1]); err == nil {
			t.Errorf("a list of %d places of %d bits", c[1], c[0])
		}
	}
}

// Every place is given once, in no order that n would tell, and in another for each list and key.
func TestJ10PlacesTellNothing(t *testing.T) {
	key := identity.NewSecret(identity.ES256, [32]byte{7})
	for _, size := range []uint64{2, 3, 5, 16, 17, 1000, 1 << 12} {
		s, err := statuslist.NewShuffle(key, uri, size)
		if err != nil {
			t.Fatal(err)
		}
		seen := make([]bool, size)
		for n := range size {
			p, err := s.Place(n)
			if err != nil || p >= size || seen[p] {
				t.Fatalf("of %d: %d has %d: %v", size, n, p, err)
			}
			seen[p] = true
		}
		if _, err := s.Place(size); !fault.Because(err, "list_full") {
			t.Errorf("of %d one more: %v", size, err)
		}
	}
	const many = 5_000
	at := func(key identity.Secret, list string, from uint64) (places []float64) {
		s, err := statuslist.NewShuffle(key, list, statuslist.Size)
		if err != nil {
			t.Fatal(err)
		}
		for n := range uint64(many) {
			p, err := s.Place(from + n)
			if err != nil {
				t.Fatal(err)
			}
			places = append(places, float64(p))
		}
		return places
	}
	var order []float64
	for n := range many {
		order = append(order, float64(n))
	}
	here, next, there, sm := at(key, uri, 0), at(key, uri, 1), at(key, uri+"/2", 0), at(identity.NewSecret(identity.SM, [32]byte{7}), uri, 0)
	for name, r := range map[string]float64{ // the keys are fixed, so it is the same at every run
		"the order": correlation(order, here), "its neighbour": correlation(here, next), "another list": correlation(here, there), "another key": correlation(here, sm), "the order under sm": correlation(order, sm),
	} {
		if r < -0.05 || r > 0.05 {
			t.Errorf("places go with %s: %f", name, r)
		}
	}
	for _, c := range []struct {
		list string
		size uint64
	}{{"", 8}, {uri, 1}, {uri, 1<<32 + 1}} {
		if _, err := statuslist.NewShuffle(key, c.list, c.size); err == nil {
			t.Errorf("a list %q of %d", c.list, c.size)
		}
	}
}

// The places of a fixed key never change: a list outlives the program that filled it.
func TestPlacesArePinned(t *testing.T) {
	var got []uint64
	for _, s := range suites {
		shuffle, err := statuslist.NewShuffle(identity.NewSecret(s, [32]byte{1, 2, 3}), uri, statuslist.Size)
		if err != nil {
			t.Fatal(err)
		}
		for n := range uint64(3) {
			p, err := shuffle.Place(n)
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, p)
		}
	}
	if want := [6]uint64{785576, 570137, 981007, 273822, 569513, 430911}; [6]uint64(got) != want {
		t.Errorf("places %v", got)
	}
}

func TestAggregation(t *testing.T) {
	b, err := statuslist.Aggregate([]string{uri, uri + "/2"})
	if err != nil || string(b) != `{"status_lists":["`+uri+`","`+uri+`/2"]}` {
		t.Fatalf("%s, %v", b, err)
	}
	if got, err := statuslist.ParseAggregation(b); err != nil || strings.Join(got, " ") != uri+" "+uri+"/2" {
		t.Errorf("%q, %v", got, err)
	}
	if b, err := statuslist.Aggregate(nil); err != nil || string(b) != `{"status_lists":[]}` {
		t.Errorf("%s, %v", b, err)
	}
	for _, in := range []string{``, `[]`, `{}`, `{"status_lists":"x"}`, `{"status_lists":[1]}`, `{"status_lists":[""]}`, `{"status_lists":null}`, `{"status_lists":[` + strings.Repeat(`"u",`, 10_000) + `"u"]}`} {
		if got, err := statuslist.ParseAggregation([]byte(in)); !fault.Because(err, "aggregation_invalid") {
			t.Errorf("%.40s: %q, %v", in, got, err)
		}
	}
}
