package enrol_test

import (
	"context"
	"testing"
	"time"

	"netid/internal/act/enrol"
	"netid/internal/connector/face"
	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/law"
	"netid/test/kit"
)

// facing is a kit whose citizens' devices sign their word, and one of them at the step.
func facing(t *testing.T) (*kit.Kit, *kit.Citizen) {
	t.Helper()
	k := kit.New(t, law.New())
	k.Enrol.Faces = face.Device{Models: &face.Models{Digest: "models"}}
	return k, atFace(t, k, 1)
}

func atFace(t *testing.T, k *kit.Kit, n int) *kit.Citizen {
	t.Helper()
	c := k.Adult(n)
	for _, s := range c.Steps(t.Context())[:6] {
		if err := s.Do(); err != nil {
			t.Fatal(err)
		}
	}
	return c
}

// word is what an honest page sends.
func word(c *kit.Citizen, text, said string) identity.FaceWord {
	return identity.FaceWord{Said: said, Device: c.Device.JWK, Signature: c.Device.Sign([]byte(text + "\n" + said))}
}

func ask(t *testing.T, k *kit.Kit, c *kit.Citizen) string {
	t.Helper()
	text, err := k.Enrol.AskFace(t.Context(), c.Draft)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// A word counts for one challenge of one draft, for five minutes, as it was signed.
func TestAWordAboutAFace(t *testing.T) {
	ctx := context.Background()
	k, c := facing(t)
	other := atFace(t, k, 2)
	refused := func(what string, w identity.FaceWord, want string) {
		t.Helper()
		if err := k.Enrol.Face(ctx, c.Draft, w); !fault.Because(err, want) {
			t.Errorf("%s: %v, want %s", what, err, want)
		}
		if v, err := k.Enrol.View(ctx, c.Draft); err != nil || v.Next != enrol.StepFace || v.Bound {
			t.Fatalf("%s: next %s, bound %t, %v", what, v.Next, v.Bound, err)
		}
	}
	refused("without a challenge", word(c, "", "match"), "challenge_expired")
	refused("another's terms", word(c, ask(t, k, other), "match"), "challenge_expired")
	ask(t, k, c)
	refused("another's terms, with a challenge of one's own", word(c, ask(t, k, other), "match"), "face_invalid")
	former := ask(t, k, c)
	ask(t, k, c)
	refused("the former challenge", word(c, former, "match"), "face_invalid")
	text := ask(t, k, c)
	no := word(c, text, "no-match")
	refused("a no that is told as a yes", identity.FaceWord{Said: "match", Device: no.Device, Signature: no.Signature}, "face_invalid")
	refused("the same challenge again", word(c, text, "match"), "challenge_expired")
	refused("no word", word(c, ask(t, k, c), "surely"), "face_invalid")
	text = ask(t, k, c)
	refused("another's key", identity.FaceWord{Said: "match", Device: other.Device.JWK, Signature: word(c, text, "match").Signature}, "face_invalid")
	text = ask(t, k, c)
	k.Advance(5 * time.Minute)
	refused("too late", word(c, text, "match"), "challenge_expired")

	good := word(c, ask(t, k, c), "match")
	if err := k.Enrol.Face(ctx, c.Draft, good); err != nil {
		t.Fatal(err)
	}
	if err := k.Enrol.Face(ctx, c.Draft, good); !fault.Because(err, "step_order") {
		t.Errorf("twice: %v", err)
	}
}

// The device that spoke is the one that gets the certificate.
func TestTheDeviceThatSpokeIsBound(t *testing.T) {
	ctx := context.Background()
	k, c := facing(t)
	if err := k.Enrol.Face(ctx, c.Draft, word(c, ask(t, k, c), "match")); err != nil {
		t.Fatal(err)
	}
	for _, s := range c.Steps(ctx)[7:10] {
		if err := s.Do(); err != nil {
			t.Fatal(err)
		}
	}
	mine := c.Device
	confirm := c.Steps(ctx)[10]
	if c.Device = kit.NewDevice(); !fault.Because(confirm.Do(), "face_other_device") {
		t.Error("another device took its place")
	}
	c.Device = mine
	if err := confirm.Do(); err != nil {
		t.Fatal(err)
	}
}

// Whoever was refused may ask for a person, and nobody else; it opens no more
// than the way without a face does.
func TestAPersonMayLook(t *testing.T) {
	ctx := context.Background()
	k, c := facing(t)
	if err := k.Enrol.Review(ctx, c.Draft); !fault.Because(err, "face_not_refused") {
		t.Errorf("before any no: %v", err)
	}
	if err := k.Enrol.Face(ctx, c.Draft, word(c, ask(t, k, c), "no-match")); !fault.Because(err, "face_no_match") {
		t.Fatal(err)
	}
	if v, err := k.Enrol.View(ctx, c.Draft); err != nil || !v.Differs {
		t.Fatalf("the no is not remembered: %+v %v", v, err)
	}
	if err := k.Enrol.Review(ctx, c.Draft); err != nil {
		t.Fatal(err)
	}
	if err := k.Enrol.Phone(ctx, c.Draft, kit.Phone("somebody else"), "en"); !fault.Because(err, "phone_not_on_file") {
		t.Errorf("any telephone: %v", err)
	}
	for _, s := range c.Steps(ctx)[7:] {
		if err := s.Do(); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.SignIn(ctx); err != nil {
		t.Fatal(err)
	}
	records, err := k.Look.Records(ctx, c.Session)
	if err != nil {
		t.Fatal(err)
	}
	if got := records[len(records)-1].Event; got.Kind != identity.Enrolled || got.Detail != "resident-id-card/authority-decoded/face-review" {
		t.Errorf("the record says %s %q", got.Kind, got.Detail)
	}
}

// Where no device can have the photo, or none is asked, there is no step.
func TestNoFaceWithoutAPhoto(t *testing.T) {
	ctx := context.Background()
	for name, blind := range map[string]func(*kit.Kit){
		"no photo":  func(k *kit.Kit) { k.Enrol.Desk = photoless{k.Enrol.Desk} },
		"no engine": func(k *kit.Kit) { k.Enrol.Faces = nil },
		"a child":   func(*kit.Kit) {},
	} {
		t.Run(name, func(t *testing.T) {
			k := kit.New(t, law.New())
			k.Enrol.Faces = face.Device{Models: &face.Models{Digest: "models"}}
			blind(k)
			c := k.Adult(1)
			if name == "a child" {
				c.Document.Birth = identity.Today(k.Now()).AddMonths(-13 * 12)
				c.Of(k.Adult(2))
			}
			steps := c.Steps(ctx)
			steps[5].Do = func() error { return k.Enrol.Consent(ctx, c.Draft, "face", true, "en") }
			for _, s := range steps[:6] {
				if err := s.Do(); err != nil {
					t.Fatal(err)
				}
			}
			if v, err := k.Enrol.View(ctx, c.Draft); err != nil || v.Compares {
				t.Errorf("offered all the same: %v", err)
			}
			want := "face_invalid"
			if name == "a child" {
				want = "face_not_for_children"
			}
			if _, err := k.Enrol.AskFace(ctx, c.Draft); !fault.Because(err, want) {
				t.Errorf("terms: %v", err)
			}
			if err := k.Enrol.Face(ctx, c.Draft, word(c, "", "match")); !fault.Because(err, want) {
				t.Errorf("a word: %v", err)
			}
			if err := k.Enrol.Twin(ctx, c.Draft); err != nil {
				t.Fatal(err)
			}
		})
	}
}

type photoless struct{ enrol.Desk }

func (photoless) Photo(identity.DocumentKind, []byte) string { return "" }

// Each person who used the step counts once, however it ended; nobody else does.
func TestFacesAreTallied(t *testing.T) {
	ctx := context.Background()
	k, c := facing(t)
	persons := func(want int) enrol.Tally {
		t.Helper()
		tally, err := k.Enrol.FaceTally(ctx)
		if err != nil || tally.Persons != want {
			t.Fatalf("%d persons, want %d: %v", tally.Persons, want, err)
		}
		return tally
	}
	ends := func(c *kit.Citizen, said string) {
		t.Helper()
		err := k.Enrol.Face(ctx, c.Draft, word(c, ask(t, k, c), said))
		if said != "match" {
			err = k.Enrol.Twin(ctx, c.Draft)
		}
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range c.Steps(ctx)[7:] {
			if err := s.Do(); err != nil {
				t.Fatal(err)
			}
		}
	}
	persons(0)
	ends(c, "match")
	since := k.Now()
	persons(1)
	again := atFace(t, k, 1)
	ends(again, "match")
	persons(1)
	refuses := k.Adult(2)
	refuses.Face = "twin"
	if err := refuses.Enrol(ctx); err != nil {
		t.Fatal(err)
	}
	persons(1)
	ends(atFace(t, k, 2), "no-match") // who refused it first, and used it later
	persons(2)
	k.Advance(time.Hour)
	if tally, err := k.Enrol.MarkFaces(ctx, 2, 3); err != nil || !tally.Alarm.Equal(k.Now().Truncate(time.Microsecond)) || !tally.Filing.IsZero() {
		t.Fatalf("%+v %v", tally, err)
	}
	reached := k.Now()
	k.Advance(time.Hour)
	if tally, err := k.Enrol.MarkFaces(ctx, 2, 2); err != nil || !tally.Alarm.Equal(reached.Truncate(time.Microsecond)) || !tally.Filing.Equal(k.Now().Truncate(time.Microsecond)) || tally.Since.After(since) {
		t.Fatalf("%+v %v", tally, err)
	}
}
