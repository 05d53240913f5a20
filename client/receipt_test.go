package client_test

import (
	"crypto/rand"
	"encoding/asn1"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/emmansun/gmsm/sm2"
	"github.com/go-jose/go-jose/v4"

	"netid/client"
)

// seal is an SM2 key as an issuer holds it.
type seal struct{ *sm2.PrivateKey }

func newSeal(t testing.TB) seal {
	k, err := sm2.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return seal{k}
}

func (k seal) sign(message []byte) []byte {
	return k.signAs(message, "1234567812345678")
}

func (k seal) signAs(message []byte, id string) []byte {
	der, err := k.Sign(rand.Reader, message, sm2.NewSM2SignerOption(true, []byte(id)))
	if err != nil {
		panic(err)
	}
	var pair struct{ R, S *big.Int }
	if _, err := asn1.Unmarshal(der, &pair); err != nil {
		panic(err)
	}
	return append(pair.R.FillBytes(make([]byte, 32)), pair.S.FillBytes(make([]byte, 32))...)
}

func (k seal) jwk(change map[string]any) []byte {
	m := map[string]any{"kty": "EC", "crv": client.CurveSM2, "x": b64(k.X.FillBytes(make([]byte, 32))), "y": b64(k.Y.FillBytes(make([]byte, 32)))}
	b, _ := json.Marshal(with(m, change))
	return b
}

func (k seal) set() []byte {
	return keySet(k.jwk(map[string]any{"kid": "s1", "use": "sig", "alg": client.AlgSM2}))
}

func (k seal) raw(header, claims string) string {
	input := b64([]byte(header)) + "." + b64([]byte(claims))
	return input + "." + b64(k.sign([]byte(input)))
}

func text(v any) string {
	b, _ := json.Marshal(v)
	return string(b)
}

const headSM = `{"alg":"urn:netid:alg:SM2","kid":"s1","typ":"JWT"}`

func TestCheckAnswerSM(t *testing.T) {
	k, d := newSeal(t), newDevice(t)
	plain := text(claims())
	good := k.raw(headSM, plain)
	a, err := client.CheckAnswerSM(good, k.set(), issuer, party, nonce, asked)
	if err != nil || a.Subject != "c3ViamVjdA" || !a.Over["age_over_18"] {
		t.Fatalf("%+v %v", a, err)
	}
	parts := strings.Split(good, ".")
	signed := func(sig []byte) string { return parts[0] + "." + parts[1] + "." + b64(sig) }
	number := func(r, s *big.Int) []byte {
		return append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...)
	}
	n := sm2.P256().Params().N
	x := big.NewInt(7)
	for name, c := range map[string]struct {
		token string
		set   []byte
		why   error
	}{
		"an ES256 token":              {d.token(header(), claims()), d.set(), client.ErrToken},
		"ES256 by name":               {k.raw(`{"alg":"ES256","kid":"s1"}`, plain), k.set(), client.ErrToken},
		"alg in other letters":        {k.raw(strings.Replace(headSM, "SM2", "sm2", 1), plain), k.set(), client.ErrToken},
		"SM2 by name, a P-256 key":    {d.raw(strings.Replace(headSM, "s1", "k1", 1), plain), d.set(), client.ErrKey},
		"a P-256 point called SM2":    {d.raw(headSM, plain), keySet(d.jwk(map[string]any{"kid": "s1", "crv": client.CurveSM2})), client.ErrKey},
		"an SM2 point called P-256":   {good, keySet(k.jwk(map[string]any{"kid": "s1", "crv": "P-256"})), client.ErrKey},
		"a key for ES256":             {good, keySet(k.jwk(map[string]any{"kid": "s1", "alg": "ES256"})), client.ErrKey},
		"another curve's name":        {good, keySet(k.jwk(map[string]any{"kid": "s1", "crv": "SM2"})), client.ErrKey},
		"a private key":               {good, keySet(k.jwk(map[string]any{"kid": "s1", "d": "AA"})), client.ErrKey},
		"another's key":               {good, newSeal(t).set(), client.ErrSignature},
		"a receipt's half":            {k.raw(strings.Replace(headSM, "JWT", "netid-receipt+jwt", 1), plain), k.set(), client.ErrToken},
		"another identifier":          {signed(k.signAs([]byte(parts[0]+"."+parts[1]), "ALICE123@YAHOO.COM")), k.set(), client.ErrSignature},
		"claims changed":              {parts[0] + "." + b64([]byte(strings.Replace(plain, "shop", "shot", 1))) + "." + parts[2], k.set(), client.ErrSignature},
		"zeros":                       {signed(make([]byte, 64)), k.set(), client.ErrSignature},
		"r is n":                      {signed(number(n, x)), k.set(), client.ErrSignature},
		"s is n":                      {signed(number(x, n)), k.set(), client.ErrSignature},
		"r and s make n":              {signed(number(x, new(big.Int).Sub(n, x))), k.set(), client.ErrSignature},
		"63 bytes":                    {signed(make([]byte, 63)), k.set(), client.ErrSignature},
		"expired":                     {k.raw(headSM, text(with(claims(), map[string]any{"exp": asked.Unix()}))), k.set(), client.ErrToken},
		"a claim twice":               {k.raw(headSM, strings.Replace(plain, "{", `{"sub":"x",`, 1)), k.set(), client.ErrToken},
		"to whom SM2 is not served":   {good, d.set(), client.ErrKey},
		"crit":                        {k.raw(`{"alg":"urn:netid:alg:SM2","kid":"s1","crit":[]}`, plain), k.set(), client.ErrToken},
		"a header that is there once": {k.raw(`{"alg":"none","alg":"urn:netid:alg:SM2","kid":"s1"}`, plain), k.set(), client.ErrToken},
	} {
		if a, err := client.CheckAnswerSM(c.token, c.set, issuer, party, nonce, asked); !errors.Is(err, c.why) {
			t.Errorf("%s: %v, %+v", name, err, a)
		}
	}
	if _, err := client.CheckAnswer(good, k.set(), issuer, party, nonce, asked); !errors.Is(err, client.ErrToken) {
		t.Errorf("SM2 where ES256 is checked: %v", err)
	}
}

