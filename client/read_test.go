package client_test

import (
	"bytes"
	"compress/zlib"
	"encoding/base64"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/fxamacker/cbor/v2"

	"netid/client"
	"netid/internal/identity"
	"netid/internal/suite"
	"netid/internal/token/jose"
	"netid/internal/token/statuslist"
)

func bomb(t testing.TB) []byte { return inflating(t, 17<<20) }

// inflating is what unpacks to so many zeros.
func inflating(t testing.TB, n int) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zlib.NewWriter(&b)
	if _, err := w.Write(make([]byte, n)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// Every form is found for what it is, with what is proven and what was not looked at.
func TestRead(t *testing.T) {
	v := readVectors(t)
	forms := map[client.Form]map[client.Verdict]bool{}
	for _, c := range v.Cases {
		got := client.Read(c.text(), v.known(c))
		if got.Form != c.Form || got.Verdict != c.Verdict || !slices.Equal(got.Open, c.Open) || !reflect.DeepEqual(got.Facts, c.Facts) || c.Err != "" && !errors.Is(got.Err, c.Err) {
			t.Errorf("%s: %+v, not %+v", c.Name, got, c)
		}
		if (got.Verdict == client.Proven) != (got.Err == nil) || got.Verdict != client.Proven && got.Facts != nil {
			t.Errorf("%s: %+v", c.Name, got)
		}
		if forms[c.Form] == nil {
			forms[c.Form] = map[client.Verdict]bool{}
		}
		forms[c.Form][c.Verdict] = true
	}
	for form, seen := range forms {
		if form != client.FormUnknown && form != client.FormSealed && form != client.FormSlip && form != client.FormBundle && !(seen[client.Proven] && seen[client.NotProven]) {
			t.Errorf("%s: %v is all that the vectors have", form, seen)
		}
	}
	if len(forms) != 16 {
		t.Errorf("%d forms", len(forms))
	}
}

// Whatever is changed in what is proven, nothing is proven, and no key that is
// missing is made up for.
func TestReadChanged(t *testing.T) {
	v := readVectors(t)
	for _, c := range v.Cases {
		if c.Verdict != client.Proven || c.Form == client.FormExport { // its person is nobody's word
			continue
		}
		text := c.text()
		for i := 0; i < len(text); i += 1 + len(text)/40 {
			changed := bytes.Clone(text)
			changed[i] ^= 1
			if got := client.Read(changed, v.known(c)); got.Verdict == client.Proven && !reflect.DeepEqual(got.Facts, c.Facts) {
				t.Errorf("%s, byte %d: %+v", c.Name, i, got)
			}
		}
		if c.Form == client.FormApproval { // the key is in it, and that is said
			continue
		}
		k := v.known(c)
		k.Keys, k.KeysSM, k.Roots, k.Ledger = nil, nil, nil, ""
		if got := client.Read(text, k); got.Verdict != client.NotChecked || !slices.Contains(got.Open, "keys") {
			t.Errorf("%s without keys: %+v", c.Name, got)
		}
	}
}

// What is too long is refused by its length, and what unpacks to too much at the bound.
func TestReadBounds(t *testing.T) {
	v := readVectors(t)
	for name, in := range map[string][]byte{
		"dots": bytes.Repeat([]byte("."), 8<<20), "tildes": bytes.Repeat([]byte("~"), 8<<20), "open braces": bytes.Repeat([]byte(`{"a":`), 1<<20), "spaces": bytes.Repeat([]byte(" "), 8<<20),
	} {
		if n := allocated(func() {
			if got := client.Read(in, v.known(vector{})); got.Verdict != client.NotProven {
				t.Errorf("%s: %+v", name, got)
			}
		}); n > 40<<20 {
			t.Errorf("%s: %d bytes for nothing", name, n)
		}
	}
}

// A list that promises a hundred megabytes costs no more than the bound.
func TestStatusListBomb(t *testing.T) {
	l := lister{credentialKey(t, identity.ES256)}
	k := l.known(t)
	claims := fmt.Sprintf(`{"sub":"%s","iat":%d,"status_list":{"bits":1,"lst":"%s"}}`, listAt, presentedAt.Unix(), base64.RawURLEncoding.EncodeToString(inflating(t, 96<<20)))
	token := l.jwt(t, claims)
	if n := allocated(func() {
		if got, err := client.CheckStatusList(token, listAt, client.Expect{Keys: k.Keys}, k.Now); !errors.Is(err, client.ErrStatus) {
			t.Errorf("%v, %v", got.URI, err)
		}
	}); n > 80<<20 {
		t.Errorf("%d bytes for nothing", n)
	}
}

func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// both asks this package and netid's own reader for a list.
func bothLists(token []byte, k client.Known, uri string) (err, theirs error) {
	_, err = client.CheckStatusList(token, uri, client.Expect{Keys: k.Keys}, k.Now)
	r := statuslist.Reader{Alg: "ES256", Keys: func(kid string) (suite.PublicKey, bool) {
		at := bytes.IndexByte(k.Keys, '[')
		key, err := suite.ParsePublicKey(k.Keys[at+1 : bytes.LastIndexByte(k.Keys, ']')])
		return key, err == nil
	}}
	if len(token) > 0 && token[0] == 0xd2 {
		_, theirs = r.ReadCWT(token, uri, k.Now)
	} else {
		_, theirs = r.ReadJWT(string(token), uri, k.Now)
	}
	return err, theirs
}

// A list is what netid's own reader takes, and says of every place the same.
func TestCheckStatusList(t *testing.T) {
	v := readVectors(t)
	seen := 0
	for _, c := range v.Cases {
		if c.Form != client.FormStatusList || strings.Contains(c.Name, "sm") || strings.Contains(c.Name, "chain") || c.At != nil || c.Without != nil {
			continue
		}
		k := v.known(c)
		err, theirs := bothLists(c.text(), k, listAt)
		if (err == nil) != (theirs == nil) || (err == nil) != (c.Verdict == client.Proven) {
			t.Errorf("%s: %v, %v", c.Name, err, theirs)
		}
		if err, theirs := bothLists(c.text(), k, listAt+"0"); err == nil || theirs == nil {
			t.Errorf("%s at another address: %v, %v", c.Name, err, theirs)
		}
		if err != nil {
			continue
		}
		seen++
		l, err := client.CheckStatusList(c.text(), listAt, client.Expect{Keys: k.Keys}, k.Now)
		if err != nil {
			t.Fatal(err)
		}
		for place, want := range map[uint64]client.Status{0: client.StatusValid, 4: client.StatusValid, 5: client.StatusRevoked, 6: client.StatusFrozen, 7: client.StatusValid, 1<<20 - 1: client.StatusValid} {
			if got, err := l.Status(client.StatusReference{Index: place, URI: listAt}, k.Now); err != nil || got != want {
				t.Errorf("%s: place %d is %v, %v", c.Name, place, got, err)
			}
		}
		for name, ask := range map[string]struct {
			of client.StatusReference
			at time.Time
		}{"no such place": {client.StatusReference{Index: 1 << 20, URI: listAt}, k.Now}, "another list": {client.StatusReference{URI: listAt + "0"}, k.Now}, "past its time": {client.StatusReference{URI: listAt}, l.Expires}} {
			if got, err := l.Status(ask.of, ask.at); !errors.Is(err, client.ErrStatus) {
				t.Errorf("%s: %v, %v", name, got, err)
			}
		}
	}
	if seen != 2 {
		t.Errorf("%d lists were read", seen)
	}
}

func FuzzRead(f *testing.F) {
	v := readVectors(f)
	for _, c := range v.Cases {
		if len(c.text()) < 8<<10 {
			f.Add(c.text())
		}
	}
	k := v.known(vector{})
	f.Fuzz(func(t *testing.T, in []byte) {
		var got client.Finding
		if n := allocated(func() { got = client.Read(in, k) }); n > 64<<20 && len(in) < 1<<16 {
			t.Fatalf("%d bytes for %d", n, len(in))
		}
		if (got.Verdict == client.Proven) != (got.Err == nil) || got.Verdict != client.Proven && got.Facts != nil {
			t.Fatalf("%+v", got)
		}
	})
}

// lister signs any list, as JSON or as CBOR.
type lister struct{ suite.Signer }

func (l lister) jwt(t testing.TB, claims string) []byte {
	t.Helper()
	return l.typed(t, "statuslist+jwt", claims)
}

func (l lister) typed(t testing.TB, typ, claims string) []byte {
	t.Helper()
	enc := base64.RawURLEncoding.EncodeToString
	input := enc([]byte(`{"alg":"ES256","kid":"`+l.KeyID()+`","typ":"`+typ+`"}`)) + "." + enc([]byte(claims))
	sig, err := l.Sign([]byte(input))
	if err != nil {
		t.Fatal(err)
	}
	return []byte(input + "." + enc(sig))
}

func (l lister) cwt(t testing.TB, protected, payload []byte) []byte {
	t.Helper()
	input, err := cbor.Marshal([]any{"Signature1", protected, []byte{}, payload})
	if err != nil {
		t.Fatal(err)
	}
	sig, err := l.Sign(input)
	if err != nil {
		t.Fatal(err)
	}
	b, err := cbor.Marshal([]any{protected, map[int64]any{}, payload, sig})
	if err != nil {
		t.Fatal(err)
	}
	return append([]byte{0xd2}, b...)
}

func (l lister) known(t testing.TB) client.Known {
	t.Helper()
	keys, err := jose.Publish("ES256", l.Signer)
	if err != nil {
		t.Fatal(err)
	}
	return client.Known{Keys: keys, Now: presentedAt}
}

func (l lister) protected(t testing.TB, more map[int64]any) []byte {
	t.Helper()
	h := map[int64]any{1: -7, 4: []byte(l.KeyID()), 16: "application/statuslist+cwt"}
	maps.Copy(h, more)
	b, err := cbor.Marshal(h)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// A list that is signed, and is none all the same, is refused by this package as by netid's own reader.
func TestListsThatAreNone(t *testing.T) {
	l := lister{credentialKey(t, identity.ES256)}
	k := l.known(t)
	const list = `"status_list":{"bits":1,"lst":"eNrbuRgAAhcBXQ"}`
	good := fmt.Sprintf(`"sub":"%s","iat":%d,`, listAt, presentedAt.Unix())
	for claims, want := range map[string]bool{
		good + list: true, good + `"ttl":1,` + list: true, good + `"exp":1795852801,` + list: true,
		good + `"exp":1795852800,` + list: false, good + `"exp":null,` + list: false, good + `"ttl":0,` + list: false, good + `"ttl":-1,` + list: false, good + `"ttl":"1",` + list: false, good + `"ttl":null,` + list: false, good + `"ttl":2147483648,` + list: false,
		`"sub":"` + listAt + `",` + list: false, `"iat":1795852800,` + list: false, `"sub":1,"iat":1795852800,` + list: false, `"sub":"` + listAt + `","iat":"1795852800",` + list: false,
		good + `"status_list":null`: false, good + `"status_list":{"bits":1}`: false, good + `"status_list":{"lst":"eNrbuRgAAhcBXQ"}`: false, good + `"status_list":{"bits":1,"lst":"eNrbuRgAAhcBXQ=="}`: false,
		good + `"status_list":{"bits":1,"bits":2,"lst":"eNrbuRgAAhcBXQ"}`: false, good + `"status_list":{"bits":1,"lst":"eNoDAAAAAAE"}`: false,
	} {
		if err, theirs := bothLists(l.jwt(t, "{"+claims+"}"), k, listAt); (err == nil) != want || (theirs == nil) != want || err != nil && !errors.Is(err, client.ErrStatus) {
			t.Errorf("%s: %v, %v", claims, err, theirs)
		}
	}
	packed, err := base64.RawURLEncoding.DecodeString("eNrbuRgAAhcBXQ")
	if err != nil {
		t.Fatal(err)
	}
	inner := map[string]any{"bits": 1, "lst": packed}
	for name, c := range map[string]struct {
		header  map[int64]any
		payload any
		want    bool
	}{
		"good":               {nil, map[int64]any{2: listAt, 6: presentedAt.Unix(), 65533: inner}, true},
		"another algorithm":  {map[int64]any{1: -35}, map[int64]any{2: listAt, 6: presentedAt.Unix(), 65533: inner}, false},
		"another type":       {map[int64]any{16: "application/cwt"}, map[int64]any{2: listAt, 6: presentedAt.Unix(), 65533: inner}, false},
		"an extension":       {map[int64]any{2: []int{99}}, map[int64]any{2: listAt, 6: presentedAt.Unix(), 65533: inner}, false},
		"no address":         {nil, map[int64]any{6: presentedAt.Unix(), 65533: inner}, false},
		"no time":            {nil, map[int64]any{2: listAt, 65533: inner}, false},
		"no list":            {nil, map[int64]any{2: listAt, 6: presentedAt.Unix()}, false},
		"before all time":    {nil, map[int64]any{2: listAt, 6: -1, 65533: inner}, false},
		"an end before time": {nil, map[int64]any{2: listAt, 4: -1, 6: presentedAt.Unix(), 65533: inner}, false},
		"an end after time":  {nil, map[int64]any{2: listAt, 4: int64(1) << 62, 6: presentedAt.Unix(), 65533: inner}, false},
		"no ttl":             {nil, map[int64]any{2: listAt, 6: presentedAt.Unix(), 65533: inner, 65534: 0}, false},
		"a tag":              {nil, map[int64]any{2: listAt, 6: cbor.Tag{Number: 1, Content: presentedAt.Unix()}, 65533: inner}, false},
	} {
		payload, err := cbor.Marshal(c.payload)
		if err != nil {
			t.Fatal(err)
		}
		if err, theirs := bothLists(l.cwt(t, l.protected(t, c.header), payload), k, listAt); (err == nil) != c.want || (theirs == nil) != c.want {
			t.Errorf("%s: %v, %v", name, err, theirs)
		}
	}
	payload, err := cbor.Marshal(map[int64]any{2: listAt, 6: presentedAt.Unix(), 65533: inner})
	if err != nil {
		t.Fatal(err)
	}
	for name, payload := range map[string][]byte{"a name twice": append(append([]byte{payload[0] + 1}, payload[1:]...), 0x02, 0x60), "of unknown length": append(append([]byte{0xbf}, payload[1:]...), 0xff)} {
		if err, theirs := bothLists(l.cwt(t, l.protected(t, nil), payload), k, listAt); err == nil || theirs == nil {
			t.Errorf("%s: %v, %v", name, err, theirs)
		}
	}
	whole := l.jwt(t, "{"+good+list+"}")
	for name, c := range map[string]struct {
		token []byte
		uri   string
		e     client.Expect
	}{
		"no address": {l.jwt(t, `{"sub":"","iat":1795852800,`+list+`}`), "", client.Expect{Keys: k.Keys}}, "no keys": {whole, listAt, client.Expect{}}, "keys and roots": {whole, listAt, client.Expect{Keys: k.Keys, Roots: []byte{}}},
		"too long": {l.jwt(t, "{"+good+`"x":"`+strings.Repeat("x", 1<<20)+`",`+list+"}"), listAt, client.Expect{Keys: k.Keys}}, "CBOR by roots": {l.cwt(t, l.protected(t, nil), payload), listAt, client.Expect{Roots: []byte{}}},
		"another type": {l.typed(t, "JWT", "{"+good+list+"}"), listAt, client.Expect{Keys: k.Keys}}, "another issuer": {l.jwt(t, `{"iss":"x",`+good+list+"}"), listAt, client.Expect{Keys: k.Keys, Issuer: "y"}},
	} {
		if got, err := client.CheckStatusList(c.token, c.uri, c.e, k.Now); !errors.Is(err, client.ErrStatus) {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
}

// FuzzStatusList: of what is signed, what this package takes netid's own reader takes.
func FuzzStatusList(f *testing.F) {
	l := lister{credentialKey(f, identity.ES256)}
	k := l.known(f)
	f.Add([]byte(fmt.Sprintf(`{"sub":"%s","iat":%d,"exp":1795852801,"ttl":1,"status_list":{"bits":1,"lst":"eNrbuRgAAhcBXQ"}}`, listAt, presentedAt.Unix())), []byte(nil))
	payload, err := cbor.Marshal(map[int64]any{2: listAt, 4: presentedAt.Unix() + 1, 6: presentedAt.Unix(), 65533: map[string]any{"bits": 2, "lst": []byte("x")}, 65534: 1})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(payload, l.protected(f, nil))
	f.Fuzz(func(t *testing.T, claims, protected []byte) {
		token := l.jwt(t, string(claims))
		if len(protected) > 0 {
			token = l.cwt(t, protected, claims)
		}
		var err, theirs error
		if n := allocated(func() { err, theirs = bothLists(token, k, listAt) }); n > 160<<20 {
			t.Fatalf("%d bytes for %d", n, len(token))
		}
		if err == nil && theirs != nil {
			t.Fatalf("only this package takes it: %v", theirs)
		}
	})
}

func BenchmarkRead(b *testing.B) {
	v := readVectors(b)
	seen := map[client.Form]bool{}
	for _, c := range v.Cases {
		if c.Verdict != client.Proven || seen[c.Form] {
			continue
		}
		seen[c.Form] = true
		text, k := c.text(), v.known(c)
		b.Run(string(c.Form), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if got := client.Read(text, k); got.Err != nil {
					b.Fatal(got.Err)
				}
			}
		})
	}
}
