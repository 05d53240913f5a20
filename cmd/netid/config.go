package main

import (
	"bytes"
	"errors"
	"fmt"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"time"

	"gopkg.in/yaml.v3"

	"netid/internal/act/admit"
	"netid/internal/connector/webpush"
	"netid/internal/identity"
	"netid/internal/law"
	"netid/internal/roster"
)

// config is the production form's one file (docs/operations.md shows it).
// Unknown keys are errors; nothing is opened before all of it is valid.
type config struct {
	Issuer   string        `yaml:"issuer"`  // https://host[:port]: what citizens and parties call this service
	Listen   string        `yaml:"listen"`  // HOST:PORT
	TLS      tlsFiles      `yaml:"tls"`     // certificate and key; empty only behind a proxy on the same host
	MTLS     mtlsEntry     `yaml:"mtls"`    // where parties with certificates come; empty: they are not offered
	Wallets  []walletEntry `yaml:"wallets"` // whose attestations of wallets and of keys are believed; empty: nobody's
	Profile  string        `yaml:"profile"` // cryptography: international (default), guomi or dual (Art. 13); a data directory keeps its own
	Data     string        `yaml:"data"`    // directory of the store and the keyring
	Store    string        `yaml:"store"`   // postgres://…: the database, when the store is not in data; the shelf then has one of its own
	Shelf    string        `yaml:"shelf"`   // postgres://…
	Region   string        `yaml:"region"`  // where data, store and shelf stand, as the operator declares it: CN, or nothing starts (Art. 12)
	Drain    time.Duration `yaml:"drain"`   // how long a balancer has to hear that this node leaves: 0 for one that stands alone
	Operator struct {
		NameZH  string `yaml:"name_zh"`
		NameEN  string `yaml:"name_en"`
		Contact string `yaml:"contact"`
	} `yaml:"operator"` // who answers for the service (Art. 11)
	Operators map[string]string `yaml:"operators"`    // their public keys (netid operator key), by name: two of them approve each party
	Authority remote            `yaml:"authority"`    // the state's card decoder and population register
	NewsKeys  string            `yaml:"news_keys"`    // JSON file: the keys (JWK Set) with which the authority signs its news; empty: it is not asked for any
	SMS       remote            `yaml:"sms"`          // the gateway that sends codes
	Codes     int               `yaml:"sms_hourly"`   // codes by short message, an hour, to all telephones together; 0: 3600
	Push      []string          `yaml:"push"`         // hosts of browsers' push services that devices may be signalled through; empty: none is
	Regions   map[string]string `yaml:"push_regions"` // where each of them stands (ISO 3166-1, such as US), by its line in push; CN is home, to any other nothing goes without an assessment on record (Art. 12)
	CSCA      string            `yaml:"csca"`         // PEM file: the passport authorities that are trusted (netid csca)
	Face      string            `yaml:"face"`         // directory of the models with which pages compare faces on the device (ADR 0041); empty: the face step is not served, its twin is
	Parties   []partyEntry      `yaml:"parties"`      // relying parties, reviewed with this file
}

type tlsFiles struct {
	Certificate string `yaml:"certificate"`
	Key         string `yaml:"key"`
}

// remote is a service that this one calls.
type remote struct {
	URL       string `yaml:"url"`
	TokenFile string `yaml:"token_file"`
}

