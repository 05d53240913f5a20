package law

import (
	"netid/internal/fault"
	"netid/internal/identity"
)

// article15: legal identity documents.
func article15() Article {
	return Article{Number: 15, Kind: IsDefinition, Effective: effective(),
		Title:   t("法定身份证件", "Legal identity documents"),
		Summary: t("居民身份证、定居国外的中国公民的护照、往来内地(大陆)通行证、港澳台居民居住证、外国人永久居留身份证等。", "Resident identity card, passport of citizens settled abroad, mainland travel permits, residence permits, foreigners' permanent residence card."),
		Met:     t("七类皆可识别;目前受理居民身份证与护照。", "All seven are known; the resident card and the passport are served so far."),
		Rules: []Rule{
			{ID: "a15-served-document", Code: "document_kind_not_served", Acts: []string{"enrol"}, Event: identity.Enrolled, Obligations: []string{"A15-1"}, Test: "TestAccepts", Kind: fault.Invalid,
				Question: t("这种证件现在受理吗?", "Is this kind of document served?"),
				Refusal:  t("这种证件目前还不能在线受理。您可以使用其他证件,或平台提供的其他核验方式。", "This kind of document is not served online yet. You can use another document, or another way that the platform offers.")},
		},
	}
}
