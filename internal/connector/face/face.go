// Package face holds the engines of the face step (人脸核验).
//
// It owns what a device may say about its own comparison, and the models with
// which a page compares. It refuses to know a face: no image, template, score or
// video ever reaches the server. The comparison with the chip's photo happens on
// the citizen's device, and what arrives is one word, signed by the key to which
// the certificate will be bound. A device can lie, so the step is device-asserted:
// it grants nothing alone, and what used it says so (identity.Mode, the record of
// the enrolment).
//
// Invariant: nothing of a face is received, kept or logged. (Measures for the
// application of face recognition, in force 2025-06-01: face data stays in
// the device; another way of equal rank always exists.)
//
// Decision and its limits: docs/adr/0041-face.md.
package face

import (
	"encoding/base64"
	"strings"
	"time"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/suite"
)

// Device is the engine that takes a device's signed word.
type Device struct {
	Models *Models
}

// Compares reports whether a device can compare with the photo of this digest.
func (e Device) Compares(photo string) bool { return photo != "" }

// Threshold is the distance of two descriptors below which the page says that
// they are one face's. It is a choice, not a measured rate (ADR 0041).
const Threshold = "0.50"

// Text is what the device signs, with its word as the last line behind it: this
// service and enrolment, this document's photo, what compared and how strictly,
// which way the head was to be turned, and until when. The words are netid's
// alone: nobody outside reads them.
func (e Device) Text(t identity.FaceTerms) string {
	return strings.Join([]string{"netid-face/1", t.Issuer, t.Transaction, "photo " + t.Photo, "models " + e.Models.Digest, "threshold " + Threshold,
		"turn " + turn(t.Challenge), "challenge " + base64.RawURLEncoding.EncodeToString(t.Challenge), "until " + t.Until.UTC().Format(time.RFC3339)}, "\n")
}

// turn is to the person's own left or right, by a bit that nobody knew before.
func turn(challenge []byte) string {
	if len(challenge) > 0 && challenge[0]&1 == 1 {
		return "right"
	}
	return "left"
}

// maxKey bounds a device's public key, in bytes.
const maxKey = 512

// Heard believes that a device said this, here and now: no more. Refusals are
// "challenge_expired", "face_invalid" for what is no device's word, and
// "face_no_match" for a signed no.
func (e Device) Heard(t identity.FaceTerms, w identity.FaceWord) error {
	const op = "face.Heard"
	if len(t.Challenge) == 0 {
		return fault.New(op, fault.Gone, "challenge_expired")
	}
	if len(w.Device) > maxKey {
		return fault.New(op, fault.Invalid, "face_invalid")
	}
	if err := suite.VerifyES256(w.Device, []byte(e.Text(t)+"\n"+w.Said), w.Signature); err != nil {
		return fault.Wrap(op, fault.Invalid, "face_invalid", err)
	}
	return said(w.Said)
}

func said(word string) error {
	switch word {
	case "match":
		return nil
	case "no-match":
		return fault.New("face.Check", fault.Invalid, "face_no_match")
	}
	return fault.Newf("face.Check", fault.Invalid, "face_invalid", "a word of %d bytes", len(word))
}

// Simulator is the sandbox's engine where it has no models: the page's two
// buttons are the device. It compares nothing; production refuses it.
type Simulator struct{}

// Simulated labels the engine wherever it shows.
func (Simulator) Simulated() bool { return true }

// Compares says yes to every document.
func (Simulator) Compares(string) bool { return true }

// Text is empty: nothing is signed.
func (Simulator) Text(identity.FaceTerms) string { return "" }

// Heard takes the word alone.
func (s Simulator) Heard(_ identity.FaceTerms, w identity.FaceWord) error { return s.Check(w.Said) }

// Check accepts "match" and refuses "no-match", as a device would have said it.
func (Simulator) Check(assertion string) error { return said(assertion) }
