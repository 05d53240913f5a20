// Package admit is the act by which a relying party (互联网平台) is registered.
//
// It owns what a party must declare before it may ask anybody anything and
// refuses to know how its requests look.
//
// Invariant: a registered party has a purpose, another lawful way of
// verification, a citation for each age mark and each plaintext item, and
// redirect URIs that cannot be abused.
package admit

import (
	"context"
	"encoding/json"
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"

	"netid/client"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/law"
	"netid/internal/ledger"
)

// Store reads parties, and counts who comes.
type Store interface {
	Party(ctx context.Context, id identity.PartyID) (identity.Party, error)
	PartyNow(ctx context.Context, id identity.PartyID) (identity.Party, error)
	Jot(ctx context.Context, notes ...identity.Note) error
	Parties(ctx context.Context) ([]identity.Party, error)
}

// Keys makes and checks secrets and reads key sets.
type Keys interface {
	CheckJWKS([]byte) error
	CheckAddress(address string) error                          // whether this service may ask there, by its form
	CheckMethod(p identity.PartyID, m identity.PartyAuth) error // whether this party can be known so here: by a certificate, or as a wallet
	CheckIDTokenAlg(alg string) error                           // whether ID tokens, and UserInfo, are signed so here
	CheckSeal(jwks []byte, alg string) error                    // whether they are encrypted so, to a key of the set; nil: one that is published
	Signing(jwks []byte) bool                                   // whether a key of the set is for signatures
	Thumbprints(jwks []byte) ([]string, error)
	Random(n int) []byte
	Digest(parts ...[]byte) [32]byte
	Equal(a, b []byte) bool
}

// Act admits.
type Act struct {
	Store       Store
	Keys        Keys
	Invitations Box
	Fetch       Fetch     // nil: no party has a sector of several hosts
	Operators   Operators // nil in a sandbox
	Console     Console   // where operators also endorse with passkeys; nil: by their keys alone
	Certifier   Certifier
	Book        *ledger.Book
	Law         *law.Book
	Now         func() time.Time
}

// Application is what a party says of itself.
type Application struct {
	ID           string          `json:"id"`
	Name         string          `json:"name"`
	NameZH       string          `json:"name_zh,omitempty"`
	Domain       string          `json:"domain,omitempty"`
	Organisation string          `json:"organisation,omitempty"` // unified social credit code
	RedirectURIs []string        `json:"redirect_uris"`
	JWKS         json.RawMessage `json:"jwks,omitempty"`
	Public       bool            `json:"public,omitempty"`
	Proof
	Leaving
	IDTokenAlg  string            `json:"id_token_signed_response_alg,omitempty"`          // OpenID Connect Registration 1.0 §2; empty: ES256
	Pushes      bool              `json:"require_pushed_authorization_requests,omitempty"` // RFC 9126 §6
	Signs       bool              `json:"require_signed_request_object,omitempty"`         // RFC 9101 §10.5
	ResponseAlg string            `json:"authorization_signed_response_alg,omitempty"`     // JARM §3; empty: its answers are not signed
	Details     []string          `json:"authorization_details_types,omitempty"`           // RFC 9396 §10
	Offline     int               `json:"offline,omitempty"`                               // for how many days it may be answered again without the citizen: 7, 30 or 90
	Purpose     string            `json:"purpose,omitempty"`
	PurposeZH   string            `json:"purpose_zh,omitempty"`
	AgeMarks    map[string]string `json:"age_marks,omitempty"`                       // mark -> law it cites
	Bases       map[string]string `json:"bases,omitempty"`                           // plaintext item -> law it cites
	BasesUntil  map[string]string `json:"bases_until,omitempty"`                     // the last day of a basis that ends by itself
	KeepDays    int               `json:"plain_keep_days,omitempty"`                 // how long it keeps plain text, at most
	Sealed      string            `json:"id_token_encrypted_response_alg,omitempty"` // OpenID Connect Registration 1.0 §2
	SealedEnc   string            `json:"id_token_encrypted_response_enc,omitempty"` // A256GCM, or nothing said
	Unsealed    bool              `json:"plain_unencrypted,omitempty"`               // in a sandbox alone: try plain text without encryption
	Otherwise   []identity.Way    `json:"otherwise,omitempty"`                       // its other lawful ways (Arts 6, 7)
	SectorURI   string            `json:"sector_identifier_uri,omitempty"`
	Sandbox     bool              `json:"-"` // fill what is missing with labelled defaults
	Secret      string            `json:"-"` // the demonstration party's own, never from outside

	Endorsed []identity.Endorsement `json:"-"` // of the operator's file, never from outside
	While    []identity.Verb        `json:"-"` // guards of whoever hands it in, of the same commit
}

