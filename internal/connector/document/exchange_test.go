package document_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"netid/internal/connector/document"
	"netid/internal/emrtd"
	"netid/internal/emrtd/chip"
	"netid/internal/emrtd/terminal"
	"netid/internal/fault"
	"netid/internal/identity"
)

// agreeing is a document of software whose chip proves itself by agreeing on
// keys, and has no key to sign with.
type agreeing struct {
	kind    identity.DocumentKind
	key     terminal.Key
	content chip.Content
}

// holder makes one; the printed data open it.
func (s state) agreeing(t testing.TB, kind identity.DocumentKind, zone, number string, with chip.Cipher, parameter int, offers ...chip.PACE) agreeing {
	t.Helper()
	scalar := make([]byte, 32)
	rand.Read(scalar)
	g := &chip.Agreement{Cipher: with, Parameter: parameter, Key: scalar}
	dg1, dg14 := app(1, raw(1, 31, false, []byte(zone))), app(14, chip.Infos(offers, g))
	key := must[terminal.Key](t)(terminal.MRZ(strings.TrimRight(number, "<"), "860504", "310101"))
	return agreeing{kind, key, chip.Content{PACE: offers, Agreement: g, Files: map[int][]byte{chip.EFSOD: s.signGroups(t, dg1, 14, dg14), chip.EFDG1: dg1, chip.EFDG14: dg14}}}
}

func seed(n byte) []byte { return bytes.Repeat([]byte{n}, document.SeedSize) }

// read is the first question, as netid reader asks it.
func (a agreeing) read(t testing.TB) document.Evidence {
	t.Helper()
	f := must[terminal.Files](t)(terminal.Read(chip.New(a.content, rand.Reader), a.key, challenge, rand.Reader))
	if f.Signature != nil || !f.Genuine {
		t.Fatalf("a chip of another make: %+v", f)
	}
	return document.Evidence{SOD: f.SOD, DG1: f.DG1, DG14: f.DG14}
}

// carry is the second.
func (a agreeing) carry(t testing.TB, exchange []byte) []byte {
	t.Helper()
	return must[[]byte](t)(terminal.Carry(chip.New(a.content, rand.Reader), a.key, carried(t, exchange), rand.Reader))
}

func carried(t testing.TB, exchange []byte) terminal.Exchange {
	t.Helper()
	var x document.Exchange
	if err := json.Unmarshal(exchange, &x); err != nil {
		t.Fatal(err)
	}
	return terminal.Exchange(x)
}

func text(t testing.TB, e document.Evidence) []byte { return must[[]byte](t)(json.Marshal(e)) }

// A chip without active authentication is known by its keys: a passport's and
// both permits', in every cipher, opened by Basic Access Control and by PACE.
func TestChipsThatAgreeOnKeys(t *testing.T) {
	s := newState(t)
	r := &register{handle: "handle-of-the-test"}
	desk := document.NewDesk(s.trust, r, false, clock)
	pace := chip.PACE{Cipher: chip.AES128, Parameter: 12}
	for name, a := range map[string]agreeing{
		"passport, 3DES":          s.agreeing(t, identity.PassportAbroad, zone("CHN", "CHN", "EI9900001", "860504", "310101"), "EI9900001", chip.TripleDES, 12),
		"passport, AES-128, PACE": s.agreeing(t, identity.PassportAbroad, zone("CHN", "CHN", "EI9900001", "860504", "310101"), "EI9900001", chip.AES128, 13, pace),
		"permit, AES-256":         s.agreeing(t, identity.PermitHongKong, permitZone("HI9900001", "860504", "310101"), "HI9900001", chip.AES256, 15),
		"permit, AES-192, PACE":   s.agreeing(t, identity.PermitTaiwan, cardZone("I9900001<", "860504", "310101"), "I9900001<", chip.AES192, 12, pace),
	} {
		e := a.read(t)
		x, err := desk.Begin(t.Context(), a.kind, text(t, e), seed(1))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		e.Response = a.carry(t, x)
		doc, handle, err := desk.Finish(t.Context(), a.kind, text(t, e), seed(1))
		if err != nil || handle != r.handle || !doc.Active || doc.Kind != a.kind || doc.Origin != desk.Origin(a.kind) || doc.Birth.Year != 1986 {
			t.Errorf("%s: %+v %v", name, doc, err)
		}
		if _, _, err := desk.Read(t.Context(), a.kind, text(t, e), challenge); !fault.Because(err, emrtd.Downgraded) {
			t.Errorf("%s, by the files and no question: %v", name, err)
		}
	}
}

