package client_test

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"strings"
	"testing"

	"netid/client"
)

const home = "https://id.example:8443"

// ceremony is what an authenticator and a browser do when a page asks for an
// assertion, each part of it open to be twisted.
type ceremony struct {
	host      string
	flags     byte
	counter   [4]byte
	extra     []byte // behind the counter, signed
	data      string // clientDataJSON
	from      int    // where the rest of it begins
	signature func(message []byte) []byte
}

func (d device) ceremony(message []byte) ceremony {
	challenge := sha256.Sum256(message)
	head := `{"type":"webauthn.get","challenge":"` + b64(challenge[:]) + `","origin":"` + home + `"`
	return ceremony{host: "id.example", flags: 0x05, data: head + `,"crossOrigin":false}`, from: len(head), signature: d.sign}
}

// done is the signature as it is sent and kept.
func (c ceremony) done() []byte {
	party, data := sha256.Sum256([]byte(c.host)), sha256.Sum256([]byte(c.data))
	tail := append([]byte{c.flags}, c.counter[:]...)
	signed := bytes.Join([][]byte{party[:], tail, c.extra, data[:]}, nil)
	return bytes.Join([][]byte{c.signature(signed), tail, []byte(c.data[min(c.from, len(c.data)):])}, nil)
}

func (d device) passkey() []byte { return d.jwk(map[string]any{"origin": home}) }

// What browsers write is taken, whether the passkey may be backed up or not,
// whatever its counter says.
func TestAPasskeyApproves(t *testing.T) {
	d := newDevice(t)
	statement := wine("zh-CN").Bytes()
	for name, twist := range map[string]func(*ceremony){
		"Chromium":                    func(*ceremony) {},
		"Chromium, at times":          func(c *ceremony) { c.data = strings.TrimSuffix(c.data, "}") + chromium },
		"a browser without the frame": func(c *ceremony) { c.data = c.data[:c.from] + "}" },
		"may be backed up":            func(c *ceremony) { c.flags = 0x0d },
		"is backed up":                func(c *ceremony) { c.flags = 0x1d },
		"counts":                      func(c *ceremony) { c.counter = [4]byte{0, 0, 0, 9} },
		"counts down":                 func(c *ceremony) { c.counter = [4]byte{0, 0, 0, 2} },
	} {
		c := d.ceremony(statement)
		twist(&c)
		if s, err := client.CheckApproval(statement, c.done(), d.passkey()); err != nil || s.Party != wine("zh-CN").Party {
			t.Errorf("%s: %v", name, err)
		}
	}
}

const chromium = `,"other_keys_can_be_added_here":"do not compare clientDataJSON against a template. See https://goo.gl/yabPex"}`

// L18: one thing is wrong at a time, and everything else is signed as it should be.
func TestTwistedAssertions(t *testing.T) {
	d, other := newDevice(t), newDevice(t)
	statement := wine("zh-CN").Bytes()
	elsewhere := sha256.Sum256(wine("en").Bytes())
	instead := func(old, new string) func(*ceremony) {
		return func(c *ceremony) {
			before := len(c.data)
			if c.data = strings.Replace(c.data, old, new, 1); len(c.data) != before+len(new)-len(old) {
				t.Fatal(old)
			}
			if new != old && strings.Index(c.data, new) < c.from {
				c.from += len(new) - len(old)
			}
		}
	}
	twists := map[string]func(*ceremony){
		"type of a registration":      instead("webauthn.get", "webauthn.create"),
		"type of a payment":           instead("webauthn.get", "payment.get"),
		"origin without TLS":          instead(home, "http://id.example:8443"),
		"origin below ours":           instead(home, "https://a.id.example:8443"),
		"origin above ours":           instead(home, "https://example:8443"),
		"foreign origin":              instead(home, "https://id.example.evil.example"),
		"another port":                instead(home, "https://id.example"),
		"an app's origin":             instead(home, "android:apk-key-hash:x"),
		"in a frame":                  instead(`"crossOrigin":false`, `"crossOrigin":true`),
		"in a frame, in words":        instead(`"crossOrigin":false`, `"crossOrigin":"false"`),
		"in a frame, null":            instead(`"crossOrigin":false`, `"crossOrigin":null`),
		"under another page":          instead(`"crossOrigin":false`, `"crossOrigin":false,"topOrigin":"https://evil.example"`),
		"under a page of ours":        instead(`"crossOrigin":false`, `"topOrigin":"`+home+`"`),
		"crossOrigin twice":           instead(`"crossOrigin":false`, `"crossOrigin":true,"crossOrigin":false`),
		"type twice":                  instead(`"crossOrigin":false`, `"type":"webauthn.get"`),
		"Type twice":                  instead(`"crossOrigin":false`, `"Type":"webauthn.create"`),
		"challenge twice":             instead(`"crossOrigin":false`, `"challenge":"`+b64(elsewhere[:])+`"`),
		"origin twice":                instead(`"crossOrigin":false`, `"origin":"`+home+`"`),
		"something behind":            instead(`false}`, `false}{}`),
		"cut off":                     instead(`false}`, `false`),
		"too long":                    instead(`false}`, `false,"x":"`+strings.Repeat("x", 160)+`"}`),
		"challenge of another text":   func(c *ceremony) { *c = d.ceremony(wine("en").Bytes()) },
		"challenge padded":            instead(`","origin"`, `=","origin"`),
		"another relying party":       func(c *ceremony) { c.host = "example" },
		"the origin as relying party": func(c *ceremony) { c.host = home },
		"nobody there":                func(c *ceremony) { c.flags &^= 0x01 },
		"nobody known":                func(c *ceremony) { c.flags &^= 0x04 },
		"backed up, though never":     func(c *ceremony) { c.flags |= 0x10 },
		"with a key in it":            func(c *ceremony) { c.flags |= 0x40 },
		"with extensions":             func(c *ceremony) { c.flags |= 0x80 },
		"with extensions behind":      func(c *ceremony) { c.flags |= 0x80; c.extra = []byte{0xa0} },
		"with something behind":       func(c *ceremony) { c.extra = []byte{0xa0} },
		"another's key":               func(c *ceremony) { c.signature = other.sign },
		"no signature":                func(c *ceremony) { c.signature = func([]byte) []byte { return make([]byte, 64) } },
		"a browser's signature":       func(c *ceremony) { c.signature = func([]byte) []byte { return d.sign(statement) } },
	}
	for name, twist := range twists {
		c := d.ceremony(statement)
		twist(&c)
		if _, err := client.CheckApproval(statement, c.done(), d.passkey()); !errors.Is(err, client.ErrSignature) {
			t.Errorf("%s: %v", name, err)
		}
	}
	good := d.ceremony(statement).done()
	for i := range good {
		for _, flip := range []byte{1, 4, 0x80} {
			spoilt := bytes.Clone(good)
			spoilt[i] ^= flip
			if _, err := client.CheckApproval(statement, spoilt, d.passkey()); err == nil {
				t.Errorf("byte %d altered", i)
			}
		}
	}
	for n := range good {
		if err := client.CheckDevice(statement, good[:n], d.passkey()); !errors.Is(err, client.ErrSignature) {
			t.Errorf("%d bytes: %v", n, err)
		}
	}
}

