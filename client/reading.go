package client

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// reading is one Read under way.
type reading struct {
	*Finding
	Known
	text string
}

func (r *reading) fact(name, value string) {
	if value != "" {
		r.Facts = append(r.Facts, Fact{name, value})
	}
}

func (r *reading) when(name string, at time.Time) {
	if !at.IsZero() {
		r.fact(name, at.UTC().Format(time.RFC3339))
	}
}

func (r *reading) open(what string) { r.Open = append(r.Open, what) }

// peek reads a JWT's header and payload before anything is checked: only to learn
// what to compare with where nobody said.
func peek(jwt string) (header, payload object) {
	parts := strings.Split(jwt, ".")
	if len(parts) < 2 || len(jwt) > maxPresentation {
		return nil, nil
	}
	header, _ = decodeObject(parts[0])
	payload, _ = decodeObject(parts[1])
	return header, payload
}

// or gives what is known, or else what the text says, and notes that.
func (r *reading) or(known, what string, said object, member string) string {
	if known != "" {
		return known
	}
	text, _ := said.text(member)
	r.open(what)
	return text
}

// signer picks the algorithm by the header, and of what is known what can check it.
func (r *reading) signer(header, payload object) (a algorithm, e Expect, err error) {
	a = es256()
	if alg, _ := header.text("alg"); alg == AlgSM2 {
		a = sm2P256()
	}
	switch {
	case a.name == AlgSM2 && r.KeysSM != nil:
		e.Keys = r.KeysSM
	case a.name != AlgSM2 && r.Roots != nil && header["x5c"] != nil:
		e.Roots = r.Roots
	case a.name != AlgSM2 && r.Keys != nil:
		e.Keys = r.Keys
	default:
		r.open("keys")
		return a, e, errUnchecked
	}
	if e.Issuer = r.Issuer; payload["iss"] != nil || e.Roots != nil { // a list need not say whose it is
		e.Issuer = r.or(r.Issuer, "issuer", payload, "iss")
	}
	return a, e, nil
}

func (r *reading) answer() error {
	header, payload := peek(r.text)
	a, e, err := r.signer(header, payload)
	if err != nil {
		return err
	}
	if e.Roots != nil { // an answer brings no chain that counts
		return fmt.Errorf("%w: an answer is checked by keys alone", ErrKey)
	}
	audience, nonce := r.audience(payload), r.Nonce
	if payload["nonce"] != nil {
		nonce = r.or(r.Nonce, "nonce", payload, "nonce")
	}
	got, err := checkAnswer(a, r.text, e.Keys, e.Issuer, audience, nonce, r.Now)
	if err == nil {
		r.answered(got)
	}
	return err
}

func (r *reading) audience(payload object) string {
	var many []string
	if r.Audience == "" && json.Unmarshal(payload["aud"], &many) == nil && len(many) == 1 {
		r.open("audience")
		return many[0]
	}
	return r.or(r.Audience, "audience", payload, "aud")
}

func (r *reading) answered(a Answer) {
	r.fact("issuer", a.Issuer)
	r.fact("audience", a.Audience)
	r.fact("subject", a.Subject)
	r.fact("mode", a.Mode)
	r.fact("receipt", a.Receipt)
	for _, name := range itemNames()[1:] {
		if over, there := a.Over[name]; there {
			r.fact(name, fmt.Sprint(over))
		}
	}
	r.when("issued", a.Issued)
	r.when("expires", a.Expires)
	if a.Plain != nil {
		r.fact("plain", a.Plain.Consent)
	}
}

func (r *reading) receipt() error {
	if r.Keys == nil || r.KeysSM == nil {
		r.open("keys")
		return errUnchecked
	}
	p, err := parseReceipt([]byte(r.text))
	if err != nil {
		return err
	}
	payload, _ := decodeObject(p.payload)
	issuer, audience, nonce := r.or(r.Issuer, "issuer", payload, "iss"), r.audience(payload), r.Nonce
	if payload["nonce"] != nil {
		nonce = r.or(r.Nonce, "nonce", payload, "nonce")
	}
	got, err := CheckReceipt([]byte(r.text), r.Keys, r.KeysSM, issuer, audience, nonce, r.Now)
	if err == nil {
		r.answered(got)
	}
	return err
}

func (r *reading) credential() error {
	jwt, _, _ := strings.Cut(r.text, "~")
	header, payload := peek(jwt)
	a, e, err := r.signer(header, payload)
	if err != nil {
		return err
	}
	e.Kind, _ = payload.text("vct")
	if e.Roots != nil {
		e.Issuer = r.Issuer // the text does not say whose the kind is: its address does
	}
	var p Presentation
	if r.Form == FormPresentation {
		_, proof := peek(r.text[strings.LastIndexByte(r.text, '~')+1:])
		e.Audience, e.Nonce = r.or(r.Audience, "audience", proof, "aud"), r.or(r.Nonce, "nonce", proof, "nonce")
		p, err = checkPresentation(a, r.text, e, r.Now)
	} else {
		p, err = checkCredential(a, r.text, e, r.Now)
	}
	if err != nil {
		return err
	}
	r.presented(p, e)
	return r.status(p)
}

