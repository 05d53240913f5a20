package statuslist_test

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"runtime"
	"testing"
	"time"

	"github.com/fxamacker/cbor/v2"

	"netid/internal/identity"
	"netid/internal/suite"
	"netid/internal/token/statuslist"
)

// FuzzList: what unpacks is within the reader's bound, and packs to what unpacks the same.
func FuzzList(f *testing.F) {
	key := signer(f, identity.ES256)
	r := reader(f, key)
	r.Most = 1 << 10
	v, _ := readVectors(f)
	for _, e := range v.Lists {
		b, err := base64.RawURLEncoding.DecodeString(e.List)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b, e.Bits)
	}
	f.Fuzz(func(t *testing.T, packed []byte, bits int) {
		token, err := r.ReadJWT(forge(t, key, `"typ":"statuslist+jwt"`, map[string]any{"sub": uri, "iat": now.Unix(),
			"status_list": map[string]any{"bits": bits, "lst": base64.RawURLEncoding.EncodeToString(packed)}}), uri, now)
		if err != nil {
			return
		}
		if _, err := token.Status(8<<10, now); err == nil {
			t.Errorf("more places than %d bytes have", r.Most)
		}
	})
}

// FuzzJWT: any payload, signed.
func FuzzJWT(f *testing.F) {
	key := signer(f, identity.ES256)
	r := reader(f, key)
	r.Most = 1 << 10
	f.Add([]byte(`{"sub":"` + uri + `","iat":1,"exp":2291720170,"ttl":43200,"status_list":{"bits":1,"lst":"eNrbuRgAAhcBXQ"}}`))
	f.Fuzz(func(t *testing.T, payload []byte) {
		if !json.Valid(payload) {
			return
		}
		token, err := r.ReadJWT(forge(t, key, `"typ":"statuslist+jwt"`, json.RawMessage(payload)), uri, now)
		if err == nil && (token.URI != uri || token.Issued.After(now.Add(time.Minute)) || token.TTL < 0) {
			t.Errorf("%s is read as %+v", payload, token.Claims)
		}
	})
}

// FuzzCWT: any bytes, and any header and payload, signed.
func FuzzCWT(f *testing.F) {
	v, theirs := readVectors(f)
	raw, err := hex.DecodeString(v.CWT)
	if err != nil {
		f.Fatal(err)
	}
	key := signer(f, identity.ES256)
	r := reader(f, key)
	r.Most, theirs.Most = 1<<10, 1<<10
	good := forgeCWT(f, key, nil, nil)
	var parts []cbor.RawMessage
	if err := cbor.Unmarshal(good[1:], &parts); err != nil {
		f.Fatal(err)
	}
	f.Add(raw, []byte(parts[0]), []byte(parts[2]))
	f.Fuzz(func(t *testing.T, whole, header, payload []byte) {
		theirs.ReadCWT(whole, "https://example.com/statuslists/1", now)
		input, err := cbor.Marshal([]any{"Signature1", header, []byte{}, payload})
		if err != nil {
			t.Fatal(err)
		}
		sig, err := key.Sign(input)
		if err != nil {
			t.Fatal(err)
		}
		b, err := cbor.Marshal(cbor.Tag{Number: 18, Content: []any{header, map[any]any{}, payload, sig}})
		if err != nil {
			t.Fatal(err)
		}
		if token, err := r.ReadCWT(b, uri, now); err == nil && token.URI != uri {
			t.Errorf("read as %+v", token.Claims)
		}
	})
}

