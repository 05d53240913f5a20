package vault

import (
	"encoding/binary"

	"netid/internal/fault"
)

// pad puts a 4-byte length before b and zeros behind, up to a multiple of
// size: how long a name is must not show in the length of a row.
func pad(b []byte, size int) []byte {
	full := (4 + len(b) + size - 1) / size * size
	out := make([]byte, full)
	binary.BigEndian.PutUint32(out, uint32(len(b)))
	copy(out[4:], b)
	return out
}

func unpad(b []byte, size int) ([]byte, error) {
	if len(b) < 4 || len(b)%size != 0 {
		return nil, fault.Newf("vault.unpad", fault.Internal, "internal", "%d bytes", len(b))
	}
	n := binary.BigEndian.Uint32(b)
	if uint64(n) > uint64(len(b)-4) {
		return nil, fault.Newf("vault.unpad", fault.Internal, "internal", "length beyond the body")
	}
	return b[4 : 4+n], nil
}