// Proof is what a party says of how it proves itself and what it holds, in the
// words of the registrations (RFC 7591 §2, RFC 8705 §2.1.2 and §3.4, RFC 9449 §5.2).
type Proof struct {
	Method      string `json:"token_endpoint_auth_method,omitempty"` // empty: what follows from the keys
	JWKSURI     string `json:"jwks_uri,omitempty"`
	SubjectDN   string `json:"tls_client_auth_subject_dn,omitempty"`
	SANDNS      string `json:"tls_client_auth_san_dns,omitempty"`
	SANURI      string `json:"tls_client_auth_san_uri,omitempty"`
	SANIP       string `json:"tls_client_auth_san_ip,omitempty"`
	SANEmail    string `json:"tls_client_auth_san_email,omitempty"`
	CertBound   bool   `json:"tls_client_certificate_bound_access_tokens,omitempty"`
	DPoP        bool   `json:"dpop_bound_access_tokens,omitempty"`
	FAPI        bool   `json:"fapi,omitempty"` // held to the FAPI 2.0 Security Profile
	UserInfoAlg string `json:"userinfo_signed_response_alg,omitempty"`
}

// Register admits a party and gives the secret it authenticates with, once.
func (a *Act) Register(ctx context.Context, in Application) (identity.Party, string, error) {
	const op = "admit.Register"
	p, secret, err := a.admit(ctx, in, func(*identity.Party) {})
	return p, secret, fault.At(op, err)
}

// Judge says how an application would be registered, and registers nothing.
func (a *Act) Judge(in Application) (identity.Party, error) {
	p, _, _, err := a.judge(in)
	return p, fault.At("admit.Judge", err)
}

// judge checks an application's shape, settles how the party authenticates,
// and asks the law about what it declares.
func (a *Act) judge(in Application) (identity.Party, string, []identity.Ground, error) {
	const op = "admit.judge"
	if in.Sandbox {
		in = labelled(in)
	}
	p, err := a.party(in)
	if err != nil {
		return p, "", nil, err
	}
	if in.IDTokenAlg != "" {
		if err := a.Keys.CheckIDTokenAlg(in.IDTokenAlg); err != nil {
			return p, "", nil, err
		}
		p.IDTokenAlg = in.IDTokenAlg
	}
	if in.UserInfoAlg != "" {
		if err := a.Keys.CheckIDTokenAlg(in.UserInfoAlg); err != nil {
			return p, "", nil, err
		}
		p.UserInfoAlg = in.UserInfoAlg
	}
	secret, err := a.authenticate(&p, in)
	if err == nil {
		err = a.asks(&p, in)
	}
	if err == nil {
		err = a.leaves(&p, in.Leaving)
	}
	if err == nil {
		err = a.learns(&p, in)
	}
	if err != nil {
		return p, "", nil, err
	}
	var grounds []identity.Ground
	for _, v := range []law.Verdict{a.Law.InForce(identity.Today(a.Now())), a.Law.Offers(p), a.Law.Cites(p)} {
		if err := v.Err(op); err != nil {
			return p, "", nil, err
		}
		grounds = append(grounds, v.Ground())
	}
	return p, secret, grounds, nil
}

// asks settles how the party's requests come and its answers go.
func (a *Act) asks(p *identity.Party, in Application) error {
	const op = "admit.asks"
	var err error
	if p.Offline, err = identity.ParseOffline(in.Offline); err != nil {
		return err
	}
	p.Pushes, p.Signs, p.ResponseAlg = in.Pushes, in.Signs, in.ResponseAlg
	if p.Signs && !a.signing(in) {
		return fault.New(op, fault.Invalid, "signing_needs_keys")
	}
	if p.ResponseAlg != "" {
		if err := a.Keys.CheckIDTokenAlg(p.ResponseAlg); err != nil {
			return fault.Wrap(op, fault.Invalid, "response_alg_not_served", err)
		}
	}
	for _, kind := range in.Details {
		if !slices.Contains([]string{identity.DetailVerification, identity.DetailCredential, identity.DetailVenue}, kind) || slices.Contains(p.Details, kind) {
			return fault.New(op, fault.Invalid, "details_type_unknown")
		}
		// A gate's secret would lie in as many computers as there are gates.
		if kind == identity.DetailVenue && p.Auth != identity.AuthKey && !p.Auth.ByTLS() {
			return fault.New(op, fault.Invalid, "venue_needs_key")
		}
		p.Details = append(p.Details, kind)
	}
	return nil
}

func (a *Act) record(ctx context.Context, p identity.Party, grounds []identity.Ground, verbs ...identity.Verb) error {
	event := identity.Event{Kind: identity.PartyAdmitted, Party: p.ID, Name: &p.Name, Purpose: &p.Purpose.Text, Endorsed: p.Endorsed, Grounds: grounds}
	if a.Operators != nil {
		event.Detail = a.Operators.Digest(p.Record())
	}
	_, err := a.Book.RecordPublic(ctx, event, verbs...)
	return err
}

// SecretMatches checks a party's secret in constant time.
func (a *Act) SecretMatches(p identity.Party, secret string) bool {
	d := a.Keys.Digest([]byte("party-secret"), []byte(p.ID), []byte(secret))
	return p.Auth == identity.AuthSecret && a.Keys.Equal(d[:], p.SecretDigest)
}

// Party finds a registered party.
func (a *Act) Party(ctx context.Context, id identity.PartyID) (identity.Party, error) {
	p, err := a.Store.Party(ctx, id)
	return p, fault.At("admit.Party", err)
}

