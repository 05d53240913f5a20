package client

import (
	"errors"
	"strings"
)

// alphabet45 is what a QR code's alphanumeric mode holds, in the order of RFC 9285 §4.2.
const alphabet45 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"

// encode45 is base45 (RFC 9285 §4.1).
func encode45(b []byte) string {
	var s strings.Builder
	for ; len(b) > 1; b = b[2:] {
		n := int(b[0])<<8 | int(b[1])
		s.WriteString(string([]byte{alphabet45[n%45], alphabet45[n/45%45], alphabet45[n/2025]}))
	}
	if len(b) == 1 {
		s.WriteString(string([]byte{alphabet45[b[0]%45], alphabet45[b[0]/45]}))
	}
	return s.String()
}

// decode45 reads base45 in its one form: §6 asks that what is above 65535, or 255 at
// the end, be refused.
func decode45(s string) ([]byte, error) {
	bad := errors.New("not base45")
	if len(s)%3 == 1 {
		return nil, bad
	}
	b := make([]byte, 0, len(s)/3*2+1)
	for ; len(s) > 0; s = s[min(3, len(s)):] {
		n, unit := 0, 1
		for _, c := range []byte(s[:min(3, len(s))]) {
			at := strings.IndexByte(alphabet45, c)
			if at < 0 {
				return nil, bad
			}
			n, unit = n+at*unit, unit*45
		}
		switch {
		case len(s) >= 3 && n <= 0xffff:
			b = append(b, byte(n>>8), byte(n))
		case len(s) == 2 && n <= 0xff:
			b = append(b, byte(n))
		default:
			return nil, bad
		}
	}
	return b, nil
}
