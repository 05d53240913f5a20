package sdjwt

import (
	"encoding/base64"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/suite"
)

// Held is an SD-JWT in the hands of its holder.
type Held struct {
	suite identity.Suite
	jwt   string
	all   []*disclosure
}

// Accept checks what an issuer sent, as Read does, and gives it to its holder
// (RFC 9901 §7.2).
func (v Verifier) Accept(text string, now time.Time) (*Held, *Presented, error) {
	const op = "sdjwt.Accept"
	p, err := v.Read(text, now)
	if err != nil {
		return nil, nil, fault.At(op, err)
	}
	_, all, err := resolve(v.Suite, p.kept.payload, p.kept.texts, nil)
	jwt, _, _ := strings.Cut(text, "~")
	return &Held{v.Suite, jwt, all}, p, fault.At(op, err)
}

// Select makes the presentation that discloses these places, as RFC 6901 writes
// them, with what they lie in and nothing else. A place that cannot be disclosed
// is refused: nobody should believe to have shown it.
func (h *Held) Select(places ...string) (string, error) {
	const op = "sdjwt.Select"
	chosen := map[*disclosure]bool{}
	for _, place := range places {
		i := slices.IndexFunc(h.all, func(d *disclosure) bool { return d.at.pointer() == place })
		if i < 0 {
			return "", fault.Newf(op, fault.Invalid, "claim_unknown", "nothing is hidden at %q", place)
		}
		for d := h.all[i]; d != nil; d = d.within { // §7.2 step 2: its digest must be in what is shown
			chosen[d] = true
		}
	}
	var b strings.Builder
	b.WriteString(h.jwt + "~")
	for _, d := range h.all {
		if chosen[d] {
			b.WriteString(d.text + "~")
		}
	}
	return b.String(), nil
}

// Bind adds the holder's proof to a presentation (RFC 9901 §4.3): for one
// reader, one transaction and these very disclosures.
func (h *Held) Bind(presentation string, key suite.Signer, audience, nonce string, now time.Time) (string, error) {
	const op = "sdjwt.Bind"
	if audience == "" || nonce == "" || !strings.HasPrefix(presentation, h.jwt+"~") || !strings.HasSuffix(presentation, "~") {
		return "", fault.Newf(op, fault.Internal, "", "a binding to nothing, or of another's presentation")
	}
	header, err := json.Marshal(struct {
		Alg string `json:"alg"`
		Typ string `json:"typ"`
	}{key.Alg(), TypeBinding}) // no `kid`: the key is the one that the issuer named
	if err != nil {
		return "", fault.Wrap(op, fault.Internal, "", err)
	}
	claims, err := json.Marshal(struct {
		Issued   int64  `json:"iat"`
		Audience string `json:"aud"`
		Nonce    string `json:"nonce"`
		Hash     string `json:"sd_hash"`
	}{now.Unix(), audience, nonce, digest(h.suite, presentation)})
	if err != nil {
		return "", fault.Wrap(op, fault.Internal, "", err)
	}
	enc := base64.RawURLEncoding.EncodeToString
	input := enc(header) + "." + enc(claims)
	sig, err := key.Sign([]byte(input))
	return presentation + input + "." + enc(sig), fault.Wrap(op, fault.Internal, "", err)
}
