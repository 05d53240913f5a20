package main

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// The commands of docs/verify.md end as it says.
func TestVerifyAsDocumented(t *testing.T) {
	b, err := os.ReadFile("../../docs/verify.md")
	if err != nil {
		t.Fatal(err)
	}
	v, _ := vectorsFor(t)
	dir := t.TempDir()
	files := map[string]string{"root.pem": v.Roots, "jwks.json": string(v.Keys), "jwks-sm.json": string(v.KeysSM), "ledger.key": v.Ledger}
	for _, c := range v.Cases {
		files[strings.ReplaceAll(c.Name, " ", "-")] = c.Text
	}
	seen := 0
	for _, m := range regexp.MustCompile(`(?m)^netid (verify .*?) {5}# ([012])(?:: .*)?$`).FindAllStringSubmatch(string(b), -1) {
		seen++
		args := strings.Fields(m[1])
		for i, a := range args {
			if text, is := files[a]; is {
				args[i] = filepath.Join(dir, a)
				if err := os.WriteFile(args[i], []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
		}
		var out, errs bytes.Buffer
		if code := run(t.Context(), args, nil, &out, &errs); string(rune('0'+code)) != m[2] || errs.Len() > 0 {
			t.Errorf("%s: %d\n%s%s", m[0], code, out.String(), errs.String())
		}
	}
	if seen != 18 || strings.Count(string(b), "\nnetid verify ") != seen+1 { // and one with FILE
		t.Errorf("%d commands", seen)
	}
}
