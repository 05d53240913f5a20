package terminal_test

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"errors"
	"fmt"
	"math/big"
	"strings"
	"testing"

	"netid/internal/emrtd/chip"
	"netid/internal/emrtd/terminal"
	"netid/internal/fault"
)

var nonce = []byte("8 bytes!")

const (
	number, birth, expires, can = "EI9900001", "860504", "331122", "271828"
	zone                        = "POCHNSANDBOX<<LIN<YUAN<<<<<<<<<<<<<<<<<<<<<<EI99000015CHN8605043F3311226<<<<<<<<<<<<<<<6"
)

// framed is a file: an application tag, a length, a content.
func framed(tag byte, b []byte) []byte { return terminal.Object(int(tag), b) }

// content is a chip of a passport: BAC alone, an ECDSA key.
func content(t testing.TB) chip.Content {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return chip.Content{Active: key, CAN: can, Files: map[int][]byte{
		chip.EFDG1:  framed(0x61, append([]byte{0x5F, 0x1F, 88}, zone...)),
		chip.EFSOD:  framed(0x77, bytes.Repeat([]byte("signed "), 300)),
		chip.EFDG15: framed(0x6F, []byte("a public key")),
	}}
}

// offers gives a chip PACE, and a data group 14 that says so.
func offers(c chip.Content, g *chip.Agreement, p ...chip.PACE) chip.Content {
	c.PACE, c.Agreement = p, g
	c.Files[chip.EFDG14] = framed(0x6E, chip.Infos(p, g))
	return c
}

func agreement(t testing.TB, with chip.Cipher, parameter int) *chip.Agreement {
	t.Helper()
	b := make([]byte, 32)
	rand.Read(b)
	return &chip.Agreement{Cipher: with, Parameter: parameter, Key: b}
}

