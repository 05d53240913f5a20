// Package face holds the engines of the face step (人脸核验).
//
// It owns what a device may say about its own comparison and refuses to know
// a face: no image, template, score or video ever reaches the server. The
// comparison with the chip's photo happens on the citizen's device, and what
// arrives is one word. A device can lie, so the step is device-asserted: it
// grants nothing alone, and a mode that used it says so (identity.Mode).
//
// Invariant: nothing of a face is received, kept or logged. (Measures for the
// application of face recognition, in force 2025-06-01: face data stays in
// the device; another way of equal rank always exists.)
package face

import "netid/internal/fault"

// Engine takes a device's word about the face step.
type Engine interface {
	// Check refuses an assertion that is not one ("face_invalid") or says
	// that the faces differ ("face_no_match").
	Check(assertion string) error
}

// Simulator is the sandbox's engine: the page's two buttons are the device.
// It compares nothing; production refuses it.
type Simulator struct{}

// Simulated labels the engine wherever it shows.
func (Simulator) Simulated() bool { return true }

// Check accepts "match" and refuses "no-match", as a device would have said it.
func (Simulator) Check(assertion string) error {
	switch assertion {
	case "match":
		return nil
	case "no-match":
		return fault.New("face.Check", fault.Invalid, "face_no_match")
	}
	return fault.New("face.Check", fault.Invalid, "face_invalid")
}
