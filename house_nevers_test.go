package netid_test

import (
	"go/ast"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// never is something that no file of the program (tests are not it) does, why, and an example
// that the check must catch: a check that cannot fail is a defect.
type never struct {
	name   string
	reason string
	where  []string // rooms it holds in; nil: everywhere
	but    []string // rooms it does not hold in
	bad    string   // a file's body that does it
	check  func(*source) []ast.Node
}

func nevers() []never {
	return []never{
		{"an init function", "what happens at start is called by cmd, in an order that can be read", nil, nil,
			"func init() {}", initFunctions},
		{"a package-level variable that is written after its declaration", "state belongs to a value that somebody made; two sandboxes in one process share nothing", nil, nil,
			"var n = 1\nfunc f() { n++ }", writtenVariables},
		{"a package-level variable of a kind that exists to change", "as above", nil, nil,
			"var mu sync.Mutex", changingVariables},
		{"panic outside start-up", "a panic is a refusal that no door can word", nil, []string{"cmd/netid"},
			"func f() { panic(1) }", func(s *source) []ast.Node { return s.calls("", "panic") }},
		{"os.Exit or a fatal log outside cmd", "the store must be closed first", nil, []string{"cmd/netid", "cmd/netid-load", "cmd/netid-cluster"},
			"func f() { os.Exit(1) }", func(s *source) []ast.Node { return s.calls("os", "Exit") }},
		{"SQL that is put together from strings", "a value that travels inside a statement is a statement", nil, nil,
			"func f(t string) string { return fmt.Sprintf(`SELECT 1 FROM %s`, t) }", builtSQL},
		{"the law inverted outside its tests", "a rule that a running program can turn round is no rule", nil, []string{"internal/law"},
			"func f() { law.Invert(1) }", func(s *source) []ast.Node { return s.uses("", "Invert") }},
		{"a passcode that costs nothing to guess", "eight digits are weak; only tests have so many to make", nil, []string{"internal/suite", "internal/vault"},
			"func f(v *vault.Vault) { v.Unstretched() }", func(s *source) []ast.Node { return s.uses("", "Unstretched") }},
		{"the clock read where it should be handed in", "an age, an expiry and a ledger time must be testable at any instant",
			[]string{"internal/act/*", "internal/law", "internal/identity", "internal/vault", "internal/ledger", "internal/store", "internal/token/*", "internal/connector/*"}, nil,
			"func f() { time.Now() }", func(s *source) []ast.Node {
				return slices.Concat(s.uses("time", "Now"), s.uses("time", "Since"), s.uses("time", "Until"))
			}},
		{"a background context in an act or a door", "what the caller gave up must stop; what must finish says so with context.WithoutCancel",
			[]string{"internal/act/*", "internal/protocol/*", "internal/web/*"}, nil,
			"func f() { context.Background() }", func(s *source) []ast.Node {
				return slices.Concat(s.uses("context", "Background"), s.uses("context", "TODO"))
			}},
		{"the default HTTP client or mux", "one has no time limit, the other is everybody's", nil, nil,
			"func f() { http.Get(``) }", func(s *source) []ast.Node {
				return slices.Concat(s.uses("http", "DefaultClient"), s.uses("http", "DefaultServeMux"), s.calls("http", "Get"), s.calls("http", "Post"),
					s.calls("http", "PostForm"), s.calls("http", "HandleFunc"), s.calls("http", "Handle"), s.calls("http", "ListenAndServe"))
			}},
		{"a server in a connector", "a connector asks; whoever answers is a program of its own", []string{"internal/connector/*"}, nil,
			"var s = http.Server{}", func(s *source) []ast.Node {
				return slices.Concat(s.uses("http", "Server"), s.uses("http", "ListenAndServe"), s.uses("http", "Serve"), s.uses("http", "HandlerFunc"), s.uses("net", "Listen"))
			}},
		{"a certificate that is not checked", "there is no reason", nil, nil,
			"var c = tls.Config{InsecureSkipVerify: true}", insecure},
		{"a string that is declared to be safe HTML, script or address", "the template's escaping is the only one", nil, []string{"internal/web/shell"},
			"func f(s string) any { return template.HTML(s) }", func(s *source) []ast.Node {
				var n []ast.Node
				for _, kind := range []string{"HTML", "JS", "URL", "CSS", "HTMLAttr", "JSStr", "Srcset"} {
					n = append(n, s.uses("template", kind)...)
				}
				return n
			}},
		{"print to the standard streams outside cmd", "a server's words go to the log or to the caller", nil, []string{"cmd/netid", "cmd/netid-load", "cmd/netid-cluster"},
			"func f() { fmt.Println(1) }", func(s *source) []ast.Node {
				return slices.Concat(s.calls("fmt", "Println"), s.calls("fmt", "Printf"), s.calls("fmt", "Print"), s.calls("", "println"), s.calls("", "print"),
					s.uses("os", "Stdout"), s.uses("os", "Stderr"))
			}},
		{"the environment read outside cmd", "configuration is one struct, checked before anything opens", nil, []string{"cmd/netid", "internal/suite/keyring"},
			"func f() { os.Getenv(``) }", func(s *source) []ast.Node { return slices.Concat(s.uses("os", "Getenv"), s.uses("os", "LookupEnv")) }},
		{"an unfinished thought", "what is not done is an issue, not a comment", nil, nil,
			"// " + "TODO: later\nfunc f() {}", unfinished},
		{"a dot import", "a name says where it comes from", nil, nil,
			"import . `fmt`", dotImports},
	}
}

// permits name the few places that do one of the nevers for a reason of
// their own: a function, or a variable, of a room.
func permits() map[string]string {
	return map[string]string{
		"internal/store/storetest Rounds":           "a suite of tests: a campaign says how long it is",
		"internal/store/storetest rig.lines":        "a test that goes through every table of the schema, by the schema's own names",
		"internal/store/storetest rig.put":          "as above",
		"internal/store/postgres Database.makePart": "tables of days are made by name and bounds: DDL takes no parameters",
		"internal/store/postgres Database.DropDays": "as above",
		"internal/store/postgres checked":           "it reads the setting in order to refuse it",
		"internal/web/shell Shell.Assets":           "start-up: an embedded file is broken",
		"internal/web/shell Shell.Pages":            "start-up: an embedded template is broken",
		"internal/web/shell mustCatalogue":          "start-up: the embedded sentences are broken",
		"internal/web/shell New":                    "start-up: the issuer is no origin",
		"internal/web/shell Shell.recover":          "net/http's own way to drop a connection is passed on",
	}
}

func TestNevers(t *testing.T) {
	used := map[string]bool{}
	for _, p := range packages(t) {
		if matches("test/*", p.path()) {
			continue
		}
		s := load(t, p)
		for _, n := range nevers() {
			if n.where != nil && !matchesAny(n.where, p.path()) || matchesAny(n.but, p.path()) {
				continue
			}
			for _, at := range n.check(s) {
				place := p.path() + " " + s.place(at)
				if used[place] = true; permits()[place] == "" {
					t.Errorf("%s (%s): %s: %s", s.files.Position(at.Pos()), place, n.name, n.reason)
				}
			}
		}
	}
	for place := range permits() {
		if !used[place] {
			t.Errorf("%s needs its permit no more: strike it out", place)
		}
	}
}

func TestEveryNeverCanBeBroken(t *testing.T) {
	for _, n := range nevers() {
		s := &source{files: token.NewFileSet()}
		s.add(t, "bad.go", "package bad\n"+n.bad+"\n")
		if len(n.check(s)) == 0 {
			t.Errorf("%s: the check does not catch its own example", n.name)
		}
		clean := &source{files: token.NewFileSet()}
		clean.add(t, "good.go", good)
		if at := n.check(clean); len(at) > 0 {
			t.Errorf("%s: the check catches a clean file at %s", n.name, clean.files.Position(at[0].Pos()))
		}
	}
}

const good = `package good
import "errors"
var errGone = errors.New("gone")
var names = []string{"a", "b"}
func f(n int) (string, error) {
	names := append([]string(nil), names...)
	names[0] = "c"
	if n > len(names) { return "", errGone }
	const q = "SELECT id FROM ledger_entry WHERE id = ?"
	return q + " LIMIT 1", nil
}`

// Files stay of a size that one person reads in one go.
func TestSizes(t *testing.T) {
	const most = 400
	for _, p := range packages(t) {
		for _, f := range p.GoFiles {
			b, err := os.ReadFile(filepath.Join(p.Dir, f))
			if err != nil {
				t.Fatal(err)
			}
			if n := strings.Count(string(b), "\n"); n > most {
				t.Errorf("%s/%s has %d lines: split it by flow", p.path(), f, n)
			}
		}
	}
}
