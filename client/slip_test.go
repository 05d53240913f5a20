package client_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"encoding/pem"
	"errors"
	"math/big"
	"net/url"
	"os"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"netid/client"
	"netid/internal/identity"
	"netid/internal/suite"
	"netid/internal/token/jose"
	"netid/internal/token/slip"
)

const (
	theVenue = "museum-east-gate"
	// written by TestSlipVectors when this is set
	writeVectors = "NETID_WRITE_VECTORS"
)

// booth is netid with its root, a person with a slip, and a venue.
type booth struct {
	roots  []byte
	bundle string
	signs  suite.Signer // slips
	coder  slip.Coder
	again  func(typ string) (*jose.Coder, error) // for another type
	holder suite.Signer
	text   []byte // the slip
	more   []byte // behind the id of a slip that is written by hand
	ids    [slip.ADay]slip.ID
}

func public(t testing.TB, s suite.Signer) suite.PublicKey {
	t.Helper()
	k, err := suite.ParsePublicKey(s.PublicJWK())
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// rooted is a root and the leaf below it for a key.
func rooted(t testing.TB, key suite.Signer, uri string) (roots []byte, leaf []byte) {
	t.Helper()
	own, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	root := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "root"}, NotBefore: presentedAt.AddDate(-1, 0, 0), NotAfter: presentedAt.AddDate(20, 0, 0), IsCA: true,
		BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}
	der, err := x509.CreateCertificate(rand.Reader, root, root, &own.PublicKey, own)
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(uri)
	if err != nil {
		t.Fatal(err)
	}
	var jwk struct{ X, Y string }
	if err := json.Unmarshal(key.PublicJWK(), &jwk); err != nil {
		t.Fatal(err)
	}
	x, _ := base64.RawURLEncoding.DecodeString(jwk.X)
	y, _ := base64.RawURLEncoding.DecodeString(jwk.Y)
	k, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), append(append([]byte{4}, x...), y...))
	if err != nil {
		t.Fatal(err)
	}
	below := &x509.Certificate{SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "netid"}, NotBefore: root.NotBefore, NotAfter: root.NotAfter, URIs: []*url.URL{u}, KeyUsage: x509.KeyUsageDigitalSignature}
	if leaf, err = x509.CreateCertificate(rand.Reader, below, root, k, own); err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), leaf
}

func openBooth(t testing.TB, signs, holds identity.Suite, frozen ...slip.ID) *booth {
	t.Helper()
	b := &booth{signs: credentialKey(t, signs), holder: credentialKey(t, holds), ids: slip.IDs(suite.NewSecret(signs), identity.Today(presentedAt))}
	key := credentialKey(t, identity.ES256)
	roots, leaf := rooted(t, key, credentialsBy)
	b.roots = roots
	b.again = func(typ string) (*jose.Coder, error) {
		return jose.NewChainedCoder(jose.ES256, func() []jose.Signer { return []jose.Signer{key} }, typ, func(string) [][]byte { return [][]byte{leaf} })
	}
	var err error
	if b.coder, err = b.again(client.BundleType); err != nil {
		t.Fatal(err)
	}
	b.bundle = b.make(t, presentedAt.Add(-time.Hour), frozen...)
	b.text = b.give(t, slip.Slip{ID: b.ids[0], Device: public(t, b.holder), Over18: true, Day: identity.Today(presentedAt)})
	return b
}