// FuzzAggregation: what is read is written and read the same.
func FuzzAggregation(f *testing.F) {
	f.Add([]byte(`{"status_lists":["` + uri + `"]}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		uris, err := statuslist.ParseAggregation(b)
		if err != nil {
			return
		}
		again, err := statuslist.Aggregate(uris)
		if err != nil {
			t.Fatal(err)
		}
		if back, err := statuslist.ParseAggregation(again); err != nil || len(back) != len(uris) {
			t.Errorf("%s: %q, %v", again, back, err)
		}
	})
}

// marked is a list of netid's with one place in so many revoked, and one in four of these frozen.
func marked(b *testing.B, every uint64) *statuslist.List {
	b.Helper()
	l := list(b, statuslist.Bits, statuslist.Size, nil)
	s, err := statuslist.NewShuffle(suite.NewSecret(identity.ES256), uri, statuslist.Size)
	if err != nil {
		b.Fatal(err)
	}
	for n := range statuslist.Size / every {
		at, err := s.Place(n)
		if err != nil {
			b.Fatal(err)
		}
		if err := l.Mark(at, statuslist.Status(1+n%4/3)); err != nil {
			b.Fatal(err)
		}
	}
	return l
}

func BenchmarkEncode(b *testing.B) {
	key := signer(b, identity.ES256)
	for name, every := range map[string]uint64{"one in 1000": 1000, "one in 100": 100, "one in 20": 20} {
		l, c := marked(b, every), coder(b, key, statuslist.TypeJWT)
		b.Run("jwt/"+name, func(b *testing.B) {
			b.ReportAllocs()
			size := 0
			for b.Loop() {
				token, err := statuslist.EncodeJWT(c, claims(), l)
				if err != nil {
					b.Fatal(err)
				}
				size = len(token)
			}
			b.ReportMetric(float64(size), "bytes")
		})
		b.Run("cwt/"+name, func(b *testing.B) {
			b.ReportAllocs()
			size := 0
			for b.Loop() {
				token, err := statuslist.EncodeCWT(key, claims(), l)
				if err != nil {
					b.Fatal(err)
				}
				size = len(token)
			}
			b.ReportMetric(float64(size), "bytes")
		})
	}
}

func BenchmarkRead(b *testing.B) {
	key := signer(b, identity.ES256)
	jwt, cwt := both(b, key, claims(), marked(b, 100))
	r := reader(b, key)
	b.Run("jwt", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := r.ReadJWT(jwt, uri, now); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("cwt", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := r.ReadCWT(cwt, uri, now); err != nil {
				b.Fatal(err)
			}
		}
	})
	token, err := r.ReadJWT(jwt, uri, now)
	if err != nil {
		b.Fatal(err)
	}
	b.Run("every place", func(b *testing.B) {
		for b.Loop() {
			for at := range uint64(statuslist.Size) {
				if _, err := token.Status(at, now); err != nil {
					b.Fatal(err)
				}
			}
		}
	})
}

func BenchmarkPlace(b *testing.B) {
	for _, suiteOf := range suites {
		s, err := statuslist.NewShuffle(suite.NewSecret(suiteOf), uri, statuslist.Size)
		if err != nil {
			b.Fatal(err)
		}
		n := uint64(0)
		b.Run(suiteOf.String(), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := s.Place(n % statuslist.Size); err != nil {
					b.Fatal(err)
				}
				n++
			}
		})
	}
}

// BenchmarkMillion marks a million places in lists of netid's, and signs every list that changed.
func BenchmarkMillion(b *testing.B) {
	key := signer(b, identity.ES256)
	c := coder(b, key, statuslist.TypeJWT)
	for b.Loop() {
		const lists, each = 20, 50_000
		for range lists {
			l := list(b, statuslist.Bits, statuslist.Size, nil)
			s, err := statuslist.NewShuffle(suite.NewSecret(identity.ES256), uri, statuslist.Size)
			if err != nil {
				b.Fatal(err)
			}
			for n := range uint64(each) {
				at, err := s.Place(n)
				if err == nil {
					err = l.Mark(at, statuslist.Revoked)
				}
				if err != nil {
					b.Fatal(err)
				}
			}
			if _, err := statuslist.EncodeJWT(c, claims(), l); err != nil {
				b.Fatal(err)
			}
		}
	}
}

// BenchmarkHundredMillion is a whole country's worth: 96 lists, one place in a
// hundred marked, all of them in memory, all signed, then each read and one place
// of each looked at, as a verifier that met holders from everywhere would.
func BenchmarkHundredMillion(b *testing.B) {
	const lists = 96
	key := signer(b, identity.ES256)
	c, r := coder(b, key, statuslist.TypeJWT), reader(b, key)
	all, tokens := make([]*statuslist.List, lists), make([]string, lists)
	b.Run("mark", func(b *testing.B) {
		for b.Loop() {
			for i := range all {
				all[i] = marked(b, 100)
			}
		}
		b.ReportMetric(lists*statuslist.Size/100, "marks")
	})
	b.Run("sign", func(b *testing.B) {
		size := 0
		for b.Loop() {
			size = 0
			for i, l := range all {
				token, err := statuslist.EncodeJWT(c, claims(), l)
				if err != nil {
					b.Fatal(err)
				}
				tokens[i] = token
				size += len(token)
			}
		}
		b.ReportMetric(float64(size), "bytes")
	})
	b.Run("check", func(b *testing.B) {
		for b.Loop() {
			for i := range tokens {
				token, err := r.ReadJWT(tokens[i], uri, now)
				if err != nil {
					b.Fatal(err)
				}
				if _, err := token.Status(uint64(i), now); err != nil {
					b.Fatal(err)
				}
			}
		}
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		b.ReportMetric(float64(m.HeapInuse>>20), "MB-in-use")
		runtime.KeepAlive(all)
	})
}
