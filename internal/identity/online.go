package identity

import (
	"encoding/base32"
	"slices"
	"time"

	"netid/internal/fault"
)

// DetailVenue is what a party registers that has gates, among the types of what it
// may ask. It stands in no request: a terminal asks about the code that it was shown.
const DetailVenue = "urn:netid:venue"

// Venue reports whether the party's terminals may ask about codes.
func (p Party) Venue() bool { return slices.Contains(p.Details, DetailVenue) }

// OnlineCode is what a citizen shows at a gate that asks netid about it: 128 drawn
// bits, good for one answer within a minute. String prints nothing.
type OnlineCode [16]byte

// NewOnlineCode draws one.
func NewOnlineCode() OnlineCode { return OnlineCode(random(16)) }

// Text is the form that travels: 26 characters that a QR code writes as alphanumeric ones.
func (c OnlineCode) Text() string {
	return base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(c[:])
}
func (OnlineCode) String() string { return "online code" }

// ParseOnlineCode reads the one form that Text writes.
func ParseOnlineCode(s string) (OnlineCode, error) {
	b, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(s)
	if err != nil || len(b) != 16 || OnlineCode(b).Text() != s { // the last character has two bits to spare, line ends are skipped
		return OnlineCode{}, fault.New("identity.ParseOnlineCode", fault.Invalid, "code_invalid")
	}
	return OnlineCode(b), nil
}

// Handle is under which its row lies. What stands behind the bits is in no drawn
// handle, so no pushed request is ever taken for a code, nor a code for one.
func (c OnlineCode) Handle() Handle {
	var h Handle
	copy(h[copy(h[:], c[:]):], "netid-online-v1\x00")
	return h
}

// Online is a citizen's signed approval while it waits for a venue, sealed under
// its code. Receipt becomes the verification's record.
type Online struct {
	Receipt     EventID       `json:"y"`
	Person      PersonID      `json:"o"`
	Epoch       uint64        `json:"e"`
	Certificate CertificateID `json:"c"`
	Device      []byte        `json:"d"` // the certificate's public key, a JWK
	Marks       []AgeMark     `json:"a,omitempty"`
	Mode        Mode          `json:"m"`
	Statement   []byte        `json:"t"`
	Signature   []byte        `json:"s"`
	Grounds     []Ground      `json:"r"`
	Expires     time.Time     `json:"x"`
	Even        string        `json:"w"` // blanks: rows have few lengths
}
