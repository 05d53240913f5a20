package incident_test

import (
	"strings"
	"testing"

	"netid/internal/act/incident"
	"netid/internal/fault"
)

// Whose passkey it was is a word that nobody types, that reads as nobody's number, and
// that leads back to the label.
func TestHands(t *testing.T) {
	for _, label := range []string{"0123456789012345", "abcdefabcdefabcd", "0000000000000000"} {
		by := incident.Hand(label)
		if incident.Label(by) != label || incident.Words("test", by, "it was done") != nil {
			t.Error(by)
		}
		refused(t, by, incident.Typed("Ann", by), fault.Forbidden, "incident_hand_typed")
	}
	for _, by := range []string{"Console 0123-4567-89ab-cdef", "console 0123–4567–89ab–cdef", "ｃｏｎｓｏｌｅ 0123-4567-89ab-cdef", "console  0123-4567-89AB-CDEF", " " + incident.Hand(strings.Repeat("0", 16))} {
		refused(t, by, incident.Typed(by), fault.Forbidden, "incident_hand_typed") // a person reads it as a passkey's
	}
	for _, by := range []string{"Ann", "console", "console 0123", incident.Hand("x")} {
		if incident.Label(by) != "" || incident.Typed(by) != nil {
			t.Error(by, "is somebody's")
		}
	}
}

// What two are to sign is refused before they sign where it would be refused afterwards.
func TestWhatTwoWouldSign(t *testing.T) {
	k, ref := opened(t)
	ctx, a := t.Context(), k.Incident
	bo := step("Bo")
	_, err := a.Examining(ctx, ref, step("Ann"))
	refused(t, "the opener's review", err, fault.Forbidden, "reviewer_same")
	_, err = a.Examining(ctx, ref, incident.Step{By: "Bo"})
	refused(t, "no words", err, fault.Invalid, "incident_text_invalid")
	_, err = a.Examining(ctx, "none", bo)
	refused(t, "none", err, fault.NotFound, "incident_unknown")
	text, err := a.Examining(ctx, ref, bo)
	if err != nil || !strings.Contains(text.ZH, ref) || !strings.Contains(text.EN, "3000 people") {
		t.Error(text, err)
	}
	_, err = a.Closing(ctx, ref, bo)
	refused(t, "early", err, fault.Conflict, "incident_needs")
	for _, do := range []func() error{func() error { return a.Report(ctx, ref, step("Ann")) }, func() error { return a.Remove(ctx, ref, step("Ann")) },
		func() error { s := step("Ann"); s.Spared = true; return a.Tell(ctx, ref, s) }} {
		if err := do(); err != nil {
			t.Fatal(err)
		}
	}
	_, err = a.Closing(ctx, ref, bo)
	refused(t, "not reviewed", err, fault.Conflict, "incident_unreviewed")
	if err := a.Examine(ctx, ref, bo); err != nil {
		t.Fatal(err)
	}
	_, err = a.Examining(ctx, ref, bo)
	refused(t, "reviewed", err, fault.Conflict, "incident_step_done")
	if _, err = a.Closing(ctx, ref, bo); err != nil {
		t.Error(err)
	}
	one := bo
	one.Second = "Bo"
	_, err = a.Closing(ctx, ref, one)
	refused(t, "by one", err, fault.Forbidden, "approver_same")
	one.Second = "Cy"
	if err := a.Close(ctx, ref, one); err != nil {
		t.Fatal(err)
	}
	_, err = a.Closing(ctx, ref, bo)
	refused(t, "closed", err, fault.Conflict, "incident_closed")
	_, err = a.Examining(ctx, ref, bo)
	refused(t, "closed", err, fault.Conflict, "incident_closed")
	glass, err := a.Break(ctx, "Ann", "it burned")
	if err != nil {
		t.Fatal(err)
	}
	_, err = a.Inspecting(ctx, glass, "Ann", "mine")
	refused(t, "one's own", err, fault.Forbidden, "reviewer_same")
	_, err = a.Inspecting(ctx, glass, "Bo", "")
	refused(t, "no words", err, fault.Invalid, "incident_text_invalid")
	if _, err = a.Inspecting(ctx, glass, "Bo", "it was needed"); err != nil {
		t.Error(err)
	}
	if err := a.Inspect(ctx, glass, "Bo", "it was needed"); err != nil {
		t.Fatal(err)
	}
	_, err = a.Inspecting(ctx, glass, "Cy", "it was needed")
	refused(t, "reviewed", err, fault.Conflict, "incident_step_done")
}
