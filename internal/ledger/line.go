package ledger

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/transparency-dev/merkle/rfc6962"
	"golang.org/x/mod/sumdb/note"

	"netid/internal/fault"
	"netid/internal/suite"
)

// Line is one algorithm by which every head is signed.
type Line struct {
	Alg string // "EdDSA", or suite.AlgSM2
	// Signers gives the live ones, at each call as they are then: first the one
	// whose verifier key is given out, then the others.
	Signers func() []suite.Signer
	// Handovers gives the successions so far (Successor), oldest first; nil when there are none.
	Handovers func() []suite.Handover
}

// What a verifier key begins with (C2SP signed-note): Ed25519 has the byte 1;
// SM2 has none, and takes 255 and a longer name, as is recommended then.
const (
	typeEd25519 = "\x01"
	typeSM2     = "\xff" + suite.AlgSM2
)

// noteKey lends a key to the note format.
type noteKey struct {
	note.Verifier
	text   string
	signer suite.Signer // nil: only what it signed is checked
	until  time.Time    // when it was retired
}

// Sign gives the signature as the note has it: of SM2 in the DER of GB/T 35276.
func (n *noteKey) Sign(msg []byte) ([]byte, error) {
	sig, err := n.signer.Sign(msg)
	if err == nil && n.signer.Alg() == suite.AlgSM2 {
		return suite.SM2DER(sig)
	}
	return sig, err
}

func (n *noteKey) signed(sigs []note.Signature) bool {
	return slices.ContainsFunc(sigs, func(s note.Signature) bool { return s.Name == n.Name() && s.Hash == n.KeyHash() })
}

// covers reports whether the key's signature counts on a head of this time.
func (n *noteKey) covers(at time.Time) bool {
	return n.until.IsZero() || !at.IsZero() && !at.After(n.until)
}

// live gives the keys of a line that sign now.
func (k *Keeper) live(l Line) ([]*noteKey, error) {
	var keys []*noteKey
	for _, s := range l.Signers() {
		if s == nil || s.Alg() != l.Alg {
			return nil, fault.Newf("ledger.Keeper", fault.Internal, "internal", "a key is missing or of the wrong kind")
		}
		id := string(s.PublicJWK())
		if found, ok := k.cache.Load(id); ok {
			keys = append(keys, found.(*noteKey))
			continue
		}
		key, err := newNoteKey(k.origin, s)
		if err != nil {
			return nil, err
		}
		k.cache.Store(id, key)
		keys = append(keys, key)
	}
	return keys, nil
}

// past gives the keys of a line that are retired, oldest first, with the
// handovers they belong to.
func (k *Keeper) past(l Line) (map[*noteKey]suite.Handover, error) {
	if l.Handovers == nil {
		return nil, nil
	}
	past := map[*noteKey]suite.Handover{}
	for _, h := range l.Handovers() {
		text, _, _, err := readRecord(k.origin, h.Record)
		if err != nil {
			return nil, err
		}
		if h.Retired.IsZero() {
			continue
		}
		key, err := parseNoteKey(text)
		if err != nil {
			return nil, err
		}
		key.until = h.Retired
		past[key] = h
	}
	return past, nil
}

// late is how long after a rotation a head may be without the new key's
// signature and nobody asks why.
const late = time.Minute

// missing gives a live key that has not signed a head and should have: one that
// was there before the head, by the head's own time.
func (k *Keeper) missing(signed []byte) (text string, err error) {
	at := headTime(string(signed))
	for _, l := range k.lines {
		born := map[string]time.Time{}
		if l.Handovers != nil {
			for _, h := range l.Handovers() {
				_, to, since, err := readRecord(k.origin, h.Record)
				if err != nil {
					return "", err
				}
				born[to] = since
			}
		}
		keys, err := k.live(l)
		if err != nil {
			return "", err
		}
		for _, key := range keys {
			if since, ok := born[key.text]; ok && !at.IsZero() && !since.Add(late).Before(at) {
				continue
			}
			if n, err := openHead(signed, []note.Verifier{key}); err != nil || !key.signed(n.Sigs) {
				return key.text, nil
			}
		}
	}
	return "", nil
}

