package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"netid/internal/identity"
)

type serverFlag struct {
	Server string `default:"http://localhost:7080" placeholder:"URL" help:"The sandbox's address (default: ${default})."`
}

type partyCmd struct {
	Add       partyAddCmd       `cmd:"" help:"Register a relying party and print its settings as JSON."`
	List      partyListCmd      `cmd:"" help:"All parties that ever were, with their standing."`
	Show      partyShowCmd      `cmd:"" help:"One party: all that it registered."`
	Cases     partyCasesCmd     `cmd:"" help:"What citizens report of parties, and which requests to erase they left unanswered: numbers, and nobody."`
	Suspend   partySuspendCmd   `cmd:"" help:"End a party's part until it is resumed: nobody is asked, and its tokens say nothing, within a second on every node."`
	Approve   partyApproveCmd   `cmd:"" help:"Read what a party registered, and endorse it by your operator's key. With a second operator's endorsement it takes part."`
	Reject    partyRejectCmd    `cmd:"" help:"End a review with a no: it needs both signatures again."`
	Sign      partySignCmd      `cmd:"" help:"Print your endorsement of a party in the configuration file, which belongs into its entry."`
	Resume    partyResumeCmd    `cmd:"" help:"Let a suspended party of a sandbox take part again; of a served one two decide it at /operator/parties."`
	Remove    partyRemoveCmd    `cmd:"" help:"End a party for good. Records keep its name, and nobody takes its identifier."`
	Certify   partyCertifyCmd   `cmd:"" help:"Certify the key with which a party signs its requests to wallets, for ninety days."`
	Statement partyStatementCmd `cmd:"" help:"Print what the service states of a party for wallets: name, purpose, and what it may ask."`
	Invite    partyInviteCmd    `cmd:"" help:"Make an initial access token, with which one party registers itself once."`
	Prove     partyProveCmd     `cmd:"" help:"Sign that an organisation at /partner may have a party, by the party's own key."`
}

