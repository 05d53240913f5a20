package suite

// Algorithm is one that the suite, or a place beside it with a reason, uses.
type Algorithm struct {
	Name      string `json:"name"`
	Standard  string `json:"standard"`
	Bits      int    `json:"bits"` // of the key, or of the digest
	Use       string `json:"use"`
	Exception string `json:"exception,omitempty"` // why it is not the profile's own suite
}

// Inventory lists every algorithm that a service of a profile uses, as evidence
// for an assessment, those outside this package too. What does not belong to
// the profile's suite is an exception and says why.
func Inventory(p Profile) []Algorithm {
	if p.SM() {
		return append(inventorySM(p), beside()...)
	}
	return append(inventoryES256(), beside()...)
}

func inventoryES256() []Algorithm {
	return []Algorithm{
		{"ECDSA P-256 with SHA-256 (ES256)", "FIPS 186-5, RFC 7518", 256, "ID tokens, receipts, net certificates, attestations, statements, X.509 certificates of the service's keys and of parties' (signed as RFC 6979 says), device keys, private_key_jwt, DPoP; tokens to push services", ""},
		{"Ed25519", "RFC 8032", 256, "signed heads of the ledger", ""},
		{"SHA-256", "FIPS 180-4", 256, "digests, the ledger's leaves and tree", ""},
		{"HMAC-SHA-256", "RFC 2104, FIPS 198-1", 256, "blind indexes, pseudonyms, row checks, ids of keys", ""},
		{"HKDF-SHA-256", "RFC 5869", 256, "keys derived from keys", ""},
		{"AES-256-GCM", "SP 800-38D", 256, "everything sealed and wrapped: fields, keys, requests, codes, cookies", ""},
		{"HPKE: DHKEM(P-256, HKDF-SHA256), HKDF-SHA256, AES-256-GCM", "RFC 9180", 256, "persons' months sealed to the officers' quorum, its shares to the officers", ""},
	}
}

func inventorySM(p Profile) []Algorithm {
	tokens := "receipts and tokens of parties that ask for it"
	if p.Twice() {
		tokens = "receipts, each signed a second time; tokens of parties that ask for it"
	}
	return []Algorithm{
		{"SM2 with SM3", "GB/T 32918.2, GB/T 35276", 256, "net certificates; " + tokens + "; signed heads of the ledger, beside Ed25519", ""},
		{"SM3", "GB/T 32905", 256, "digests at rest and between our own parts; names under which single-use handles, assertions and client secrets are kept", ""},
		{"HMAC-SM3", "RFC 2104 over GB/T 32905", 256, "blind indexes, row checks, ids of keys", ""},
		{"HKDF over SM3", "RFC 5869 over GB/T 32905", 256, "keys derived from keys", ""},
		{"SM4-GCM", "GB/T 32907, GB/T 36624, RFC 8998", 128, "everything sealed and wrapped: fields, keys, requests, codes, cookies", ""},
		{"SM2 public key encryption, with SM4-GCM", "GB/T 32918.4, GB/T 32907", 256, "persons' months sealed to the officers' quorum, its shares to the officers", ""},
		{"ECDSA P-256 with SHA-256 (ES256)", "FIPS 186-5, RFC 7518", 256, "ID tokens and receipts of parties that did not ask for SM2; private_key_jwt, DPoP", "the OpenID libraries of parties have no SM2"},
		{"ECDSA P-256 with SHA-256 (ES256)", "FIPS 186-5, RFC 5280, RFC 6979", 256, "attestations, lists of statuses, statements, and the X.509 certificates of their keys and of parties'", "other people's wallets and readers check nothing else"},
		{"ECDSA P-256 with SHA-256 (ES256)", "FIPS 186-5, RFC 7518", 256, "device keys of citizens: consent, sign-in, certificates' holder", "browsers make no SM2 keys"},
		{"ECDSA P-256 with SHA-256 (ES256)", "RFC 8292", 256, "tokens to push services of browsers' makers, where devices are signalled", "a push service takes nothing else"},
		{"Ed25519", "RFC 8032", 256, "signed heads of the ledger, beside SM2", "the signature of the note format (C2SP) that witnesses and auditors read"},
		{"SHA-256", "FIPS 180-4", 256, "the ledger's leaves and tree", "the tile format (C2SP, RFC 6962) has one hash, whatever the profile"},
		{"SHA-256", "FIPS 180-4", 256, "what parties and devices compute too: PKCE, key ids, notices, statements", "the other side computes it with what its libraries have"},
		{"HMAC-SHA-256", "RFC 2104, FIPS 198-1", 256, "pseudonyms of persons at parties", "pinned for ever: a party's accounts hang on it"},
	}
}

// beside are used whatever the profile, and belong to no suite of ours.
func beside() []Algorithm {
	return []Algorithm{
		{"Argon2id", "RFC 9106", 256, "verifiers of passcodes, over a peppered code; the master key's passphrase", "no suite has a function that costs memory"},
		{"AES-256-GCM in a hardware module", "SP 800-38D", 256, "the master key, where a module keeps it", "what PKCS#11 modules have; a build tag of its own"},
		{"RSA-PSS with SHA-256 (PS256), verified only", "RFC 7518", 2048, "private_key_jwt, DPoP, client certificates of parties with such keys", "the party chose its key"},
		{"Ed25519 (EdDSA), verified only", "RFC 8037", 256, "private_key_jwt, DPoP, client certificates of parties with such keys", "the party chose its key"},
		{"JWE to a party's key: ECDH-ES on P-256 or RSA-OAEP with SHA-256, AES-256-GCM", "RFC 7516, RFC 7518", 256, "ID tokens of parties that registered a key for encryption", "the OpenID libraries of parties have these; the party chose its key"},
		{"JWE between wallets and us: ECDH-ES on P-256, AES-128-GCM or AES-256-GCM", "RFC 7516, RFC 7518", 128, "credential requests and their answers, where a wallet asks for it", "OpenID4VCI 1.0 §10 over what wallets have; TLS is around it"},
		{"X.509 chains of ECDSA, RSA and Ed25519, verified only", "RFC 5280, RFC 8705", 2048, "client certificates of parties", "their issuers chose"},
		{"RSA PKCS#1 v1.5, RSA-PSS, ECDSA, verified only", "ICAO Doc 9303-12", 2048, "document signers of passports", "their issuers chose"},
		{"RSA ISO 9796-2, also with SHA-1, and ECDSA, verified only", "ICAO Doc 9303-11", 1024, "chips of passports in use, over a fresh challenge", "their issuers chose"},
		{"X25519 with ChaCha20-Poly1305", "age-encryption.org/v1", 256, "backups sealed to the operator's own key", "the format of age; the key is the operator's, outside the service"},
		{"TLS 1.2 and later", "RFC 8446", 128, "the production listener", "the standard library's own choice of suites"},
	}
}
