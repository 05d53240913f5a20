package client

import (
	"crypto/ecdsa"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Presentation is what a reader learns from a credential (SD-JWT VC) that its
// holder presented: what the holder chose to disclose, and what is open in it.
type Presentation struct {
	Kind    string // `vct`
	Issuer  string // `iss`; "" where the certificate alone names the issuer
	Issued  time.Time
	Expires time.Time
	Claims  map[string]json.RawMessage // everything, as JSON, the above too
	Status  *StatusReference           // nil: it has none, and is good until it expires

	whole       json.RawMessage // as Claims, with the places of elements that are not disclosed
	disclosed   [][]any         // where in it what was hidden lies: names and numbers of elements
	authorities []string        // key identifiers of who vouches for the issuer's certificate, and for them
	data        []string        // hashes of transaction data that the holder's proof covers
}

// StatusReference is where the status of a credential stands (Token Status List): a place in a list.
type StatusReference struct {
	Index uint64
	URI   string
}

// Expect is what a reader knows without the presentation.
type Expect struct {
	Kind     string        // the only `vct`
	Roots    []byte        // PEM: whose certificates count. The credential brings the chain, without the root
	Issuer   string        // the only issuer; with Roots it may be "": then the one at whose address Kind is
	Keys     []byte        // in place of Roots, where no chain is brought: the issuer's JWK Set
	Audience string        // what the holder's proof must be for: this reader
	Nonce    string        // and this transaction; that it serves once is the reader's to see to
	Window   time.Duration // how far the proof's time may lie from now; 0 is five minutes

	kinds   []string          // instead of Kind, where several are good
	issuers map[string]string // of kinds that are at nobody's address
}

const (
	maxPresentation = 128 << 10
	maxDisclosures  = 256
	maxCertificates = 5
	proofWindow     = 5 * time.Minute
)

// CheckPresentation checks a credential that its holder presented (RFC 9901 §7.3,
// draft-ietf-oauth-sd-jwt-vc-24): the issuer's signature, by a certificate below
// one of the roots or by one of the issuer's keys; its kind and its time; every
// disclosure against its digest; and the holder's proof for this reader and this
// transaction over exactly what was disclosed. Algorithms are ES256 and SHA-256, and no
// others. Nothing is fetched; the status, where there is one, is the reader's to look
// up. Fails with ErrCredential, ErrKey or ErrSignature.
func CheckPresentation(presentation string, e Expect, now time.Time) (Presentation, error) {
	return checkPresentation(es256(), presentation, e, now)
}

// CheckCredential checks a credential as its issuer gave it, without a holder's
// proof: everything that CheckPresentation does but that, so Expect has no Audience
// and no Nonce. It proves what the issuer said of whoever holds the key in it, and not that
// whoever shows it holds that key. A credential with a proof is refused. Fails as CheckPresentation.
func CheckCredential(credential string, e Expect, now time.Time) (Presentation, error) {
	return checkCredential(es256(), credential, e, now)
}

// CheckCredentialSM is CheckCredential for credentials of the suite sm.
func CheckCredentialSM(credential string, e Expect, now time.Time) (Presentation, error) {
	return checkCredential(sm2P256(), credential, e, now)
}

// CheckPresentationSM is CheckPresentation for credentials of the suite sm: AlgSM2
// and SM3, by one of the issuer's keys (TrustList.Keys, "attestation-sm"). The holder's
// key may be of either kind, as the issuer named it: browsers have no SM2.
func CheckPresentationSM(presentation string, e Expect, now time.Time) (Presentation, error) {
	return checkPresentation(sm2P256(), presentation, e, now)
}

func checkPresentation(a algorithm, presentation string, e Expect, now time.Time) (Presentation, error) {
	if e.Audience == "" || e.Nonce == "" {
		return Presentation{}, refuseCredential("nothing to compare with")
	}
	p, payload, proof, err := opened(a, presentation, e, now)
	if err == nil {
		err = p.proven(a, payload, proof, strings.TrimSuffix(presentation, proof), e, now)
	}
	return p, err
}

func checkCredential(a algorithm, credential string, e Expect, now time.Time) (Presentation, error) {
	if e.Audience != "" || e.Nonce != "" {
		return Presentation{}, refuseCredential("no holder's proof was asked for")
	}
	p, _, proof, err := opened(a, credential, e, now)
	if err == nil && proof != "" {
		err = refuseCredential("a holder's proof, and nobody asked for one")
	}
	return p, err
}

// opened checks all but the holder's proof, and gives that and the payload over which it is.
func opened(a algorithm, text string, e Expect, now time.Time) (p Presentation, payload object, proof string, err error) {
	if e.kinds == nil && e.Kind != "" {
		e.kinds = []string{e.Kind}
	}
	if e.kinds == nil || (e.Roots == nil) == (e.Keys == nil) || e.Keys != nil && e.Issuer == "" {
		return p, nil, "", refuseCredential("nothing to compare with")
	}
	if len(text) > maxPresentation {
		return p, nil, "", refuseCredential("too long")
	}
	if n := strings.Count(text, "~"); n < 1 || n > maxDisclosures+1 {
		return p, nil, "", refuseCredential("no disclosures, or too many")
	}
	parts := strings.Split(text, "~")
	jwt, disclosures, proof := parts[0], parts[1:len(parts)-1], parts[len(parts)-1]
	if payload, err = p.issued(a, jwt, e, now); err != nil {
		return Presentation{}, nil, "", err
	}
	if p.whole, p.disclosed, err = disclose(a, payload, disclosures); err != nil {
		return Presentation{}, nil, "", refuseCredential(err.Error())
	}
	open, err := disclosed(p.whole)
	if err != nil {
		return Presentation{}, nil, "", refuseCredential(err.Error())
	}
	claims, err := parseObject(open)
	if err != nil {
		return Presentation{}, nil, "", refuseCredential(err.Error())
	}
	err = p.read(claims, e.kinds, now)
	return p, payload, proof, err
}

// issued checks the issuer's signature and gives the payload.
func (p *Presentation) issued(a algorithm, jwt string, e Expect, now time.Time) (object, error) {
	parts := strings.Split(jwt, ".")
	if len(parts) != 3 {
		return nil, refuseCredential("not three parts")
	}
	kid, err := a.header(parts[0], "dc+sd-jwt")
	if err != nil {
		return nil, refuseCredential(err.Error())
	}
	payload, err := decodeObject(parts[1])
	if err != nil {
		return nil, refuseCredential("payload")
	}
	signature, err := decode64(parts[2])
	if err != nil {
		return nil, refuseCredential("signature")
	}
	issuer, err := payload.text("iss")
	if err != nil {
		return nil, refuseCredential("iss")
	}
	kind, err := payload.text("vct")
	if err != nil {
		return nil, refuseCredential("vct")
	}
	if issuer, err = e.whose(issuer, kind); err != nil {
		return nil, err
	}
	var key *ecdsa.PublicKey
	if e.Keys != nil {
		key, err = keyOf(e.Keys, kid, a)
	} else {
		key, p.authorities, err = certified(a, parts[0], issuer, e.Roots, now)
	}
	if err != nil {
		return nil, err
	}
	return payload, a.verify(key, []byte(parts[0]+"."+parts[1]), signature)
}

// read takes the claims that every credential has.
func (p *Presentation) read(claims object, kinds []string, now time.Time) (err error) {
	p.Claims = claims
	if p.Kind, err = claims.text("vct"); err != nil || !slices.Contains(kinds, p.Kind) {
		return refuseCredential("of another kind")
	}
	p.Issuer, _ = claims.text("iss") // its form was seen
	if p.Issued, err = claims.date("iat"); err != nil {
		return refuseCredential("iat")
	}
	if p.Expires, err = claims.inTime(now); err != nil {
		return refuseCredential(err.Error())
	}
	if raw, there := claims["status"]; there {
		if p.Status, err = readStatus(raw); err != nil {
			return refuseCredential("a status that is not understood")
		}
	}
	return nil
}

// inTime checks `exp` and `nbf` where they are, without slack: good from nbf, and until the second before exp.
func (o object) inTime(now time.Time) (expires time.Time, err error) {
	if expires, err = o.date("exp"); err != nil || o["exp"] != nil && !now.Before(expires) {
		return expires, errors.New("past its time")
	}
	if nbf, err := o.date("nbf"); err != nil || o["nbf"] != nil && now.Before(nbf) {
		return expires, errors.New("before its time")
	}
	return expires, nil
}

func readStatus(raw json.RawMessage) (*StatusReference, error) {
	status, err := parseObject(raw)
	if err != nil {
		return nil, err
	}
	list, err := parseObject(status["status_list"])
	if err != nil {
		return nil, err
	}
	var s StatusReference
	if s.URI, err = list.text("uri"); err != nil || s.URI == "" || string(list["idx"]) == "null" {
		return nil, errors.New("no address or place")
	}
	return &s, json.Unmarshal(list["idx"], &s.Index)
}

// proven checks the holder's proof (RFC 9901 §7.3 step 5).
func (p *Presentation) proven(a algorithm, payload object, proof, over string, e Expect, now time.Time) error {
	parts := strings.Split(proof, ".")
	if len(parts) != 3 {
		return refuseCredential("no holder's proof, or not three parts of one")
	}
	holder, key, err := holderOf(a, payload)
	if err != nil {
		return err
	}
	if _, err := holder.header(parts[0], "kb+jwt"); err != nil {
		return refuseCredential("holder's proof: " + err.Error())
	}
	signature, err := decode64(parts[2])
	if err != nil {
		return refuseCredential("holder's proof: signature")
	}
	if err := holder.verify(key, []byte(parts[0]+"."+parts[1]), signature); err != nil {
		return err
	}
	claims, err := decodeObject(parts[1])
	if err != nil {
		return refuseCredential("holder's proof: claims")
	}
	for name, want := range map[string]string{"aud": e.Audience, "nonce": e.Nonce, "sd_hash": a.digest(over)} {
		if got, err := claims.text(name); err != nil || got != want {
			return refuseCredential("holder's proof: it is for another " + name)
		}
	}
	window := e.Window
	if window == 0 {
		window = proofWindow
	}
	made, err := claims.date("iat")
	if err != nil || made.Before(now.Add(-window)) || made.After(now.Add(window)) {
		return refuseCredential("holder's proof: iat")
	}
	if _, err := claims.inTime(now); err != nil {
		return refuseCredential("holder's proof: " + err.Error())
	}
	return p.covered(a, claims)
}

// covered takes the hashes of transaction data (OpenID4VP 1.0 §B.3.3.1). Without
// a name for how they were made it is as in the credential's own algorithm.
func (p *Presentation) covered(a algorithm, claims object) (err error) {
	if alg, err := claims.text("transaction_data_hashes_alg"); err != nil || alg != "" && alg != a.hash() {
		return refuseCredential("holder's proof: transaction data hashed in another way")
	}
	if raw, there := claims["transaction_data_hashes"]; there {
		if p.data, err = list(raw); err != nil {
			return refuseCredential("holder's proof: transaction_data_hashes")
		}
	}
	return nil
}

// holderOf is the key that the issuer named, and its algorithm: ES256, or where
// the issuer signs with SM2 that too.
func holderOf(a algorithm, payload object) (algorithm, *ecdsa.PublicKey, error) {
	cnf, err := parseObject(payload["cnf"])
	if err != nil {
		return a, nil, refuseCredential("the issuer named no key of the holder")
	}
	jwk, err := parseObject(cnf["jwk"])
	if err != nil {
		return a, nil, refuseCredential("the issuer named no key of the holder")
	}
	if curve, err := jwk.text("crv"); err != nil || curve != a.curve {
		a = es256()
	}
	key, err := jwk.key(a)
	return a, key, err
}

func refuseCredential(what string) error { return fmt.Errorf("%w: %s", ErrCredential, what) }
