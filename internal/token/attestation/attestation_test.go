package attestation_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/suite"
	"netid/internal/token/attestation"
	"netid/test/wallet"
)

const server = "https://id.example"

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

type claims = map[string]any

func at(d time.Duration) int64 { return noon.Add(d).Unix() }

func trust(t testing.TB, p *wallet.Provider, wallets ...identity.PartyID) attestation.Trust {
	t.Helper()
	roots, err := suite.ParseRoots(p.Root())
	if err != nil {
		t.Fatal(err)
	}
	return attestation.Trust{{Name: "simulator", Roots: roots, Wallets: wallets}}
}

// told fails unless the error is of the reason; "" is no error.
func told(t *testing.T, err error, reason string) {
	t.Helper()
	if (err == nil) != (reason == "") || err != nil && (!fault.Because(err, reason) || !fault.Is(err, fault.Unauthenticated)) {
		t.Errorf("got %v, want %q", err, reason)
	}
}

func TestH07WalletAttestations(t *testing.T) {
	p, stranger, instance := wallet.NewProvider(noon), wallet.NewProvider(noon), wallet.NewKey()
	both := append(trust(t, p, "purse"), trust(t, stranger, "rival")...)
	const bad, stale = "attestation_invalid", "attestation_stale"
	resign := func(chain []string) string {
		return p.Key.Sign("oauth-client-attestation+jwt", claims{"x5c": chain}, claims{"sub": "purse", "exp": at(time.Hour), "cnf": claims{"jwk": instance.JWK()}})
	}
	private := instance.JWK()
	private["d"] = "AAAA"
	for name, c := range map[string]struct{ text, want string }{
		"good":                          {p.Wallet("purse", instance, noon, nil), ""},
		"good, as later drafts have it": {p.Wallet("purse", instance, noon, claims{"iss": nil}), ""},
		"good, with members unknown":    {p.Wallet("purse", instance, noon, claims{"x": claims{"y": 1}, "status": claims{}}), ""},
		"exp 9 s ago":                   {p.Wallet("purse", instance, noon, claims{"exp": at(-9 * time.Second)}), ""},
		"exp 10 s ago":                  {p.Wallet("purse", instance, noon, claims{"exp": at(-10 * time.Second)}), bad},
		"no exp":                        {p.Wallet("purse", instance, noon, claims{"exp": nil}), bad},
		"exp a string":                  {p.Wallet("purse", instance, noon, claims{"exp": "1900000000"}), bad},
		"iat ahead":                     {p.Wallet("purse", instance, noon, claims{"iat": at(11 * time.Second)}), bad},
		"nbf ahead":                     {p.Wallet("purse", instance, noon, claims{"nbf": at(11 * time.Second)}), bad},
		"a day old":                     {p.Wallet("purse", instance, noon, claims{"iat": at(-24 * time.Hour)}), ""},
		"more than a day old":           {p.Wallet("purse", instance, noon, claims{"iat": at(-24*time.Hour - 10*time.Second)}), stale},
		"of no date, for a day":         {p.Wallet("purse", instance, noon, claims{"iat": nil, "exp": at(24 * time.Hour)}), ""},
		"of no date, for longer":        {p.Wallet("purse", instance, noon, claims{"iat": nil, "exp": at(25 * time.Hour)}), stale},
		"no sub":                        {p.Wallet("purse", instance, noon, claims{"sub": nil}), bad},
		"sub of another's wallet":       {p.Wallet("rival", instance, noon, nil), bad},
		"sub of nobody's wallet":        {p.Wallet("other", instance, noon, nil), bad},
		"no cnf":                        {p.Wallet("purse", instance, noon, claims{"cnf": nil}), bad},
		"cnf without jwk":               {p.Wallet("purse", instance, noon, claims{"cnf": claims{"kid": "x"}}), bad},
		"cnf with a private key":        {p.Wallet("purse", instance, noon, claims{"cnf": claims{"jwk": private}}), bad},
		"by a stranger":                 {stranger.Wallet("purse", instance, noon, nil), bad},
		"another signature":             {spoilt(p.Wallet("purse", instance, noon, nil)), bad},
		"no chain":                      {resign(nil), bad},
		"the chain of another":          {resign(stranger.Chain), bad},
		"with its anchor":               {resign(append(slices.Clone(p.Chain), p.RootDER())), bad},
		"a key attestation":             {p.Keys("n", noon, claims{"sub": "purse", "cnf": claims{"jwk": instance.JWK()}}, instance), bad},
		"a proof":                       {instance.Proof("purse", server, "1", "c", noon, nil), bad},
		"too long":                      {p.Wallet("purse", instance, noon, claims{"x": strings.Repeat("x", 20<<10)}), bad},
		"nothing":                       {"", bad},
	} {
		t.Run(name, func(t *testing.T) {
			w, err := both.Wallet(c.text, noon)
			told(t, err, c.want)
			if err == nil && (w.Client != "purse" || w.Key() != thumbprint(t, instance)) {
				t.Errorf("%+v", w)
			}
		})
	}
	if _, err := (attestation.Trust)(nil).Wallet(p.Wallet("purse", instance, noon, nil), noon); err == nil {
		t.Error("whom nobody named is believed")
	}
	if _, err := trust(t, p).Wallet(p.Wallet("purse", instance, noon, nil), noon); err == nil {
		t.Error("a key store's maker vouches for a wallet")
	}
}

