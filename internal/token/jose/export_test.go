package jose

import "encoding/base64"

// VerifyAny is Parse and Verify of a token whose payload may be anything, as
// other people's vectors have it.
func (p Place) VerifyAny(compact string, keys Set) error {
	t, body, err := p.read(compact)
	if err != nil {
		return err
	}
	if _, err := base64.RawURLEncoding.Strict().DecodeString(body); err != nil {
		return err
	}
	_, err = t.Verify(keys)
	return err
}

// Own is a set of our own keys of one algorithm. ParseSet makes none of SM2:
// parties register keys of ES256 alone.
func Own(alg string, signers ...Signer) Set {
	s := Set{alg: alg}
	for _, own := range signers {
		s.keys = append(s.keys, key{own.KeyID(), true, own.PublicJWK()})
	}
	return s
}
