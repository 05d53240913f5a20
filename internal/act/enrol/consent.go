package enrol

import (
	"context"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/law"
)

// noticeOf is the document behind each consent.
var noticeOf = map[string]string{"notice": "enrolment", "document": "document", "face": "face"}

// Consent records one answer to one text: the notice of article 11, or a
// sensitive step's own text (Art. 9: separate consent). A refused notice or
// document consent leaves the draft where it is; a refused face consent
// chooses the non-face twin.
func (a *Act) Consent(ctx context.Context, h identity.Handle, subject string, given bool, locale string) error {
	const op = "enrol.Consent"
	step, ok := map[string]string{"notice": StepNotice, "document": StepDocumentConsent, "face": StepFaceConsent}[subject]
	if !ok {
		return fault.New(op, fault.Invalid, "consent_unknown")
	}
	notice, ok := law.NoticeByID(noticeOf[subject])
	if !ok {
		return fault.New(op, fault.Internal, "")
	}
	return a.step(ctx, op, h, func(d *draft) error {
		if err := d.expects(step); err != nil {
			return err
		}
		d.Consents = append(d.Consents, identity.Consent{Subject: subject, Version: notice.Version,
			Digest: notice.Digest(locale, a.Operator), Locale: locale, Given: given, Time: a.Now().UTC().Truncate(1e9)})
		if subject == "face" && !given {
			d.Face = "twin"
		}
		return nil
	})
}
