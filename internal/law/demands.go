package law

import (
	"slices"
	"strings"
)

// Demand is what one law wants a notice to tell, by the keys of its items.
type Demand struct {
	Law   string
	Items []string
	of    func(Notice) bool
}

// Demands are the laws that ask for items of a notice. One law's item may be
// another's: each says its own, so that the linter names every law that is not met.
func Demands() []Demand {
	all := func(Notice) bool { return true }
	sensitive := func(n Notice) bool { return n.Sensitive }
	first := func(n Notice) bool { return !n.Sensitive }
	face := func(n Notice) bool { return n.Subject == "face" }
	return []Demand{
		{"Art. 11", []string{"who", "purpose", "means", "kinds", "retention", "rights", "procedure", "others"}, all},
		{"PIPL Art. 17", []string{"who", "purpose", "means", "kinds", "retention", "rights", "procedure"}, all},
		{"Art. 11, second paragraph; PIPL Art. 30", []string{"necessity", "impact"}, sensitive},
		{"Art. 9; PIPL Art. 29", []string{"refusal"}, sensitive}, // a consent of its own, which one can refuse
		{"Face measures art. 5", []string{"who", "purpose", "means", "retention", "necessity", "impact", "rights", "procedure"}, face},
		{"Face measures art. 10", []string{"refusal"}, face},
		{"Art. 4", []string{"voluntary", "never", "minors", "changes"}, first}, // what else one must know to decide freely
	}
}

// lawsOf are the laws that want an item of this notice.
func (n Notice) lawsOf(key string) (laws []string) {
	for _, d := range Demands() {
		if d.of(n) && slices.Contains(d.Items, key) {
			laws = append(laws, d.Law)
		}
	}
	return laws
}

// required are the keys of all demands on the notice, each once.
func (n Notice) required() (keys []string) {
	for _, d := range Demands() {
		for _, key := range d.Items {
			if d.of(n) && !slices.Contains(keys, key) {
				keys = append(keys, key)
			}
		}
	}
	return keys
}

// spoken is what an item must speak of, in both languages: an item that has its
// key and talks about the weather tells nothing.
func spoken(n Notice) map[string][][2]string {
	words := map[string][][2]string{}
	if n.Subject == "notice" {
		words["retention"] = [][2]string{{"删除", "erase"}, {"六个月", "six months"}, {"三年", "three years"}}
		words["rights"] = [][2]string{{"查看", "see"}, {"下载", "download"}, {"更正", "correct"}, {"删除", "erase"}, {"撤回", "withdraw"}, {"解释", "explain"}} // PIPL Arts 44 to 50
		words["procedure"] = [][2]string{{"撤回", "withdraw"}, {"投诉", "complain"}}                                                                    // PIPL Arts 15, 50, 65
		words["others"] = [][2]string{{"平台", "platform"}, {"登记机关", "register"}, {"短信", "text-message"}, {"协助", "assist"}}                           // PIPL Art. 23
		words["minors"] = [][2]string{{"监护人", "guardian"}, {"十四", "14"}, {"十八", "18"}}                                                              // PIPL Art. 31
		words["voluntary"] = [][2]string{{"其他合法", "another lawful way"}}                                                                            // Art. 6
		words["changes"] = [][2]string{{"版本", "version"}}
	}
	return words
}

// unsaid are the words that an item should have and has not.
func (n Notice) unsaid() (wrong []string) {
	words := spoken(n)
	for _, it := range n.Items {
		for key := range strings.FieldsSeq(it.Key) {
			for _, w := range words[key] {
				if !strings.Contains(it.Body.ZH, w[0]) || !strings.Contains(strings.ToLower(it.Body.EN), w[1]) {
					wrong = append(wrong, n.ID+": "+key+" does not speak of "+w[0]+" / "+w[1])
				}
			}
		}
	}
	return slices.Compact(wrong)
}