type partyEntry struct {
	ID           string            `yaml:"id"`
	Name         string            `yaml:"name"`
	NameZH       string            `yaml:"name_zh"`
	Domain       string            `yaml:"domain"`
	Organisation string            `yaml:"organisation"` // its unified social credit code
	RedirectURIs []string          `yaml:"redirect_uris"`
	JWKS         string            `yaml:"jwks"`        // JSON file; or
	SecretFile   string            `yaml:"secret_file"` // a secret of at least 32 characters; or
	Public       bool              `yaml:"public"`
	JWKSURI      string            `yaml:"jwks_uri"`                   // https address where it publishes its keys; or
	Certificate  map[string]string `yaml:"certificate"`                // tls_client_auth: the one name of its certificate, e.g. dns: party.example, or subject_dn, uri, ip, email
	Method       string            `yaml:"token_endpoint_auth_method"` // where it does not follow from these: self_signed_tls_client_auth
	FAPI         bool              `yaml:"fapi"`                       // held to the FAPI 2.0 Security Profile
	DPoP         bool              `yaml:"dpop_bound_access_tokens"`
	CertBound    bool              `yaml:"tls_client_certificate_bound_access_tokens"`
	UserInfoAlg  string            `yaml:"userinfo_signed_response_alg"`
	IDTokenAlg   string            `yaml:"id_token_signed_response_alg"`          // ES256 (default), or in guomi and dual urn:netid:alg:SM2
	Pushes       bool              `yaml:"require_pushed_authorization_requests"` // RFC 9126 §6
	Signs        bool              `yaml:"require_signed_request_object"`         // RFC 9101 §10.5; needs jwks
	ResponseAlg  string            `yaml:"authorization_signed_response_alg"`     // JARM: ES256, or in guomi and dual urn:netid:alg:SM2
	Details      []string          `yaml:"authorization_details_types"`           // RFC 9396 §10: urn:netid:verification
	Offline      int               `yaml:"offline"`                               // days for which it may be answered again without the citizen, where they agree: 7, 30 or 90; gives it refresh tokens
	SectorURI    string            `yaml:"sector_identifier_uri"`                 // https document that lists the redirect URIs, where they are at several hosts
	Purpose      string            `yaml:"purpose"`
	PurposeZH    string            `yaml:"purpose_zh"`
	AgeMarks     map[string]string `yaml:"age_marks"`
	Bases        map[string]string `yaml:"bases"`                           // plain items and the law that each rests on: name, birthdate, document_number, phone_number
	BasesUntil   map[string]string `yaml:"bases_until"`                     // the last day of a basis that ends by itself: 2027-06-30
	KeepDays     int               `yaml:"plain_keep_days"`                 // with bases: how long it keeps them, at most
	Sealed       string            `yaml:"id_token_encrypted_response_alg"` // with bases: ECDH-ES, ECDH-ES+A256KW or RSA-OAEP-256, to a key of jwks or jwks_uri
	Endorsements []string          `yaml:"endorsements"`                    // two operators' (netid party sign)
	Otherwise    []struct {
		ZH  string `yaml:"zh"`
		EN  string `yaml:"en"`
		URL string `yaml:"url"` // where the way is a page
	} `yaml:"otherwise"`
}

// goless takes Go's names out of what the reader of the file says.
var goless = regexp.MustCompile(`not found in type [\w.]+`)

func readConfig(path string) (config, error) {
	var c config
	b, err := os.ReadFile(path)
	if err != nil {
		return c, err
	}
	d := yaml.NewDecoder(bytes.NewReader(b))
	d.KnownFields(true)
	if err := d.Decode(&c); err != nil {
		return c, fmt.Errorf("%s: %s", path, goless.ReplaceAllString(err.Error(), "is no key of this file"))
	}
	if err := c.check(); err != nil {
		return c, fmt.Errorf("%s: %w", path, err)
	}
	return c, nil
}

// check says everything that is wrong at once.
func (c config) check() error {
	var errs []error
	need := func(ok bool, what string) {
		if !ok {
			errs = append(errs, errors.New(what))
		}
	}
	u, err := url.Parse(c.Issuer)
	need(err == nil && u.Scheme == "https" && u.Host != "" && u.Path == "" && u.RawQuery == "" && u.User == nil, "issuer must be https://host[:port] with nothing after it")
	need(u == nil || u.Host == strings.ToLower(u.Host) && u.Port() != "443", "issuer must be written as browsers write an origin, in small letters and without :443: passkeys are bound to it")
	need(c.Listen != "", "listen is missing")
	need((c.TLS.Certificate == "") == (c.TLS.Key == ""), "tls needs both certificate and key")
	need(c.TLS.Certificate != "" || loopback(c.Listen), "without tls, listen must be a loopback address behind a proxy")
	if err := c.MTLS.check(c.TLS.Certificate != ""); err != nil {
		errs = append(errs, err)
	}
	need(c.Data != "", "data is missing")
	need(law.Stores(c.Region) == nil, "region must be CN: it declares that data, store and shelf stand within the country (Art. 12)")
	_, err = siteOf(c.Data, c.Store, c.Shelf)
	need(err == nil, fmt.Sprint(err))
	need((c.Store == "") == (c.Shelf == ""), "store and shelf are given together: the shelf is a database of its own")
	need(c.Drain >= 0 && c.Drain <= time.Minute, "drain is at most 1m")
	_, err = chosen(c.Profile)
	need(err == nil, "profile must be international, guomi or dual")
	need(c.Operator.NameZH != "" && c.Operator.NameEN != "" && c.Operator.Contact != "", "operator needs name_zh, name_en and contact (Art. 11)")
	_, err = roster.New(c.Issuer, c.Operators)
	need(err == nil, fmt.Sprintf("operators: %v", err))
	need(c.Authority.good(), "authority needs an https url (or loopback) and a token_file")
	need(c.SMS.good(), "sms needs an https url (or loopback) and a token_file")
	need(c.Codes >= 0, "sms_hourly is a number of messages")
	need(c.CSCA != "", "csca is missing")
	for host, region := range c.Regions {
		need(slices.Contains(c.Push, host) && law.RegionCode(region), fmt.Sprintf("push_regions: %q is not a line of push with a region of two capital letters (ISO 3166-1)", host))
	}
	if err := listedHosts(c.Push); err != nil {
		errs = append(errs, err)
	}
	need(len(c.Push) == 0 || webpush.Contact(c.Operator.Contact) != "", "push needs an operator's contact that is an address of mail or of an https page (RFC 8292 §2.1)")
	for _, p := range c.Parties {
		n := 0
		for _, given := range []bool{p.JWKS != "", p.JWKSURI != "", p.SecretFile != "", p.Public, p.Method == string(identity.AuthWallet), len(p.Certificate) > 0 && p.JWKS == "" && p.JWKSURI == ""} {
			if given {
				n++
			}
		}
		need(n == 1, fmt.Sprintf("party %q needs exactly one of jwks, jwks_uri, secret_file, public, certificate", p.ID))
	}
	return errors.Join(errs...)
}