func mrz(t testing.TB) terminal.Key {
	t.Helper()
	k, err := terminal.MRZ(number, birth, expires)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func front(t testing.TB) terminal.Key {
	t.Helper()
	k, err := terminal.CAN(can)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestWhatAChipGives(t *testing.T) {
	for _, c := range []chip.Cipher{chip.TripleDES, chip.AES128, chip.AES192, chip.AES256} {
		for _, parameter := range []int{12, 13, 15, 16} {
			in := offers(content(t), agreement(t, 5-c, 25-parameter+map[bool]int{true: 3}[parameter > 13]), chip.PACE{Cipher: c, Parameter: parameter})
			if curve := in.Agreement.Parameter; curve != 12 && curve != 13 && curve != 15 && curve != 16 {
				t.Fatal(curve)
			}
			for i, key := range []terminal.Key{mrz(t), front(t)} {
				if i == 1 && parameter != 12 {
					continue
				}
				f, err := terminal.Read(chip.New(in, rand.Reader), key, nonce, rand.Reader)
				if err != nil || !f.PACE || !f.Genuine {
					t.Errorf("PACE with %d over %d: %+v %v", c, parameter, f, err)
					continue
				}
				same(t, in, f)
			}
		}
	}
	in := content(t)
	f, err := terminal.Read(chip.New(in, rand.Reader), mrz(t), nonce, rand.Reader)
	if err != nil || f.PACE || f.Genuine {
		t.Fatal(f, err)
	}
	same(t, in, f)
}

// same holds what was read to what is on the chip, and the answer to the key.
func same(t *testing.T, c chip.Content, f terminal.Files) {
	t.Helper()
	for name, b := range map[int][]byte{chip.EFSOD: f.SOD, chip.EFDG1: f.DG1, chip.EFDG14: f.DG14, chip.EFDG15: f.DG15} {
		if !bytes.Equal(b, c.Files[name]) {
			t.Errorf("file %x: %X", name, b)
		}
	}
	h := sha256.Sum256(nonce)
	key := c.Active.(*ecdsa.PrivateKey)
	if len(f.Signature) != 64 || !ecdsa.Verify(&key.PublicKey, h[:], new(big.Int).SetBytes(f.Signature[:32]), new(big.Int).SetBytes(f.Signature[32:])) {
		t.Errorf("answer %X", f.Signature)
	}
}

func TestLongAnswers(t *testing.T) {
	for _, bits := range []int{1024, 2048} {
		key, err := rsa.GenerateKey(rand.Reader, bits)
		if err != nil {
			t.Fatal(err)
		}
		in := content(t)
		in.Active = crypto.Signer(key)
		in.Files[chip.EFDG15] = framed(0x6F, key.N.Bytes())
		f, err := terminal.Read(chip.New(in, rand.Reader), mrz(t), nonce, rand.Reader)
		if err != nil || len(f.Signature) != bits/8 {
			t.Errorf("RSA of %d bits: %d bytes, %v", bits, len(f.Signature), err)
		}
	}
}

func TestChipsThatAreMissingSomething(t *testing.T) {
	in := content(t)
	in.Active = nil // a copy
	if f, err := terminal.Read(chip.New(in, rand.Reader), mrz(t), nonce, rand.Reader); err != nil || f.Signature != nil || f.DG15 == nil {
		t.Errorf("a copy: %+v %v", f, err)
	}
	delete(in.Files, chip.EFDG15)
	if f, err := terminal.Read(chip.New(in, rand.Reader), mrz(t), nonce, rand.Reader); err != nil || f.DG15 != nil || f.DG14 != nil {
		t.Errorf("no data group 15: %+v %v", f, err)
	}
	delete(in.Files, chip.EFSOD)
	if _, err := terminal.Read(chip.New(in, rand.Reader), mrz(t), nonce, rand.Reader); !fault.Because(err, "chip_malformed") {
		t.Errorf("no EF.SOD: %v", err)
	}
}

// between passes everything on and lets somebody change it.
type between struct {
	terminal.Card
	command, answer func(n int, b []byte) []byte
	n               int
}

func (b *between) Transmit(c []byte) ([]byte, error) {
	b.n++
	if b.command != nil {
		c = b.command(b.n, bytes.Clone(c))
	}
	a, err := b.Card.Transmit(c)
	if err == nil && b.answer != nil {
		a = b.answer(b.n, bytes.Clone(a))
	}
	return a, err
}

func TestKeysThatDoNotFit(t *testing.T) {
	other, _ := terminal.MRZ("EI9900002", birth, expires)
	wrong, _ := terminal.CAN("271829")
	plain, pace := content(t), offers(content(t), nil, chip.PACE{Cipher: chip.AES128, Parameter: 12})
	noCAN := pace
	noCAN.CAN = ""
	for name, c := range map[string]struct {
		in   chip.Content
		key  terminal.Key
		want string
	}{
		"BAC, another number":   {plain, other, "chip_key_wrong"},
		"PACE, another number":  {pace, other, "chip_key_wrong"},
		"PACE, another CAN":     {pace, wrong, "chip_key_wrong"},
		"PACE, no CAN on it":    {noCAN, front(t), "chip_malformed"},
		"BAC does not know CAN": {plain, front(t), "chip_unsupported"},
	} {
		seen := &between{Card: chip.New(c.in, rand.Reader)}
		if _, err := terminal.Read(seen, c.key, nonce, rand.Reader); !fault.Because(err, c.want) {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
	}
	for _, k := range [][3]string{{"", birth, expires}, {"EI99000012", birth, expires}, {"EI<900001", birth, expires}, {"EI-900001", birth, expires}, {"沙9900001", birth, expires},
		{number, "86050", expires}, {number, "8605040", expires}, {number, birth, "33112X"}} {
		if _, err := terminal.MRZ(k[0], k[1], k[2]); !fault.Because(err, "chip_key_invalid") {
			t.Errorf("%v: %v", k, err)
		}
	}
	for _, k := range []string{"", "12345", "1234567", "12345a", "１２３４５６"} {
		if _, err := terminal.CAN(k); !fault.Because(err, "chip_key_invalid") {
			t.Errorf("%q: %v", k, err)
		}
	}
	if k, err := terminal.MRZ(" ei9900001 ", birth, expires); err != nil || strings.Contains(fmt.Sprintf("%v %#v %+v", k, k, struct{ K terminal.Key }{k}), "9900001") {
		t.Error(k, err)
	}
}

type change struct {
	what   string
	change func([]byte) []byte
}

func changes() []change {
	return []change{
		{"the first bit", func(b []byte) []byte { b[0] ^= 0x80; return b }},
		{"the middle", func(b []byte) []byte { b[len(b)/2] ^= 1; return b }},
		{"the MAC", func(b []byte) []byte { b[len(b)-3] ^= 1; return b }},
		{"a byte less", func(b []byte) []byte { return b[:len(b)-3] }},
		{"nothing but a status", func(b []byte) []byte { return b[len(b)-2:] }},
		{"an empty answer", func(b []byte) []byte { return nil }},
		{"a MAC and no status", func(b []byte) []byte { return b[len(b)-12:] }},
		{"something behind", func(b []byte) []byte { return append(b[:len(b)-2], 0x99, 0x02, 0x90, 0x00, 0x90, 0x00) }},
		{"a second cryptogram", func(b []byte) []byte { return append([]byte{0x87, 0x01, 0x01}, b...) }},
		{"nothing", func(b []byte) []byte { return b }},
	}
}

// Whoever stands between terminal and chip and changes one bit of one answer,
// or ends it early, is found out. Under secure messaging there is no bit that
// may change but those of the status behind.
func TestEveryAnswerIsAuthenticated(t *testing.T) {
	for name, in := range map[string]chip.Content{"BAC": content(t), "PACE": offers(content(t), agreement(t, chip.AES128, 13), chip.PACE{Cipher: chip.AES128, Parameter: 12})} {
		count := &between{Card: chip.New(in, rand.Reader)}
		if _, err := terminal.Read(count, mrz(t), nonce, rand.Reader); err != nil {
			t.Fatal(err)
		}
		safe := map[string]int{"BAC": 4, "PACE": 8}[name] // the last answer in the clear
		for n := safe + 1; n <= count.n; n++ {
			for i, c := range changes() {
				if name == "PACE" && i != n%len(changes()) { // to agree takes a while; the checks are the same
					continue
				}
				card := &between{Card: chip.New(in, rand.Reader), answer: func(i int, b []byte) []byte {
					if i == n {
						return c.change(b)
					}
					return b
				}}
				_, err := terminal.Read(card, mrz(t), nonce, rand.Reader)
				if ok := c.what == "nothing"; ok != (err == nil) || !ok && !fault.Because(err, "chip_malformed") && !fault.Because(err, "chip_not_authentic") {
					t.Errorf("%s, answer %d, %s: %v", name, n, c.what, err)
				}
			}
		}
		// The status behind is nobody's: only the one inside counts.
		card := &between{Card: chip.New(in, rand.Reader), answer: func(i int, b []byte) []byte {
			if i > safe {
				b[len(b)-2] ^= 0xFF
			}
			return b
		}}
		if _, err := terminal.Read(card, mrz(t), nonce, rand.Reader); err != nil {
			t.Errorf("%s: another outer status: %v", name, err)
		}
	}
}

// A command that was changed under way is refused by the chip, and the session is over.
func TestEveryCommandIsAuthenticated(t *testing.T) {
	in := content(t)
	for n := 5; n < 12; n++ {
		for at := range 4 { // the head travels in the clear
			card := &between{Card: chip.New(in, rand.Reader), command: func(i int, b []byte) []byte {
				if i == n {
					b[at] ^= 2
				}
				return b
			}}
			if _, err := terminal.Read(card, mrz(t), nonce, rand.Reader); !fault.Because(err, "chip_malformed") {
				t.Errorf("command %d, byte %d: %v", n, at, err)
			}
		}
	}
}

func TestDowngrades(t *testing.T) {
	strong := chip.PACE{Cipher: chip.AES256, Parameter: 13}
	weak := chip.PACE{Cipher: chip.TripleDES, Parameter: 12}
	hidden := offers(content(t), nil, strong)
	hidden.PACE = nil // EF.CardAccess is gone; data group 14 was signed and is not
	weakened := offers(content(t), nil, strong)
	weakened.PACE = []chip.PACE{weak}
	untold := content(t)
	untold.PACE = []chip.PACE{strong}
	moved := offers(content(t), nil, strong)
	moved.PACE = []chip.PACE{{Cipher: chip.AES256, Parameter: 12}}
	for name, in := range map[string]chip.Content{"PACE hidden": hidden, "a weaker one put in": weakened, "another curve": moved, "no data group 14": untold} {
		if _, err := terminal.Read(chip.New(in, rand.Reader), mrz(t), nonce, rand.Reader); !fault.Because(err, "chip_weakened") {
			t.Errorf("%s: %v", name, err)
		}
	}
	both := offers(content(t), nil, weak, chip.PACE{Cipher: chip.AES256, Parameter: 12}, strong)
	said := &between{Card: chip.New(both, rand.Reader), command: func(i int, b []byte) []byte {
		if b[1] == 0x22 && (b[14] != 4 || !bytes.Contains(b, []byte{0x84, 1, 12})) { // the strongest, and over which curve
			t.Errorf("announced %X", b)
		}
		return b
	}}
	if _, err := terminal.Read(said, mrz(t), nonce, rand.Reader); err != nil {
		t.Error(err)
	}
	// After a failed PACE there is no second way in.
	failing := &between{Card: chip.New(both, rand.Reader), answer: func(i int, b []byte) []byte {
		if i > 4 {
			return []byte{0x6A, 0x80}
		}
		return b
	}, command: func(_ int, b []byte) []byte {
		if b[1] == 0x84 || b[1] == 0x82 {
			t.Errorf("Basic Access Control was tried: %X", b)
		}
		return b
	}}
	if _, err := terminal.Read(failing, mrz(t), nonce, rand.Reader); !fault.Because(err, "chip_malformed") {
		t.Error(err)
	}
}

// Chip authentication: a copy that has data group 14 and not its key.
func TestACopyWithoutTheKey(t *testing.T) {
	for _, c := range []chip.Cipher{chip.TripleDES, chip.AES128} {
		in := offers(content(t), agreement(t, c, 12))
		real := in.Files[chip.EFDG14]
		in.Agreement = agreement(t, c, 12)
		in.Files[chip.EFDG14] = real
		if _, err := terminal.Read(chip.New(in, rand.Reader), mrz(t), nonce, rand.Reader); !fault.Because(err, "chip_not_authentic") {
			t.Errorf("%d: %v", c, err)
		}
	}
}

// What stands on a chip may lie about its lengths, and about what it is.
func TestFilesThatLie(t *testing.T) {
	for name, c := range map[string]struct {
		file int
		b    []byte
	}{
		"longer than it is":       {chip.EFDG15, append([]byte{0x6F, 0x7F}, make([]byte, 20)...)},
		"longer than may be":      {chip.EFDG15, framed(0x6F, make([]byte, 2048))},
		"of 16 MB":                {chip.EFSOD, []byte{0x77, 0x83, 0xFF, 0xFF, 0xFF, 0}},
		"of 4 GB":                 {chip.EFSOD, []byte{0x77, 0x84, 0xFF, 0xFF, 0xFF, 0xFF}},
		"of no stated length":     {chip.EFSOD, []byte{0x77, 0x80, 0, 0}},
		"a length in a long form": {chip.EFDG15, append([]byte{0x6F, 0x81, 0x5B}, make([]byte, 91)...)},
		"shorter than its head":   {chip.EFDG15, []byte{0x6F, 0x01, 0, 0, 0}},
		"empty":                   {chip.EFDG15, []byte{0x6F}},
		"another file":            {chip.EFDG15, framed(0x62, make([]byte, 90))},
		"a tag of two bytes":      {chip.EFDG15, append([]byte{0x7F, 0x4E, 0x20}, make([]byte, 32)...)},
		"DG14 that is no set":     {chip.EFDG14, framed(0x6E, []byte{0x30, 0x00})},
		"DG14 with more behind":   {chip.EFDG14, framed(0x6E, []byte{0x31, 0x00, 0x31, 0x00})},
		"DG14 of 33 infos":        {chip.EFDG14, framed(0x6E, chip.Infos(make([]chip.PACE, 33), nil))},
	} {
		in := content(t)
		in.Files[c.file] = c.b
		if _, err := terminal.Read(chip.New(in, rand.Reader), mrz(t), nonce, rand.Reader); !fault.Because(err, "chip_malformed") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// silent leaves the field at some point.
type silent struct {
	terminal.Card
	after int
}

func (s *silent) Transmit(c []byte) ([]byte, error) {
	if s.after--; s.after < 0 {
		return nil, errors.New("no card in the field")
	}
	return s.Card.Transmit(c)
}

func TestAChipThatIsTakenAway(t *testing.T) {
	in := offers(content(t), agreement(t, chip.AES128, 12), chip.PACE{Cipher: chip.AES128, Parameter: 12})
	n := 0
	for ; n < 100; n++ {
		_, err := terminal.Read(&silent{chip.New(in, rand.Reader), n}, mrz(t), nonce, rand.Reader)
		if err == nil {
			break
		}
		if !fault.Because(err, "chip_silent") || !fault.Is(err, fault.Unavailable) {
			t.Fatalf("after %d: %v", n, err)
		}
	}
	if n < 20 || n == 100 {
		t.Errorf("read in %d commands", n)
	}
}

// A chip without keys that answers whatever comes: points beside the curve,
// our own key, nothing.
func TestPACEWithAMirror(t *testing.T) {
	in := offers(content(t), nil, chip.PACE{Cipher: chip.AES128, Parameter: 12})
	beside := append([]byte{4}, bytes.Repeat([]byte{1}, 64)...)
	high := append([]byte{4}, bytes.Repeat([]byte{0xFF}, 64)...)
	for name, point := range map[string][]byte{"beside the curve": beside, "beyond the field": high, "short": beside[:64], "at infinity": {0}, "compressed": append([]byte{2}, beside[1:33]...), "ours": nil} {
		for _, step := range []int{0x82, 0x84} {
			var last []byte
			card := &between{Card: chip.New(in, rand.Reader), command: func(_ int, b []byte) []byte { last = b; return b }, answer: func(_ int, b []byte) []byte {
				if last[1] != 0x86 || len(b) < 4 || int(b[2]) != step {
					return b
				}
				p := point
				if p == nil {
					p = last[9:74]
				}
				return append(terminal.Object(0x7C, terminal.Object(step, p)), 0x90, 0x00)
			}}
			if _, err := terminal.Read(card, mrz(t), nonce, rand.Reader); !fault.Because(err, "chip_malformed") {
				t.Errorf("%s at %x: %v", name, step, err)
			}
		}
	}
}

// answers says the same to everything.
type answers []byte

func (a answers) Transmit([]byte) ([]byte, error) { return a, nil }

func TestPartsThatWereNotAskedFor(t *testing.T) {
	for _, a := range []answers{{0x90, 0}, {1, 2, 3, 4, 5, 0x90, 0}, {1, 2, 0x62, 0x82}, {0x90}, nil} {
		if b, err := terminal.NewSession(a).Part(0, 4); !fault.Because(err, "chip_malformed") {
			t.Errorf("%X: %X %v", []byte(a), b, err)
		}
	}
}

// What a chip says while keys are agreed has its lengths, and answers this
// conversation and no former one.
func TestBasicAccessWithAnotherAnswer(t *testing.T) {
	in := content(t)
	var former []byte
	first := &between{Card: chip.New(in, rand.Reader), answer: func(n int, b []byte) []byte {
		if n == 4 {
			former = bytes.Clone(b)
		}
		return b
	}}
	if _, err := terminal.Read(first, mrz(t), nonce, rand.Reader); err != nil || len(former) != 42 {
		t.Fatal(len(former), err)
	}
	for name, c := range map[string]struct {
		n int
		a []byte
	}{
		"a former one": {4, former}, "its MAC changed": {4, append(append(bytes.Clone(former[:39]), former[39]^1), 0x90, 0)}, "39 bytes": {4, former[1:]}, "nothing": {4, []byte{0x90, 0}},
		"a challenge of 7": {3, []byte("1234567\x90\x00")}, "of 9": {3, []byte("123456789\x90\x00")}, "of none": {3, []byte{0x90, 0}},
	} {
		card := &between{Card: chip.New(in, rand.Reader), answer: func(n int, b []byte) []byte {
			if n == c.n {
				return c.a
			}
			return b
		}}
		if _, err := terminal.Read(card, mrz(t), nonce, rand.Reader); !fault.Because(err, "chip_malformed") || card.n != c.n { // and not a word more to it
			t.Errorf("%s: %v after %d", name, err, card.n)
		}
	}
}

// The chip proves itself by its MAC: one that was changed is none.
func TestBasicAccessIsMutual(t *testing.T) {
	card := &between{Card: chip.New(content(t), rand.Reader), answer: func(n int, b []byte) []byte {
		if n == 4 {
			b[39] ^= 1
		}
		return b
	}}
	if _, err := terminal.Read(card, mrz(t), nonce, rand.Reader); !fault.Because(err, "chip_malformed") || card.n != 4 {
		t.Error(err, card.n)
	}
}

func TestPACEWithAnotherAnswer(t *testing.T) {
	in := offers(content(t), nil, chip.PACE{Cipher: chip.AES128, Parameter: 12})
	framed := func(tag int, b []byte) []byte { return append(terminal.Object(0x7C, terminal.Object(tag, b)), 0x90, 0) }
	for name, a := range map[string][]byte{
		"a nonce of 15": framed(0x80, make([]byte, 15)), "of 17": framed(0x80, make([]byte, 17)), "of 48": framed(0x80, make([]byte, 48)), "of 0": framed(0x80, nil),
		"another object": framed(0x82, make([]byte, 16)), "no frame": append(terminal.Object(0x80, make([]byte, 16)), 0x90, 0), "two frames": append(framed(0x80, make([]byte, 16))[:20], framed(0x80, make([]byte, 16))...),
	} {
		card := &between{Card: chip.New(in, rand.Reader), answer: func(n int, b []byte) []byte {
			if n == 5 {
				return a
			}
			return b
		}}
		if _, err := terminal.Read(card, mrz(t), nonce, rand.Reader); !fault.Because(err, "chip_malformed") {
			t.Errorf("%s: %v", name, err)
		}
	}
	// A chip that knows the printed data and not its own token.
	card := &between{Card: chip.New(in, rand.Reader), answer: func(n int, b []byte) []byte {
		if n == 8 {
			b[len(b)-3] ^= 1
		}
		return b
	}}
	if _, err := terminal.Read(card, mrz(t), nonce, rand.Reader); !fault.Because(err, "chip_malformed") {
		t.Error(err)
	}
	old := offers(content(t), nil) // version 1, and mappings that are not spoken
	for _, access := range [][]byte{unhex(t, "31143012060A04007F0007020204020202010102010D"), unhex(t, "31143012060A04007F0007020204040202010202010D"), unhex(t, "31143012060A04007F0007020204020202010202017F")} {
		card := &between{Card: chip.New(old, rand.Reader), answer: func(n int, b []byte) []byte {
			switch n {
			case 1:
				return []byte{0x90, 0}
			case 2:
				return append(bytes.Clone(access[:4]), 0x90, 0)
			case 3:
				return append(bytes.Clone(access[4:]), 0x90, 0)
			}
			return b
		}}
		if _, err := terminal.Read(card, mrz(t), nonce, rand.Reader); !fault.Because(err, "chip_unsupported") {
			t.Errorf("%X: %v", access, err)
		}
	}
}

func TestWhatPaddingIs(t *testing.T) {
	for s, ok := range map[string]bool{"\x80\x00\x00\x00\x00\x00\x00\x00": true, "abcdefg\x80": true, "abcdefgh": false, "abcdefg\x81": false, "\x00\x00\x00\x00\x00\x00\x00\x00": false,
		"abcdefg\x80\x00\x00\x00\x00\x00\x00\x00\x00": false, "": false} {
		if err := terminal.Unpadded([]byte(s)); ok != (err == nil) {
			t.Errorf("%q: %v", s, err)
		}
	}
}

func TestAPointHasOneForm(t *testing.T) {
	if err := terminal.Decode(terminal.Beyond()); !fault.Because(err, "chip_malformed") {
		t.Error(err)
	}
}

func TestObjectsThatAreNone(t *testing.T) {
	for _, s := range []string{"", "\x61", "\x1F\x05\x00", "\x1F\x80\x05\x00", "\x7F\x49", "\x61\x03ab", "\x61\x80", "\x61\x81\x05abcde", "\x61\x82\x00\x85", "\x61\x84\x00\x00\x00\x01a"} {
		if _, _, _, err := terminal.Cut([]byte(s)); !fault.Because(err, "chip_malformed") {
			t.Errorf("%X: %v", s, err)
		}
	}
}
