package identity

import "time"

// FaceTerms are what a device vouches for beside its word about a face: this
// enrolment, this document's photo, this challenge.
type FaceTerms struct {
	Issuer      string
	Transaction string
	Photo       string    // digest of the photo's file as its maker signed it: "sha-256" and hex digits
	Challenge   []byte    // nil: none is open
	Until       time.Time // how long it is
}

// FaceWord is a device's own word about a comparison that it alone saw: yes or
// no. No image, no descriptor and no measure is in it.
type FaceWord struct {
	Said      string // "match" or "no-match"
	Device    []byte // public key, a JWK: the one that the certificate is bound to
	Signature []byte // over the terms' text and the word
}