func (b *booth) make(t testing.TB, at time.Time, frozen ...slip.ID) string {
	t.Helper()
	set, err := jose.Publish(b.signs.Alg(), b.signs)
	if err != nil {
		t.Fatal(err)
	}
	what := slip.Bundle{Issuer: credentialsBy, Issued: at, Keys: set, Frozen: frozen}
	if b.signs.Alg() == suite.AlgSM2 {
		if what.Keys, err = jose.Publish(jose.ES256); err != nil {
			t.Fatal(err)
		}
		what.KeysSM = set
	}
	text, err := slip.EncodeBundle(b.coder, what)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func (b *booth) give(t testing.TB, s slip.Slip) []byte {
	t.Helper()
	text, err := slip.Encode(b.signs, s)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func (b *booth) show(t testing.TB, venue string, at time.Time) string {
	t.Helper()
	code, err := client.PresentSlip(b.text, venue, at, b.holder.Sign)
	if err != nil {
		t.Fatal(err)
	}
	return code
}

func (b *booth) gate(t testing.TB, change ...func(*client.Gate)) client.Gate {
	t.Helper()
	read, err := client.ReadBundle(b.bundle, b.roots, credentialsBy, presentedAt)
	if err != nil {
		t.Fatal(err)
	}
	g := client.Gate{Bundle: read, Venue: theVenue, Seen: new(client.ShownSlips)}
	for _, c := range change {
		c(&g)
	}
	return g
}

// A code proves what its slip says, under both suites and with a wallet of either.
func TestSlipAtAGate(t *testing.T) {
	for _, c := range [][2]identity.Suite{{identity.ES256, identity.ES256}, {identity.SM, identity.ES256}, {identity.SM, identity.SM}} {
		b := openBooth(t, c[0], c[1])
		g := b.gate(t)
		got, err := g.Check(b.show(t, theVenue, presentedAt), presentedAt)
		if err != nil || !got.Over18 || got.Age != time.Hour || got.Stale || !got.Until.After(presentedAt) {
			t.Fatal(c, got, err)
		}
		b.text = b.give(t, slip.Slip{ID: b.ids[1], Device: public(t, b.holder), Day: identity.Today(presentedAt)})
		if got, err = g.Check(b.show(t, "", presentedAt), presentedAt); err != nil || got.Over18 {
			t.Error("one that says nothing of an age", c, got, err)
		}
		longest := b.show(t, strings.Repeat("v", client.MaxVenue), presentedAt)
		if len(longest) > client.MaxCode || strings.Trim(longest, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:") != "" {
			t.Errorf("%v: %d characters: %s", c, len(longest), longest)
		}
	}
}

// J: everything that a gate refuses, each for its reason.
func TestCodesThatAreNone(t *testing.T) {
	b := openBooth(t, identity.ES256, identity.ES256)
	now, step := presentedAt, client.SlipStep
	day := identity.Today(now)
	from, until := slip.Times(day)
	stranger := credentialKey(t, identity.ES256)
	with := func(text []byte, sign func([]byte) ([]byte, error)) string {
		code, err := client.PresentSlip(text, theVenue, now, sign)
		if err != nil {
			t.Fatal(err)
		}
		return code
	}
	forged, err := slip.Encode(stranger, slip.Slip{ID: b.ids[2], Device: public(t, stranger), Day: day})
	if err != nil {
		t.Fatal(err)
	}
	swapped := bytes.Replace(b.text, point(t, b.holder), point(t, stranger), 1)
	if bytes.Equal(swapped, b.text) {
		t.Fatal("the key was not found in the slip")
	}
	aged := bytes.Clone(b.text)
	aged[bytes.Index(aged, point(t, b.holder))+64] ^= client.SlipOver18
	fresh := func(g *client.Gate) { g.Seen = new(client.ShownSlips) }
	early := func(g *client.Gate) {
		if g.Bundle, err = client.ReadBundle(b.make(t, from.Add(-time.Hour)), b.roots, credentialsBy, from); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		name string
		code string
		at   time.Time
		gate func(*client.Gate)
		want client.Reason
	}{
		{"the half minute before", b.show(t, theVenue, now.Add(-step)), now, fresh, ""},
		{"the half minute behind", b.show(t, theVenue, now.Add(step)), now, fresh, ""},
		{"a screenshot", b.show(t, theVenue, now.Add(-2*step)), now, fresh, client.ErrSlipLate},
		{"a screenshot of hours ago", b.show(t, theVenue, now.Add(-3*time.Hour)), now, fresh, client.ErrSlipLate},
		{"a phone whose clock is ahead", b.show(t, theVenue, now.Add(2*step)), now, fresh, client.ErrSlipEarly},
		{"so far ahead that nanoseconds run over", b.show(t, theVenue, time.Unix(now.Unix()+614891469*30, 0)), now, fresh, client.ErrSlipEarly},
		{"farther than any clock", b.show(t, theVenue, time.Unix(1<<40, 0)), now, fresh, client.ErrSlip},
		{"another venue's", b.show(t, "cinema", now), now, fresh, client.ErrSlipElsewhere},
		{"another venue's, at one without an id", b.show(t, theVenue, now), now, func(g *client.Gate) { g.Venue = "" }, client.ErrSlipElsewhere},
		{"nobody's, where it must be this venue's", b.show(t, "", now), now, func(g *client.Gate) { g.Bound = true }, client.ErrSlipElsewhere},
		{"forged: another issuer's key", with(forged, stranger.Sign), now, fresh, client.ErrKey},
		{"forged: another device's key in it", with(swapped, stranger.Sign), now, fresh, client.ErrSignature},
		{"forged: older than it says", with(aged, b.holder.Sign), now, fresh, client.ErrSignature},
		{"shown by another device", with(b.text, stranger.Sign), now, fresh, client.ErrSignature},
		{"the first second of the day", b.show(t, "", from), from, early, ""},
		{"yesterday", b.show(t, "", from.Add(-time.Second)), from.Add(-time.Second), early, client.ErrSlipTime},
		{"the last second of the day", b.show(t, "", until.Add(-time.Second)), until.Add(-time.Second), fresh, ""},
		{"tomorrow", b.show(t, "", until), until, fresh, client.ErrSlipTime},
		{"no bundle", b.show(t, "", now), now, func(g *client.Gate) { g.Bundle = client.Bundle{} }, client.ErrBundle},
		{"small letters", strings.ToLower(b.show(t, "", now)), now, fresh, client.ErrSlip},
		{"nothing", "", now, fresh, client.ErrSlip},
		{"another's code", "HTTPS://ID.EXAMPLE/Q/ABC", now, fresh, client.ErrSlip},
		{"more behind it", b.show(t, "", now) + "00", now, fresh, client.ErrSlip},
		{"cut off", b.show(t, "", now)[:300], now, fresh, client.ErrSlip},
		{"long", client.CodePrefix + strings.Repeat("0", client.MaxCode), now, fresh, client.ErrSlip},
	} {
		_, err := b.gate(t, c.gate).Check(c.code, c.at)
		if c.want == "" && err != nil || c.want != "" && !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
}

// A slip that says what nobody understands, or for longer than a day, is none, though netid signed it.
func TestSlipsOfAnotherForm(t *testing.T) {
	b := openBooth(t, identity.ES256, identity.ES256)
	from, until := slip.Times(identity.Today(presentedAt))
	for name, c := range map[string]struct {
		flags       uint64
		from, until int64
		good        bool
	}{
		"as it is made":   {client.SlipRealPerson, from.Unix(), until.Unix(), true},
		"a flag too many": {client.SlipRealPerson | 4, from.Unix(), until.Unix(), false},
		"no real person":  {client.SlipOver18, from.Unix(), until.Unix(), false},
		"a day and more":  {client.SlipRealPerson, from.Unix(), until.Unix() + 1, false},
		"backwards":       {client.SlipRealPerson, until.Unix(), from.Unix(), false},
	} {
		b.text = b.raw(t, []byte{0x26}, c.flags, c.from, c.until)
		if _, err := b.gate(t).Check(b.show(t, "", presentedAt), presentedAt); (err == nil) != c.good || err != nil && !errors.Is(err, client.ErrSlip) {
			t.Errorf("%s: %v", name, err)
		}
	}
	b.text = b.raw(t, []byte{0x3a, 0, 1, 0, 0}, client.SlipRealPerson, from.Unix(), until.Unix())
	if _, err := b.gate(t).Check(b.show(t, "", presentedAt), presentedAt); !errors.Is(err, client.ErrKey) {
		t.Error("another algorithm than the key's:", err)
	}
	b.more = []byte{0}
	b.text = b.raw(t, []byte{0x26}, client.SlipRealPerson, from.Unix(), until.Unix())
	if _, err := b.gate(t).Check(b.show(t, "", presentedAt), presentedAt); !errors.Is(err, client.ErrSlip) {
		t.Error("a longer id:", err)
	}
}

// A code is written in one way: what says the same otherwise is none, though every signature holds.
func TestCodesInAnotherForm(t *testing.T) {
	b := openBooth(t, identity.ES256, identity.ES256)
	good := b.show(t, theVenue, presentedAt)
	plain, err := client.Decode45(strings.TrimPrefix(good, client.CodePrefix))
	if err != nil {
		t.Fatal(err)
	}
	step := []byte{0x1a, 0, 0, 0, 0}
	binary.BigEndian.PutUint32(step[1:], uint32(presentedAt.Unix()/30))
	change := func(text, from, to []byte) []byte {
		if bytes.Count(text, from) != 1 {
			t.Fatalf("%x stands %d times", from, bytes.Count(text, from))
		}
		return bytes.Replace(text, from, to, 1)
	}
	slip := bytes.Clone(b.text)
	unprotected := func(with ...byte) string {
		at := 3 + int(slip[2]&31) // behind the protected header
		if slip[at] != 0xa0 {
			t.Fatalf("%x", slip[:at+1])
		}
		b.text = slices.Concat(slip[:at], with, slip[at+1:])
		return b.show(t, theVenue, presentedAt)
	}
	for name, code := range map[string]string{
		"a step of eight bytes":    client.CodePrefix + client.Encode45(change(plain, step, append([]byte{0x1b, 0, 0, 0, 0}, step[1:]...))),
		"no fixed length":          client.CodePrefix + client.Encode45(append(append([]byte{0x9f}, plain[1:]...), 0xff)),
		"a part too many":          client.CodePrefix + client.Encode45(append(append([]byte{0x85}, plain[1:]...), 0)),
		"something unprotected":    unprotected(0xa1, 0x01, 0x00),
		"nothing instead of a map": unprotected(0xf6),
		"a venue that is too long": func() string {
			code := bytes.Replace(plain, append([]byte{0x60 | byte(len(theVenue))}, theVenue...), append([]byte{0x78, 65}, strings.Repeat("v", 65)...), 1)
			return client.CodePrefix + client.Encode45(code)
		}(),
		"another tag": func() string { b.text = slices.Concat([]byte{0xd1}, slip[1:]); return b.show(t, theVenue, presentedAt) }(),
	} {
		if _, err := b.gate(t).Check(code, presentedAt); !errors.Is(err, client.ErrSlip) {
			t.Errorf("%s: %v", name, err)
		}
	}
	b.text = slip
	if _, err := b.gate(t).Check(good, presentedAt); err != nil {
		t.Error(err)
	}
}

// A text without end is refused by its length.
func TestLongCode(t *testing.T) {
	g := openBooth(t, identity.ES256, identity.ES256).gate(t)
	code := client.CodePrefix + strings.Repeat("0", 30<<20)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := g.Check(code, presentedAt)
	if runtime.ReadMemStats(&after); !errors.Is(err, client.ErrSlip) || after.TotalAlloc-before.TotalAlloc > 1<<20 {
		t.Error(err, after.TotalAlloc-before.TotalAlloc)
	}
}

// BenchmarkGate is one code at a gate: two signatures, and the list of a million refused slips.
func BenchmarkGate(b *testing.B) {
	for name, s := range map[string]identity.Suite{"es256": identity.ES256, "sm": identity.SM} {
		b.Run(name, func(b *testing.B) {
			refused := make([]slip.ID, 1<<20)
			for i := range refused {
				binary.BigEndian.PutUint64(refused[i][:], uint64(i)*0x9E3779B97F4A7C15)
			}
			x := openBooth(b, s, identity.ES256, refused...)
			g, code := x.gate(b), x.show(b, theVenue, presentedAt)
			b.ReportAllocs()
			for b.Loop() {
				g.Seen = new(client.ShownSlips)
				if _, err := g.Check(code, presentedAt); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// raw writes a slip by hand, which shows the form byte by byte.
func (b *booth) raw(t testing.TB, alg []byte, flags uint64, from, until int64) []byte {
	t.Helper()
	kid, err := base64.RawURLEncoding.DecodeString(b.signs.KeyID())
	if err != nil {
		t.Fatal(err)
	}
	u32 := func(n int64) []byte { return []byte{0x1a, byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)} }
	protected := slices.Concat([]byte{0xa2, 0x01}, alg, []byte{0x04, 0x48}, kid[:8])
	id := append(b.ids[0][:], b.more...)
	payload := append([]byte{0x86, 0x40 | byte(len(id))}, id...)
	payload = append(append(payload, 0x26, 0x58, 64), point(t, b.holder)...)
	payload = append(append(append(payload, byte(flags)), u32(from)...), u32(until)...)
	input := append([]byte{0x84, 0x6a}, "Signature1"...)
	input = append(append(input, 0x40|byte(len(protected))), protected...)
	input = append(append(input, 0x4a), "netid-slip"...)
	input = append(append(input, 0x58, byte(len(payload))), payload...)
	sig, err := b.signs.Sign(input)
	if err != nil {
		t.Fatal(err)
	}
	text := append([]byte{0xd2, 0x84, 0x40 | byte(len(protected))}, protected...)
	text = append(append(text, 0xa0, 0x58, byte(len(payload))), payload...)
	return append(append(text, 0x58, 64), sig...)
}

func point(t testing.TB, s suite.Signer) []byte {
	t.Helper()
	var jwk struct{ X, Y string }
	if err := json.Unmarshal(s.PublicJWK(), &jwk); err != nil {
		t.Fatal(err)
	}
	x, err := base64.RawURLEncoding.DecodeString(jwk.X)
	if err != nil {
		t.Fatal(err)
	}
	y, err := base64.RawURLEncoding.DecodeString(jwk.Y)
	if err != nil {
		t.Fatal(err)
	}
	return append(x, y...)
}

// At one gate the same picture serves once; where one entry is said, so does the slip.
func TestSecondUseAtAGate(t *testing.T) {
	b := openBooth(t, identity.ES256, identity.ES256)
	now := presentedAt
	g := b.gate(t)
	try := func(name string, code string, at time.Time, want error) {
		t.Helper()
		if _, err := g.Check(code, at); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", name, err, want)
		}
	}
	first, earlier, next := b.show(t, "", now), b.show(t, "", now.Add(-client.SlipStep)), b.show(t, "", now.Add(client.SlipStep))
	try("first", first, now, nil)
	try("the same again", first, now, client.ErrSlipUsed)
	try("a picture of the half minute before", earlier, now, client.ErrSlipUsed)
	try("the holder comes back", next, now.Add(client.SlipStep), nil)
	g.Once, g.Seen = true, new(client.ShownSlips)
	try("one entry", first, now, nil)
	try("and no other", next, now.Add(client.SlipStep), client.ErrSlipUsed)
	late := now.Add(5 * time.Hour)
	try("nor hours later", b.show(t, "", late), late, client.ErrSlipUsed)
	b.text = b.give(t, slip.Slip{ID: b.ids[1], Device: public(t, b.holder), Day: identity.Today(now)})
	try("another slip", b.show(t, "", now), now, nil)
}

// What a gate refuses it does not remember: nobody spends another's slip by a bad copy of it.
func TestARefusalSpendsNothing(t *testing.T) {
	b := openBooth(t, identity.ES256, identity.ES256)
	g := b.gate(t, func(g *client.Gate) { g.Once = true })
	young := *b
	young.text = b.give(t, slip.Slip{ID: b.ids[0], Device: public(t, b.holder), Day: identity.Today(presentedAt)})
	adults := g
	adults.Over18 = true
	if _, err := adults.Check(young.show(t, "", presentedAt), presentedAt); !errors.Is(err, client.ErrSlipAge) {
		t.Error("who does not say to be over 18", err)
	}
	bad, err := client.PresentSlip(b.text, "", presentedAt, credentialKey(t, identity.ES256).Sign)
	if err != nil {
		t.Fatal(err)
	}
	for _, code := range []string{bad, b.show(t, "cinema", presentedAt), b.show(t, "", presentedAt.Add(-time.Hour))} {
		if _, err := g.Check(code, presentedAt); err == nil {
			t.Fatal("taken")
		}
	}
	if _, err := adults.Check(b.show(t, "", presentedAt), presentedAt); err != nil {
		t.Error(err)
	}
}

// Sixty-four at once are one.
func TestOneEntryUnderSixtyFour(t *testing.T) {
	b := openBooth(t, identity.ES256, identity.ES256)
	g, code := b.gate(t, func(g *client.Gate) { g.Once = true }), b.show(t, "", presentedAt)
	var wait sync.WaitGroup
	var taken, used atomic.Int32
	for range 64 {
		wait.Go(func() {
			switch _, err := g.Check(code, presentedAt); {
			case err == nil:
				taken.Add(1)
			case errors.Is(err, client.ErrSlipUsed):
				used.Add(1)
			}
		})
	}
	if wait.Wait(); taken.Load() != 1 || used.Load() != 63 {
		t.Error(taken.Load(), used.Load())
	}
}

// What is over is forgotten; what is not, is not.
func TestShownSlipsForget(t *testing.T) {
	var m client.ShownSlips
	now := presentedAt
	for i := range 100 {
		if first, err := m.Take([16]byte{byte(i)}, 1, true, now.Add(time.Hour), now); err != nil || !first {
			t.Fatal(first, err)
		}
	}
	if m.Len() != 100 {
		t.Error(m.Len())
	}
	later := now.Add(2 * time.Hour)
	if first, err := m.Take([16]byte{200}, 1, true, later.Add(time.Hour), later); err != nil || !first || m.Len() != 1 {
		t.Error(first, err, m.Len())
	}
}

// Whoever is stopped is refused by the next bundle; by the one before they still get in, and it says its age.
func TestFrozenPerson(t *testing.T) {
	b := openBooth(t, identity.ES256, identity.ES256)
	if _, err := b.gate(t).Check(b.show(t, "", presentedAt), presentedAt); err != nil {
		t.Fatal("by the bundle of before", err)
	}
	other := slip.IDs(suite.NewSecret(identity.ES256), identity.Today(presentedAt))
	b.bundle = b.make(t, presentedAt, append(b.ids[:], other[:]...)...)
	if _, err := b.gate(t).Check(b.show(t, "", presentedAt), presentedAt); !errors.Is(err, client.ErrSlipFrozen) {
		t.Error(err)
	}
	b.bundle = b.make(t, presentedAt, other[:]...)
	if _, err := b.gate(t).Check(b.show(t, "", presentedAt), presentedAt); err != nil {
		t.Error("somebody else's", err)
	}
}

// A bundle is good for a day, warns until three are over, and then is none.
func TestBundleAge(t *testing.T) {
	b := openBooth(t, identity.ES256, identity.ES256)
	for age, want := range map[time.Duration]struct {
		stale bool
		err   error
	}{
		-4 * time.Minute: {false, nil}, 0: {false, nil}, 24 * time.Hour: {false, nil}, 24*time.Hour + time.Second: {true, nil}, 72 * time.Hour: {true, nil},
		72*time.Hour + time.Second: {false, client.ErrBundleOld}, -6 * time.Minute: {false, client.ErrBundle},
	} {
		text := b.make(t, presentedAt.Add(-age))
		read, err := client.ReadBundle(text, b.roots, credentialsBy, presentedAt)
		if !errors.Is(err, want.err) {
			t.Fatal(age, err)
		}
		g := client.Gate{Bundle: read, Seen: new(client.ShownSlips)} // a gate that runs on asks again
		if got, err := g.Check(b.show(t, "", presentedAt), presentedAt); !errors.Is(err, want.err) || got.Stale != want.stale || want.err == nil && got.Age != max(0, age) {
			t.Error(age, got, err)
		}
	}
}

// A bundle of anybody else, or that was changed, is none.
func TestBundlesThatAreNone(t *testing.T) {
	b := openBooth(t, identity.ES256, identity.ES256)
	other := openBooth(t, identity.ES256, identity.ES256)
	parts := strings.Split(b.bundle, ".")
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		text, issuer string
		roots        []byte
		want         error
	}{
		"as it is":         {b.bundle, credentialsBy, b.roots, nil},
		"a line end":       {b.bundle + "\n", credentialsBy, b.roots, nil},
		"another root":     {b.bundle, credentialsBy, other.roots, client.ErrKey},
		"no root":          {b.bundle, credentialsBy, nil, client.ErrKey},
		"another issuer":   {b.bundle, "https://evil.example", b.roots, client.ErrKey},
		"no issuer":        {b.bundle, "", b.roots, client.ErrBundle},
		"another filter":   {parts[0] + "." + base64.RawURLEncoding.EncodeToString(bytes.Replace(payload, []byte(`"frozen":"`), []byte(`"frozen":"AAAAAAAAAAAA`), 1)) + "." + parts[2], credentialsBy, b.roots, client.ErrSignature},
		"another's":        {strings.Join([]string{parts[0], parts[1], strings.Split(other.bundle, ".")[2]}, "."), credentialsBy, b.roots, client.ErrSignature},
		"it names another": {b.signed(t, client.BundleType, strings.Replace(string(payload), credentialsBy, "https://evil.example", 1)), credentialsBy, b.roots, client.ErrBundle},
		"two parts":        {parts[0] + "." + parts[1], credentialsBy, b.roots, client.ErrBundle},
		"of another type":  {b.signed(t, "netid-trust+jwt", string(payload)), credentialsBy, b.roots, client.ErrBundle},
		"out of order":     {b.signed(t, client.BundleType, rows(payload, "_____________________w", "AAAAAAAAAAA")), credentialsBy, b.roots, client.ErrBundle},
		"half an entry":    {b.signed(t, client.BundleType, rows(payload, "AAAA")), credentialsBy, b.roots, client.ErrBundle},
		"no entry":         {b.signed(t, client.BundleType, rows(payload)), credentialsBy, b.roots, client.ErrBundle},
		"without a time":   {b.signed(t, client.BundleType, strings.Replace(string(payload), `"iat"`, `"iot"`, 1)), credentialsBy, b.roots, client.ErrBundle},
		"without its keys": {b.signed(t, client.BundleType, strings.Replace(string(payload), `"keys":{`, `"kees":{`, 1)), credentialsBy, b.roots, client.ErrBundle},
	} {
		if _, err := client.ReadBundle(c.text, c.roots, c.issuer, presentedAt); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

func rows(payload []byte, entries ...string) string {
	var all []byte
	for _, e := range entries {
		b, _ := base64.RawURLEncoding.DecodeString(e)
		all = append(all, b...)
	}
	head, _, _ := strings.Cut(string(payload), `"frozen":"`)
	return head + `"frozen":"` + base64.RawURLEncoding.EncodeToString(all) + `"}`
}

// signed is any text under a header of the booth's own chain with another type.
func (b *booth) signed(t testing.TB, typ, payload string) string {
	t.Helper()
	c, err := b.again(typ)
	if err != nil {
		t.Fatal(err)
	}
	text, err := c.Encode(json.RawMessage(payload))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// FuzzCode: whatever is scanned ends in a refusal within a bound of memory, and what is
// read is written in one way only.
func FuzzCode(f *testing.F) {
	b := openBooth(f, identity.ES256, identity.ES256)
	f.Add(b.show(f, theVenue, presentedAt))
	f.Add("N1:")
	g := b.gate(f)
	f.Fuzz(func(t *testing.T, code string) {
		if again, err := client.Reencoded(code); err == nil && again != code {
			t.Fatalf("%q and %q", code, again)
		}
		if n := testing.AllocsPerRun(1, func() { _, _ = g.Check(code, presentedAt) }); n > 400 {
			t.Fatalf("%v allocations", n)
		}
	})
}

// FuzzBundle: no text makes the reader ask for more than a few times its own length.
func FuzzBundle(f *testing.F) {
	b := openBooth(f, identity.ES256, identity.ES256)
	f.Add(b.bundle)
	f.Fuzz(func(t *testing.T, text string) {
		if _, err := client.ReadBundle(text, b.roots, credentialsBy, presentedAt); err == nil && strings.TrimSpace(text) != b.bundle {
			t.Fatal("another bundle than was signed")
		}
	})
}

// Vectors for other people's readers: codes with the bundle, the root and the moment,
// and the keys that made them.
type slipVectors struct {
	Issuer string       `json:"issuer"`
	At     time.Time    `json:"at"`
	Root   string       `json:"root"`
	Bundle string       `json:"bundle"`
	Venue  string       `json:"venue"`
	Codes  []slipVector `json:"codes"`
}

type slipVector struct {
	Name   string        `json:"name"`
	Code   string        `json:"code"`
	Reason client.Reason `json:"reason,omitempty"`
	Over18 bool          `json:"over18"`
}

func TestSlipVectors(t *testing.T) {
	const file = "testdata/vectors/slip.json"
	if os.Getenv(writeVectors) != "" {
		b := openBooth(t, identity.ES256, identity.ES256)
		frozen := slip.IDs(suite.NewSecret(identity.ES256), identity.Today(presentedAt))
		b.bundle = b.make(t, presentedAt.Add(-time.Hour), frozen[:]...)
		v := slipVectors{Issuer: credentialsBy, At: presentedAt, Root: string(b.roots), Bundle: b.bundle, Venue: theVenue}
		add := func(name, code string, reason client.Reason, over18 bool) {
			v.Codes = append(v.Codes, slipVector{name, code, reason, over18})
		}
		add("over 18, for the venue", b.show(t, theVenue, presentedAt), "", true)
		add("a picture", b.show(t, theVenue, presentedAt.Add(-2*time.Minute)), client.ErrSlipLate, false)
		add("another venue's", b.show(t, "cinema", presentedAt), client.ErrSlipElsewhere, false)
		b.text = b.give(t, slip.Slip{ID: b.ids[1], Device: public(t, b.holder), Day: identity.Today(presentedAt)})
		add("a real person, for any venue", b.show(t, "", presentedAt), "", false)
		b.text = b.give(t, slip.Slip{ID: frozen[3], Device: public(t, b.holder), Day: identity.Today(presentedAt)})
		add("frozen", b.show(t, "", presentedAt), client.ErrSlipFrozen, false)
		b.text = b.give(t, slip.Slip{ID: b.ids[2], Device: public(t, b.holder), Day: identity.Today(presentedAt).Yesterday()})
		add("yesterday's", b.show(t, "", presentedAt), client.ErrSlipTime, false)
		text, err := json.MarshalIndent(v, "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, append(text, '\n'), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var v slipVectors
	if err := json.Unmarshal(text, &v); err != nil || len(v.Codes) < 6 {
		t.Fatal(err, len(v.Codes))
	}
	bundle, err := client.ReadBundle(v.Bundle, []byte(v.Root), v.Issuer, v.At)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range v.Codes {
		g := client.Gate{Bundle: bundle, Venue: v.Venue, Seen: new(client.ShownSlips)}
		got, err := g.Check(c.Code, v.At)
		if c.Reason == "" && err != nil || c.Reason != "" && !errors.Is(err, c.Reason) || got.Over18 != c.Over18 {
			t.Errorf("%s: %+v, %v", c.Name, got, err)
		}
	}
}

// Read says of a code what a gate that never saw it says, with a bundle and the root; without, that nobody checked.
func TestReadSlip(t *testing.T) {
	b := openBooth(t, identity.ES256, identity.ES256)
	code := []byte(b.show(t, theVenue, presentedAt))
	known := client.Known{Roots: b.roots, Issuer: credentialsBy, Bundle: []byte(b.bundle), Audience: theVenue, Now: presentedAt}
	facts := []client.Fact{{Name: "issuer", Value: credentialsBy}, {Name: "audience", Value: theVenue}, {Name: "real_person", Value: "true"}, {Name: "age_over_18", Value: "true"},
		{Name: "status_issued", Value: "2026-11-28T07:00:00Z"}, {Name: "expires", Value: "2026-11-28T16:00:00Z"}}
	for name, c := range map[string]struct {
		change  func(*client.Known)
		verdict client.Verdict
		err     error
		open    []string
	}{
		"all is known":     {func(*client.Known) {}, client.Proven, nil, nil},
		"twice":            {func(*client.Known) {}, client.Proven, nil, nil},
		"whose, whereto":   {func(k *client.Known) { k.Issuer, k.Audience = "", "" }, client.Proven, nil, []string{"issuer", "audience"}},
		"no bundle":        {func(k *client.Known) { k.Bundle = nil }, client.NotChecked, client.Reason("not_checked"), []string{"slip"}},
		"no root":          {func(k *client.Known) { k.Roots = nil }, client.NotChecked, client.Reason("not_checked"), []string{"slip"}},
		"for another":      {func(k *client.Known) { k.Audience = "cinema" }, client.NotProven, client.ErrSlipElsewhere, nil},
		"another's":        {func(k *client.Known) { k.Issuer = "https://evil.example" }, client.NotProven, client.ErrKey, nil},
		"later":            {func(k *client.Known) { k.Now = k.Now.Add(time.Hour) }, client.NotProven, client.ErrSlipLate, nil},
		"some other thing": {func(k *client.Known) { k.Bundle = []byte("x") }, client.NotProven, client.ErrBundle, nil},
	} {
		k := known
		c.change(&k)
		got := client.Read(code, k)
		if got.Form != client.FormSlip || got.Verdict != c.verdict || !errors.Is(got.Err, c.err) || !reflect.DeepEqual(got.Open, c.open) || c.verdict == client.Proven && !reflect.DeepEqual(got.Facts, facts) {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

// A bundle that lies about as a file is read as its gate reads it.
func TestReadBundle(t *testing.T) {
	b := openBooth(t, identity.ES256, identity.ES256)
	known := client.Known{Roots: b.roots, Issuer: credentialsBy, Now: presentedAt}
	for name, c := range map[string]struct {
		change  func(*client.Known)
		verdict client.Verdict
		err     error
		open    []string
	}{
		"all is known": {func(*client.Known) {}, client.Proven, nil, nil},
		"whose":        {func(k *client.Known) { k.Issuer = "" }, client.Proven, nil, []string{"issuer"}},
		"no root":      {func(k *client.Known) { k.Roots = nil }, client.NotChecked, client.Reason("not_checked"), []string{"keys"}},
		"another's":    {func(k *client.Known) { k.Issuer = "https://evil.example" }, client.NotProven, client.ErrKey, nil},
		"four days on": {func(k *client.Known) { k.Now = k.Now.Add(96 * time.Hour) }, client.NotProven, client.ErrBundleOld, nil},
	} {
		k := known
		c.change(&k)
		got := client.Read([]byte(b.bundle), k)
		if got.Form != client.FormBundle || got.Verdict != c.verdict || !errors.Is(got.Err, c.err) || !reflect.DeepEqual(got.Open, c.open) || (got.Facts != nil) != (c.verdict == client.Proven) {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

// The examples of RFC 9285 §4.3, and what §6 asks to be refused.
func TestBase45(t *testing.T) {
	for plain, text := range map[string]string{"AB": "BB8", "Hello!!": "%69 VD92EX0", "base-45": "UJCLQE7W581", "ietf!": "QED8WEX0", "": ""} {
		if got := client.Encode45([]byte(plain)); got != text {
			t.Errorf("%q: %q", plain, got)
		}
		if got, err := client.Decode45(text); err != nil || string(got) != plain {
			t.Errorf("%q: %q, %v", text, got, err)
		}
	}
	for _, bad := range []string{"A", "GGW", ":::", "::", "bb8", "BB8A", "BB_", "5R", "Ā"} {
		if got, err := client.Decode45(bad); err == nil && client.Encode45(got) != bad {
			t.Errorf("%q: %q", bad, got)
		}
	}
	for _, bad := range []string{"GGW", ":::", "::", "bb8", "A"} {
		if _, err := client.Decode45(bad); err == nil {
			t.Errorf("%q is read", bad)
		}
	}
}