// A copy has every file and not the key. What it, or a reader that lies, can bring
// is refused by name; nothing of it reaches the register.
func TestACopyOfAChipThatAgreesOnKeys(t *testing.T) {
	s := newState(t)
	r := &register{handle: "handle-of-the-test"}
	desk := document.NewDesk(s.trust, r, false, clock)
	a := s.agreeing(t, identity.PassportAbroad, zone("CHN", "CHN", "EI9900001", "860504", "310101"), "EI9900001", chip.AES128, 12)
	e := a.read(t)
	x := must[[]byte](t)(desk.Begin(t.Context(), a.kind, text(t, e), seed(1)))
	good := a.carry(t, x)
	copied := a
	other := make([]byte, 32)
	rand.Read(other)
	copied.content.Agreement = &chip.Agreement{Cipher: chip.AES128, Parameter: 12, Key: other}
	if _, err := terminal.Read(chip.New(copied.content, rand.Reader), a.key, challenge, rand.Reader); !fault.Because(err, emrtd.NotAuthentic) {
		t.Errorf("an honest reader takes a copy: %v", err)
	}
	keyless := copied
	keyless.content.Agreement = nil
	if _, err := terminal.Carry(chip.New(keyless.content, rand.Reader), a.key, carried(t, x), rand.Reader); err == nil {
		t.Error("a chip without the key takes an exchange")
	}
	second := s.agreeing(t, identity.PassportAbroad, zone("CHN", "CHN", "EI9900002", "860504", "310101"), "EI9900002", chip.AES128, 12)
	for name, c := range map[string]struct {
		seed byte
		want string
		do   func(*document.Evidence)
	}{
		"a copy's answer":        {1, emrtd.WrongAnswer, func(e *document.Evidence) { e.Response = copied.carry(t, x) }},
		"an answer from before":  {2, emrtd.WrongAnswer, func(*document.Evidence) {}},
		"a changed answer":       {1, emrtd.WrongAnswer, func(e *document.Evidence) { e.Response = slices.Clone(good); e.Response[9] ^= 1 }},
		"another genuine chip's": {1, emrtd.WrongAnswer, func(e *document.Evidence) { e.Response = second.carry(t, x) }},
		"no answer":              {1, emrtd.Downgraded, func(e *document.Evidence) { e.Response = nil }},
		"the key left out":       {1, emrtd.Downgraded, func(e *document.Evidence) { e.DG14 = nil }},
		"the copy's key put in":  {1, emrtd.Mismatch, func(e *document.Evidence) { e.DG14 = app(14, chip.Infos(nil, copied.content.Agreement)) }},
		"another's data page":    {1, emrtd.Mismatch, func(e *document.Evidence) { e.DG1 = second.content.Files[chip.EFDG1] }},
		"another state's": {1, "document_not_listed", func(e *document.Evidence) {
			e.DG1 = app(1, raw(1, 31, false, []byte(zone("UTO", "UTO", "EI9900001", "860504", "310101"))))
		}},
		"signed by nobody":        {1, emrtd.Unsigned, func(e *document.Evidence) { e.SOD = newState(t).signGroups(t, e.DG1, 14, e.DG14) }},
		"an answer that is long":  {1, emrtd.Malformed, func(e *document.Evidence) { e.Response = bytes.Repeat(good, 2) }},
		"a passport for a permit": {1, emrtd.Mismatch, func(*document.Evidence) {}},
	} {
		changed := e
		changed.Response = good
		c.do(&changed)
		kind := a.kind
		if strings.HasSuffix(name, "permit") {
			kind = identity.PermitTaiwan
		}
		r.asked = 0
		if doc, handle, err := desk.Finish(t.Context(), kind, text(t, changed), seed(c.seed)); !fault.Because(err, c.want) || handle != "" || doc != (identity.Document{}) || r.asked != 0 {
			t.Errorf("%s: %+v %v, want %s", name, doc, err, c.want)
		}
	}
	for name, c := range map[string]struct {
		want string
		do   func(*document.Evidence)
	}{
		"the key left out":      {emrtd.Downgraded, func(e *document.Evidence) { e.DG14 = nil }},
		"another's data page":   {emrtd.Mismatch, func(e *document.Evidence) { e.DG1 = second.content.Files[chip.EFDG1] }},
		"signed by nobody":      {emrtd.Unsigned, func(e *document.Evidence) { e.SOD = newState(t).signGroups(t, e.DG1, 14, e.DG14) }},
		"a key that only signs": {emrtd.NotAuthentic, func(e *document.Evidence) { *e = s.passport(t, zone("CHN", "CHN", "EI9900001", "860504", "310101")) }},
	} {
		changed := e
		c.do(&changed)
		if x, err := desk.Begin(t.Context(), a.kind, text(t, changed), seed(1)); !fault.Because(err, c.want) || x != nil {
			t.Errorf("an exchange begun, %s: %v, want %s", name, err, c.want)
		}
	}
	if _, _, err := desk.Finish(t.Context(), identity.ResidentCard, text(t, document.Evidence{SOD: e.SOD, DG1: e.DG1, DG14: e.DG14, Response: good}), seed(1)); !fault.Because(err, emrtd.Malformed) {
		t.Errorf("a passport for a card that the state reads: %v", err)
	}
	key := must[*ecdsa.PrivateKey](t)(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	numbered := app(14, setOf(seq(oid(t, 0, 4, 0, 127, 0, 7, 2, 2, 3, 2, 2), number(t, 1), number(t, 0)),
		seq(oid(t, 0, 4, 0, 127, 0, 7, 2, 2, 1, 2), must[[]byte](t)(x509.MarshalPKIXPublicKey(&key.PublicKey)), number(t, 0))))
	if x, err := desk.Begin(t.Context(), a.kind, text(t, document.Evidence{SOD: s.signGroups(t, e.DG1, 14, numbered), DG1: e.DG1, DG14: numbered}), seed(1)); err != nil || !bytes.Equal(carried(t, x).KeyID, []byte{0}) {
		t.Errorf("a key with the number 0: %s %v", x, err)
	}
	if _, err := desk.Begin(t.Context(), a.kind, text(t, e), seed(1)[1:]); !fault.Is(err, fault.Internal) {
		t.Errorf("a seed that is short: %v", err)
	}
	if _, err := desk.Begin(t.Context(), "library-card", text(t, e), seed(1)); !fault.Because(err, "document_kind_unknown") {
		t.Errorf("another kind: %v", err)
	}
	if _, _, err := document.NewDesk(s.trust, &register{}, false, clock).Finish(t.Context(), a.kind, text(t, document.Evidence{SOD: e.SOD, DG1: e.DG1, DG14: e.DG14, Response: good}), seed(1)); !fault.Because(err, "authority_unavailable") {
		t.Errorf("a register that names nobody: %v", err)
	}
}

// What a page may have carried is one command, which reads 8 bytes of a file that
// the service has already: never the photo.
func TestOnlyTheOneCommandIsCarried(t *testing.T) {
	s := newState(t)
	desk := document.NewDesk(s.trust, &register{}, false, clock)
	a := s.agreeing(t, identity.PassportAbroad, zone("CHN", "CHN", "EI9900001", "860504", "310101"), "EI9900001", chip.AES128, 12)
	good := carried(t, must[[]byte](t)(desk.Begin(t.Context(), a.kind, text(t, a.read(t)), seed(1))))
	for name, do := range map[string]func(*terminal.Exchange){
		"the photo":       func(x *terminal.Exchange) { x.Command[2] = 0x82 },
		"further on":      func(x *terminal.Exchange) { x.Command[3] = 8 },
		"more of it":      func(x *terminal.Exchange) { x.Command[7] = 0 },
		"another command": func(x *terminal.Exchange) { x.Command[1] = 0xA4 },
		"another length":  func(x *terminal.Exchange) { x.Command[18] = 1 },
		"in the clear":    func(x *terminal.Exchange) { x.Command[0] = 0 },
		"longer":          func(x *terminal.Exchange) { x.Command = append(x.Command, 0) },
		"nothing":         func(x *terminal.Exchange) { x.Command = nil },
		"no cipher":       func(x *terminal.Exchange) { x.Cipher = "2.5" },
		"no key":          func(x *terminal.Exchange) { x.Public = nil },
		"a long key":      func(x *terminal.Exchange) { x.Public = append(bytes.Clone(x.Public), make([]byte, 128)...) },
		"a compressed key": func(x *terminal.Exchange) {
			x.Public = elliptic.MarshalCompressed(elliptic.P256(), elliptic.P256().Params().Gx, elliptic.P256().Params().Gy)
		},
		"a long number": func(x *terminal.Exchange) { x.KeyID = []byte{1, 2} },
	} {
		x := good
		x.Command = bytes.Clone(good.Command)
		do(&x)
		c := &counting{Chip: chip.New(a.content, rand.Reader)}
		if b, err := terminal.Carry(c, a.key, x, rand.Reader); !fault.Because(err, "reader_request_invalid") || b != nil || c.commands != 0 {
			t.Errorf("%s: %x %v after %d commands", name, b, err, c.commands)
		}
	}
	if _, err := terminal.Carry(chip.New(a.content, rand.Reader), terminal.Key{}, good, rand.Reader); !fault.Is(err, fault.Internal) {
		t.Errorf("no key: %v", err)
	}
	wrong := must[terminal.Key](t)(terminal.MRZ("EI9900002", "860504", "310101"))
	if _, err := terminal.Carry(chip.New(a.content, rand.Reader), wrong, good, rand.Reader); !fault.Because(err, "chip_key_wrong") {
		t.Errorf("another's printed data: %v", err)
	}
	// PACE that was taken out of EF.CardAccess shows in data group 14 here, too.
	strong := s.agreeing(t, identity.PassportAbroad, zone("CHN", "CHN", "EI9900001", "860504", "310101"), "EI9900001", chip.AES128, 12, chip.PACE{Cipher: chip.AES128, Parameter: 12})
	strong.content.PACE = nil
	if _, err := terminal.Carry(chip.New(strong.content, rand.Reader), a.key, good, rand.Reader); !fault.Because(err, "chip_weakened") {
		t.Errorf("a chip that hides what it can: %v", err)
	}
	for after := 1; after < 40; after++ {
		c := &counting{Chip: chip.New(a.content, rand.Reader), most: after}
		if _, err := terminal.Carry(c, a.key, good, rand.Reader); err == nil {
			if after < 8 {
				t.Errorf("all was said in %d commands", after)
			}
			break
		} else if !fault.Because(err, "chip_silent") {
			t.Errorf("taken away after %d commands: %v", after, err)
		}
	}
}

// counting is a chip that is taken away after so many commands; 0: it stays.
type counting struct {
	*chip.Chip
	commands, most int
}

func (c *counting) Transmit(b []byte) ([]byte, error) {
	if c.commands++; c.most > 0 && c.commands > c.most {
		return nil, fault.New("test", fault.Unavailable, "chip_silent")
	}
	return c.Chip.Transmit(b)
}
