package ledger

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"

	"netid/internal/fault"
)

const maxHead = 8 << 10 // bytes of a signed head: eight live keys of two algorithms, and witnesses

// Head signs a tree: a C2SP checkpoint (origin, size, root in base64) with one
// extension line, "time " and the instant in UTC. Every live key signs, former
// ones too: who holds an older verifier key goes on. Returns the signed note.
func (k *Keeper) Head(t Tree, at time.Time) ([]byte, error) {
	const op = "ledger.Head"
	if k.err != nil {
		return nil, fault.At(op, k.err)
	}
	root := t.Root()
	text := fmt.Sprintf("%s\n%d\n%s\ntime %s\n", k.origin, t.Size(),
		base64.StdEncoding.EncodeToString(root[:]), at.UTC().Truncate(time.Second).Format(time.RFC3339))
	signers, err := k.signers()
	if err != nil {
		return nil, fault.At(op, err)
	}
	signed, err := note.Sign(&note.Note{Text: text}, signers...)
	return signed, fault.Wrap(op, fault.Internal, "internal", err)
}

// CheckHead checks that a note is a head of this ledger and reads it. Of each
// line a live key must have signed it, or a retired one before it was retired;
// of a key that was retired because it was compromised nothing is accepted.
// Lines of keys that it does not know, a witness's, are no matter. Fails with
// Invalid "head_invalid".
func (k *Keeper) CheckHead(signed []byte) (size uint64, root [32]byte, err error) {
	if size, root, err = k.check(signed, newest); err == nil { // as nearly always: one signature a line to check, not all
		return size, root, nil
	}
	return k.check(signed, own)
}

// CheckRemembered is CheckHead for a head that somebody kept: it accuses, and
// nothing is built on it. So what a compromised key signed before its end, by
// the time that the head itself says, is accepted too.
func (k *Keeper) CheckRemembered(signed []byte) (size uint64, root [32]byte, err error) {
	return k.check(signed, remembered)
}

// which keys of a line count.
type which int

const (
	newest     which = iota // the one whose verifier key is given out
	own                     // all live ones, and those that were retired in their time
	remembered              // and those that were retired as compromised
)

func (k *Keeper) check(signed []byte, keys which) (size uint64, root [32]byte, err error) {
	const op = "ledger.CheckHead"
	if k.err != nil {
		return 0, root, fault.At(op, k.err)
	}
	var known []note.Verifier
	lines := make([][]*noteKey, len(k.lines))
	for i, l := range k.lines {
		if lines[i], err = k.acceptable(l, keys); err != nil {
			return 0, root, fault.At(op, err)
		}
		for _, key := range lines[i] {
			known = append(known, key)
		}
	}
	n, err := openHead(signed, known)
	if err != nil {
		return 0, root, fault.At(op, err)
	}
	origin, size, root, err := parseHead(n.Text)
	if err == nil && origin != k.origin {
		err = fault.Newf(op, fault.Invalid, "head_invalid", "of another ledger")
	}
	if err != nil {
		return 0, [32]byte{}, err
	}
	at := headTime(n.Text)
	for i, line := range lines {
		if !slices.ContainsFunc(line, func(key *noteKey) bool { return key.signed(n.Sigs) && key.covers(at) }) {
			return 0, [32]byte{}, fault.Newf(op, fault.Invalid, "head_invalid", "no signature (%s) that counts", k.lines[i].Alg)
		}
	}
	return size, root, nil
}

// Complete reports whether every live key signed the head. After a rotation
// the newest head is signed anew, so that who has the new key alone can check it.
func (k *Keeper) Complete(signed []byte) bool {
	for _, l := range k.lines {
		keys, err := k.live(l)
		if err != nil {
			return false
		}
		for _, key := range keys {
			if n, err := openHead(signed, []note.Verifier{key}); err != nil || !key.signed(n.Sigs) {
				return false
			}
		}
	}
	return true
}

// KeysOf gives the verifier keys that a reader of this head should have: of
// each line the live key that signs, or, while it has not signed this head yet,
// another that has.
func (k *Keeper) KeysOf(signed []byte) (all []string) {
	for _, l := range k.lines {
		keys, err := k.live(l)
		if err != nil {
			return nil
		}
		for _, key := range keys {
			if n, err := openHead(signed, []note.Verifier{key}); err == nil && key.signed(n.Sigs) {
				all = append(all, key.text)
				break
			}
		}
	}
	return all
}

func openHead(signed []byte, known []note.Verifier) (*note.Note, error) {
	const op = "ledger.CheckHead"
	if len(signed) > maxHead {
		return nil, fault.Newf(op, fault.Invalid, "head_invalid", "%d bytes", len(signed))
	}
	n, err := note.Open(signed, note.VerifierList(known...))
	if err != nil {
		return nil, fault.Wrap(op, fault.Invalid, "head_invalid", err)
	}
	for _, s := range n.Sigs { // the note package lets bits pass that nothing covers: then one head had several forms
		if _, err := base64.StdEncoding.Strict().DecodeString(s.Base64); err != nil {
			return nil, fault.Wrap(op, fault.Invalid, "head_invalid", err)
		}
	}
	return n, nil
}

// HeadSize reads the size that a head says, whoever signed it: for a head whose
// bytes somebody vouches for in another way. Fails with Invalid "head_invalid".
func HeadSize(signed []byte) (uint64, error) {
	text, _, _ := strings.Cut(string(signed), "\n\n")
	_, size, _, err := parseHead(text + "\n")
	return size, err
}

// headTime is what the head says of its time; zero when it says nothing clear.
func headTime(text string) (at time.Time) {
	for line := range strings.Lines(text) {
		stamp, ok := strings.CutPrefix(strings.TrimSuffix(line, "\n"), "time ")
		if !ok {
			continue
		}
		t, err := time.Parse(time.RFC3339, stamp)
		if err != nil || !at.IsZero() {
			return time.Time{}
		}
		at = t
	}
	return at
}

// parseHead reads the text of a checkpoint: origin, size, root, then any
// non-empty extension lines. It says nothing about the signature.
func parseHead(text string) (origin string, size uint64, root [32]byte, err error) {
	bad := func(what string) (string, uint64, [32]byte, error) {
		return "", 0, [32]byte{}, fault.Newf("ledger.CheckHead", fault.Invalid, "head_invalid", "%s", what)
	}
	lines := strings.Split(text, "\n")
	if len(lines) < 4 || lines[len(lines)-1] != "" || lines[0] == "" {
		return bad("lines")
	}
	for _, extension := range lines[3 : len(lines)-1] {
		if extension == "" {
			return bad("empty line")
		}
	}
	size, err = strconv.ParseUint(lines[1], 10, 63)
	if err != nil || strconv.FormatUint(size, 10) != lines[1] {
		return bad("size")
	}
	hash, err := base64.StdEncoding.Strict().DecodeString(lines[2])
	if err != nil || len(hash) != 32 {
		return bad("root")
	}
	return lines[0], size, [32]byte(hash), nil
}
