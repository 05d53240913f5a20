package attest

import (
	"context"
	"slices"
	"strconv"
	"time"

	"netid/internal/fault"
	"netid/internal/identity"
)

// offered is a pre-authorized code with its seal off.
type offered struct {
	Receipt     identity.EventID       `json:"i"` // of what comes of it; and by which it is used once
	Person      identity.PersonID      `json:"o"`
	Certificate identity.CertificateID `json:"c"`
	Epoch       uint64                 `json:"e"`
	Kinds       []string               `json:"k"`
	Tx          []byte                 `json:"t,omitempty"` // digest of the transaction code; nil: none is needed
	Until       int64                  `json:"u"`           // seconds: a QR code holds all this
	Later       bool                   `json:"l,omitempty"`
	Ends        int64                  `json:"x"` // of the certificate: nothing that comes of the offer outlives it
}

// Choice is what the citizen offers.
type Choice struct {
	Kinds []string
	Tx    bool // with a transaction code
	Later bool // what comes of it is deferred; heard in a sandbox alone, where wallets are tried
}

// Offered is an offer as its owner sees it.
type Offered struct {
	Code   string // pre-authorized
	Kinds  []string
	Tx     bool   // a transaction code is needed
	TxCode string // that code, to whom it was drawn for
	Until  time.Time
}

// Offer lets the citizen carry credentials of these kinds to a wallet, on their
// word in a session of theirs. With Tx the wallet has to bring a code that they read
// on this screen and type there: who sees the offer alone gets nothing (OpenID4VCI
// 1.0 §3.5). Nothing is stored. Reasons "kind_unknown", "session_over" and the law's.
func (a *Act) Offer(ctx context.Context, s identity.Session, choice Choice) (Offered, error) {
	const op = "attest.Offer"
	kinds := slices.Compact(slices.Sorted(slices.Values(choice.Kinds)))
	if len(kinds) == 0 || slices.ContainsFunc(kinds, func(k string) bool { return a.Kinds[k].Maker == nil }) {
		return Offered{}, fault.New(op, fault.Invalid, "kind_unknown")
	}
	o, err := a.Vault.Visit(ctx, s)
	if err != nil {
		return Offered{}, fault.At(op, err)
	}
	cert, err := a.certificate(ctx, op, s)
	if err != nil {
		return Offered{}, err
	}
	now := a.Now()
	if _, err := a.mayHold(ctx, op, o, cert.ValidAt(now)); err != nil {
		return Offered{}, err
	}
	c := offered{Receipt: identity.NewEventID(now), Person: o.ID, Certificate: cert.ID, Epoch: o.Epoch, Kinds: kinds, Later: choice.Later && a.Later, Until: now.Add(offerLife).Unix(), Ends: cert.Expires.Unix()}
	out := Offered{Kinds: kinds, Tx: choice.Tx, Until: time.Unix(c.Until, 0)}
	if choice.Tx {
		out.TxCode = digits(a.Cover.Random(8))
		c.Tx = a.txDigest(c.Receipt, out.TxCode)
	}
	out.Code, err = a.Offers.Seal(c)
	return out, fault.At(op, err)
}

// Look reads an offer for a wallet that was told where it is (OpenID4VCI 1.0 §4.1.3),
// and takes nothing: it says what whoever has the address could read in it. Reasons
// "code_invalid", "code_expired".
func (a *Act) Look(code string) (Offered, error) {
	c, err := a.sealed("attest.Look", code)
	return Offered{Code: code, Kinds: c.Kinds, Tx: c.Tx != nil, Until: time.Unix(c.Until, 0)}, err
}

// sealed takes the seal off a code.
func (a *Act) sealed(op, code string) (c offered, err error) {
	if err := a.Offers.Open(code, &c); err != nil {
		return c, fault.Wrap(op, fault.Invalid, "code_invalid", err)
	}
	if a.Now().Unix() >= c.Until {
		return c, fault.New(op, fault.Gone, "code_expired")
	}
	return c, nil
}

// certificate is that of the session's own device.
func (a *Act) certificate(ctx context.Context, op string, s identity.Session) (identity.Certificate, error) {
	row, err := a.Store.Certificate(ctx, s.Certificate)
	if fault.Is(err, fault.NotFound) {
		return identity.Certificate{}, fault.Wrap(op, fault.Unauthenticated, "session_over", err)
	}
	if err != nil {
		return identity.Certificate{}, fault.At(op, err)
	}
	c, err := a.Vault.OpenCertificate(row)
	return c, fault.At(op, err)
}

// digits are drawn from 64 bits: what a remainder favours is less than one in 10^13.
func digits(random []byte) string {
	var n uint64
	for _, b := range random {
		n = n<<8 | uint64(b)
	}
	s := strconv.FormatUint(n%1_000_000+1_000_000, 10)
	return s[1:]
}

func (a *Act) txDigest(receipt identity.EventID, code string) []byte {
	d := a.Cover.Digest([]byte("netid/tx-code/v1"), receipt[:], []byte(code))
	return d[:16] // of six digits
}
