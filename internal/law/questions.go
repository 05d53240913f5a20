package law

import (
	"slices"
	"strings"

	"netid/internal/identity"
)

// all is the first refusal, or one verdict that stands on every rule asked.
func all(vs ...Verdict) Verdict {
	out := vs[0]
	for _, v := range vs {
		if !v.Allowed {
			return v
		}
	}
	var rules []string
	out.Articles = nil
	for _, v := range vs {
		rules = append(rules, v.Rule)
		for _, n := range v.Articles {
			if !slices.Contains(out.Articles, n) {
				out.Articles = append(out.Articles, n)
			}
		}
	}
	out.Rule = strings.Join(rules, " ")
	return out
}

// OneNumber: a person who has a number keeps it (Art. 2). existing is empty
// for a person without one.
func (b *Book) OneNumber(existing, next identity.Number) Verdict {
	return b.answer("a2-one-number", next != "" && (existing == "" || existing == next))
}

// Applicant is who applies, and with whom.
type Applicant struct {
	Regime           identity.Regime
	GuardianConsents bool
	GuardianActs     bool
}

// Applies: under 14 the guardian consents and applies; from 14 to 17 the
// guardian is there; an adult applies alone (Art. 4).
func (b *Book) Applies(f Applicant) Verdict {
	ok := f.Regime == identity.Adult ||
		f.Regime == identity.Ward && f.GuardianConsents ||
		f.Regime == identity.Child && f.GuardianConsents && f.GuardianActs
	return b.answer("a4-may-apply", ok)
}

// Holds: the document is valid on the day, its last day included (Art. 4).
func (b *Book) Holds(doc identity.Document, today identity.Date) Verdict {
	return b.answer("a4-valid-document", doc.ValidOn(today))
}

// Withdraws: one may refuse before and withdraw after, always (Art. 4).
func (b *Book) Withdraws() Verdict { return b.answer("a4-voluntary", true) }

// Freezes: one's own certificate, always (Art. 4).
func (b *Book) Freezes(own bool) Verdict { return b.answer("a4-freeze", own) }

// User is a person about to use their certificate, at this moment.
type User struct {
	Standing         identity.Standing
	Regime           identity.Regime
	GuardianConsents bool
	CertificateValid bool
}

// Uses: the number is in good standing, the certificate unexpired, and under
// 14 the guardian consents to this use (Arts 2, 5).
func (b *Book) Uses(f User) Verdict {
	return all(
		b.answer("a2-good-standing", f.Standing == identity.Active),
		b.answer("a2-unexpired", f.CertificateValid),
		b.answer("a5-child-use", f.Regime != identity.Child || f.GuardianConsents))
}

// Offers: a party names its purpose and at least one other lawful way of
// verification, in both languages or one (Arts 5, 6, 7).
func (b *Book) Offers(p identity.Party) Verdict {
	other := slices.ContainsFunc(p.Otherwise, func(o identity.Text) bool { return o.In("zh-CN") != "" })
	return all(b.answer("a5-purpose", p.Purpose.Text.In("zh-CN") != ""), b.answer("a6-other-ways", other))
}

// Cites: every plaintext item and every age mark names the law it rests on (Arts 8, 10).
func (b *Book) Cites(p identity.Party) Verdict {
	bases, marks := true, true
	for _, law := range p.Bases {
		bases = bases && strings.TrimSpace(law) != ""
	}
	for _, law := range p.AgeMarks {
		marks = marks && strings.TrimSpace(law) != ""
	}
	return all(b.answer("a8-basis", bases), b.answer("a10-age-mark", marks))
}

// Asks: a party may always ask the result; a plaintext item only on a
// registered basis (Arts 7, 8).
func (b *Book) Asks(p identity.Party, items []string) Verdict {
	ok := true
	for _, i := range items {
		ok = ok && (i == "result" || p.Bases[i] != "")
	}
	return b.answer("a7-no-plaintext", ok)
}

// Marks: an age mark only at a registered threshold with its law (Art. 10).
func (b *Book) Marks(p identity.Party, m identity.AgeMark) Verdict {
	return b.answer("a10-age-mark", p.AgeMarks[m] != "")
}

// Answers: what leaves was asked and approved, and the result is in it (Art. 8).
func (b *Book) Answers(asked, approved, answered []string) Verdict {
	ok := slices.Contains(answered, "result")
	for _, i := range answered {
		ok = ok && slices.Contains(asked, i) && slices.Contains(approved, i)
	}
	return b.answer("a8-result-only", ok)
}

// necessary is all that enrolment may collect (Art. 9).
func necessary() []string {
	return []string{"name", "birth_date", "document_kind", "document_number", "document_expiry", "phone"}
}

// Collects: the fields are within the closed list of what is necessary (Art. 9).
func (b *Book) Collects(fields []string) Verdict {
	ok := true
	for _, f := range fields {
		ok = ok && slices.Contains(necessary(), f)
	}
	return b.answer("a9-necessary", ok)
}

// Separately: the sensitive step has its own consent, given to the current
// version of its own text; the last word counts (Art. 9).
func (b *Book) Separately(subject string, consents []identity.Consent) Verdict {
	n, known := NoticeByID(subject)
	return b.answer("a9-separate-consent", known && consented(subject, n, consents))
}

// Notified is a notice and the consents given so far.
type Notified struct {
	Notice   Notice
	Consents []identity.Consent
}

// Informed: the notice has every item of article 11, and consent was given to
// this very version of it before anything is processed (Arts 9, 11).
func (b *Book) Informed(f Notified) Verdict {
	return b.answer("a11-informed", len(f.Notice.Lint()) == 0 && consented("notice", f.Notice, f.Consents))
}

func consented(subject string, n Notice, consents []identity.Consent) bool {
	given := false
	for _, c := range consents {
		if c.Subject == subject {
			given = c.Given && c.Version == n.Version && len(c.Digest) == 32
		}
	}
	return given
}

// Sees: one's own record only (Art. 9; PIPL Art. 45).
func (b *Book) Sees(owner bool) Verdict { return b.answer("a9-own-view", owner) }

// Leaves: one may leave at any time (Arts 4, 9).
func (b *Book) Leaves() Verdict { return b.answer("a9-erase", true) }

// Retention is what must be kept after an erasure, and for how long.
type Retention struct {
	Days int // of the bodies; leaves, random-looking hashes, stay for good
	Verdict
}

// Keeps: nothing readable is kept. The six months of logs that law makes a
// network operator keep, readable to a quorum of officers alone, come with
// lawful assistance; until then the service keeps less, not more (ADR 0006).
func (b *Book) Keeps(identity.EventKind) Retention {
	return Retention{Days: 0, Verdict: b.answer("a9-keep", true)}
}

// Accepts: one of the seven kinds, and served here (Art. 15).
func (b *Book) Accepts(kind identity.DocumentKind, served []identity.DocumentKind) Verdict {
	return b.answer("a15-served-document", slices.Contains(identity.DocumentKinds, kind) && slices.Contains(served, kind))
}

// InForce: from 15 July 2025 (Art. 16).
func (b *Book) InForce(day identity.Date) Verdict {
	return b.answer("a16-in-force", !day.Before(effective()))
}
