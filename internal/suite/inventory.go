package suite

// Algorithm is one that the suite, or a place beside it with a reason, uses.
type Algorithm struct {
	Name     string `json:"name"`
	Standard string `json:"standard"`
	Bits     int    `json:"bits"` // of the key, or of the digest
	Use      string `json:"use"`
}

// Inventory lists every algorithm in use, as evidence for an assessment. The
// exceptions outside this package are in it too.
func Inventory() []Algorithm {
	return []Algorithm{
		{"ECDSA P-256 with SHA-256 (ES256)", "FIPS 186-5, RFC 7518", 256, "ID tokens, net certificates, device keys, private_key_jwt"},
		{"Ed25519", "RFC 8032", 256, "signed heads of the ledger"},
		{"SHA-256", "FIPS 180-4", 256, "digests, the ledger's leaves and tree"},
		{"HMAC-SHA-256", "RFC 2104, FIPS 198-1", 256, "blind indexes, pseudonyms, row checks, key wrapping"},
		{"HKDF-SHA-256", "RFC 5869", 256, "keys derived from keys"},
		{"AES-256-GCM", "SP 800-38D", 256, "everything sealed: fields, keys, requests, codes, cookies"},
		{"Argon2id", "RFC 9106", 256, "verifiers of passcodes, over a peppered code"},
		{"RSA PKCS#1 v1.5, RSA-PSS, ECDSA, verified only", "ICAO Doc 9303-12", 2048, "exception: document signers of passports; their issuers chose"},
		{"RSA ISO 9796-2, also with SHA-1, and ECDSA, verified only", "ICAO Doc 9303-11", 1024, "exception: chips of passports in use, over a fresh challenge"},
		{"X25519 with ChaCha20-Poly1305", "age-encryption.org/v1", 256, "backups sealed to the operator's own key"},
		{"TLS 1.2 and later", "RFC 8446", 128, "the production listener; the standard library's own choice of suites"},
	}
}
