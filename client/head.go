package client

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/transparency-dev/merkle/proof"
	"github.com/transparency-dev/merkle/rfc6962"
)

// Head is a signed head of the ledger: so many entries, with this root. Who
// keeps one can later prove that nothing before it was changed.
type Head struct {
	Origin string
	Size   uint64
	Root   [32]byte
	Time   time.Time // when it was signed; zero if the head does not say
}

const (
	maxHead  = 8 << 10 // bytes of a signed head: live keys of two algorithms, and witnesses
	sizeBits = 56      // of a head's size: the numbers of hashes of a much larger tree leave 64 bits, and their arithmetic has no end there
)

// CheckHead checks a head: a signed note (C2SP signed-note, tlog-checkpoint)
// by the key "name+hash+base64" (Ed25519 or SM2), whose origin is the key's
// name. Signatures of others, and of keys that are not given, are no matter.
// Instead of one key there may be what ParseKeys reads. Fails with ErrKey,
// ErrSuccession or ErrHead.
func CheckHead(head []byte, verifierKey string) (Head, error) {
	k, err := ParseKeys(verifierKey)
	if err != nil {
		return Head{}, err
	}
	return k.Check(head)
}

// parseHead reads origin, size, root and extension lines, of which it knows
// "time".
func parseHead(text string) (h Head, ok bool) {
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	if len(lines) < 3 {
		return h, false
	}
	for _, extension := range lines[3:] {
		if extension == "" {
			return h, false
		}
		if stamp, ok := strings.CutPrefix(extension, "time "); ok {
			at, err := time.Parse(time.RFC3339, stamp)
			if err != nil || !h.Time.IsZero() {
				return h, false
			}
			h.Time = at.UTC()
		}
	}
	size, errSize := strconv.ParseUint(lines[1], 10, sizeBits)
	root, errRoot := base64.StdEncoding.Strict().DecodeString(lines[2])
	if errSize != nil || errRoot != nil || strconv.FormatUint(size, 10) != lines[1] || len(root) != 32 {
		return h, false
	}
	h.Origin, h.Size, h.Root = lines[0], size, [32]byte(root)
	return h, true
}

// Leaf is the ledger's commitment to an event: SHA-256("netid/ledger/v1\n" ||
// salt || event), the event in its canonical JSON, the salt 32 bytes.
func Leaf(event, salt []byte) [32]byte {
	b := append([]byte("netid/ledger/v1\n"), salt...)
	return sha256.Sum256(append(b, event...))
}

// CheckInclusion checks that a leaf stands at index in the tree of a head that
// CheckHead accepted (RFC 6962 §2.1.1). Fails with ErrProof.
func CheckInclusion(leaf [32]byte, index uint64, path [][]byte, h Head) error {
	if !hashes(path) {
		return fmt.Errorf("%w: not hashes", ErrProof)
	}
	hasher := rfc6962.DefaultHasher
	if err := proof.VerifyInclusion(hasher, index, h.Size, hasher.HashLeaf(leaf[:]), path, h.Root[:]); err != nil {
		return fmt.Errorf("%w: entry %d in %d", ErrProof, index, h.Size)
	}
	return nil
}

// CheckConsistency checks that everything under an older head is unchanged
// under a newer one (RFC 6962 §2.1.2); both were accepted by CheckHead, of one
// origin. Fails with ErrProof.
func CheckConsistency(older, newer Head, path [][]byte) error {
	if !hashes(path) || older.Origin != newer.Origin {
		return fmt.Errorf("%w: not hashes, or of two ledgers", ErrProof)
	}
	hasher := rfc6962.DefaultHasher
	if older.Size == 0 && older.Root != [32]byte(hasher.EmptyRoot()) {
		return fmt.Errorf("%w: the older head is of no tree", ErrProof)
	}
	if err := proof.VerifyConsistency(hasher, older.Size, newer.Size, path, older.Root[:], newer.Root[:]); err != nil {
		return fmt.Errorf("%w: from %d to %d", ErrProof, older.Size, newer.Size)
	}
	return nil
}

// CheckEvent checks that an event (canonical JSON) with its salt stands at
// index in the ledger of size entries whose head is a note signed by the key.
// Fails with ErrKey, ErrHead or ErrProof.
func CheckEvent(event, salt []byte, index, size uint64, path [][]byte, head []byte, verifierKey string) error {
	h, err := CheckHead(head, verifierKey)
	if err != nil {
		return err
	}
	if h.Size != size || len(salt) != saltLength {
		return fmt.Errorf("%w: the head is of another size, or the salt is none", ErrProof)
	}
	return CheckInclusion(Leaf(event, salt), index, path, h)
}

const saltLength = 32

func hashes(path [][]byte) bool {
	for _, h := range path {
		if len(h) != sha256.Size {
			return false
		}
	}
	return true
}