// issuing is an issuer that signs twice.
type issuing struct {
	device
	seal
}

func newIssuing(t testing.TB) issuing { return issuing{newDevice(t), newSeal(t)} }

const (
	headES      = `{"alg":"ES256","kid":"k1","typ":"netid-receipt+jwt"}`
	headReceipt = `{"alg":"urn:netid:alg:SM2","kid":"s1","typ":"netid-receipt+jwt"}`
)

func (i issuing) es(header, payload string) string {
	return half(header, i.device.sign([]byte(b64([]byte(header))+"."+payload)))
}

func (i issuing) sm(header, payload string) string {
	return half(header, i.seal.sign([]byte(b64([]byte(header))+"."+payload)))
}

func half(header string, signature []byte) string {
	return fmt.Sprintf(`{"protected":%q,"signature":%q}`, b64([]byte(header)), b64(signature))
}

func receiptOf(payload string, halves ...string) string {
	return `{"payload":"` + payload + `","signatures":[` + strings.Join(halves, ",") + `]}`
}

func (i issuing) receipt(claims string) string {
	p := b64([]byte(claims))
	return receiptOf(p, i.es(headES, p), i.sm(headReceipt, p))
}

func (i issuing) check(receipt string) (client.Answer, error) {
	return client.CheckReceipt([]byte(receipt), i.device.set(), i.seal.set(), issuer, party, nonce, asked)
}

func TestCheckReceipt(t *testing.T) {
	i := newIssuing(t)
	p := b64([]byte(text(claims())))
	for name, r := range map[string]string{
		"as it is":         i.receipt(text(claims())),
		"the other way":    receiptOf(p, i.sm(headReceipt, p), i.es(headES, p)),
		"with white space": strings.ReplaceAll(i.receipt(text(claims())), ",", ",\n  "),
	} {
		a, err := i.check(r)
		if err != nil || a.Subject != "c3ViamVjdA" || a.Receipt != "0123456789abcdef0123456789abcdef" || !reflect.DeepEqual(a.Over, map[string]bool{"age_over_18": true}) {
			t.Errorf("%s: %+v %v", name, a, err)
		}
	}
	late := asked.Add(365 * 24 * time.Hour)
	if _, err := client.CheckReceipt([]byte(i.receipt(text(claims()))), i.device.set(), i.seal.set(), issuer, party, nonce, late); !errors.Is(err, client.ErrToken) {
		t.Errorf("as of a year later: %v", err)
	}
	if _, err := client.CheckReceipt([]byte(i.receipt(text(claims()))), i.seal.set(), i.device.set(), issuer, party, nonce, asked); !errors.Is(err, client.ErrKey) {
		t.Errorf("the sets exchanged: %v", err)
	}
}

