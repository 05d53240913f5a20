package client

// CheckApproval checks, without asking anybody, that the holder of a device
// key approved a statement: the bytes are exactly a statement's words, and the
// signature over them verifies under the key (a P-256 public JWK; see CheckDevice).
// It returns what was approved. One changed character fails.
// Fails with ErrStatement, ErrKey or ErrSignature.
func CheckApproval(statement, signature, deviceJWK []byte) (Statement, error) {
	s, err := ParseStatement(statement)
	if err != nil {
		return Statement{}, err
	}
	if err := CheckDevice(statement, signature, deviceJWK); err != nil {
		return Statement{}, err
	}
	return s, nil
}