func (r *reading) presented(p Presentation, e Expect) {
	r.fact("kind", p.Kind)
	r.fact("issuer", p.Issuer)
	r.when("issued", p.Issued)
	r.when("expires", p.Expires)
	for _, name := range []string{"real_person", "age_over_14", "age_over_18", "age_over_60"} {
		if v := string(p.Claims[name]); v == "true" || v == "false" {
			r.fact(name, v)
		}
	}
	r.fact("audience", e.Audience)
}

// status looks the credential up in the lists that were given. One that was given
// and does not answer is a failure: who gives a list wants it to be looked at.
func (r *reading) status(p Presentation) error {
	if p.Status == nil {
		return nil
	}
	if len(r.Lists) == 0 {
		r.open("status")
		return nil
	}
	var failed error
	for _, list := range r.Lists {
		got, err := r.list(list, p.Status.URI)
		if err != nil {
			failed = err
			continue
		}
		s, err := got.Status(*p.Status, r.Now)
		if err != nil {
			failed = err
			continue
		}
		if s != StatusValid {
			return refuseStatus("it is " + s.String())
		}
		r.fact("status", s.String())
		r.when("status_issued", got.Issued)
		return nil
	}
	return failed
}

func (r *reading) list(token []byte, uri string) (StatusList, error) {
	if len(token) > 0 && token[0] == coseSign1 {
		if l, err := CheckStatusList(token, uri, Expect{Keys: r.Keys}, r.Now); err == nil || r.KeysSM == nil {
			return l, err
		}
		return CheckStatusListSM(token, uri, Expect{Keys: r.KeysSM}, r.Now)
	}
	token = bytes.TrimSpace(token)
	header, payload := peekList(token)
	a, e, err := r.signer(header, payload)
	if err != nil {
		return StatusList{}, err
	}
	return checkStatusList(a, token, uri, e, r.Now)
}

// peekList is peek for a longer text.
func peekList(token []byte) (header, payload object) {
	head, rest, _ := strings.Cut(string(token[:min(len(token), maxList)]), ".")
	body, _, _ := strings.Cut(rest, ".")
	header, _ = decodeObject(head)
	payload, _ = decodeObject(body)
	return header, payload
}

func (r *reading) statusList() error {
	uri := ""
	if r.text != "" && r.text[0] == coseSign1 {
		if r.Keys == nil && r.KeysSM == nil {
			r.open("keys")
			return errUnchecked
		}
		uri = addressCWT([]byte(r.text[1:]))
	} else {
		_, payload := peekList([]byte(r.text))
		uri, _ = payload.text("sub")
	}
	l, err := r.list([]byte(r.text), uri)
	if err != nil {
		return err
	}
	r.fact("address", l.URI)
	r.fact("places", fmt.Sprint(len(l.packed)*8/l.bits))
	r.when("issued", l.Issued)
	r.when("expires", l.Expires)
	return nil
}

// trustList: by the roots that the reader has; they are what makes it somebody's.
func (r *reading) trustList() error {
	header, payload := peek(r.text)
	_, e, err := r.signer(header, payload)
	if err != nil {
		return err
	}
	t, err := CheckTrustList(r.text, e, r.Now)
	if err != nil {
		return err
	}
	r.fact("issuer", t.Issuer)
	r.when("issued", t.Issued)
	r.when("expires", t.Expires)
	r.fact("roots", fmt.Sprint(bytes.Count(t.Roots, []byte("-----BEGIN"))))
	return nil
}

func (r *reading) result() error {
	header, payload := peek(r.text)
	_, e, err := r.signer(header, payload)
	if err != nil {
		return err
	}
	audience, nonce := r.audience(payload), r.Nonce
	if payload["nonce"] != nil {
		nonce = r.or(r.Nonce, "nonce", payload, "nonce")
	}
	got, err := CheckResult(r.text, e.Keys, e.Issuer, audience, nonce, r.Now)
	if err != nil {
		return err
	}
	r.fact("issuer", got.Issuer)
	r.fact("audience", got.Audience)
	for _, name := range append([]string{"real_person"}, itemNames()[1:]...) {
		if said, there := got.Says[name]; there {
			r.fact(name, fmt.Sprint(said))
		}
	}
	r.when("issued", got.Issued)
	r.when("expires", got.Expires)
	return nil
}

func (r *reading) registration() error {
	header, payload := peek(r.text)
	_, e, err := r.signer(header, payload)
	if err != nil {
		return err
	}
	got, err := CheckRegistration(r.text, e, r.Now)
	if err != nil {
		return err
	}
	r.fact("issuer", got.Issuer)
	r.fact("party", got.Party)
	r.fact("name_zh", got.Name["zh"])
	r.fact("name_en", got.Name["en"])
	r.fact("domain", got.Domain)
	r.fact("purpose_zh", got.Purpose["zh"])
	r.fact("purpose_en", got.Purpose["en"])
	r.when("expires", got.Expires)
	return nil
}
