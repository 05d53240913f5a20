package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
)

// keys puts the party's public keys into its application: those to prove by,
// and the one that plain text is encrypted to, which a set of keys may name too.
func (c *partyAddCmd) keys(in map[string]any) error {
	if c.KeepDays != 0 {
		in["plain_keep_days"] = c.KeepDays
	}
	if c.Unencrypted {
		in["plain_unencrypted"] = true
	}
	if c.EncryptAlg != "" {
		in["id_token_encrypted_response_alg"] = c.EncryptAlg
	}
	if c.JWKS != "" {
		keys, err := os.ReadFile(c.JWKS)
		if err != nil {
			return err
		}
		if !json.Valid(keys) {
			return fmt.Errorf("%s is not JSON", c.JWKS)
		}
		in["jwks"] = json.RawMessage(keys)
	}
	if c.EncryptKey == "" {
		return nil
	}
	if c.JWKSURI != "" {
		return errors.New("--encryption-key belongs to --jwks: at --jwks-uri the key stands among the others")
	}
	return c.encryption(in)
}

// encryption adds the key to the set, marked for encryption. The server checks it.
func (c *partyAddCmd) encryption(in map[string]any) error {
	b, err := os.ReadFile(c.EncryptKey)
	if err != nil {
		return err
	}
	var key map[string]any
	if err := json.Unmarshal(b, &key); err != nil {
		return fmt.Errorf("%s is no JWK: %w", c.EncryptKey, err)
	}
	if key["d"] != nil || key["k"] != nil {
		return fmt.Errorf("%s is a private key: it stays with the party", c.EncryptKey)
	}
	alg := c.EncryptAlg
	if said, _ := key["alg"].(string); alg == "" {
		alg = said
	}
	if alg == "" {
		alg = map[bool]string{true: "RSA-OAEP-256", false: "ECDH-ES"}[key["kty"] == "RSA"]
	}
	if key["use"] = "enc"; key["kid"] == nil {
		key["kid"] = "encryption"
	}
	set := map[string]any{}
	if raw, ok := in["jwks"].(json.RawMessage); ok {
		if err := json.Unmarshal(raw, &set); err != nil {
			return fmt.Errorf("%s is no key set: %w", c.JWKS, err)
		}
	}
	others, _ := set["keys"].([]any)
	set["keys"] = append(others, key)
	in["jwks"], in["id_token_encrypted_response_alg"] = set, alg
	return nil
}
