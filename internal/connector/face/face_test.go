package face_test

import (
	"testing"

	"netid/internal/connector/face"
	"netid/internal/fault"
)

func TestSimulatorTakesTheDevicesWord(t *testing.T) {
	var e face.Engine = face.Simulator{}
	if err := e.Check("match"); err != nil {
		t.Error(err)
	}
	for assertion, want := range map[string]string{"no-match": "face_no_match", "": "face_invalid", "MATCH": "face_invalid", " match": "face_invalid", "match\n": "face_invalid",
		"data:image/jpeg;base64,AAAA": "face_invalid"} {
		if err := e.Check(assertion); !fault.Because(err, want) || !fault.Is(err, fault.Invalid) {
			t.Errorf("%q: %v, want %s", assertion, err, want)
		}
	}
}
