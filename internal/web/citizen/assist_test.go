package citizen_test

import (
	"strings"
	"testing"
	"time"

	"netid/internal/act/assist"
	"netid/internal/fault"
	"netid/internal/law"
)

// N09: who was told what by law stands above one's records, in words, in both languages.
func TestAssistanceIsShown(t *testing.T) {
	w := newWorld()
	b := newBrowser(t, w).signIn()
	if strings.Contains(b.get("/records").body, "data-assisted") {
		t.Error("told of nothing")
	}
	w.assisted = 2
	for language, wants := range map[string][]string{
		"zh-CN": {"某市公安局取得了您的认证日志", "某市公安局取得了您的真实身份", "依据：《中华人民共和国刑事诉讼法》", "现已到期。保密依据：《中华人民共和国反间谍法》"},
		"en":    {"was given your authentication log", "was given your real identity", "By: 《中华人民共和国刑事诉讼法》", "until its day came"},
	} {
		b.locale = language
		body := b.get("/records").body
		for _, want := range wants {
			if !strings.Contains(body, want) {
				t.Errorf("%s: no %q", language, want)
			}
		}
		if strings.Count(body, "data-assisted=") != 2 || strings.Count(body, "e1") < 1 {
			t.Errorf("%s: not both", language)
		}
	}
}

// N09: what a child under 14 is told of assistance their guardian is told too, on the child's
// page, and nothing of the guardian's own stands there.
func TestAssistanceAboutAChildIsShownToTheGuardian(t *testing.T) {
	w := newWorld()
	b := newBrowser(t, w).signIn()
	at := "/children/of/" + w.family.children[0].Ref
	w.assisted = 2
	if strings.Contains(b.get(at).body, "data-assisted") {
		t.Error("the guardian's own stands on the child's page")
	}
	w.ofChild = []assist.Told{{Time: w.now(), Help: law.AuthenticationLog, Authority: "某区检察院", Citation: "《中华人民共和国刑事诉讼法》第五十四条", Event: "c1", Late: &assist.Secret{Citation: "《中华人民共和国反间谍法》", Until: w.now().Add(-time.Hour)}},
		{Time: w.now(), Help: law.RealIdentity, Authority: "某区法院", Citation: "《中华人民共和国民事诉讼法》", Event: "c2"}}
	for language, wants := range map[string][]string{
		"zh-CN": {"某区检察院取得了孩子的认证日志", "某区法院取得了孩子的真实身份", "依据：《中华人民共和国民事诉讼法》", "现已到期。保密依据：《中华人民共和国反间谍法》", "内容和日期相同"},
		"en":    {"was given your child&#39;s authentication log", "was given your child&#39;s real identity", "until its day came"},
	} {
		b.locale = language
		body := b.get(at).body
		for _, want := range wants {
			if !strings.Contains(body, want) {
				t.Errorf("%s: no %q in\n%s", language, want, body)
			}
		}
		if strings.Count(body, "data-assisted=") != 2 || strings.Contains(body, string(childsNumber)) {
			t.Errorf("%s: not both, or the child's number stands there", language)
		}
	}
	if strings.Contains(b.get("/records").body, `data-assisted="c`) {
		t.Error("the child's stand among the guardian's own")
	}
	w.fail = map[string]error{"Told": fault.New("world", fault.Unavailable, "store_unavailable")}
	if b.get(at).StatusCode != 503 {
		t.Error("what is not known is shown as nothing")
	}
}
