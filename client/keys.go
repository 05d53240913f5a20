package client

import (
	"crypto/ecdsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/emmansun/gmsm/sm2"
	"golang.org/x/mod/sumdb/note"
)

// Keys are the keys of one ledger as somebody trusts them: one, or one an
// algorithm, and then a head must be signed by each. With the successions that
// lead from one key to the next they also check heads of before and after.
type Keys struct {
	origin string
	lines  []keyLine
	chain  []succession // of these lines alone
}

// keyLine is one algorithm's keys, oldest first.
type keyLine []heldKey

type heldKey struct {
	note.Verifier
	text  string
	alg   string    // no key follows one of another algorithm
	since time.Time // when the one before handed over to it; zero: it has always been there
}

// What a verifier key begins with. C2SP signed-note gives Ed25519 the byte 1
// and has no byte for SM2: then it recommends 255 and a longer name.
const (
	algEd25519 = "\x01"
	algSM2     = "\xff" + AlgSM2
)

// ParseKeys reads what somebody trusts: verifier keys, "name+hash+base64", one
// a line, all of one ledger and each of another algorithm; behind them the
// successions, as the ledger's resource "keys" gives them, if there are any.
// A single verifier key is the common case. Fails with ErrKey or ErrSuccession.
func ParseKeys(text string) (Keys, error) {
	pinned, chain, err := cutListing(text)
	if err != nil {
		return Keys{}, err
	}
	var k Keys
	for _, s := range pinned {
		h, err := parseVerifier(s)
		if err != nil {
			return Keys{}, err
		}
		if k.origin != "" && h.Name() != k.origin {
			return Keys{}, fmt.Errorf("%w: of two ledgers", ErrKey)
		}
		if slices.ContainsFunc(k.lines, func(l keyLine) bool { return l[0].alg == h.alg }) {
			return Keys{}, fmt.Errorf("%w: two of one algorithm", ErrKey)
		}
		k.origin, k.lines = h.Name(), append(k.lines, keyLine{h})
	}
	if len(k.lines) == 0 {
		return Keys{}, fmt.Errorf("%w: none", ErrKey)
	}
	return k.join(chain)
}

// Origin is the ledger's name.
func (k Keys) Origin() string { return k.origin }

// Newest trusts the newest key of each algorithm alone: what a follower goes
// on with once it knows a succession.
func (k Keys) Newest() Keys {
	n := Keys{origin: k.origin}
	for _, l := range k.lines {
		last := l[len(l)-1]
		last.since = time.Time{}
		n.lines = append(n.lines, keyLine{last})
	}
	return n
}

// String is what ParseKeys reads: the newest keys, then the successions.
func (k Keys) String() string {
	var b strings.Builder
	for _, l := range k.lines {
		b.WriteString(l[len(l)-1].text + "\n")
	}
	for _, s := range k.chain {
		b.WriteString(s.note)
	}
	return b.String()
}

// Changes is how many successions are known.
func (k Keys) Changes() int { return len(k.chain) }

// Knows reports whether a verifier key is one of these, today's or a former one.
func (k Keys) Knows(verifierKey string) bool {
	return slices.ContainsFunc(k.lines, func(l keyLine) bool {
		return slices.ContainsFunc(l, func(h heldKey) bool { return h.text == verifierKey })
	})
}

// takeover is how long after a succession a head may still be without the new
// key's signature. A running ledger takes over within seconds; the rest is for
// clocks and for one that was being started.
const takeover = time.Hour

// Check checks a head as CheckHead does. Of each algorithm the head must be
// signed by the key that was the newest at the time the head says, or by a
// later one: a former key, which signs on beside its successor for those who
// hold nothing newer, can't sign alone any more. Fails with ErrHead.
func (k Keys) Check(head []byte) (Head, error) {
	if len(k.lines) == 0 {
		return Head{}, fmt.Errorf("%w: none", ErrKey)
	}
	if len(head) > maxHead {
		return Head{}, fmt.Errorf("%w: too long", ErrHead)
	}
	n, err := k.open(head)
	if err != nil {
		return Head{}, fmt.Errorf("%w: %v", ErrHead, err)
	}
	h, ok := parseHead(n.Text)
	if !ok || h.Origin != k.origin {
		return Head{}, fmt.Errorf("%w: not a checkpoint of %s", ErrHead, k.origin)
	}
	if missing := k.unsigned(n, h.Time); missing != "" {
		return Head{}, fmt.Errorf("%w: it lacks a signature (%s) that it must have", ErrHead, missing)
	}
	return h, nil
}