func (r remote) good() bool {
	u, err := url.Parse(r.URL)
	return err == nil && r.TokenFile != "" && u.Host != "" && (u.Scheme == "https" || u.Scheme == "http" && loopback(u.Host))
}

func loopback(hostport string) bool {
	host := hostport
	if i := strings.LastIndex(hostport, ":"); i >= 0 {
		host = hostport[:i]
	}
	return host == "localhost" || host == "[::1]" || strings.HasPrefix(host, "127.")
}

// application reads the files that a party's entry names.
func (p partyEntry) application() (admit.Application, error) {
	in := admit.Application{ID: p.ID, Name: p.Name, NameZH: p.NameZH, Domain: p.Domain, Organisation: p.Organisation, RedirectURIs: p.RedirectURIs, Public: p.Public, IDTokenAlg: p.IDTokenAlg,
		Proof: admit.Proof{Method: p.Method, JWKSURI: p.JWKSURI, SubjectDN: p.Certificate["subject_dn"], SANDNS: p.Certificate["dns"], SANURI: p.Certificate["uri"], SANIP: p.Certificate["ip"],
			SANEmail: p.Certificate["email"], FAPI: p.FAPI, DPoP: p.DPoP, CertBound: p.CertBound, UserInfoAlg: p.UserInfoAlg},
		Pushes: p.Pushes, Signs: p.Signs, ResponseAlg: p.ResponseAlg, Details: p.Details, Offline: p.Offline, SectorURI: p.SectorURI, Purpose: p.Purpose, PurposeZH: p.PurposeZH, AgeMarks: p.AgeMarks, Bases: p.Bases, BasesUntil: p.BasesUntil, KeepDays: p.KeepDays, Sealed: p.Sealed}
	for _, o := range p.Otherwise {
		in.Otherwise = append(in.Otherwise, identity.Way{Text: identity.Text{ZH: o.ZH, EN: o.EN}, URL: o.URL})
	}
	for _, text := range p.Endorsements {
		e, err := identity.ParseEndorsement(text)
		if err != nil {
			return in, fmt.Errorf("endorsements: %q is not what netid party sign prints", text)
		}
		in.Endorsed = append(in.Endorsed, e)
	}
	for kind := range p.Certificate {
		if !slices.Contains([]string{"subject_dn", "dns", "uri", "ip", "email"}, kind) {
			return in, fmt.Errorf("certificate: %q is no kind of name", kind)
		}
	}
	var err error
	if p.JWKS != "" {
		in.JWKS, err = os.ReadFile(p.JWKS)
	}
	if p.SecretFile != "" {
		in.Secret, err = readToken(p.SecretFile)
		if err == nil && len(in.Secret) < 32 {
			err = fmt.Errorf("%s: a secret has at least 32 characters", p.SecretFile)
		}
	}
	return in, err
}

func readToken(path string) (string, error) {
	b, err := os.ReadFile(path)
	return strings.TrimSpace(string(b)), err
}
