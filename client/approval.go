package client

// CheckApproval checks, without asking anybody, that the holder of a device
// key approved a statement: the bytes are exactly a statement's words, and the
// signature (ES256: r||s, 64 bytes) over them verifies under the key (a P-256
// public JWK). It returns what was approved. One changed character fails.
// Fails with ErrStatement, ErrKey or ErrSignature.
func CheckApproval(statement, signature, deviceJWK []byte) (Statement, error) {
	s, err := ParseStatement(statement)
	if err != nil {
		return Statement{}, err
	}
	key, err := parseKey(deviceJWK)
	if err != nil {
		return Statement{}, err
	}
	if err := verifyES256(key, statement, signature); err != nil {
		return Statement{}, err
	}
	return s, nil
}