func thumbprint(t testing.TB, k wallet.Key) string { t.Helper(); return public(t, k).Thumbprint() }

func public(t testing.TB, k wallet.Key) suite.PublicKey {
	t.Helper()
	jwk := k.JWK()
	key, err := suite.ParsePublicKey(fmt.Appendf(nil, `{"kty":"EC","crv":"P-256","x":%q,"y":%q}`, jwk["x"], jwk["y"]))
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// spoilt has another signature.
func spoilt(text string) string {
	i := strings.LastIndexByte(text, '.') + 1
	c := byte('A')
	if text[i] == c {
		c = 'B'
	}
	return text[:i] + string(c) + text[i+1:]
}

func TestH07Proofs(t *testing.T) {
	p, instance := wallet.NewProvider(noon), wallet.NewKey()
	w, err := trust(t, p, "purse").Wallet(p.Wallet("purse", instance, noon, nil), noon)
	if err != nil {
		t.Fatal(err)
	}
	made := func(change claims) string { return instance.Proof("purse", server, "id", "c", noon, change) }
	for name, c := range map[string]struct {
		text string
		good bool
	}{
		"good":                          {made(nil), true},
		"good, as later drafts have it": {made(claims{"iss": nil}), true},
		"good, without a challenge":     {made(claims{"challenge": nil}), true},
		"good, 69 s old":                {made(claims{"iat": at(-69 * time.Second)}), true},
		"70 s old":                      {made(claims{"iat": at(-70 * time.Second)}), false},
		"ahead":                         {made(claims{"iat": at(11 * time.Second)}), false},
		"of no date":                    {made(claims{"iat": nil}), false},
		"past its end":                  {made(claims{"exp": at(-10 * time.Second)}), false},
		"not yet":                       {made(claims{"nbf": at(11 * time.Second)}), false},
		"for another server":            {made(claims{"aud": "https://other.example"}), false},
		"for two servers":               {made(claims{"aud": []string{server, "https://other.example"}}), false},
		"for nobody":                    {made(claims{"aud": nil}), false},
		"of another wallet":             {made(claims{"iss": "rival"}), false},
		"of a number":                   {made(claims{"iss": 1}), false},
		"without an id":                 {made(claims{"jti": nil}), false},
		"with a long id":                {made(claims{"jti": strings.Repeat("x", 257)}), false},
		"with a challenge of no text":   {made(claims{"challenge": 1}), false},
		"by another key":                {wallet.NewKey().Proof("purse", server, "id", "c", noon, nil), false},
		"another signature":             {spoilt(made(nil)), false},
		"of another type":               {instance.Sign("dpop+jwt", nil, claims{"iss": "purse", "aud": server, "jti": "id", "iat": noon.Unix()}), false},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := w.Proof(c.text, server, noon)
			if c.good {
				told(t, err, "")
			} else {
				told(t, err, "attestation_invalid")
			}
			if c.good && got.ID != "id" {
				t.Errorf("%+v", got)
			}
		})
	}
}

