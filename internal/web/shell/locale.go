package shell

import (
	"net/http"
	"strconv"
	"strings"
)

// The languages of the service, as they stand in lang attributes and cookies.
const (
	Chinese = "zh-CN"
	English = "en"
)

// Locale is the language of an answer: the citizen's own choice, else what the
// browser prefers, else Chinese.
func Locale(r *http.Request) string {
	if c, err := r.Cookie(CookieLocale); err == nil && (c.Value == Chinese || c.Value == English) {
		return c.Value
	}
	return accepted(r.Header.Get("Accept-Language"))
}

// accepted reads Accept-Language (RFC 9110 §12.5.4) as far as two languages
// need: the one with the highest weight, the first of equals.
func accepted(header string) string {
	best, weight := Chinese, 0.0
	for i, part := range strings.Split(header, ",") {
		if i == 16 {
			break
		}
		tag, params, _ := strings.Cut(strings.TrimSpace(part), ";")
		q := 1.0
		if v, ok := strings.CutPrefix(strings.TrimSpace(params), "q="); ok {
			q, _ = strconv.ParseFloat(v, 64)
		}
		base, _, _ := strings.Cut(strings.ToLower(tag), "-")
		locale := map[string]string{"zh": Chinese, "en": English}[base]
		if locale != "" && q > weight && q <= 1 {
			best, weight = locale, q
		}
	}
	return best
}
