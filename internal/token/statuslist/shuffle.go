package statuslist

import (
	"encoding/binary"
	"math/bits"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/suite"
)

// rounds of the Feistel network: as many as NIST SP 800-38G §5 takes for domains as small.
const rounds = 10

// Shuffle is a permutation of the places of one list under a key: the n-th token
// gets a place that nobody without the key can tell from a drawn one, that no other
// n gets, and that needs no table of what is taken (§13.2). n comes from the commit that
// issues the token, so it is there once.
type Shuffle struct {
	key  identity.Secret
	half uint   // bits of each half
	size uint64 // places; the network permutes 2^(2·half), and walks on while it lands outside
}

// NewShuffle makes the permutation of the list with this name, of 2 to 2^32
// places. Lists of one key share nothing but the key.
func NewShuffle(key identity.Secret, list string, size uint64) (Shuffle, error) {
	if size < 2 || size > 1<<32 || list == "" {
		return Shuffle{}, fault.Newf("statuslist.NewShuffle", fault.Internal, "", "%d places of %q", size, list)
	}
	half := uint(bits.Len64(size-1)+1) / 2
	return Shuffle{suite.Derive(key, "status list places", []byte(list)), half, size}, nil
}

// Place is where the n-th token stands. Fails when the list is full.
func (s Shuffle) Place(n uint64) (uint64, error) {
	if n >= s.size {
		return 0, fault.Newf("statuslist.Place", fault.Conflict, "list_full", "the %d-th of %d", n, s.size)
	}
	for n = s.once(n); n >= s.size; { // cycle walking: at most 4 turns are to be expected, and it always comes back inside
		n = s.once(n)
	}
	return n, nil
}

// once is the balanced Feistel network over 2·half bits.
func (s Shuffle) once(n uint64) uint64 {
	mask := uint64(1)<<s.half - 1
	left, right := n>>s.half, n&mask
	for round := range rounds {
		var in [9]byte
		in[0] = byte(round)
		binary.BigEndian.PutUint64(in[1:], right)
		mac := suite.MAC(s.key, "status list round", in[:])
		left, right = right, left^binary.BigEndian.Uint64(mac[:])&mask
	}
	return left<<s.half | right
}
