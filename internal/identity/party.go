package identity

import (
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"netid/internal/fault"
)

// PartyID is a relying party's client identifier: 1 to 64 of [A-Za-z0-9._~-],
// beginning with a letter or digit, so that it needs no escaping in a URL.
type PartyID string

var partyID = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._~-]{0,63}$`)

func ParsePartyID(s string) (PartyID, error) {
	if !partyID.MatchString(s) {
		return "", fault.New("identity.ParsePartyID", fault.Invalid, "party_id_invalid")
	}
	return PartyID(s), nil
}

// PartyAuth is how a party proves itself at the token endpoint.
type PartyAuth string

const (
	AuthSecret PartyAuth = "client_secret_basic" // a generated secret; stored as its digest
	AuthKey    PartyAuth = "private_key_jwt"     // RFC 7523
	AuthNone   PartyAuth = "none"                // public party: PKCE alone

	AuthTLS  PartyAuth = "tls_client_auth"             // RFC 8705 §2.1: a certificate of an authority that is trusted, by its name
	AuthSelf PartyAuth = "self_signed_tls_client_auth" // RFC 8705 §2.2: any certificate for a key of its own

	AuthWallet PartyAuth = "attest_jwt_client_auth" // somebody's wallet: its provider vouches for each instance (OpenID4VCI 1.0 appendix E)
)

// ByTLS reports whether the party proves itself by a certificate.
func (a PartyAuth) ByTLS() bool { return a == AuthTLS || a == AuthSelf }

// CertificateName is the one name by which a party's certificate is known (RFC 8705 §2.1.2).
type CertificateName struct {
	Kind string `json:"kind"` // dn, dns, uri, ip or email
	Name string `json:"name"`
}

// Confirm is what a token is bound to (RFC 7800 §3.1 cnf): whoever presents it
// must prove to hold each key that is named here.
type Confirm struct {
	JKT string `json:"jkt,omitempty"`      // RFC 9449 §6.1: thumbprint of the key of DPoP proofs
	X5T string `json:"x5t#S256,omitempty"` // RFC 8705 §3.1: thumbprint of a certificate
}

// Text is one sentence in both languages.
type Text struct {
	ZH string `json:"zh"`
	EN string `json:"en"`
}

// In returns the sentence in the locale, "zh-CN" or "en".
func (t Text) In(locale string) string {
	if locale == "en" && t.EN != "" || t.ZH == "" {
		return t.EN
	}
	return t.ZH
}

// Way is another lawful way to verify at a party: a desk, by its words, or a page.
type Way struct {
	Text
	URL string `json:"url,omitempty"`
}

// AgeMark is a boolean about age (年龄标识, Art. 10); never a date.
type AgeMark string

const (
	Over14 AgeMark = "age_over_14"
	Over18 AgeMark = "age_over_18"
	Over60 AgeMark = "age_over_60"
)

var ageOf = map[AgeMark]int{Over14: 14, Over18: 18, Over60: 60}

// ParseAgeMark accepts the claim name ("age_over_18") or its short form ("over18").
func ParseAgeMark(s string) (AgeMark, error) {
	for m := range ageOf {
		if s == string(m) || s == strings.ReplaceAll(string(m)[4:], "_", "") {
			return m, nil
		}
	}
	return "", fault.New("identity.ParseAgeMark", fault.Invalid, "age_mark_unknown")
}

// Years is the threshold: a person who has completed so many years is over it.
func (m AgeMark) Years() int { return ageOf[m] }

// Purpose is why a party asks, as registered and as shown to the citizen.
type Purpose struct {
	ID   string `json:"id"`
	Text Text   `json:"text"`
}

// PartyStanding is whether a party may take part now.
type PartyStanding string

const (
	PartyActive    PartyStanding = "active"
	PartySuspended PartyStanding = "suspended"
	PartyRemoved   PartyStanding = "removed" // for good: its row stays, so that nobody takes its name
)

// PartyReview is the reason of a party that waits for the operator to read
// what it registered.
const PartyReview = "review"

// Party is a relying party (互联网平台) as registered.
type Party struct {
	ID           PartyID              `json:"id"`
	Name         Text                 `json:"name"`                   // registered legal name
	Domain       string               `json:"domain"`                 // host shown to the citizen; with port where not 443
	Organisation string               `json:"organisation,omitempty"` // unified social credit code of who answers for it
	RedirectURIs []string             `json:"redirect_uris"`
	Auth         PartyAuth            `json:"auth"`
	SecretDigest []byte               `json:"secret_digest,omitempty"`
	JWKS         []byte               `json:"jwks,omitempty"`         // raw JSON, checked at admission
	JWKSURI      string               `json:"jwks_uri,omitempty"`     // where it publishes its keys, instead
	Certificate  CertificateName      `json:"certificate,omitzero"`   // of AuthTLS
	FAPI         bool                 `json:"fapi,omitempty"`         // it keeps to the FAPI 2.0 Security Profile, and is held to it
	DPoP         bool                 `json:"dpop,omitempty"`         // its tokens are bound to a key (RFC 9449 §5.2), always
	CertBound    bool                 `json:"cert_bound,omitempty"`   // its tokens are bound to its certificate (RFC 8705 §3.4), always
	IDTokenAlg   string               `json:"id_token_alg,omitempty"` // how its ID tokens are signed, where it asked; else ES256
	UserInfoAlg  string               `json:"userinfo_alg,omitempty"` // how its UserInfo is signed; empty: it is not
	Pushes       bool                 `json:"pushes,omitempty"`       // its requests come pushed or not at all (RFC 9126 §6)
	Signs        bool                 `json:"signs,omitempty"`        // its requests come signed or not at all (RFC 9101 §10.5)
	ResponseAlg  string               `json:"response_alg,omitempty"` // how its authorization responses are signed, where it asked (JARM)
	Details      []string             `json:"details,omitempty"`      // types of authorization details that it may send (RFC 9396 §10)
	Offline      Offline              `json:"offline,omitempty"`      // for how long it may be answered again without the citizen, where they agree
	PostLogout   []string             `json:"post_logout,omitempty"`  // where the browser may be sent after a log-out (RP-Initiated Logout 1.0 §3.1)
	BackChannel  string               `json:"back_channel,omitempty"` // where logout tokens go (Back-Channel Logout 1.0 §2.2)
	BySession    bool                 `json:"by_session,omitempty"`   // each of them must name a session
	Erasures     string               `json:"erasures,omitempty"`     // where it is asked to delete what it keeps about somebody
	Sector       string               `json:"sector"`                 // pairwise pseudonyms are per sector
	SectorURI    string               `json:"sector_uri,omitempty"`   // where the sector's addresses are listed (Registration §5); empty: its own sector
	Joins        bool                 `json:"joins,omitempty"`        // another party had its sector first, and the operator has not approved yet
	Proven       []string             `json:"proven,omitempty"`       // hosts of its redirect URIs, and of where notices go, that said that they are its own
	ProvenAt     time.Time            `json:"proven_at,omitzero"`     // when the first of them said so
	Purpose      Purpose              `json:"purpose"`
	AgeMarks     map[AgeMark]string   `json:"age_marks,omitempty"`   // threshold -> law it cites (Art. 10)
	Bases        map[string]string    `json:"bases,omitempty"`       // plaintext item -> law it cites (Art. 8)
	BasesUntil   map[string]Date      `json:"bases_until,omitempty"` // the last day of those that have one
	KeepDays     int                  `json:"keep_days,omitempty"`   // how long it keeps plain text, at most
	Sealed       string               `json:"sealed,omitempty"`      // how its ID tokens are encrypted to a key of its own (OpenID Connect Registration §2); empty: they are not
	Unsealed     bool                 `json:"unsealed,omitempty"`    // a sandbox party that tries plain text without encryption
	Otherwise    []Way                `json:"otherwise"`             // its other lawful ways to verify (Arts 6, 7)
	Standing     PartyStanding        `json:"standing"`
	Reason       string               `json:"reason,omitempty"`   // why it is suspended or removed
	Returned     string               `json:"returned,omitempty"` // of one that waited: what it is to put right before it is read again
	Stood        time.Time            `json:"stood,omitzero"`     // when an operator last suspended, resumed or removed it
	Access       []byte               `json:"access,omitempty"`   // digest of the word by which it changes its registration (RFC 7592)
	Requests     []RequestCertificate `json:"requests,omitempty"` // with which it signs what it asks wallets, the newest first
	Endorsed     []Endorsement        `json:"endorsed,omitempty"` // operators' signatures over Record; none in a sandbox
	Before       []byte               `json:"before,omitempty"`   // the Record that was in force, while another waits
	Version      uint64               `json:"version,omitempty"`  // raised by each amendment, which names the one that it knew
	Sandbox      bool                 `json:"sandbox,omitempty"`  // registered with labelled defaults
	Since        time.Time            `json:"since"`
}

// MustPush reports whether the party may ask by a pushed request alone. An attested wallet is held to it, and to
// DPoP, by HAIP 1.0 §4.3 and §4.
func (p Party) MustPush() bool { return p.FAPI || p.Pushes || p.Auth == AuthWallet }

// NeedsProof reports whether its tokens must be bound by DPoP: it registered
// that, or is held to FAPI 2.0 (§5.3.2.1 item 4), which leaves no third way.
func (p Party) NeedsProof() bool { return p.DPoP || p.Auth == AuthWallet || p.FAPI && !p.CertBound }

// Allows reports whether uri is registered, compared as exact strings (RFC 9700 §2.1). A
// party that was removed has no address: its host may be somebody else's by now, and an
// invalid client is redirected nowhere (RFC 6749 §4.1.2.1).
func (p Party) Allows(uri string) bool {
	return p.Standing != PartyRemoved && slices.Contains(p.RedirectURIs, uri)
}

// LogsOut reports whether it takes part in log-outs; to others no session is named.
func (p Party) LogsOut() bool { return len(p.PostLogout) > 0 || p.BackChannel != "" }

// Leaves reports whether the browser may be sent there after a log-out.
func (p Party) Leaves(uri string) bool {
	return p.Standing != PartyRemoved && slices.Contains(p.PostLogout, uri)
}

// ParseRedirectURI refuses what must never be registered: fragments, userinfo,
// schemes other than https, and http except on a loopback host (RFC 9700 §2.1, RFC 8252 §7.3).
func ParseRedirectURI(s string) (*url.URL, error) {
	bad := fault.New("identity.ParseRedirectURI", fault.Invalid, "redirect_uri_invalid")
	if len(s) > 2048 || strings.ContainsAny(s, " \t\r\n\\") || strings.ContainsRune(s, 0) {
		return nil, bad
	}
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || u.User != nil || strings.Contains(s, "#") || u.Opaque != "" {
		return nil, bad
	}
	switch h := u.Hostname(); {
	case u.Scheme == "https":
	case u.Scheme == "http" && (h == "127.0.0.1" || h == "localhost" || h == "::1"):
	default:
		return nil, bad
	}
	return u, nil
}
