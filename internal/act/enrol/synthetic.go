package enrol

import (
	"context"
	"time"

	"netid/internal/fault"
	"netid/internal/identity"
	"netid/internal/law"
)

// Agreed is what somebody consents to who agrees to everything at this moment.
func (a *Act) Agreed() (all []identity.Consent) {
	for _, subject := range []string{"notice", "document", "face"} {
		notice, _ := law.NoticeByID(noticeOf[subject])
		all = append(all, identity.Consent{Subject: subject, Version: notice.Version,
			Digest: notice.Digest("en", a.Operator), Locale: "en", Given: true, Time: a.Now().UTC().Truncate(time.Second)})
	}
	return all
}

// Synthetic enrols somebody of a sandbox whom nobody walks through the pages:
// whoever makes millions of people. The law is asked and the rows are written as
// Confirm does; what the pages prove (the card, the telephone, the choice of a
// passcode) is the maker's word, which no production takes.
func (a *Act) Synthetic(ctx context.Context, doc identity.Document, handle identity.PersonHandle, phone string, verifier []byte, consents []identity.Consent) (identity.Grant, error) {
	const op = "enrol.Synthetic"
	if !a.Sandbox {
		return identity.Grant{}, fault.New(op, fault.Forbidden, "sandbox_only")
	}
	d := draft{Kind: doc.Kind, Document: &doc, Handle: handle, Phone: phone, Confirmed: true, Verifier: verifier, Made: true, Face: "match", Consents: consents}
	grounds, err := a.grounds(op, d, false)
	if err != nil {
		return identity.Grant{}, err
	}
	g, err := a.open(ctx, d, grounds)
	return g, fault.At(op, err)
}
