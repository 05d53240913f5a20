package ledger

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/transparency-dev/merkle/rfc6962"
	"golang.org/x/mod/sumdb/note"

	"netid/internal/fault"
)

// evidenceTitle begins the list of an evidence pack. No head begins so: its second
// line is a number.
const evidenceTitle = "netid-evidence/1"

// Vouch signs the list of an evidence pack, by every live key as a head is: what was
// handed to an auditor is what this ledger's holder handed over. client.CheckEvidence reads it.
func (k *Keeper) Vouch(files map[string][]byte, at time.Time) ([]byte, error) {
	const op = "ledger.Vouch"
	if k.err != nil {
		return nil, fault.At(op, k.err)
	}
	lines := make([]string, 0, len(files))
	for name, content := range files {
		h := rfc6962.DefaultHasher.New() // plain SHA-256, as sha256sum has it, whatever the suite
		h.Write(content)
		lines = append(lines, name+"\x00"+fmt.Sprintf("%x %d %s\n", h.Sum(nil), len(content), name))
	}
	slices.Sort(lines) // by name
	text := fmt.Sprintf("%s\n%s\ntime %s\n", evidenceTitle, k.origin, at.UTC().Truncate(time.Second).Format(time.RFC3339))
	for _, l := range lines {
		text += l[strings.IndexByte(l, 0)+1:]
	}
	signers, err := k.signers()
	if err != nil {
		return nil, fault.At(op, err)
	}
	signed, err := note.Sign(&note.Note{Text: text}, signers...)
	return signed, fault.Wrap(op, fault.Internal, "internal", err)
}

// signers are every live key of every line.
func (k *Keeper) signers() (all []note.Signer, err error) {
	for _, l := range k.lines {
		keys, err := k.live(l)
		if err != nil {
			return nil, err
		}
		for _, key := range keys {
			all = append(all, key)
		}
	}
	return all, nil
}
