package suite

import (
	"crypto/sha256"
	"io"
)

// CopyDigest copies from until its end and gives the SHA-256 and the length of
// what went by: for files too long to hold, where Digest takes parts.
func CopyDigest(to io.Writer, from io.Reader) (sum [32]byte, n int64, err error) {
	h := sha256.New()
	n, err = io.Copy(io.MultiWriter(to, h), from)
	return [32]byte(h.Sum(nil)), n, err
}
