package clients_test

import (
	"encoding/base64"
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"netid/client"
	"netid/test/holder"
)

// who says yes to an answer.
const (
	both    = "both"
	nobody  = "nobody"
	theirs  = "dcql alone"    // we are stricter: what was not asked for must not come, and what was asked for must be there
	notOurs = "no query here" // it parses there, and nobody here could check the answer
)

const (
	age    = "https://netid.example/credentials/age"
	person = "https://netid.example/credentials/person"
)

// answer is what is shown to a query, and who calls it good.
type answer struct{ query, shown, yes string }

func answers(aki string) []answer {
	credential := func(id, kind, more string) string {
		return `{"id":"` + id + `","format":"dc+sd-jwt","meta":{"vct_values":["` + kind + `"]}` + more + `}`
	}
	a := func(more string) string { return `{"credentials":[` + credential("a", age, more) + `]}` }
	two := func(sets string) string {
		return `{"credentials":[` + credential("a", age, `,"claims":[{"path":["age_over_18"]}]`) + `,` + credential("p", person, ``) + `]` + sets + `}`
	}
	options := `,"claims":[{"id":"x","path":["age_over_18"]},{"id":"y","path":["age_over_60"]}],"claim_sets":[["x","y"],["x"]]`
	return []answer{
		{a(``), "a=age:", both},
		{a(``), "", nobody},
		{a(``), "a=person", nobody},
		{a(``), "a=age:18", theirs},
		{a(``), "a=age: a=age:", nobody},
		{a(`,"multiple":true`), "a=age: a=age:", both},
		{a(`,"claims":[{"path":["real_person"]}]`), "a=age:", both},
		{a(`,"claims":[{"path":["age_over_18"]}]`), "a=age:18", both},
		{a(`,"claims":[{"path":["age_over_18"]}]`), "a=age:", nobody},
		{a(`,"claims":[{"path":["age_over_18"]}]`), "a=age:60", nobody},
		{a(`,"claims":[{"path":["age_over_18"]}]`), "a=age:18,60", theirs},
		{a(`,"claims":[{"path":["age_over_18"],"values":[true]}]`), "a=age:18", both},
		{a(`,"claims":[{"path":["age_over_60"],"values":[true]}]`), "a=age:60", nobody},
		{a(`,"claims":[{"path":["age_over_18"],"values":["true",1]}]`), "a=age:18", nobody},
		{a(`,"claims":[{"path":["age_over_18"]},{"path":["age_over_60"]}]`), "a=age:18", nobody},
		{a(`,"claims":[{"path":["age_over_18"]},{"path":["age_over_60"]}]`), "a=age:18,60", both},
		{a(`,"claims":[{"path":["marks",0]}]`), "a=age:marks", both},
		{a(`,"claims":[{"path":["marks",1,"b"],"values":[1]}]`), "a=age:marks", both},
		{a(`,"claims":[{"path":["marks",2]}]`), "a=age:marks", theirs}, // two elements: the path leads to none (OpenID4VP 1.0 §7.1)
		{a(`,"claims":[{"path":["marks",null]}]`), "a=age:marks", both},
		{a(`,"claims":[{"path":["marks","b"]}]`), "a=age:marks", nobody},
		{a(options), "a=age:18,60", both},
		{a(options), "a=age:18", both},
		{a(options), "a=age:60", nobody},
		{a(`,"trusted_authorities":[{"type":"aki","values":["` + aki + `"]}]`), "a=age:", both},
		{a(`,"trusted_authorities":[{"type":"aki","values":["YQ"]}]`), "a=age:", nobody},
		{two(``), "a=age:18 p=person", both},
		{two(``), "a=age:18", nobody},
		{two(`,"credential_sets":[{"options":[["a"],["p"]]}]`), "a=age:18", both},
		{two(`,"credential_sets":[{"options":[["a"],["p"]]}]`), "p=person", both},
		{two(`,"credential_sets":[{"options":[["a"],["p"]]}]`), "", nobody},
		{two(`,"credential_sets":[{"options":[["a"],["p"]]}]`), "a=age:18 p=person", theirs},
		{two(`,"credential_sets":[{"options":[["a","p"]]}]`), "a=age:18", nobody},
		{two(`,"credential_sets":[{"options":[["p"]]},{"options":[["a"]],"required":false}]`), "p=person", both},
		{two(`,"credential_sets":[{"options":[["p"]]},{"options":[["a"]],"required":false}]`), "a=age:18", nobody},
		{a(`,"claims":[{"path":["age_over_18"]}],"claim_sets":[["x"]]`), "a=age:18", nobody}, // no such claim
		{a(`,"claims":[]`), "a=age:", nobody},
		{`{"credentials":[]}`, "", nobody},
		{a(`,"claim":[{"path":["age_over_18"]}]`), "a=age:", notOurs},
		{a(`,"require_cryptographic_holder_binding":false`), "a=age:", notOurs},
	}
}