// L18: a key is of one kind, and neither kind takes the other's signature.
func TestKindsOfDeviceKeys(t *testing.T) {
	d := newDevice(t)
	message := []byte("netid-signin/1\n")
	plain, assertion := d.sign(message), d.ceremony(message).done()
	for name, c := range map[string]struct {
		signature, jwk []byte
		want           error
	}{
		"a browser's":                   {plain, d.jwk(nil), nil},
		"a passkey's":                   {assertion, d.passkey(), nil},
		"a browser's by a passkey's":    {plain, d.passkey(), client.ErrSignature},
		"a passkey's by a browser's":    {assertion, d.jwk(nil), client.ErrSignature},
		"the head of a passkey's":       {assertion[:64], d.jwk(nil), client.ErrSignature},
		"a passkey's of another origin": {assertion, d.jwk(map[string]any{"origin": "https://id.example"}), client.ErrSignature},
	} {
		if err := client.CheckDevice(message, c.signature, c.jwk); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, origin := range []any{"", 7, true, []string{home}, "id.example", "https://", "https://id.example/", "https://u@id.example", "ftp://id.example",
		`https://id.example","x":"`, "https://ID.example", "https://[::1]", "https://id.example:", "https://id.example:8443:1", "https://id.example:x", "null"} {
		if err := client.CheckDevice(message, assertion, d.jwk(map[string]any{"origin": origin})); !errors.Is(err, client.ErrKey) {
			t.Errorf("%v: %v", origin, err)
		}
	}
}

// FuzzCheckDevice: what passes was signed by the key, with somebody there and known.
func FuzzCheckDevice(f *testing.F) {
	d := newDevice(f)
	message := []byte("netid-signin/1\n")
	f.Add(byte(0x05), []byte{0, 0, 0, 0}, `,"crossOrigin":false}`, home)
	f.Add(byte(0x1d), []byte{0, 0, 0, 1}, chromium, home)
	f.Add(byte(0x01), []byte{0, 0, 0, 1}, `,"crossOrigin":true}`, "https://id.example")
	f.Fuzz(func(t *testing.T, flags byte, counter []byte, rest, origin string) {
		c := d.ceremony(message)
		c.flags = flags
		copy(c.counter[:], counter)
		c.data = c.data[:c.from] + rest
		jwk := d.jwk(map[string]any{"origin": origin})
		if err := client.CheckDevice(message, c.done(), jwk); err == nil {
			if flags&0xc5 != 5 || origin != home || len(rest) > 160 || strings.HasPrefix(rest, `,"crossOrigin":true`) {
				t.Errorf("%x %q %q", flags, rest, origin)
			}
		}
		if client.CheckDevice(message, c.done()[:64], jwk) == nil {
			t.Error("half an assertion")
		}
	})
}
