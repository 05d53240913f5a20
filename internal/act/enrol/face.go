package enrol

import (
	"context"
	"time"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/law"
)

// faceLife is how long a device has to compare: the document is read again, the
// models are fetched, a head is turned.
const faceLife = 5 * time.Minute

// compares reports whether a face can be compared on the device here: theirs, with this document.
func (a *Act) compares(d draft) bool {
	return a.Faces != nil && d.Document != nil && a.mayBeCompared(d).Allowed && a.Faces.Compares(d.Photo)
}

func (a *Act) mayBeCompared(d draft) law.Verdict {
	return a.Law.Compares(identity.RegimeAt(d.Document.Birth, a.today()))
}

func (a *Act) faceTerms(d draft) identity.FaceTerms {
	t := identity.FaceTerms{Issuer: a.Issuer, Transaction: d.Transaction, Photo: d.Photo}
	if a.Now().Before(d.ChallengeBy) {
		t.Challenge, t.Until = d.Challenge, d.ChallengeBy
	}
	return t
}

// AskFace gives the device what it is to sign beside its word, with a fresh
// challenge. The newest replaces any older one, and a word uses it up.
func (a *Act) AskFace(ctx context.Context, h identity.Handle) (text string, err error) {
	const op = "enrol.AskFace"
	fresh := a.Cover.Random(16)
	err = a.step(ctx, op, h, func(d *draft) error {
		if err := a.mayCompare(op, *d); err != nil {
			return err
		}
		d.Challenge, d.ChallengeBy = fresh, a.Now().UTC().Truncate(time.Second).Add(faceLife)
		text = a.Faces.Text(a.faceTerms(*d))
		return nil
	})
	return text, err
}

// mayCompare: the step is due, it is served, and was agreed to by itself (办法 art. 6).
func (a *Act) mayCompare(op string, d draft) error {
	if err := d.expects(StepFace); err != nil {
		return err
	}
	if err := a.mayBeCompared(d).Err(op); err != nil {
		return err
	}
	if !a.compares(d) {
		return fault.New(op, fault.Invalid, "face_invalid")
	}
	return a.Law.Separately("face", d.Consents).Err(op)
}

// Face takes the device's own word about the face step. It opens nothing alone:
// chip, telephone, passcode and device key are asked for besides. A no is
// remembered, for a person may be asked to look.
func (a *Act) Face(ctx context.Context, h identity.Handle, word identity.FaceWord) error {
	const op = "enrol.Face"
	return a.step(ctx, op, h, func(d *draft) error {
		if err := a.mayCompare(op, *d); err != nil {
			return err
		}
		terms := a.faceTerms(*d)
		d.Challenge = nil
		err := a.Faces.Heard(terms, word)
		if fault.Because(err, "face_no_match") {
			d.Differs = true
		}
		if err != nil {
			return remembered{err}
		}
		d.Face = "match"
		if len(word.Device) > 0 {
			d.Device = word.Device
		}
		return nil
	})
}

// Twin chooses the way without a face, of equal rank: the telephone to be
// confirmed must be the one that the register already holds for the person.
func (a *Act) Twin(ctx context.Context, h identity.Handle) error {
	return a.step(ctx, "enrol.Twin", h, func(d *draft) error {
		if err := d.expects(StepFaceConsent, StepFace); err != nil {
			return err
		}
		d.Face = "twin"
		return nil
	})
}

// Review asks for a person in the place of a device that said no. The enrolment
// goes on as by the twin, and its record says what was asked: who looks at a
// counter reads it there. Only somebody who was refused can ask.
func (a *Act) Review(ctx context.Context, h identity.Handle) error {
	const op = "enrol.Review"
	return a.step(ctx, op, h, func(d *draft) error {
		if err := d.expects(StepFace); err != nil {
			return err
		}
		if !d.Differs {
			return fault.New(op, fault.Conflict, "face_not_refused")
		}
		d.Face = "review"
		return nil
	})
}