type partyAddCmd struct {
	doorFlag
	ID           string            `required:"" help:"Client identifier: letters, digits and . _ ~ -, at most 64."`
	Name         string            `required:"" help:"Registered legal name, as citizens read it."`
	NameZH       string            `name:"name-zh" help:"The same in Chinese."`
	Organisation string            `placeholder:"CODE" help:"Its unified social credit code. Parties with the same one may share a key."`
	RedirectURI  []string          `required:"" name:"redirect-uri" sep:"none" help:"Exact redirect URI; may be repeated."`
	JWKS         string            `name:"jwks" placeholder:"FILE" type:"existingfile" help:"Public keys: authenticate by private_key_jwt."`
	Public       bool              `help:"No secret: PKCE alone."`
	JWKSURI      string            `name:"jwks-uri" placeholder:"URL" help:"The same, published at this https address."`
	Method       string            `name:"auth-method" placeholder:"METHOD" help:"How it proves itself, where that does not follow from the keys: self_signed_tls_client_auth, tls_client_auth, …"`
	CertName     map[string]string `name:"certificate" mapsep:"none" placeholder:"KIND=NAME" help:"tls_client_auth: the one name of its certificate: dns=…, uri=…, ip=…, email=… or subject_dn=… (RFC 4514)."`
	DPoP         bool              `name:"dpop" help:"Its tokens are always bound to a key of its own (DPoP)."`
	CertBound    bool              `name:"certificate-bound" help:"Its tokens are always bound to its TLS certificate."`
	UserInfoAlg  string            `name:"userinfo-alg" placeholder:"ALG" help:"Sign its UserInfo: ES256, or urn:netid:alg:SM2."`
	IDTokenAlg   string            `name:"id-token-alg" placeholder:"ALG" help:"How ID tokens for it are signed: ES256 (default), or urn:netid:alg:SM2 in the profiles guomi and dual."`
	FAPI         bool              `name:"fapi" help:"FAPI 2.0: pushed requests, keys instead of a secret and tokens bound to a key are compulsory for it."`
	Pushed       bool              `help:"Its requests come pushed (RFC 9126) or not at all."`
	Signed       bool              `help:"Its requests come signed (RFC 9101) or not at all."`
	PostLogout   []string          `name:"post-logout-redirect" placeholder:"URI" help:"Where the browser may be sent after a log-out; may be repeated."`
	BackChannel  string            `name:"backchannel-logout" placeholder:"URI" help:"Where it is told that sessions are over (Back-Channel Logout)."`
	BySession    bool              `name:"backchannel-logout-session" help:"Each such notice must name a session (sid)."`
	Erasures     string            `name:"erasure-uri" placeholder:"URI" help:"Where it is asked to delete what it keeps about somebody (docs/integrate.md)."`
	ResponseAlg  string            `name:"response-alg" placeholder:"ALG" help:"How answers to its requests are signed (JARM), when it asks for signed ones: as --id-token-alg."`
	Details      []string          `name:"details" placeholder:"TYPE" help:"A type of authorization details that it may send; a sandbox takes urn:netid:verification from everybody."`
	Wallet       bool              `help:"It is a wallet: it may ask for credentials, to keep them for the citizen (--details openid_credential). With --auth-method attest_jwt_client_auth its provider vouches for it, as HAIP has it; with --public it proves nothing."`
	Venue        bool              `help:"It has gates: their terminals ask about the codes that people show there (docs/integrate.md). It proves itself by keys or a certificate."`
	Offline      int               `placeholder:"DAYS" help:"It may be answered again without the citizen, for 7, 30 or 90 days, where the citizen agrees: refresh tokens."`
	SectorURI    string            `name:"sector-identifier-uri" placeholder:"URL" help:"A document that lists its redirect URIs, where these are at several hosts; the host of this address is its sector."`
	Purpose      string            `help:"Why the party asks."`
	PurposeZH    string            `name:"purpose-zh" help:"The same in Chinese."`
	AgeMark      map[string]string `name:"age-mark" mapsep:"none" placeholder:"MARK=CITATION" help:"An age mark and the law it rests on, e.g. over18=…; may be repeated."`
	Basis        map[string]string `mapsep:"none" placeholder:"ITEM=CITATION" help:"A plain item (name, birthdate, document_number, phone_number) and the law it rests on; may be repeated."`
	BasisUntil   map[string]string `name:"basis-until" mapsep:"none" placeholder:"ITEM=DAY" help:"The last day of a --basis that ends by itself, e.g. name=2027-06-30; may be repeated."`
	KeepDays     int               `name:"keep-days" placeholder:"N" help:"With --basis: how long the party keeps plain text, at most (default in a sandbox: 1)."`
	EncryptKey   string            `name:"encryption-key" placeholder:"FILE" type:"existingfile" help:"A public key (JWK, P-256 or RSA): encrypt its ID tokens to it. It joins --jwks."`
	EncryptAlg   string            `name:"encryption-alg" placeholder:"ALG" help:"How: ECDH-ES, ECDH-ES+A256KW or RSA-OAEP-256 (default: what suits --encryption-key)."`
	Unencrypted  bool              `name:"plain-unencrypted" help:"Sandbox only: try plain text without encryption. Pages and answers say so."`
}

// Run posts the application to the sandbox's admission door. The operator
// token of a sandbox is a public word: nothing in a sandbox is worth a secret.
func (c *partyAddCmd) Run(s *surroundings) error {
	in := map[string]any{"id": c.ID, "name": c.Name, "name_zh": c.NameZH, "redirect_uris": c.RedirectURI, "public": c.Public, "id_token_signed_response_alg": c.IDTokenAlg,
		"require_pushed_authorization_requests": c.Pushed, "require_signed_request_object": c.Signed,
		"authorization_signed_response_alg": c.ResponseAlg, "purpose": c.Purpose, "purpose_zh": c.PurposeZH, "age_marks": c.AgeMark, "bases": c.Basis}
	for name, v := range map[string]string{"jwks_uri": c.JWKSURI, "token_endpoint_auth_method": c.Method, "userinfo_signed_response_alg": c.UserInfoAlg, "sector_identifier_uri": c.SectorURI, "organisation": c.Organisation, "backchannel_logout_uri": c.BackChannel, "netid_erasure_uri": c.Erasures} {
		if v != "" {
			in[name] = v
		}
	}
	for name, v := range map[string]bool{"fapi": c.FAPI, "dpop_bound_access_tokens": c.DPoP, "tls_client_certificate_bound_access_tokens": c.CertBound, "backchannel_logout_session_required": c.BySession} {
		if v {
			in[name] = v
		}
	}
	for kind, v := range c.CertName {
		in["tls_client_auth_"+map[bool]string{true: "subject_dn", false: "san_" + kind}[kind == "subject_dn"]] = v
	}
	if len(c.BasisUntil) > 0 {
		in["bases_until"] = c.BasisUntil
	}
	if c.Offline != 0 {
		in["offline"] = c.Offline
	}
	if len(c.PostLogout) > 0 {
		in["post_logout_redirect_uris"] = c.PostLogout
	}
	if c.Wallet {
		c.Details = append(c.Details, identity.DetailCredential)
	}
	if c.Venue {
		c.Details = append(c.Details, identity.DetailVenue)
	}
	if len(c.Details) > 0 {
		in["authorization_details_types"] = c.Details
	}
	if err := c.keys(in); err != nil {
		return err
	}
	answer, err := c.ask(s.ctx, http.MethodPost, "/admin/parties", in)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(s.out, strings.TrimSpace(string(answer)))
	return err
}