// open opens a note that any of the keys signed.
func (k Keys) open(signed []byte) (*note.Note, error) {
	var known []note.Verifier
	for _, l := range k.lines {
		for _, h := range l {
			known = append(known, h.Verifier)
		}
	}
	return note.Open(signed, note.VerifierList(known...))
}

// unsigned names an algorithm of which no key signed that must have, of a note of
// this time; empty when there is none.
func (k Keys) unsigned(n *note.Note, at time.Time) string {
	for _, l := range k.lines {
		if !l.at(at).signed(n.Sigs) {
			return l[0].name()
		}
	}
	return ""
}

// at are the keys of which one must have signed a head of this time.
func (l keyLine) at(t time.Time) keyLine {
	for i := len(l) - 1; i > 0; i-- {
		if t.IsZero() || l[i].since.Add(takeover).Before(t) {
			return l[i:]
		}
	}
	return l
}

func (l keyLine) signed(by []note.Signature) bool {
	return slices.ContainsFunc(l, func(h heldKey) bool {
		return slices.ContainsFunc(by, func(s note.Signature) bool { return s.Name == h.Name() && s.Hash == h.KeyHash() })
	})
}

func (h heldKey) name() string {
	if h.alg == algSM2 {
		return "SM2"
	}
	return "Ed25519"
}

// parseVerifier reads one verifier key: Ed25519, or SM2 in the form that ADR 0019 has.
func parseVerifier(text string) (heldKey, error) {
	bad := func(what string) (heldKey, error) {
		return heldKey{}, fmt.Errorf("%w: verifier key: %s", ErrKey, what)
	}
	name, hash, b, ok := cutKey(text)
	if !ok {
		return bad("not name+hash+base64")
	}
	if len(b) > 0 && b[0] != algSM2[0] {
		v, err := note.NewVerifier(text)
		if err != nil {
			return bad(err.Error())
		}
		return heldKey{Verifier: v, text: text, alg: algEd25519}, nil
	}
	point, known := strings.CutPrefix(string(b), algSM2)
	if !known || len(point) != 1+2*32 || point[0] != 4 {
		return bad("of an unknown algorithm")
	}
	key, err := sm2.NewPublicKey([]byte(point))
	if err != nil {
		return bad("not a point of the SM2 curve")
	}
	return heldKey{Verifier: sm2Verifier{name, hash, key}, text: text, alg: algSM2}, nil
}

// cutKey takes name+hash+base64 apart; the hash is that of the rest.
func cutKey(text string) (name string, hash uint32, key []byte, ok bool) {
	name, rest, _ := strings.Cut(text, "+")
	digits, encoded, _ := strings.Cut(rest, "+")
	key, err := base64.StdEncoding.Strict().DecodeString(encoded)
	if err != nil || len(key) == 0 || name == "" || strings.ContainsAny(text, " \t\r\n") {
		return "", 0, nil, false
	}
	sum := sha256.Sum256(append([]byte(name+"\n"), key...))
	hash = binary.BigEndian.Uint32(sum[:])
	got, err := strconv.ParseUint(digits, 16, 32)
	return name, hash, key, err == nil && len(digits) == 8 && uint32(got) == hash
}

// sm2Verifier checks SM2 over SM3 with the identifier 1234567812345678, the
// signature in the DER of GB/T 35276.
type sm2Verifier struct {
	name string
	hash uint32
	key  *ecdsa.PublicKey
}

func (v sm2Verifier) Name() string    { return v.name }
func (v sm2Verifier) KeyHash() uint32 { return v.hash }

func (v sm2Verifier) Verify(msg, sig []byte) bool {
	return sm2.VerifyASN1WithSM2(v.key, []byte(sm2ID), msg, sig)
}