func TestCheckReceiptRefuses(t *testing.T) {
	i, other := newIssuing(t), newIssuing(t)
	plain := text(claims())
	p, q := b64([]byte(plain)), b64([]byte(text(with(claims(), map[string]any{"sub": "somebody"}))))
	es, sm, good := i.es(headES, p), i.sm(headReceipt, p), i.receipt(plain)
	for name, c := range map[string]struct {
		receipt string
		why     error
	}{
		"nothing":                      {"", client.ErrReceipt},
		"null":                         {"null", client.ErrReceipt},
		"an ID token":                  {i.device.token(header(), claims()), client.ErrReceipt},
		"no signature":                 {receiptOf(p), client.ErrReceipt},
		"ES256 alone":                  {receiptOf(p, es), client.ErrReceipt},
		"SM2 alone":                    {receiptOf(p, sm), client.ErrReceipt},
		"ES256 twice":                  {receiptOf(p, es, es), client.ErrReceipt},
		"SM2 twice":                    {receiptOf(p, sm, sm), client.ErrReceipt},
		"a third":                      {receiptOf(p, es, sm, es), client.ErrReceipt},
		"a third that is none":         {receiptOf(p, es, sm, `{"protected":"e30","signature":""}`), client.ErrReceipt},
		"a null signature":             {receiptOf(p, es, "null"), client.ErrReceipt},
		"signatures an object":         {`{"payload":"` + p + `","signatures":{}}`, client.ErrReceipt},
		"signatures null":              {`{"payload":"` + p + `","signatures":null}`, client.ErrReceipt},
		"no payload":                   {receiptOf("", es, sm), client.ErrReceipt},
		"a payload in standard base64": {receiptOf(p+"==", i.es(headES, p+"=="), i.sm(headReceipt, p+"==")), client.ErrToken},
		"payload twice":                {strings.Replace(good, "{", `{"payload":"`+q+`",`, 1), client.ErrReceipt},
		"signatures twice":             {strings.Replace(good, "{", `{"signatures":[],`, 1), client.ErrReceipt},
		"payload twice in caps":        {strings.Replace(good, "{", `{"Payload":"`+q+`",`, 1), client.ErrReceipt},
		"the flattened form beside":    {strings.Replace(good, "{", `{"signature":"AA",`, 1), client.ErrReceipt},
		"another member":               {strings.Replace(good, "{", `{"x":1,`, 1), client.ErrReceipt},
		"an unprotected header":        {receiptOf(p, strings.Replace(es, "{", `{"header":{"kid":"k1"},`, 1), sm), client.ErrReceipt},
		"protected twice":              {receiptOf(p, strings.Replace(es, "{", `{"protected":"e30",`, 1), sm), client.ErrReceipt},
		"no protected header":          {receiptOf(p, `{"header":{"alg":"ES256","kid":"k1"},"signature":"AA"}`, sm), client.ErrReceipt},
		"a signature that is a number": {receiptOf(p, `{"protected":"e30","signature":1}`, sm), client.ErrReceipt},
		"a padded signature":           {strings.Replace(good, `"},{`, `="},{`, 1), client.ErrReceipt},
		"more after it":                {good + "{}", client.ErrReceipt},
		"too long":                     {good + strings.Repeat(" ", 30_000), client.ErrReceipt},
		"halves of an ID token's type": {receiptOf(p, i.es(text(header()), p), i.sm(headSM, p)), client.ErrReceipt},
		"one half of another type":     {receiptOf(p, es, i.sm(headSM, p)), client.ErrReceipt},
		"no type":                      {receiptOf(p, es, i.sm(`{"alg":"urn:netid:alg:SM2","kid":"s1"}`, p)), client.ErrReceipt},
		"alg none for SM2":             {receiptOf(p, es, half(`{"alg":"none","kid":"s1","typ":"netid-receipt+jwt"}`, nil)), client.ErrReceipt},
		"SM2's name on an ES256 key":   {receiptOf(p, es, i.es(strings.Replace(headReceipt, "s1", "k1", 1), p)), client.ErrKey},
		"crit":                         {receiptOf(p, es, i.sm(strings.Replace(headReceipt, "{", `{"crit":["x"],"x":1,`, 1), p)), client.ErrReceipt},
		"no kid":                       {receiptOf(p, es, i.sm(`{"alg":"urn:netid:alg:SM2","typ":"netid-receipt+jwt"}`, p)), client.ErrReceipt},
		"an unknown kid":               {receiptOf(p, es, i.sm(strings.Replace(headReceipt, "s1", "s2", 1), p)), client.ErrKey},
		"ES256 by another":             {receiptOf(p, other.es(headES, p), sm), client.ErrSignature},
		"SM2 by another":               {receiptOf(p, es, other.sm(headReceipt, p)), client.ErrSignature},
		"SM2 over another payload":     {receiptOf(p, es, i.sm(headReceipt, q)), client.ErrSignature},
		"ES256 over another payload":   {receiptOf(p, i.es(headES, q), sm), client.ErrSignature},
		"payload exchanged":            {receiptOf(q, es, sm), client.ErrSignature},
		"signatures exchanged":         {receiptOf(p, half(headES, i.seal.sign([]byte(b64([]byte(headES))+"."+p))), half(headReceipt, i.device.sign([]byte(b64([]byte(headReceipt))+"."+p)))), client.ErrSignature},
		"for somebody else":            {i.receipt(text(with(claims(), map[string]any{"aud": "mall"}))), client.ErrToken},
		"by somebody else":             {i.receipt(text(with(claims(), map[string]any{"iss": "https://other.example"}))), client.ErrToken},
		"another nonce":                {i.receipt(text(with(claims(), map[string]any{"nonce": "x"}))), client.ErrToken},
		"a claim twice":                {i.receipt(strings.Replace(plain, "{", `{"sub":"x",`, 1)), client.ErrToken},
		"claims a list":                {i.receipt("[]"), client.ErrToken},
	} {
		t.Run(name, func(t *testing.T) {
			if a, err := i.check(c.receipt); !errors.Is(err, c.why) {
				t.Errorf("%v, %+v", err, a)
			}
		})
	}
	for at := range good {
		spoilt := []byte(good)
		spoilt[at] ^= 1
		if _, err := i.check(string(spoilt)); err == nil {
			t.Fatalf("byte %d changed and it passes", at)
		}
	}
}