// hints say what a refused application lacks, where the code alone does not.
var hints = map[string]string{
	"two_required":              "two of the console decide it: /operator",
	"console_required":          "who does it is proven there, by a passkey: /operator/assistance",
	"party_exists":              "this --id is registered already; take another",
	"party_id_invalid":          "--id takes letters, digits and . _ ~ -, at most 64, and begins with a letter or digit",
	"party_text_invalid":        "--name, --purpose and citations take what a citizen can read: no control, invisible or bidirectional characters",
	"redirect_uri_invalid":      "--redirect-uri takes https, or http on 127.0.0.1, [::1] or localhost; no fragment",
	"post_logout_uri_invalid":   "--post-logout-redirect takes what --redirect-uri takes, at most 20",
	"backchannel_uri_invalid":   "--backchannel-logout takes https and a full host name, on port 443 or 8443; a sandbox also takes this machine",
	"erasure_uri_invalid":       "--erasure-uri takes what --backchannel-logout takes, and a party that proves itself: who is --public could not answer",
	"age_mark_unknown":          "--age-mark takes over14, over18 or over60",
	"item_unknown":              "--basis takes name, birthdate, document_number or phone_number",
	"basis_end_alone":           "--basis-until belongs to a --basis of the same item",
	"basis_end_invalid":         "--basis-until takes a day, e.g. name=2027-06-30",
	"keep_days_missing":         "--basis needs --keep-days, 1 to 3650",
	"keep_days_alone":           "--keep-days belongs to --basis",
	"encryption_alg_not_served": "--encryption-alg takes ECDH-ES, ECDH-ES+A256KW or RSA-OAEP-256",
	"encryption_key_missing":    "--encryption-alg needs a key for it: --encryption-key, or one with use=enc among --jwks or at --jwks-uri",
	"encryption_ambiguous":      "--plain-unencrypted and encryption exclude each other",
	"basis_missing":             "--basis and --age-mark need the law that they rest on behind the =",
	"jwks_invalid":              "--jwks takes a key set of 1 to 16 public keys: P-256, Ed25519, or RSA of 2048 to 4096 bits",
	"jwks_missing":              "this --auth-method needs --jwks or --jwks-uri",
	"jwks_ambiguous":            "--jwks and --jwks-uri exclude each other",
	"jwks_uri_invalid":          "--jwks-uri takes https and a full host name, on port 443 or 8443",
	"fapi_needs_key":            "--fapi needs keys or a certificate: no secret, and not --public",
	"auth_method_unknown":       "--auth-method takes private_key_jwt, tls_client_auth, self_signed_tls_client_auth, attest_jwt_client_auth, client_secret_basic or none",
	"party_auth_ambiguous":      "--jwks and --public exclude each other",
	"signing_needs_keys":        "--signed needs --jwks: by what else would a signature be checked",
	"offline_term_unknown":      "--offline takes 7, 30 or 90",
	"details_type_unknown":      "--details takes urn:netid:verification, openid_credential of a wallet, or urn:netid:venue of a venue",
	"venue_needs_key":           "a venue's terminals prove themselves by keys or a certificate: --jwks, --jwks-uri or --auth-method self_signed_tls_client_auth",
	"operator_unproven":         "this is no sandbox; on the machine of a served one, name its data directory with --data (docs/operations.md)",

	"staff_founded":               "only two are invited like this, one with --role system and one with --role security; the others are proposed at /operator",
	"staff_twice":                 "this person has an account, or an invitation that can still be taken",
	"invitation_invalid":          "--name and --reference take 1 to 40 characters, --role system or security",
	"counter_invalid":             "a counter's name takes 2 to 24 small letters, digits and single hyphens",
	"counter_unknown":             "there is no counter of this name; netid counter list names them",
	"counters_full":               "there are as many counters as there may be; remove one first",
	"party_unknown":               "there is no party of this identifier; netid party list names them",
	"party_removed":               "this party was removed, which is for good",
	"party_unapproved":            "two operators have to endorse it as it now stands: netid party approve",
	"party_approved":              "two operators endorsed it already as it stands",
	"endorsed_already":            "this operator endorsed it already: it takes another",
	"endorsement_invalid":         "this is no signature of one of the operators in the configuration over what is now registered",
	"approval_unneeded":           "a sandbox's parties need nobody's approval",
	"reason_invalid":              "--reason and --for take 1 to 200 characters that can be read",
	"certificate_request_invalid": "--csr takes a request for a certificate (PKCS #10, PEM or DER) of a key on P-256, signed by that key",
	"invitation_life_invalid":     "--life takes 1m to 168h",
	"domain_unproven":             "https://HOST/.well-known/netid-party.txt of a redirect URI's host has no line with this party's identifier: the party has to put one there",
	"address_unproven":            "https://HOST/.well-known/netid-party.txt of the host of --backchannel-logout or --erasure-uri has no line with this party's identifier: the party has to put one there",
	"key_shared":                  "another party has this key, this address of keys or this certificate's name, or had it within the last minute: each has its own, unless both name the same --organisation",
	"organisation_invalid":        "--organisation takes a unified social credit code: 18 characters, the last of which checks the others",
	"sector_shared":               "another party has this sector already, and both would know people by the same names: --join-sector approves that",
	"sector_missing":              "redirect URIs at several hosts need --sector-identifier-uri",
	"sector_mismatch":             "the document at --sector-identifier-uri does not list every redirect URI",
	"sector_uri_invalid":          "--sector-identifier-uri takes https and a full host name, on port 443 or 8443",
	"sector_unreachable":          "the document at --sector-identifier-uri cannot be fetched",
	"sector_document_invalid":     "the document at --sector-identifier-uri is no JSON array of addresses",
	"party_moved":                 "somebody else changed this party meanwhile; once more",

	"response_alg_not_served":  "--response-alg takes ES256, and urn:netid:alg:SM2 where the service runs in the profile guomi or dual",
	"wallet_unvouched":         "nobody is believed who vouches for a wallet of this --id: netid sandbox --wallet, or wallets in the configuration (docs/operations.md, Wallets)",
	"wallet_unfit":             "an attested wallet is held to DPoP and keeps no lasting access: neither --certificate-bound nor --offline",
	"auth_method_not_served":   "this service has no address for parties with certificates (docs/operations.md, Certificates of parties)",
	"certificate_name_invalid": "tls_client_auth takes one --certificate KIND=NAME, and no other method takes any",

	"id_token_alg_unknown":    "--id-token-alg takes ES256 or urn:netid:alg:SM2, and so does --userinfo-alg",
	"id_token_alg_not_served": "this service runs in the profile international, which has no SM2; guomi and dual have it",
}

// refusal is the door's answer as a person at a terminal reads it.
func refusal(status string, answer []byte) error {
	var said struct {
		Error string `json:"error"`
	}
	if json.Unmarshal(answer, &said) != nil || said.Error == "" {
		return fmt.Errorf("refused (%s): %s", status, strings.TrimSpace(string(answer)))
	}
	if hint := hints[said.Error]; hint != "" {
		return fmt.Errorf("refused: %s: %s", said.Error, hint)
	}
	return fmt.Errorf("refused: %s", said.Error)
}
