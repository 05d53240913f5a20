package law

import (
	"strconv"

	"netid/internal/identity"
)

// Least is the smallest count about people that is said exactly. Fewer, unless
// none, might point at somebody (PIPL Art. 4: not even indirectly).
const Least = 10

// Figure is a count about people as it may be shown.
func Figure(n uint64) string {
	if n > 0 && n < Least {
		return "<" + strconv.Itoa(Least)
	}
	return strconv.FormatUint(n, 10)
}

// QuestionOf is the question to which a refusal's code is the no; the code itself where no
// rule in force has it.
func QuestionOf(code string) identity.Text {
	for _, a := range Articles() {
		for _, r := range a.Rules {
			if r.Code == code {
				return r.Question
			}
		}
	}
	return identity.Text{ZH: code, EN: code}
}