// Another library reads what we take as the same, and verifies the half that it knows.
func agrees(t *testing.T, i issuing, receipt string, want client.Answer) {
	t.Helper()
	jws, err := jose.ParseSignedJSON(receipt, []jose.SignatureAlgorithm{jose.ES256, client.AlgSM2})
	if err != nil || len(jws.Signatures) != 2 {
		t.Fatalf("only we read %q: %v", receipt, err)
	}
	_, half, payload, err := jws.VerifyMulti(&i.device.PublicKey)
	if err != nil || half.Protected.Algorithm != "ES256" {
		t.Fatalf("only we verify %q: %v", receipt, err)
	}
	var said map[string]any
	if err := json.Unmarshal(payload, &said); err != nil || said["sub"] != want.Subject || said["iss"] != issuer {
		t.Fatalf("%q says %v: %v", receipt, said, err)
	}
}

func TestCheckReceiptAgreesWithGoJose(t *testing.T) {
	i := newIssuing(t)
	a, err := i.check(i.receipt(text(claims())))
	if err != nil {
		t.Fatal(err)
	}
	agrees(t, i, i.receipt(text(claims())), a)
	// theirs, with our SM2 half beside it
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: jose.JSONWebKey{Key: i.device.PrivateKey, KeyID: "k1"}},
		(&jose.SignerOptions{}).WithType("netid-receipt+jwt"))
	if err != nil {
		t.Fatal(err)
	}
	signed, err := signer.Sign([]byte(text(claims())))
	if err != nil {
		t.Fatal(err)
	}
	var flat struct{ Payload, Protected, Signature string }
	if err := json.Unmarshal([]byte(signed.FullSerialize()), &flat); err != nil {
		t.Fatal(err)
	}
	theirs := fmt.Sprintf(`{"protected":%q,"signature":%q}`, flat.Protected, flat.Signature)
	if _, err := i.check(receiptOf(flat.Payload, theirs, i.sm(headReceipt, flat.Payload))); err != nil {
		t.Errorf("theirs: %v", err)
	}
}

// FuzzReceipt: what passes was signed by both keys over the claims that are
// given, and another library reads the same.
func FuzzReceipt(f *testing.F) {
	i := newIssuing(f)
	good := i.receipt(text(claims()))
	f.Add(good, 0)
	f.Add(strings.Replace(good, "{", `{"payload":"e30",`, 1), 0)
	f.Add(headES, 1)
	f.Add(headReceipt, 2)
	f.Add(text(claims()), 3)
	f.Fuzz(func(t *testing.T, in string, what int) {
		p := b64([]byte(text(claims())))
		switch what {
		case 1: // any header that is well signed
			in = receiptOf(p, i.es(in, p), i.sm(headReceipt, p))
		case 2:
			in = receiptOf(p, i.es(headES, p), i.sm(in, p))
		case 3: // any claims that are
			in = i.receipt(in)
		}
		if a, err := i.check(in); err == nil {
			agrees(t, i, in, a)
		}
	})
}

func BenchmarkCheckReceipt(b *testing.B) {
	i := newIssuing(b)
	receipt := i.receipt(text(claims()))
	for b.Loop() {
		if _, err := i.check(receipt); err != nil {
			b.Fatal(err)
		}
	}
}
