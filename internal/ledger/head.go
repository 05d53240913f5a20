package ledger

import (
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"

	"netid/internal/fault"
	"netid/internal/suite"
)

const maxHead = 4 << 10 // bytes of a signed head

// noteSigner lends the suite's signer to the note format.
type noteSigner struct {
	note.Verifier
	signer suite.Signer
}

func (s noteSigner) Sign(msg []byte) ([]byte, error) { return s.signer.Sign(msg) }

// Head signs a tree: a C2SP checkpoint (origin, size, root in base64) with one
// extension line, "time " and the instant in UTC. Returns the signed note.
func (k *Keeper) Head(t Tree, at time.Time) ([]byte, error) {
	const op = "ledger.Head"
	if k.err != nil {
		return nil, fault.At(op, k.err)
	}
	root := t.Root()
	text := fmt.Sprintf("%s\n%d\n%s\ntime %s\n", k.signer.Name(), t.Size(),
		base64.StdEncoding.EncodeToString(root[:]), at.UTC().Truncate(time.Second).Format(time.RFC3339))
	signed, err := note.Sign(&note.Note{Text: text}, k.signer)
	return signed, fault.Wrap(op, fault.Internal, "internal", err)
}

// CheckHead checks that a note is a head of this ledger, signed by its key,
// and reads it. Fails with Invalid "head_invalid".
func (k *Keeper) CheckHead(signed []byte) (size uint64, root [32]byte, err error) {
	const op = "ledger.CheckHead"
	if k.err != nil {
		return 0, root, fault.At(op, k.err)
	}
	if len(signed) > maxHead {
		return 0, root, fault.Newf(op, fault.Invalid, "head_invalid", "%d bytes", len(signed))
	}
	n, err := note.Open(signed, note.VerifierList(k.signer.Verifier))
	if err != nil {
		return 0, root, fault.Wrap(op, fault.Invalid, "head_invalid", err)
	}
	origin, size, root, err := parseHead(n.Text)
	if err == nil && origin != k.signer.Name() {
		err = fault.Newf(op, fault.Invalid, "head_invalid", "of another ledger")
	}
	return size, root, err
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
