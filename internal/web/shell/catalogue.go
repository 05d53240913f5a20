package shell

import (
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"strconv"
	"strings"

	"netid/internal/identity"
)

//go:embed catalogue/*.json
var sentences embed.FS

// catalogue holds every sentence that a person reads, in both languages.
type catalogue map[string]identity.Text

// readCatalogue joins the files; a key stands in one of them only.
func readCatalogue(files fs.FS) (catalogue, error) {
	names, err := fs.Glob(files, "catalogue/*.json")
	if err != nil {
		return nil, err
	}
	all := catalogue{}
	for _, name := range names {
		b, err := fs.ReadFile(files, name)
		if err != nil {
			return nil, err
		}
		var part catalogue
		if err := json.Unmarshal(b, &part); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		for key, text := range part {
			if _, twice := all[key]; twice {
				return nil, fmt.Errorf("%s: %q is already there", name, key)
			}
			all[key] = text
		}
	}
	return all, nil
}

func mustCatalogue() catalogue {
	c, err := readCatalogue(sentences)
	if err != nil {
		panic(err)
	}
	return c
}

// has reports whether there is such a sentence.
func (c catalogue) has(key string) bool { _, ok := c[key]; return ok }

// say fills a sentence. A key that does not exist shows itself: a test keeps
// that from happening, and a page with one odd word is better than none.
func (c catalogue) say(locale, key string, args ...any) string {
	text, ok := c[key]
	if !ok {
		return key
	}
	return fill(text.In(locale), args)
}

// fill puts the arguments in their places in one pass, so that an argument
// that looks like a place is never filled itself.
func fill(s string, args []any) string {
	if len(args) == 0 {
		return s
	}
	var b strings.Builder
	for {
		before, from, open := strings.Cut(s, "{")
		b.WriteString(before)
		if !open {
			return b.String()
		}
		name, after, closed := strings.Cut(from, "}")
		n, err := strconv.Atoi(name)
		if !closed || err != nil || n < 0 || n >= len(args) || strconv.Itoa(n) != name { // a brace and no place
			b.WriteByte('{')
			s = from
			continue
		}
		fmt.Fprint(&b, args[n])
		s = after
	}
}
