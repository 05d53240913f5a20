package identity

import "strings"

// MaskName leaves what tells its owner which document was read: the last
// character, or the initials of a name that is written in words.
func MaskName(s string) string {
	if words := strings.Fields(s); len(words) > 1 {
		for i, w := range words {
			words[i] = string([]rune(w)[0]) + "•"
		}
		return strings.Join(words, " ")
	}
	r := []rune(s)
	if len(r) == 0 {
		return ""
	}
	return "•" + string(r[len(r)-1])
}
