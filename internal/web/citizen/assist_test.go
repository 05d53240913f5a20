package citizen_test

import (
	"strings"
	"testing"
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
