package ledger

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"

	"netid/internal/fault"
	"netid/internal/suite"
)

// successionTitle begins the record of a changed key. No head begins so: its
// second line is a number.
const successionTitle = "netid-succession/1"

// Successor writes the record of a change of the key that signs the heads of a
// ledger: a signed note with the ledger's name, both verifier keys and the time
// (UTC, whole seconds), signed by both keys. The former key says who follows,
// the new one that it was there: nobody is made a successor unasked.
func Successor(origin string) func(former, next suite.Signer, at time.Time) (string, error) {
	return func(former, next suite.Signer, at time.Time) (string, error) {
		const op = "ledger.Successor"
		from, err := newNoteKey(origin, former)
		if err != nil {
			return "", fault.At(op, err)
		}
		to, err := newNoteKey(origin, next)
		if err != nil {
			return "", fault.At(op, err)
		}
		text := fmt.Sprintf("%s\n%s\nold %s\nnew %s\ntime %s\n", successionTitle, origin, from.text, to.text, at.UTC().Truncate(time.Second).Format(time.RFC3339))
		signed, err := note.Sign(&note.Note{Text: text}, from, to)
		return string(signed), fault.Wrap(op, fault.Internal, "internal", err)
	}
}

// readRecord reads who handed over to whom, and when, in a record of this
// ledger. Where it lies, a MAC covers it; whether both keys signed it, client checks.
func readRecord(origin, record string) (from, to string, at time.Time, err error) {
	lines := strings.Split(record, "\n")
	if len(lines) >= 6 && lines[0] == successionTitle && lines[1] == origin && strings.HasPrefix(lines[2], "old ") && strings.HasPrefix(lines[3], "new ") {
		at, err = time.Parse("time "+time.RFC3339, lines[4])
		if err == nil {
			return strings.TrimPrefix(lines[2], "old "), strings.TrimPrefix(lines[3], "new "), at, nil
		}
	}
	return "", "", at, fault.Newf("ledger.Keeper", fault.Internal, "internal", "a record of a changed key that is none of this ledger")
}

// Keys is what followers of the ledger read: the verifier keys by which this
// head is checked, one a line, and behind them the record of every change of a
// key, oldest first. client.ParseKeys and Keys.Follow read it. A change whose
// new key has not signed this head yet is not in it: nobody shall go on with a
// key that checks nothing so far.
func (k *Keeper) Keys(head []byte) string {
	var b strings.Builder
	for _, key := range k.KeysOf(head) {
		b.WriteString(key + "\n")
	}
	for _, l := range k.lines {
		if l.Handovers == nil {
			continue
		}
		records := l.Handovers()
		for len(records) > 0 && !k.signedBy(head, records[len(records)-1]) {
			records = records[:len(records)-1]
		}
		for _, h := range records {
			b.WriteString(h.Record)
		}
	}
	return b.String()
}

// signedBy reports whether the new key of a handover signed a head.
func (k *Keeper) signedBy(head []byte, h suite.Handover) bool {
	_, to, _, err := readRecord(k.origin, h.Record)
	if err != nil {
		return false
	}
	key, err := parseNoteKey(to)
	if err != nil {
		return false
	}
	n, err := openHead(head, []note.Verifier{key})
	return err == nil && key.signed(n.Sigs)
}

// Without is the keeper as it will be once a key is retired: what it still
// checks does not depend on that key. The id is the signer's.
func (k *Keeper) Without(id string) *Keeper {
	rest := make([]Line, len(k.lines))
	for i, l := range k.lines {
		rest[i] = l
		rest[i].Signers = func() []suite.Signer {
			return slices.DeleteFunc(slices.Clone(l.Signers()), func(s suite.Signer) bool { return s.KeyID() == id })
		}
	}
	return NewRotatingKeeper(k.row, k.erase, k.origin, rest...)
}
