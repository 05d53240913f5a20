package admit_test

import (
	"strings"
	"testing"

	"netid/internal/act/admit"
	"netid/internal/identity"
	"netid/internal/law"
	"netid/test/kit"
)

// A party that declared no Chinese name is named in both texts that two sign.
func TestNamedForBoth(t *testing.T) {
	k := kit.New(t, law.New())
	p, _, err := k.Admit.Register(t.Context(), admit.Application{ID: "only-english", Name: "My App", RedirectURIs: []string{"https://a.example/cb"}, Purpose: "x", PurposeZH: "x",
		Otherwise: []identity.Way{{Text: identity.Text{ZH: "服务台", EN: "The desk"}}}})
	if err != nil {
		t.Fatal(err)
	}
	text, err := k.Admit.Resuming(t.Context(), p.ID)
	if err != nil || !strings.Contains(text.ZH, "My App") {
		t.Error(text, err)
	}
}
