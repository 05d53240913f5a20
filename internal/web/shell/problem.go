package shell

import (
	"errors"
	"net/http"
	"slices"
	"strings"

	"netid/internal/fault"
)

// Status is this door's one table from kinds to HTTP.
func Status(err error) int {
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		return http.StatusRequestEntityTooLarge
	}
	switch fault.Of(err) {
	case fault.Invalid:
		return http.StatusBadRequest
	case fault.Unauthenticated:
		return http.StatusUnauthorized
	case fault.Forbidden:
		return http.StatusForbidden
	case fault.NotFound:
		return http.StatusNotFound
	case fault.Conflict:
		return http.StatusConflict
	case fault.Gone:
		return http.StatusGone
	case fault.TooMany:
		return http.StatusTooManyRequests
	case fault.Unavailable:
		return http.StatusServiceUnavailable
	}
	return http.StatusInternalServerError
}

var kindName = map[fault.Kind]string{fault.Invalid: "invalid", fault.Unauthenticated: "unauthenticated", fault.Forbidden: "forbidden",
	fault.NotFound: "not_found", fault.Conflict: "conflict", fault.Gone: "gone", fault.TooMany: "too_many", fault.Unavailable: "unavailable"}

// Problem is what a person reads when something did not happen: what
// happened, that nothing was lost, what to do next.
type Problem struct {
	Code  string // the stable reason
	Head  string // key of its heading in the catalogue
	What  string
	Safe  string
	Next  string
	Way   string // local path of the next step
	Named string // key of its name in the catalogue
	Field string // id of the field to go to, or ""
	Why   bool   // a machine decided: the citizen may ask on what ground, and have a person look (PIPL Art. 24)
	ID    string // of the request, to quote to the operator; only where we failed
}

// Waits reports whether nothing went wrong: somebody was asked, who has not answered yet.
func (p Problem) Waits() bool { return p.Code == "guardian_waits" }

// problem finds the sentences of a reason: the catalogue's own, else the
// law's, else those of the kind.
func (s *Shell) problem(locale string, err error) Problem {
	p := Problem{Code: fault.Public(err), Head: "error.heading", Safe: s.Say(locale, "error.safe")}
	if strings.HasSuffix(p.Code, "_signed_out") {
		p.Head = "error.signedout"
	}
	kind := kindName[fault.Of(err)]
	if kind == "" {
		kind = "internal"
	}
	law, ruled := s.Reasons[p.Code]
	switch key := "reason." + p.Code; {
	case s.catalogue.has(key):
		p.What = s.Say(locale, key)
	case ruled:
		p.What = law.In(locale)
	default:
		p.What = s.Say(locale, "kind."+kind)
	}
	if key := "reason." + p.Code + ".safe"; s.catalogue.has(key) { // the register was asked: "nothing was sent" would not be true
		p.Safe = s.Say(locale, key)
	}
	p.Next = s.Say(locale, "kind."+kind+".next")
	if key := "reason." + p.Code + ".next"; s.catalogue.has(key) {
		p.Next = s.Say(locale, key)
	}
	p.Why = Status(err) < http.StatusInternalServerError && (ruled || slices.ContainsFunc(decided(), func(of string) bool { return strings.HasPrefix(p.Code, of) }))
	p.Way, p.Named = way(p.Code, fault.Of(err))
	if Status(err) >= http.StatusInternalServerError && !slices.Contains(surely(), p.Code) {
		p.Safe = s.Say(locale, "error.unsure")
	}
	return p
}

// surely are the reasons of a service that answers nothing for now, which hold before anything
// is recorded: a stop of issuance is looked at first, and an act is guarded by its record.
func surely() []string { return []string{"issuance_stopped", "use_stopped"} }

// decided are the families of reasons by which a machine decides about a person, beside the law's own.
func decided() []string { return []string{"document_", "chip_", "face_"} }

// Reason is the sentence of a reason that a citizen may have read.
func (s *Shell) Reason(locale, code string) (string, bool) {
	if key := "reason." + code; s.catalogue.has(key) && !strings.Contains(code, ".") {
		return s.Say(locale, key), true
	}
	says, ruled := s.Reasons[code]
	return says.In(locale), ruled
}

// way is the page on which the citizen goes on after a refusal.
func way(code string, kind fault.Kind) (path, named string) {
	if strings.HasPrefix(code, "partner_") {
		return "/partner", "portal.title"
	}
	switch code {
	case "draft_unknown", "draft_expired", "draft_moved", "step_order", "consent_unknown", "certificate_gone", "certificate_unknown",
		"certificate_expired", "person_unknown", "person_gone", "person_erased":
		return "/enrol", "error.enrol"
	case "counter_unproven", "counter_signed_out":
		return "/counter", "counter.title"
	case "staff_unproven", "staff_signed_out", "staff_disabled", "role_refused", "invitation_over", "staff_key_held", "proposal_unknown", "proposal_over", "proposal_changed", "approver_same", "approver_line", "alert_unknown":
		return "/operator", "operator.title"
	case "domain_invalid", "domain_unproven", "domain_lapsed", "address_unproven", "domain_claimed", "party_key_unproven", "party_claimed", "organisation_invalid":
		return "/partner", "portal.title"
	case "record_unknown", "record_erased", "outcome_unknown":
		return "/records", "frame.records"
	case "party_id_invalid", "platform_unknown", "erasure_not_taken", "erasure_nothing", "erasure_waits", "complaint_unknown", "report_unfounded", "report_made", "reports_many":
		return "/platforms", "frame.platforms"
	case "notice_changed", "notice_moved":
		return "/consents/again", "again.read"
	}
	if kind == fault.Unauthenticated {
		return "/signin", "error.signin"
	}
	return "/", "error.start"
}

// Refuse shows the page again, or the error page, with the problem on top.
// Only Internal and Unavailable failures carry the request's id.
func (v *Visit) Refuse(pages *Pages, name string, err error, data any, field string) error {
	p := v.shell.problem(v.Locale, err)
	p.Field = field
	if at := LocalPath(v.back); p.Way == "/" && (strings.HasPrefix(at, "/operator/") || strings.HasPrefix(at, "/partner/")) {
		p.Way, p.Named = at, "error.back" // who works here goes on where the form stood, and not at the citizens' door
	}
	status := Status(err)
	if status >= 500 {
		p.ID = v.id
	}
	return v.show(pages, name, status, data, &p)
}

// Recoverable reports whether a refusal is one that the citizen mends on the
// page where it happened; anything of ours goes to the error page.
func Recoverable(err error) bool {
	switch fault.Of(err) {
	case fault.Internal, fault.Gone, fault.NotFound:
		return false
	}
	return true
}