// TestDCQL: package client and dcql say the same of what was shown, but where the table
// tells otherwise and why.
func TestDCQL(t *testing.T) {
	t.Parallel()
	node := findNode(t)
	now := time.Now()
	authority, err := holder.NewAuthority("https://netid.example", now)
	if err != nil {
		t.Fatal(err)
	}
	aki := base64.RawURLEncoding.EncodeToString(authority.Root.SubjectKeyId)
	issued := map[string]holder.Credential{}
	for kind, hidden := range map[string][]holder.Hidden{person: nil, age: {{Name: "age_over_18", Value: true}, {Name: "age_over_60", Value: false}, {Name: "marks", Value: []any{"a", map[string]any{"b": 1}}}}} {
		if issued[kind], err = authority.Issue(kind, hidden, func(p map[string]any) { p["real_person"] = true }); err != nil {
			t.Fatal(err)
		}
	}
	type presented struct {
		Vct       string                     `json:"vct"`
		Claims    map[string]json.RawMessage `json:"claims"`
		Authority string                     `json:"authority"`
	}
	// show is "id=person" or "id=age:18,60", several by blanks.
	show := func(text string) (ours map[string][]client.Presentation, others map[string][]presented) {
		ours, others = map[string][]client.Presentation{}, map[string][]presented{}
		for word := range strings.FieldsSeq(text) {
			id, what, _ := strings.Cut(word, "=")
			name, discloses, _ := strings.Cut(what, ":")
			c := issued["https://netid.example/credentials/"+name]
			shown := c.JWT + "~"
			for i, n := range c.Names {
				if strings.Contains(discloses, strings.TrimPrefix(n, "age_over_")) {
					shown += c.Disclosures[i] + "~"
				}
			}
			p, err := client.CheckCredential(shown, client.Expect{Kind: c.Kind, Roots: authority.Roots()}, now)
			if err != nil {
				t.Fatal(word, err)
			}
			ours[id] = append(ours[id], p)
			others[id] = append(others[id], presented{p.Kind, p.Claims, aki})
		}
		return ours, others
	}
	cases := answers(aki)
	type asked struct {
		Query json.RawMessage        `json:"query"`
		Shown map[string][]presented `json:"shown"`
	}
	var in []asked
	var ours []string
	for _, c := range cases {
		own, others := show(c.shown)
		in = append(in, asked{json.RawMessage(c.query), others})
		said := "no query"
		if q, err := client.ParseQuery([]byte(c.query)); err == nil {
			said = "yes"
			if q.Match(own) != nil {
				said = "no"
			}
		}
		ours = append(ours, said)
	}
	var out struct {
		Says []struct {
			Good bool
			Why  string
		}
	}
	program(t, node, "dcql.mjs", in, &out)
	if len(out.Says) != len(cases) {
		t.Fatal(len(out.Says))
	}
	for i, c := range cases {
		say, theySay := ours[i], out.Says[i]
		if (say == "yes") != (c.yes == both) || theySay.Good != (c.yes != nobody) || c.yes == notOurs && say != "no query" {
			t.Errorf("%s\nshown %q: should be good for %s; client: %s, dcql: %+v", c.query, c.shown, c.yes, say, theySay)
		}
	}
}

// TestTheTableOfOthers: docs/conformance.md names what is installed here, in its
// version, and tests that are there.
func TestTheTableOfOthers(t *testing.T) {
	t.Parallel()
	_, section, found := strings.Cut(read(t, "../../docs/conformance.md"), "\n## Other people's software\n")
	if !found {
		t.Fatal("no table")
	}
	var installed struct{ Dependencies map[string]string }
	if err := json.Unmarshal([]byte(read(t, "package.json")), &installed); err != nil {
		t.Fatal(err)
	}
	for name, version := range installed.Dependencies {
		if name != "jose" && !strings.Contains(section, "\n| "+name+" (npm) | "+version+" | `Test") {
			t.Errorf("the table has no %s %s", name, version)
		}
	}
	files, err := filepath.Glob("*_test.go")
	if err != nil {
		t.Fatal(err)
	}
	var tests strings.Builder
	for _, f := range files {
		tests.WriteString(read(t, f))
	}
	rows := 0
	for line := range strings.Lines(section) {
		if cells := strings.Split(line, " | "); len(cells) == 4 && strings.HasPrefix(cells[2], "`") {
			rows++
			if !strings.Contains(tests.String(), "\nfunc "+strings.Trim(cells[2], "`")+"(") {
				t.Errorf("no test: %s", line)
			}
		}
	}
	if rows < 10 {
		t.Errorf("%d rows", rows)
	}
}
