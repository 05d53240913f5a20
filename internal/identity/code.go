package identity

import "time"

// Code is the citizen's signed approval on its way back through the party: the
// authorization code, sealed. Its Receipt becomes the verification's record,
// and that record is the single-use guard.
type Code struct {
	Receipt     EventID       `json:"y"`
	Ask         CodeAsk       `json:"a"`
	Person      PersonID      `json:"o"`
	Epoch       uint64        `json:"e"`
	Certificate CertificateID `json:"c"`
	Device      []byte        `json:"d"` // the certificate's public key, a JWK; nil where nothing was signed now
	Locale      string        `json:"l"`
	Give        []string      `json:"g,omitempty"`
	Mode        Mode          `json:"m"` // the one reached
	Signature   []byte        `json:"s"`
	Digest      []byte        `json:"h"`           // of the statement's bytes
	Generation  uint64        `json:"n"`           // of the person's link to the party
	Even        string        `json:"w"`           // blanks: a code's length tells nothing that its party does not know
	Standing    *EventID      `json:"b,omitempty"` // the standing consent that stands for the approval: then nothing was signed now
	Grounds     []Ground      `json:"r"`
	Consent     EventID       `json:"p,omitzero"` // the record of the consents to plain text, where there are any
	Time        time.Time     `json:"t"`
	Expires     time.Time     `json:"x"`
	Until       time.Time     `json:"u,omitzero"` // until when the party may be answered again, where that was asked
}

// CodeAsk is what of the request the redemption needs.
type CodeAsk struct {
	Transaction string     `json:"x"`
	Party       PartyID    `json:"p"`
	Redirect    string     `json:"r"`
	Nonce       string     `json:"n,omitempty"`
	Challenge   string     `json:"k"`
	JKT         string     `json:"j,omitempty"`
	Mode        Mode       `json:"m"`
	Marks       []Mark     `json:"a,omitempty"`
	Plain       []PlainAsk `json:"c,omitempty"`
	Intent      Intent     `json:"i,omitempty"`
	AuthTime    bool       `json:"u,omitempty"`
	Offline     Offline    `json:"o,omitempty"`
	Remember    int        `json:"d,omitempty"`
	Kinds       []string   `json:"h,omitempty"`
	Across      bool       `json:"w,omitempty"` // approved on another device than the one that asked
	Time        time.Time  `json:"t"`
}
