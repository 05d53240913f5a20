package citizen

import (
	"encoding/base64"
	"net/url"
	"strings"

	"netid/internal/act/authorize"
	"netid/internal/fault"
	"netid/internal/web/shell"
)

// approve hands the citizen's signed decision to the act and sends the
// browser back to the party with its answer.
func (d *Door) approve(v *shell.Visit) error {
	const op = "citizen.approve"
	sealed := v.Form("r")
	page, s, err := d.asked(v, sealed)
	if err != nil {
		return err
	}
	if s == nil {
		return d.refused(v, page, fault.New(op, fault.Unauthenticated, "session_over"))
	}
	in, err := approval(v, page)
	if err != nil {
		return d.refused(v, page, err)
	}
	answer, err := d.Authorize.Approve(v.Context(), *s, sealed, browser(v), in)
	if fault.Because(err, "guardian_needed") {
		return d.guarded(v, page, *s, in)
	}
	if err != nil {
		return d.refused(v, page, err)
	}
	return v.Go("/authorize/answer?a=" + url.QueryEscape(answer))
}

// approval reads the citizen's decision off the form.
func approval(v *shell.Visit, page requestPage) (authorize.Approval, error) {
	const op = "citizen.approval"
	in := authorize.Approval{Locale: v.Form("locale"), Passcode: v.Form("passcode"), Certificate: v.Form("certificate")}
	for _, i := range page.Items {
		switch {
		case i.Optional && i.Choice == "":
			return in, fault.New(op, fault.Invalid, "choice_missing")
		case i.Choice == "give":
			in.Give = append(in.Give, i.Name)
		}
	}
	if s := page.Standing; s.Name != "" && s.Choice == s.Name {
		in.Give = append(in.Give, s.Name)
	}
	if v.Form("face") == "match" {
		in.Face = "match"
	}
	signature, err := base64.RawURLEncoding.Strict().DecodeString(v.Form("signature"))
	in.Signature = signature
	return in, fault.Wrap(op, fault.Invalid, "signature_invalid", err)
}

// refused shows the request again with the reason on top: nothing was sent.
func (d *Door) refused(v *shell.Visit, page requestPage, refusal error) error {
	if !shell.Recoverable(refusal) {
		return refusal
	}
	code, field := fault.Public(refusal), ""
	switch {
	case strings.HasPrefix(code, "passcode_") || code == "too_many_tries":
		field = "passcode"
	case strings.HasPrefix(code, "face_"):
		field = "ways"
	case code == "choice_missing":
		for _, i := range page.Items {
			if i.Optional && i.Choice == "" {
				field = "give-" + i.Name
				break
			}
		}
	case fault.Is(refusal, fault.Unauthenticated) && code != "signature_invalid":
		v.SignOut()
		var err error
		if page.Sign, err = d.gate(page); err != nil {
			return err
		}
	}
	return v.Refuse(d.pages, "request", refusal, page, field)
}
