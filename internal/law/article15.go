package law

import (
	"slices"

	"netid/internal/fault"
	"netid/internal/identity"
)

// article15: legal identity documents.
func article15() Article {
	return Article{Number: 15, Kind: IsDefinition, Effective: effective(),
		Title: t("法定身份证件", "Legal identity documents"),
		Summary: t("包括居民身份证、定居国外的中国公民的护照、港澳居民来往内地通行证、台湾居民来往大陆通行证、港澳居民居住证、台湾居民居住证、外国人永久居留身份证等。",
			"Among them: the resident identity card; the passport of Chinese citizens settled abroad; the mainland travel permits of Hong Kong, Macao and Taiwan residents; the residence permits of Hong Kong, Macao and Taiwan residents; the foreign permanent resident identity card."),
		Met: t("七种证件都认得，其他的一律不认。目前能读取的是居民身份证和护照。", "All seven are known, and nothing else is. The resident card and the passport can be read so far."),
		Rules: []Rule{
			{ID: "a15-served-document", Asked: []string{"Accepts"}, Code: "document_kind_not_served", Kind: fault.Invalid, Acts: []string{"enrol"}, Event: identity.Enrolled,
				Also: []int{4}, Obligations: []string{"A15-1"}, Test: "TestAccepts",
				Question: t("是法定身份证件，并且这里能读取吗？", "Is it a legal identity document, and can it be read here?"),
				Refusal:  t("这种证件目前在这里还不能读取。您可以使用其他证件，或平台提供的其他核验方式。", "This kind of document cannot be read here yet. You can use another document, or another way that the platform offers.")},
		},
	}
}

// Accepts: one of the seven kinds, and served here (Art. 15).
func (b *Book) Accepts(kind identity.DocumentKind, served []identity.DocumentKind) Verdict {
	return b.answer("a15-served-document", slices.Contains(identity.DocumentKinds, kind) && slices.Contains(served, kind))
}
