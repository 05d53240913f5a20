package client

import (
	"bytes"
	"strings"
	"time"
)

// ParseStatement reads the bytes of a statement back into its parts. It is
// the strict inverse of Bytes: what it accepts renders to exactly the same
// bytes, and anything else is ErrStatement.
func ParseStatement(b []byte) (Statement, error) {
	if len(b) > maxStatement {
		return Statement{}, refuse("longer than any statement")
	}
	lines := strings.Split(string(b), "\n")
	if len(lines) < 7 {
		return Statement{}, refuse("too few lines")
	}
	for _, locale := range []string{"zh-CN", "en"} {
		if s, ok := parseIn(locale, lines); ok && bytes.Equal(s.Bytes(), b) {
			return s, nil
		}
	}
	return Statement{}, refuse("these are not its words")
}

// parseIn cuts the lines at the words of one language. It may read too
// generously: rendering again decides.
func parseIn(locale string, lines []string) (Statement, bool) {
	w, _ := wordsIn(locale)
	s := Statement{Locale: locale}
	n := len(lines)
	items := s.cutAcross(&w, s.cutIntent(&w, lines[2:n-4]))
	ok := s.cutWho(&w, lines[0]) && s.cutItems(&w, items) && s.cutMode(&w, lines[n-3]) && s.cutTime(&w, lines[n-1])
	s.Purpose = strings.TrimPrefix(lines[1], w.why)
	s.Transaction = strings.TrimPrefix(lines[n-2], w.request)
	return s, ok
}

// cutWho looks for the last opening bracket: neither a domain nor a service
// name has one, so a legal name may have its own.
func (s *Statement) cutWho(w *words, line string) bool {
	at := strings.LastIndex(line, w.open)
	if at < 0 {
		return false
	}
	rest, ok := strings.CutSuffix(line[at+len(w.open):], w.verify)
	if !ok {
		return false
	}
	s.Party = line[:at]
	s.Domain, s.Service, ok = strings.Cut(rest, w.asks)
	return ok
}

// cutIntent takes the line that says what a verification is for, where there
// is one, and gives the rest.
func (s *Statement) cutIntent(w *words, lines []string) []string {
	for i, line := range w.intent {
		if lines[0] == line {
			s.Intent = intents()[i]
			return lines[1:]
		}
	}
	return lines
}

// cutAcross takes the line that says that it crosses two devices, where there is one.
func (s *Statement) cutAcross(w *words, lines []string) []string {
	if len(lines) > 0 && lines[0] == w.across {
		s.Across = true
		return lines[1:]
	}
	return lines
}

func (s *Statement) cutItems(w *words, lines []string) bool {
	for _, line := range lines {
		i, ok := w.cutItem(line)
		if !ok {
			i, ok = w.cutPlain(line)
		}
		if !ok {
			return false
		}
		s.Items = append(s.Items, i)
	}
	return true
}

// cutItem finds the item whose sentence this is.
func (w *words) cutItem(line string) (Item, bool) {
	if line == "" {
		return Item{}, false
	}
	for _, name := range append(itemNames(), PlainItems()...) {
		for _, i := range [3]Item{{Name: name, Given: true}, {Name: name, Given: true, Optional: true}, {Name: name, Optional: true}} {
			if w.item(i) == line {
				return i, true
			}
		}
	}
	return Item{}, false
}

func (s *Statement) cutMode(w *words, line string) bool {
	for i, how := range w.how {
		if line == how {
			s.Mode = modes()[i]
			return true
		}
	}
	return false
}

func (s *Statement) cutTime(w *words, line string) bool {
	_, stamp, ok := strings.Cut(line, w.stamp)
	if !ok {
		return false
	}
	at, err := time.Parse(time.RFC3339, stamp)
	s.Time = at.UTC()
	return err == nil
}