// Parties is the public register.
func (a *Act) Parties(ctx context.Context) ([]identity.Party, error) {
	ps, err := a.Store.Parties(ctx)
	return ps, fault.At("admit.Parties", err)
}

// party checks an application's shape.
func (a *Act) party(in Application) (identity.Party, error) {
	invalid := func(why string) (identity.Party, error) {
		return identity.Party{}, fault.New("admit.party", fault.Invalid, why)
	}
	id, err := identity.ParsePartyID(in.ID)
	if err != nil {
		return identity.Party{}, err
	}
	if in.Organisation != "" {
		if err := identity.CheckOrganisation(in.Organisation); err != nil {
			return identity.Party{}, err
		}
	}
	p := identity.Party{ID: id, Organisation: in.Organisation, Name: identity.Text{ZH: in.NameZH, EN: in.Name}, Domain: in.Domain,
		Purpose:   identity.Purpose{ID: "main", Text: identity.Text{ZH: in.PurposeZH, EN: in.Purpose}},
		Otherwise: in.Otherwise, Standing: identity.PartyActive, Sandbox: in.Sandbox, Since: a.Now().UTC().Truncate(time.Second),
	}
	if len(in.Bases) > 0 { // as it is read back, so that a declaration which is the same is seen to be
		p.Bases = in.Bases
	}
	for _, w := range in.Otherwise {
		if u, err := identity.ParseRedirectURI(w.URL); w.URL != "" && (err != nil || u.Scheme != "https" && !in.Sandbox) {
			return invalid("other_method_url_invalid")
		}
	}
	if len(in.RedirectURIs) == 0 || len(in.RedirectURIs) > 20 {
		return invalid("redirect_uri_invalid")
	}
	hosts := map[string]bool{}
	for _, s := range in.RedirectURIs {
		u, err := identity.ParseRedirectURI(s)
		if err != nil {
			return identity.Party{}, err
		}
		hosts[u.Host] = true
		p.RedirectURIs = append(p.RedirectURIs, s)
	}
	if p.Domain == "" {
		u, _ := url.Parse(in.RedirectURIs[0])
		p.Domain = u.Host
	}
	// The domain that the citizen reads is one that the answer goes to.
	if !hosts[p.Domain] {
		return invalid("domain_mismatch")
	}
	if !readable(p, in.AgeMarks) {
		return invalid("party_text_invalid")
	}
	for mark, law := range in.AgeMarks {
		m, err := identity.ParseAgeMark(mark)
		if err != nil {
			return identity.Party{}, err
		}
		if p.AgeMarks == nil {
			p.AgeMarks = map[identity.AgeMark]string{}
		}
		p.AgeMarks[m] = law
	}
	return p, nil
}

// labelled fills what a sandbox party left out, in words that say so: the
// result and the age marks, never plaintext.
func labelled(in Application) Application {
	if in.Name == "" {
		in.Name, in.NameZH = "Unnamed party (sandbox default name)", "未命名平台（沙盒默认名称）"
	}
	if in.Purpose == "" {
		in.Purpose, in.PurposeZH = "Trying out the service (sandbox default purpose)", "试用本服务（沙盒默认用途）"
	}
	if in.AgeMarks == nil {
		const cite = "sandbox default, cites no law"
		in.AgeMarks = map[string]string{"age_over_14": cite, "age_over_18": cite, "age_over_60": cite}
	}
	if in.Details == nil {
		in.Details = []string{identity.DetailVerification}
	}
	if len(in.Otherwise) == 0 {
		in.Otherwise = []identity.Way{{Text: identity.Text{ZH: "沙盒默认：邮箱注册", EN: "Sandbox default: sign up by e-mail"}}}
	}
	if in.KeepDays == 0 && len(in.Bases) > 0 {
		in.KeepDays = 1 // of people who do not exist
	}
	return in
}

// readable refuses words that could not stand on the page where the citizen
// decides: the statement's own check is the judge, in both languages. The other ways and the
// laws of age marks stand beside it, and on the public page: they are as a purpose.
func readable(p identity.Party, ages map[string]string) bool {
	words := slices.Collect(maps.Values(ages))
	for _, w := range p.Otherwise {
		words = append(words, w.Text.ZH, w.Text.EN)
	}
	for _, locale := range []string{"zh-CN", "en"} {
		st := client.Statement{Locale: locale, Service: "netid", Party: p.Name.In(locale), Domain: p.Domain, Purpose: p.Purpose.Text.In(locale),
			Mode: string(identity.ModeCert), Items: []client.Item{{Name: "result", Given: true}}, Transaction: "check", Time: p.Since}
		for _, item := range identity.Items() {
			if law := p.Bases[string(item)]; strings.TrimSpace(law) != "" { // else it is refused for that
				st.Items = append(st.Items, client.Item{Name: string(item), Given: true, Optional: true, Basis: law, Days: 1})
			}
		}
		if st.Check() != nil {
			return false
		}
		for _, st.Purpose = range words {
			if strings.TrimSpace(st.Purpose) != "" && st.Check() != nil { // what is missing is refused for that
				return false
			}
		}
	}
	return true
}
