package shell_test

import (
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"

	"netid/internal/fault"
	"netid/internal/law"
	"netid/internal/web/shell"
)

// whatToDo are the words by which a sentence says what to do next, or that there is nothing to do.
var whatToDo = map[string]*regexp.Regexp{
	"zh": regexp.MustCompile(`请|可以|不需要|不必`),
	"en": regexp.MustCompile(`(?i)\b(add|agree|agrees|allow|ask|begin|check|choose|come|compare|complain|connect|contact|do|does|draw|end|enrol|enter|fill|find|finish|get|give|go|have|hold|lay|leave|look|open|opens|put|read|register|reload|remove|report|scan|see|show|sign|start|stop|take|talk|tell|tick|tries|try|turn|type|undo|unfreeze|use|wait|write)\b|need not`),
}

// jargon is what no citizen needs to read, and blame.
var jargon = map[string]*regexp.Regexp{
	"zh": regexp.MustCompile(`错误代码|令牌|异常|服务器|您的错误|非法|失败代码|参数`),
	"en": regexp.MustCompile(`(?i)\b(error|invalid|illegal|token|json|http|null|exception|parameter|bad request|forbidden|timeout)\b`),
}

// Every refusal says what happened and what to do next, each in a whole sentence
// of plain words; that nothing was lost, the page adds (error.safe, or error.unsure where we
// do not know).
func TestEveryRefusalSaysWhatToDoNext(t *testing.T) {
	all, checked := read(t), 0
	for key, text := range all {
		if !strings.HasPrefix(key, "reason.") && !kindOfFault.MatchString(key) && key != "error.safe" && key != "error.unsure" {
			continue
		}
		checked++
		for language, sentence := range map[string]string{"zh": text.ZH, "en": text.EN} {
			for _, wrong := range unsaid(key, language, sentence) {
				t.Errorf("%s (%s) %s: %s", key, language, wrong, sentence)
			}
		}
	}
	if checked < 200 || all["error.safe"].EN == "" || all["error.unsure"].EN == "" {
		t.Errorf("%d sentences", checked)
	}
}

var kindOfFault = regexp.MustCompile(`^kind\.(invalid|unauthenticated|forbidden|not_found|conflict|gone|too_many|unavailable|internal)(\.next)?$`)

// unsaid is what a sentence of a refusal lacks.
func unsaid(key, language, sentence string) (wrong []string) {
	if end := map[string]string{"zh": "。！？", "en": ".!?”"}[language]; sentence == "" || !strings.ContainsRune(end, []rune(sentence)[len([]rune(sentence))-1]) {
		wrong = append(wrong, "is no whole sentence")
	}
	if jargon[language].MatchString(sentence) {
		wrong = append(wrong, "speaks to a machine")
	}
	if strings.HasSuffix(key, ".next") && !whatToDo[language].MatchString(sentence) {
		wrong = append(wrong, "does not say what to do")
	}
	return wrong
}

// What the law refuses to a citizen has its own next step: that of the kind is for
// whatever nobody thought of.
func TestEveryRefusalOfTheLawHasItsNextStep(t *testing.T) {
	all := read(t)
	for _, a := range law.Articles() {
		for _, r := range a.Rules {
			if slices.Equal(r.Acts, []string{"admit"}) {
				continue // a party's operator meets it, at registration
			}
			if r.Code == "erasure_ground_missing" {
				continue // a party's program meets it
			}
			if _, there := all["reason."+r.Code+".next"]; !there {
				t.Errorf("%s says what happened and not what to do next", r.Code)
			}
			for language, sentence := range map[string]string{"zh": r.Refusal.ZH, "en": r.Refusal.EN} {
				if wrong := unsaid("", language, sentence); wrong != nil {
					t.Errorf("%s (%s) %v: %s", r.Code, language, wrong, sentence)
				}
			}
		}
	}
}

func TestTheLinterOfRefusalsCanSayNo(t *testing.T) {
	for _, bad := range [][3]string{
		{"reason.x", "en", "Something happened"}, {"reason.x", "zh", "没有办成"}, {"reason.x", "en", ""}, {"reason.x", "en", "Invalid token."}, {"reason.x", "zh", "服务器异常。"},
		{"reason.x.next", "en", "The weather is fine."}, {"reason.x.next", "zh", "天气很好。"},
	} {
		if unsaid(bad[0], bad[1], bad[2]) == nil {
			t.Errorf("%v passes", bad)
		}
	}
}

// A stop is looked at before anything is recorded, so its page does not say that we do not
// know; what failed otherwise on our side does.
func TestAStopIsCertain(t *testing.T) {
	for code, want := range map[string]string{"issuance_stopped": "error.safe", "use_stopped": "error.safe", "store_unavailable": "error.unsure"} {
		h := serve(shell.Config{}, func(*shell.Visit) error { return fault.New("x", fault.Unavailable, code) })
		r := httptest.NewRequest("GET", "/x", nil)
		r.Header.Set("Accept-Language", "en")
		if page := body(t, answer(h, r)); !strings.Contains(page, read(t)[want].EN) {
			t.Errorf("%s: %s", code, page)
		}
	}
}
