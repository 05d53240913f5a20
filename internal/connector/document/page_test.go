package document_test

import (
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"netid/internal/connector/document"
	"netid/internal/fault"
	"netid/internal/identity"
)

// docs/documents.md has a row for each of the seven in two tables, and says of each
// what the registry does.
func TestDocumentsPage(t *testing.T) {
	b, err := os.ReadFile("../../../docs/documents.md")
	if err != nil {
		t.Fatal(err)
	}
	rows := map[int][][]string{} // by how many cells a table has
	for line := range strings.Lines(string(b)) {
		if strings.HasPrefix(line, "| `") {
			cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
			for i := range cells {
				cells[i] = strings.TrimSpace(cells[i])
			}
			rows[len(cells)] = append(rows[len(cells)], cells)
		}
	}
	numbers, evidence := rows[8], rows[6]
	if len(numbers) != len(identity.DocumentKinds) || len(evidence) != len(identity.DocumentKinds) {
		t.Fatalf("%d and %d rows", len(numbers), len(evidence))
	}
	quoted := regexp.MustCompile("`([^`]+)`")
	words := func(cell string) (all []string) {
		for _, m := range quoted.FindAllStringSubmatch(cell, -1) {
			all = append(all, m[1])
		}
		return all
	}
	registry := document.Rows()
	for i, kind := range identity.DocumentKinds {
		n, e := numbers[i], evidence[i]
		if n[0] != "`"+string(kind)+"`" || e[0] != n[0] {
			t.Fatalf("row %d is of %s and %s, not of %s", i, n[0], e[0], kind)
		}
		for at, want := range map[int]string{4: "real", 5: "synthetic", 6: "refused"} {
			if len(words(n[at])) == 0 {
				t.Errorf("%s: no example that is %s", kind, want)
			}
			for _, number := range words(n[at]) {
				sandbox, err := document.CheckNumber(kind, number, today())
				if want == "refused" && !fault.Because(err, "id_number_invalid") || want != "refused" && (err != nil || sandbox != (want == "synthetic")) {
					t.Errorf("%s: %s is not %s: sandbox %v, %v", kind, number, want, sandbox, err)
				}
				if last := number[len(number)-1]; want == "real" && last >= '0' && last <= '9' { // the digit says what the page says of it
					_, err := document.CheckNumber(kind, number[:len(number)-1]+string('0'+(last-'0'+1)%10), today())
					if (err == nil) != (n[3] == "none") {
						t.Errorf("%s: check digit %q, and %s with another one: %v", kind, n[3], number, err)
					}
				}
			}
		}
		row := registry[kind]
		term := strconv.Itoa(row.Years) + " years"
		if row.Long {
			term += ", or no end"
		}
		zone := "-"
		if row.Code != "" {
			zone = "`" + row.Code + "`"
		}
		if code, _, _ := strings.Cut(e[3], " "); e[1] != term || code != zone || (row.Code == "") != strings.Contains(e[2], "decoder") {
			t.Errorf("%s: %s, %s, %s; the registry: %s, %s", kind, e[1], e[2], e[3], term, zone)
		}
		for at, production := range map[int]bool{4: true, 5: false} {
			if label := document.NewDesk(nil, nil, production, clock).Origin(kind); e[at] != "`"+string(label)+"`" {
				t.Errorf("%s is labelled %s, not %s", kind, label, e[at])
			}
		}
		if n[7] == "" {
			t.Errorf("%s: no source", kind)
		}
	}
}
