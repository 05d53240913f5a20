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
		Met: t("七种证件都能读取，其他的一律不认。持其他证件的人会被告知不在清单之列，以及平台必须提供的其他方式。护照持有人是否定居国外，由登记机关回答。", "All seven can be read, and nothing else is known. Who holds another document is told that it is not on the list, and of the other ways that platforms must offer. Whether the holder of a passport settled abroad, the register says."),
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
