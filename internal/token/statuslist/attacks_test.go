package statuslist_test

import (
	"bytes"
	"compress/flate"
	"compress/zlib"
	"encoding/base64"
	"encoding/json"
	"math"
	"runtime"
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

// forge signs any payload under a header that has the right algorithm and key.
func forge(t testing.TB, key suite.Signer, header string, payload any) string {
	t.Helper()
	b, err := json.Marshal(payload)
	if err != nil {
		t.Fatal(err)
	}
	enc := base64.RawURLEncoding.EncodeToString
	input := enc([]byte(`{"alg":"`+key.Alg()+`","kid":"`+key.KeyID()+`",`+header+`}`)) + "." + enc(b)
	sig, err := key.Sign([]byte(input))
	if err != nil {
		t.Fatal(err)
	}
	return input + "." + enc(sig)
}

// forgeCWT signs a list of eight places as a CWT, with what is changed in header and payload; nil takes away.
func forgeCWT(t testing.TB, key suite.Signer, header, payload map[any]any) []byte {
	t.Helper()
	head := map[any]any{1: -7, 4: []byte(key.KeyID()), 16: "application/statuslist+cwt"}
	body := map[any]any{2: uri, 6: now.Unix(), 4: now.Add(time.Hour).Unix(), 65534: 300, 65533: map[string]any{"bits": 1, "lst": pack([]byte{1})}}
	for into, change := range map[*map[any]any]map[any]any{&head: header, &body: payload} {
		for k, v := range change {
			if (*into)[k] = v; v == nil {
				delete(*into, k)
			}
		}
	}
	var parts [][]byte
	for _, m := range []map[any]any{head, body} {
		b, err := cbor.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		parts = append(parts, b)
	}
	input, err := cbor.Marshal([]any{"Signature1", parts[0], []byte{}, parts[1]})
	if err != nil {
		t.Fatal(err)
	}
	sig, err := key.Sign(input)
	if err != nil {
		t.Fatal(err)
	}
	b, err := cbor.Marshal(cbor.Tag{Number: 18, Content: []any{parts[0], map[any]any{}, parts[1], sig}})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func pack(b []byte) []byte {
	var out bytes.Buffer
	w, _ := zlib.NewWriterLevel(&out, zlib.BestCompression)
	w.Write(b)
	w.Close()
	return out.Bytes()
}

func correlation(a, b []float64) float64 {
	var ma, mb, ab, aa, bb float64
	for i := range a {
		ma, mb = ma+a[i]/float64(len(a)), mb+b[i]/float64(len(b))
	}
	for i := range a {
		ab, aa, bb = ab+(a[i]-ma)*(b[i]-mb), aa+(a[i]-ma)*(a[i]-ma), bb+(b[i]-mb)*(b[i]-mb)
	}
	return ab / math.Sqrt(aa*bb)
}

// A list that is past its time says nothing, whether it comes late or was kept.
func TestJ01PastItsTime(t *testing.T) {
	key := signer(t, identity.ES256)
	jwt, cwt := both(t, key, claims(), list(t, 2, 64, nil))
	r, end := reader(t, key), claims().Expires
	for offset, good := range map[time.Duration]bool{-time.Second: true, 0: false, time.Second: false} {
		at := end.Add(offset)
		_, err1 := r.ReadJWT(jwt, uri, at)
		_, err2 := r.ReadCWT(cwt, uri, at)
		kept, err := r.ReadJWT(jwt, uri, now)
		if err != nil {
			t.Fatal(err)
		}
		_, err3 := kept.Status(1, at)
		for _, err := range []error{err1, err2, err3} {
			if (err == nil) != good || err != nil && !fault.Because(err, "status_unknown") {
				t.Errorf("%v: %v", offset, err)
			}
		}
	}
	kept, err := r.ReadJWT(jwt, uri, now)
	if err != nil {
		t.Fatal(err)
	}
	if kept.Stale(now, now.Add(5*time.Minute-1)) || !kept.Stale(now, now.Add(5*time.Minute)) {
		t.Error("it is stale at another time than its ttl says")
	}
	if _, err := r.ReadJWT(jwt, uri, now.Add(-time.Minute)); err != nil {
		t.Errorf("a clock behind by a minute: %v", err)
	}
	if _, err := r.ReadJWT(jwt, uri, now.Add(-time.Minute-time.Second)); !fault.Because(err, "status_unknown") {
		t.Errorf("from the future: %v", err)
	}
}

func TestJ02OlderThanSeen(t *testing.T) {
	key := signer(t, identity.ES256)
	jwt, _ := both(t, key, claims(), list(t, 2, 64, nil))
	kept, err := reader(t, key).ReadJWT(jwt, uri, now)
	if err != nil {
		t.Fatal(err)
	}
	for offset, good := range map[time.Duration]bool{-time.Second: true, 0: true, time.Second: false} {
		if err := kept.Follows(now.Add(offset)); (err == nil) != good || err != nil && !fault.Because(err, "status_unknown") {
			t.Errorf("%v: %v", offset, err)
		}
	}
}

// bomb is a stream that unpacks to so many megabytes of nothing.
func bomb(t testing.TB, megabytes int) []byte {
	t.Helper()
	var out bytes.Buffer
	w, err := zlib.NewWriterLevel(&out, flate.BestSpeed)
	if err != nil {
		t.Fatal(err)
	}
	for range megabytes {
		w.Write(make([]byte, 1<<20))
	}
	w.Close()
	return out.Bytes()
}

// What unpacks to more than a reader allows is refused, and takes no more memory than that.
func TestJ04Bomb(t *testing.T) {
	key := signer(t, identity.ES256)
	r := reader(t, key)
	read := func(packed []byte) (err1, err2 error) {
		_, err1 = r.ReadJWT(forge(t, key, `"typ":"statuslist+jwt"`, map[string]any{"sub": uri, "iat": now.Unix(),
			"status_list": map[string]any{"bits": 1, "lst": base64.RawURLEncoding.EncodeToString(packed)}}), uri, now)
		_, err2 = r.ReadCWT(forgeCWT(t, key, nil, map[any]any{65533: map[string]any{"bits": 1, "lst": packed}}), uri, now)
		return err1, err2
	}
	if err1, err2 := read(bomb(t, 16)); err1 != nil || err2 != nil {
		t.Errorf("16 MB: %v, %v", err1, err2)
	}
	large := bomb(t, 64) // 64 KB that are 64 MB
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if err1, err2 := read(large); !fault.Because(err1, "status_unknown") || !fault.Because(err2, "status_unknown") {
		t.Fatalf("64 MB: %v, %v", err1, err2)
	}
	runtime.ReadMemStats(&after)
	if n := after.TotalAlloc - before.TotalAlloc; n > 2*80<<20 { // two reads; a buffer that doubles has had four times its end
		t.Errorf("%d bytes for nothing", n)
	}
	r.Most = 4
	for n, good := range map[int]bool{4: true, 5: false} {
		if err1, err2 := read(pack(make([]byte, n))); (err1 == nil) != good || (err2 == nil) != good {
			t.Errorf("%d bytes: %v, %v", n, err1, err2)
		}
	}
	r.Most = 0
	good := pack([]byte("list"))
	changed := bytes.Clone(good)
	changed[len(changed)-1] ^= 1
	for name, packed := range map[string][]byte{
		"nothing": {}, "an empty list": pack(nil), "no zlib": []byte("list"), "raw deflate": good[2 : len(good)-4], "one byte short": good[:len(good)-1],
		"something behind": append(bytes.Clone(good), 0), "another checksum": changed, "a dictionary": {0x78, 0xbb, 0, 0, 0, 1},
	} {
		if err1, err2 := read(packed); !fault.Because(err1, "status_unknown") || !fault.Because(err2, "status_unknown") {
			t.Errorf("%s: %v, %v", name, err1, err2)
		}
	}
}

// Each list is believed about its own address, by its own key, in its own form.
func TestJ06WrongSigner(t *testing.T) {
	for _, s := range suites {
		key, thief := signer(t, s), signer(t, s)
		jwt, cwt := both(t, key, claims(), list(t, 2, 64, nil))
		r := reader(t, key)
		foreign := reader(t, thief)
		foreign.Keys = func(string) (suite.PublicKey, bool) {
			k, err := suite.ParsePublicKey(thief.PublicJWK())
			return k, err == nil
		}
		none := r
		none.Keys = func(string) (suite.PublicKey, bool) { return suite.PublicKey{}, false }
		crossed := r
		crossed.Alg = map[string]string{jose.ES256: jose.SM2, jose.SM2: jose.ES256}[r.Alg]
		for name, r := range map[string]statuslist.Reader{"another's key": foreign, "no key": none, "another algorithm": crossed, "no algorithm": {Keys: r.Keys}} {
			_, err1 := r.ReadJWT(jwt, uri, now)
			_, err2 := r.ReadCWT(cwt, uri, now)
			if !fault.Because(err1, "status_unknown") || !fault.Because(err2, "status_unknown") {
				t.Errorf("%s: %v, %v", name, err1, err2)
			}
		}
		for _, address := range []string{"", uri + "/", strings.ToUpper(uri)} {
			_, err1 := r.ReadJWT(jwt, address, now)
			_, err2 := r.ReadCWT(cwt, address, now)
			if !fault.Because(err1, "status_unknown") || !fault.Because(err2, "status_unknown") {
				t.Errorf("the address %q: %v, %v", address, err1, err2)
			}
		}
		if s != identity.ES256 {
			continue
		}
		sm := signer(t, identity.SM) // its signature under the name of the other algorithm
		crossed = reader(t, sm)
		crossed.Alg = jose.ES256
		if _, err := crossed.ReadCWT(forgeCWT(t, sm, nil, nil), uri, now); !fault.Because(err, "status_unknown") {
			t.Errorf("a key of another kind: %v", err)
		}
		for i := range cwt { // every byte counts
			changed := bytes.Clone(cwt)
			changed[i] ^= 1
			if _, err := r.ReadCWT(changed, uri, now); !fault.Because(err, "status_unknown") {
				t.Fatalf("byte %d changed: %v", i, err)
			}
		}
	}
}

func TestListsThatAreNone(t *testing.T) {
	key := signer(t, identity.ES256)
	r := reader(t, key)
	good := map[string]any{"sub": uri, "iat": now.Unix(), "exp": now.Unix() + 60, "ttl": 30, "status_list": map[string]any{"bits": 1, "lst": "eNrbuRgAAhcBXQ"}}
	with := func(name string, v any) map[string]any {
		all := map[string]any{}
		for k, v := range good {
			all[k] = v
		}
		if all[name] = v; v == nil {
			delete(all, name)
		}
		return all
	}
	const typ = `"typ":"statuslist+jwt"`
	for _, payload := range []map[string]any{good, with("exp", nil), with("ttl", nil), with("x", 1), with("ttl", 0.5)} {
		if _, err := r.ReadJWT(forge(t, key, typ, payload), uri, now); err != nil {
			t.Errorf("%v: %v", payload, err)
		}
	}
	list := func(bits, lst any) map[string]any {
		return with("status_list", map[string]any{"bits": bits, "lst": lst})
	}
	for _, payload := range []map[string]any{
		with("sub", nil), with("sub", 1), with("iat", nil), with("iat", "x"), with("exp", "x"), with("ttl", 0), with("ttl", -1), with("ttl", "1"), with("ttl", 1e300),
		with("status_list", nil), with("status_list", "x"), list(3, "eNrbuRgAAhcBXQ"), list(0, "eNrbuRgAAhcBXQ"), list("1", "eNrbuRgAAhcBXQ"), list(nil, "eNrbuRgAAhcBXQ"), list(1, nil), list(1, 1),
		list(1, "eNrbuRgAAhcBXQ=="), list(1, "e+rb"), with("status_list", map[string]any{"bits": 1, "lst": "eNrbuRgAAhcBXQ", "aggregation_uri": 1}),
	} {
		if _, err := r.ReadJWT(forge(t, key, typ, payload), uri, now); !fault.Because(err, "status_unknown") {
			t.Errorf("%v: %v", payload, err)
		}
	}
	for _, header := range []string{`"typ":"JWT"`, `"x":1`, `"typ":"statuslist+cwt"`, typ + `,"crit":["x"]`} {
		if _, err := r.ReadJWT(forge(t, key, header, good), uri, now); !fault.Because(err, "status_unknown") {
			t.Errorf("%s: %v", header, err)
		}
	}
	if _, err := r.ReadCWT(forgeCWT(t, key, nil, nil), uri, now); err != nil {
		t.Fatal(err)
	}
	type m = map[any]any
	for name, cwt := range map[string][]byte{
		"another algorithm": forgeCWT(t, key, m{1: -8}, nil), "another type": forgeCWT(t, key, m{16: "application/cwt"}, nil), "a number for a type": forgeCWT(t, key, m{16: 1}, nil), "no type": forgeCWT(t, key, m{16: nil}, nil),
		"critical": forgeCWT(t, key, m{2: []int{1}}, nil), "no key": forgeCWT(t, key, m{4: nil}, nil), "no address": forgeCWT(t, key, nil, m{2: nil}), "no time": forgeCWT(t, key, nil, m{6: nil}),
		"a time below zero": forgeCWT(t, key, nil, m{6: -1}), "a time of text": forgeCWT(t, key, nil, m{6: "x"}), "an end beyond the years": forgeCWT(t, key, nil, m{4: int64(math.MaxInt64)}), "no ttl at all": forgeCWT(t, key, nil, m{65534: 0}),
		"no list": forgeCWT(t, key, nil, m{65533: nil}), "a list of text": forgeCWT(t, key, nil, m{65533: m{"bits": 1, "lst": "eNrb"}}), "a list of three bits": forgeCWT(t, key, nil, m{65533: m{"bits": 3, "lst": pack([]byte{1})}}),
		"a list of null": forgeCWT(t, key, nil, m{65533: m{"bits": 1, "lst": nil}}), "nothing": nil, "a MAC": {0xd1, 0x84}, "the tag of a CWT": append([]byte{0xd8, 61}, forgeCWT(t, key, nil, nil)...), "no tag": forgeCWT(t, key, nil, nil)[1:],
		"something behind": append(forgeCWT(t, key, nil, nil), 0), "too large": forgeCWT(t, key, nil, m{65533: m{"bits": 8, "lst": pack(suite.Random(1 << 20))}}),
	} {
		if _, err := r.ReadCWT(cwt, uri, now); !fault.Because(err, "status_unknown") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Nobody signs a list without address, end or freshness.
func TestClaimsAreChecked(t *testing.T) {
	key := signer(t, identity.ES256)
	for name, change := range map[string]func(*statuslist.Claims){
		"no address": func(c *statuslist.Claims) { c.URI = "" }, "no end": func(c *statuslist.Claims) { c.Expires = time.Time{} }, "no ttl": func(c *statuslist.Claims) { c.TTL = 0 },
		"fresh beyond its end": func(c *statuslist.Claims) { c.TTL = 25 * time.Hour }, "an end before it begins": func(c *statuslist.Claims) { c.Expires = c.Issued },
	} {
		c := claims()
		change(&c)
		l := list(t, 2, 64, nil)
		if _, err := statuslist.EncodeJWT(coder(t, key, statuslist.TypeJWT), c, l); !fault.Is(err, fault.Internal) {
			t.Errorf("%s as JWT: %v", name, err)
		}
		if _, err := statuslist.EncodeCWT(key, c, l); !fault.Is(err, fault.Internal) {
			t.Errorf("%s as CWT: %v", name, err)
		}
	}
	if _, err := statuslist.EncodeCWT(suite.NewEdDSA(suite.NewSecret(identity.ES256)), claims(), list(t, 2, 64, nil)); !fault.Is(err, fault.Internal) {
		t.Errorf("a key of another kind: %v", err)
	}
}