func TestH06KeyAttestations(t *testing.T) {
	p, stranger, store := wallet.NewProvider(noon), wallet.NewProvider(noon), wallet.NewProvider(noon)
	one, two := wallet.NewKey(), wallet.NewKey()
	all := append(append(trust(t, p, "purse"), trust(t, stranger, "rival")...), trust(t, store)...)
	made := func(change claims) string { return p.Keys("n", noon, change, one, two) }
	private := one.JWK()
	private["d"] = "AAAA"
	many := []any{}
	for range 65 {
		many = append(many, wallet.NewKey().JWK())
	}
	for name, c := range map[string]struct {
		text, wallet, want string
	}{
		"good":                       {made(nil), "purse", ""},
		"good, of whom nobody knows": {made(nil), "", ""},
		"good, by the store's maker": {store.Keys("n", noon, nil, one, two), "rival", ""},
		"of another's wallet":        {made(nil), "rival", "attestation_invalid"},
		"by a stranger":              {wallet.NewProvider(noon).Keys("n", noon, nil, one, two), "", "attestation_invalid"},
		"another signature":          {spoilt(made(nil)), "purse", "attestation_invalid"},
		"past its end":               {made(claims{"exp": at(-10 * time.Second)}), "purse", "attestation_invalid"},
		"without an end":             {made(claims{"exp": nil}), "purse", "attestation_invalid"},
		"without a beginning":        {made(claims{"iat": nil}), "purse", "attestation_invalid"},
		"ahead":                      {made(claims{"iat": at(11 * time.Second)}), "purse", "attestation_invalid"},
		"more than a day old":        {made(claims{"iat": at(-25 * time.Hour)}), "purse", "attestation_stale"},
		"a nonce of no text":         {made(claims{"nonce": 7}), "purse", "attestation_invalid"},
		"an empty nonce":             {made(claims{"nonce": ""}), "purse", "attestation_invalid"},
		"levels that are none":       {made(claims{"key_storage": []string{}}), "purse", "attestation_invalid"},
		"a level that is no list":    {made(claims{"user_authentication": "iso_18045_high"}), "purse", "attestation_invalid"},
		"no keys":                    {made(claims{"attested_keys": nil}), "purse", "attestation_invalid"},
		"none of them":               {made(claims{"attested_keys": []any{}}), "purse", "attestation_invalid"},
		"one twice":                  {made(claims{"attested_keys": []any{one.JWK(), one.JWK()}}), "purse", "attestation_invalid"},
		"a private one":              {made(claims{"attested_keys": []any{private}}), "purse", "attestation_invalid"},
		"too many":                   {made(claims{"attested_keys": many}), "purse", "attestation_invalid"},
		"a wallet attestation":       {p.Wallet("purse", one, noon, claims{"attested_keys": []any{one.JWK()}}), "purse", "attestation_invalid"},
		"the old name of the type":   {p.Key.Sign("keyattestation+jwt", claims{"x5c": p.Chain}, claims{}), "purse", "attestation_invalid"},
	} {
		t.Run(name, func(t *testing.T) {
			k, err := all.Keys(c.text, identity.PartyID(c.wallet), noon)
			told(t, err, c.want)
			if err == nil && (len(k.All) != 2 || k.Nonce != "n" || !k.Has(public(t, two)) || k.Has(public(t, wallet.NewKey())) || k.Until != noon.Add(time.Hour)) {
				t.Errorf("%+v", k)
			}
		})
	}
}

// What a credential asks of a key store is asked of both words, and a word that is not there is not enough.
func TestH06LevelsOfKeys(t *testing.T) {
	p, one := wallet.NewProvider(noon), wallet.NewKey()
	all := trust(t, p, "purse")
	hard := attestation.Need{Storage: attestation.Levels("iso_18045_moderate"), Authentication: attestation.Levels("iso_18045_moderate")}
	for name, c := range map[string]struct {
		change claims
		need   attestation.Need
		good   bool
	}{
		"moderate":                   {nil, hard, true},
		"high":                       {claims{"key_storage": []string{"iso_18045_high"}}, hard, true},
		"software":                   {claims{"key_storage": []string{"software"}}, hard, false},
		"basic":                      {claims{"key_storage": []string{"iso_18045_basic"}}, hard, false},
		"no word of the store":       {claims{"key_storage": nil}, hard, false},
		"no word of the owner":       {claims{"user_authentication": nil}, hard, false},
		"the owner's is basic":       {claims{"user_authentication": []string{"iso_18045_basic"}}, hard, false},
		"among others":               {claims{"key_storage": []string{"software", "iso_18045_moderate"}}, hard, true},
		"nothing asked, nothing had": {claims{"key_storage": nil, "user_authentication": nil}, attestation.Need{}, true},
	} {
		k, err := all.Keys(p.Keys("n", noon, c.change, one), "purse", noon)
		if err != nil || k.Meets(c.need) != c.good {
			t.Errorf("%s: %v, %v", name, k.Meets(c.need), err)
		}
	}
	if got := attestation.Levels("iso_18045_moderate"); !slices.Equal(got, []string{"iso_18045_high", "iso_18045_moderate"}) || len(attestation.Levels("software")) != 0 {
		t.Errorf("%q", got)
	}
}

// FuzzAttestation: nothing that is not signed below a root is taken, by any reader, and nobody falls.
func FuzzAttestation(f *testing.F) {
	p, instance := wallet.NewProvider(noon), wallet.NewKey()
	t := trust(f, p, "purse")
	w, err := t.Wallet(p.Wallet("purse", instance, noon, nil), noon)
	if err != nil {
		f.Fatal(err)
	}
	good := map[string]bool{}
	for _, s := range []string{p.Wallet("purse", instance, noon, nil), instance.Proof("purse", server, "id", "c", noon, nil), p.Keys("n", noon, nil, instance)} {
		f.Add(s)
		good[s] = true
	}
	f.Fuzz(func(tt *testing.T, s string) {
		_, a := t.Wallet(s, noon)
		_, b := t.Keys(s, "purse", noon)
		_, c := w.Proof(s, server, noon)
		if (a == nil || b == nil || c == nil) && !good[s] {
			tt.Fatalf("taken: %q", s)
		}
	})
}