// acceptable gives the keys of a line by which a head is checked.
func (k *Keeper) acceptable(l Line, w which) ([]*noteKey, error) {
	keys, err := k.live(l)
	if err != nil {
		return nil, err
	}
	if w == newest {
		return keys[:min(1, len(keys))], nil
	}
	past, err := k.past(l)
	for key, h := range past {
		if !h.Compromised || w == remembered {
			keys = append(keys, key)
		}
	}
	return keys, err
}

// newNoteKey names a signer as a note does.
func newNoteKey(origin string, s suite.Signer) (*noteKey, error) {
	const op = "ledger.noteKey"
	var jwk struct{ Kty, Crv, X, Y string }
	err := json.Unmarshal(s.PublicJWK(), &jwk)
	x, errX := base64.RawURLEncoding.Strict().DecodeString(jwk.X)
	y, errY := base64.RawURLEncoding.Strict().DecodeString(jwk.Y)
	if err != nil || errX != nil || errY != nil || len(x) != 32 {
		return nil, fault.Newf(op, fault.Internal, "internal", "not a public key")
	}
	var public string
	switch {
	case s.Alg() == "EdDSA" && jwk.Kty == "OKP" && jwk.Crv == "Ed25519" && len(y) == 0:
		public = typeEd25519 + string(x)
	case s.Alg() == suite.AlgSM2 && jwk.Kty == "EC" && jwk.Crv == suite.CurveSM2 && len(y) == 32:
		public = typeSM2 + "\x04" + string(x) + string(y)
	default:
		return nil, fault.Newf(op, fault.Internal, "internal", "not a key of %s", s.Alg())
	}
	key, err := parseNoteKey(fmt.Sprintf("%s+%08x+%s", origin, keyHash(origin, public), base64.StdEncoding.EncodeToString([]byte(public))))
	if err != nil {
		return nil, err
	}
	key.signer = s
	return key, nil
}

// keyHash is the key id of C2SP signed-note; plain SHA-256 whatever the suite.
func keyHash(origin, public string) uint32 {
	h := rfc6962.DefaultHasher.New()
	h.Write([]byte(origin + "\n" + public))
	return binary.BigEndian.Uint32(h.Sum(nil))
}

// parseNoteKey reads what newNoteKey wrote. It refuses an origin that is no
// name of a note.
func parseNoteKey(text string) (*noteKey, error) {
	const op = "ledger.noteKey"
	origin, rest, _ := strings.Cut(text, "+")
	hash, encoded, _ := strings.Cut(rest, "+")
	b, err := base64.StdEncoding.Strict().DecodeString(encoded)
	point, isSM2 := strings.CutPrefix(string(b), typeSM2)
	if err != nil || !isSM2 {
		v, err := note.NewVerifier(text)
		if err != nil {
			return nil, fault.Wrap(op, fault.Internal, "internal", err)
		}
		return &noteKey{Verifier: v, text: text}, nil
	}
	v := sm2Verifier{name: origin, hash: keyHash(origin, string(b))}
	if len(point) != 65 || point[0] != 4 || hash != fmt.Sprintf("%08x", v.hash) {
		return nil, fault.Newf(op, fault.Internal, "internal", "not a verifier key of SM2")
	}
	enc := base64.RawURLEncoding.EncodeToString
	v.jwk = []byte(`{"crv":"` + suite.CurveSM2 + `","kty":"EC","x":"` + enc([]byte(point[1:33])) + `","y":"` + enc([]byte(point[33:])) + `"}`)
	return &noteKey{Verifier: v, text: text}, nil
}

// sm2Verifier checks a note's line of SM2 over SM3.
type sm2Verifier struct {
	name string
	hash uint32
	jwk  []byte
}

func (v sm2Verifier) Name() string    { return v.name }
func (v sm2Verifier) KeyHash() uint32 { return v.hash }

func (v sm2Verifier) Verify(msg, der []byte) bool {
	sig, err := suite.ReadSM2DER(der)
	return err == nil && suite.VerifySM2(v.jwk, msg, sig) == nil
}
