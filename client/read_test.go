package client_test

import (
	"bytes"
	"compress/zlib"
	"errors"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"netid/client"
	"netid/internal/suite"
	"netid/internal/token/statuslist"
)

func bomb(t testing.TB) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zlib.NewWriter(&b)
	if _, err := w.Write(make([]byte, 17<<20)); err != nil {
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
		if form != client.FormUnknown && form != client.FormSealed && form != client.FormSlip && !(seen[client.Proven] && seen[client.NotProven]) {
			t.Errorf("%s: %v is all that the vectors have", form, seen)
		}
	}
	if len(forms) != 14 {
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

// FuzzStatusList: what this package takes, netid's own reader takes.
func FuzzStatusList(f *testing.F) {
	v := readVectors(f)
	for _, c := range v.Cases {
		if c.Form == client.FormStatusList {
			f.Add(c.text())
		}
	}
	k := v.known(vector{})
	f.Fuzz(func(t *testing.T, in []byte) {
		var err, theirs error
		if n := allocated(func() { err, theirs = bothLists(in, k, listAt) }); n > 160<<20 {
			t.Fatalf("%d bytes for %d", n, len(in))
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
