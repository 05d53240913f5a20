package emrtd

import "crypto"

// Photo is what the signer says the file of data group 2 hashes to: the name of
// the hash and its value. The photo itself stays with whoever holds the document;
// there it is told from another one by this. Nothing where the document states
// none, or with a hash that browsers do not have (SM3). EF.SOD is not checked
// again: whoever asks has checked it.
func Photo(sod []byte) (name string, hash []byte, err error) {
	object, _, err := parseSOD(sod)
	if err != nil {
		return "", nil, err
	}
	l, err := parseLDS(object)
	if err != nil {
		return "", nil, err
	}
	name = map[crypto.Hash]string{crypto.SHA256: "sha-256", crypto.SHA384: "sha-384", crypto.SHA512: "sha-512"}[l.digest]
	if name == "" || l.groups[2] == nil {
		return "", nil, nil
	}
	return name, l.groups[2], nil
}
