package netid_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// never is something that no file of the program does, why, and an example
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
		{"a package-level variable of a kind that exists to change", "as above", nil, []string{"test/*"},
			"var mu sync.Mutex", changingVariables},
		{"panic outside start-up", "a panic is a refusal that no door can word", nil, []string{"cmd/netid"},
			"func f() { panic(1) }", func(s *source) []ast.Node { return s.calls("", "panic") }},
		{"os.Exit or a fatal log outside cmd", "the store must be closed first", nil, []string{"cmd/netid"},
			"func f() { os.Exit(1) }", func(s *source) []ast.Node { return s.calls("os", "Exit") }},
		{"SQL that is put together from strings", "a value that travels inside a statement is a statement", nil, nil,
			"func f(t string) string { return fmt.Sprintf(`SELECT 1 FROM %s`, t) }", builtSQL},
		{"the law inverted outside its tests", "a rule that a running program can turn round is no rule", nil, []string{"internal/law"},
			"func f() { law.Invert(1) }", func(s *source) []ast.Node { return s.uses("", "Invert") }},
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
		{"print to the standard streams outside cmd", "a server's words go to the log or to the caller", nil, []string{"cmd/netid"},
			"func f() { fmt.Println(1) }", func(s *source) []ast.Node {
				return slices.Concat(s.calls("fmt", "Println"), s.calls("fmt", "Printf"), s.calls("fmt", "Print"), s.calls("", "println"), s.calls("", "print"),
					s.uses("os", "Stdout"), s.uses("os", "Stderr"))
			}},
		{"the environment read outside cmd", "configuration is one struct, checked before anything opens", nil, []string{"cmd/netid", "internal/suite/keyring", "test/sandbox"},
			"func f() { os.Getenv(``) }", func(s *source) []ast.Node { return slices.Concat(s.uses("os", "Getenv"), s.uses("os", "LookupEnv")) }},
		{"an unfinished thought", "what is not done is an issue, not a comment", nil, nil,
			"// " + "TODO: later\nfunc f() {}", unfinished},
		{"a dot import", "a name says where it comes from", nil, nil,
			"import . `fmt`", dotImports},
	}
}

func TestNevers(t *testing.T) {
	for _, p := range packages(t) {
		s := load(t, p)
		for _, n := range nevers() {
			if n.where != nil && !matchesAny(n.where, p.path()) || matchesAny(n.but, p.path()) {
				continue
			}
			for _, at := range n.check(s) {
				t.Errorf("%s: %s: %s", s.files.Position(at.Pos()), n.name, n.reason)
			}
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

// source is a package's files without its tests.
type source struct {
	files *token.FileSet
	trees []*ast.File
}

func load(t *testing.T, p listed) *source {
	t.Helper()
	s := &source{files: token.NewFileSet()}
	for _, f := range p.GoFiles {
		b, err := os.ReadFile(filepath.Join(p.Dir, f))
		if err != nil {
			t.Fatal(err)
		}
		s.add(t, p.path()+"/"+f, string(b))
	}
	return s
}

func (s *source) add(t *testing.T, name, text string) {
	t.Helper()
	f, err := parser.ParseFile(s.files, name, text, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	s.trees = append(s.trees, f)
}

func (s *source) each(visit func(ast.Node) bool) (found []ast.Node) {
	for _, f := range s.trees {
		ast.Inspect(f, func(n ast.Node) bool {
			if n != nil && visit(n) {
				found = append(found, n)
			}
			return true
		})
	}
	return found
}

// uses finds pkg.name; with no pkg, any selector of that name.
func (s *source) uses(pkg, name string) []ast.Node {
	return s.each(func(n ast.Node) bool { return selects(n, pkg, name) })
}

// calls finds pkg.name(…), or the builtin name(…) with no pkg.
func (s *source) calls(pkg, name string) []ast.Node {
	return s.each(func(n ast.Node) bool {
		c, ok := n.(*ast.CallExpr)
		if !ok {
			return false
		}
		if id, ok := c.Fun.(*ast.Ident); ok {
			return pkg == "" && id.Name == name && id.Obj == nil
		}
		return pkg != "" && selects(c.Fun, pkg, name)
	})
}

func selects(n ast.Node, pkg, name string) bool {
	sel, ok := n.(*ast.SelectorExpr)
	if !ok || sel.Sel.Name != name {
		return false
	}
	id, ok := sel.X.(*ast.Ident)
	return pkg == "" || ok && id.Name == pkg && id.Obj == nil
}

func initFunctions(s *source) []ast.Node {
	return s.each(func(n ast.Node) bool {
		f, ok := n.(*ast.FuncDecl)
		return ok && f.Recv == nil && f.Name.Name == "init"
	})
}

// variables are the package-level ones, by name.
func (s *source) variables() map[string]*ast.ValueSpec {
	found := map[string]*ast.ValueSpec{}
	for _, f := range s.trees {
		for _, d := range f.Decls {
			g, ok := d.(*ast.GenDecl)
			if !ok || g.Tok != token.VAR {
				continue
			}
			for _, spec := range g.Specs {
				for _, name := range spec.(*ast.ValueSpec).Names {
					found[name.Name] = spec.(*ast.ValueSpec)
				}
			}
		}
	}
	return found
}

func writtenVariables(s *source) []ast.Node {
	vars := s.variables()
	written := func(e ast.Expr) bool {
		for {
			switch x := e.(type) {
			case *ast.IndexExpr:
				e = x.X
			case *ast.SelectorExpr:
				e = x.X
			case *ast.StarExpr:
				e = x.X
			case *ast.ParenExpr:
				e = x.X
			case *ast.Ident:
				spec := vars[x.Name]
				return spec != nil && (x.Obj == nil || x.Obj.Decl == any(spec)) // else a local of the same name
			default:
				return false
			}
		}
	}
	return s.each(func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			return n.Tok != token.DEFINE && slices.ContainsFunc(n.Lhs, written)
		case *ast.IncDecStmt:
			return written(n.X)
		case *ast.UnaryExpr:
			return n.Op == token.AND && written(n.X)
		case *ast.CallExpr:
			id, ok := n.Fun.(*ast.Ident)
			return ok && (id.Name == "delete" || id.Name == "clear") && id.Obj == nil && written(n.Args[0])
		}
		return false
	})
}

// changingVariables: without a value, or a lock, an atomic, a channel, a pool.
func changingVariables(s *source) (found []ast.Node) {
	for name, spec := range s.variables() {
		if name == "_" || len(spec.Values) > 0 && !changing(spec.Values) || s.embedded(spec) {
			continue
		}
		found = append(found, spec)
	}
	return found
}

func changing(values []ast.Expr) bool {
	return slices.ContainsFunc(values, func(e ast.Expr) bool {
		text := fmt.Sprint(kind(e))
		return text == "chan" || strings.HasPrefix(text, "sync.") || strings.HasPrefix(text, "atomic.")
	})
}

// kind names the type of a literal or make, roughly.
func kind(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.UnaryExpr:
		return kind(e.X)
	case *ast.CompositeLit:
		return kind(e.Type)
	case *ast.SelectorExpr:
		if id, ok := e.X.(*ast.Ident); ok {
			return id.Name + "." + e.Sel.Name
		}
	case *ast.ChanType:
		return "chan"
	case *ast.CallExpr:
		if id, ok := e.Fun.(*ast.Ident); ok && (id.Name == "make" || id.Name == "new") && len(e.Args) > 0 {
			return kind(e.Args[0])
		}
		return kind(e.Fun)
	}
	return ""
}

func (s *source) embedded(spec *ast.ValueSpec) bool {
	for _, f := range s.trees {
		for _, d := range f.Decls {
			g, ok := d.(*ast.GenDecl)
			if !ok || !slices.Contains(g.Specs, ast.Spec(spec)) {
				continue
			}
			for _, doc := range []*ast.CommentGroup{g.Doc, spec.Doc} {
				if doc != nil && slices.ContainsFunc(doc.List, func(c *ast.Comment) bool { return strings.HasPrefix(c.Text, "//go:embed ") }) {
					return true
				}
			}
		}
	}
	return false
}

var statement = regexp.MustCompile(`(?is)^["` + "`" + `]\s*(select\s|insert\s+(or\s+\w+\s+)?into\s|update\s+\w+\s+set\s|delete\s+from\s|create\s+(table|index|unique|trigger|view)|alter\s+table|drop\s+table|replace\s+into\s|with\s+\w+\s+as\s*\()`)

// builtSQL: a statement as a format, or joined to something that is not a literal or a constant.
func builtSQL(s *source) []ast.Node {
	constants := map[string]bool{}
	s.each(func(n ast.Node) bool {
		g, ok := n.(*ast.GenDecl)
		if ok && g.Tok == token.CONST {
			for _, spec := range g.Specs {
				for _, id := range spec.(*ast.ValueSpec).Names {
					constants[id.Name] = true
				}
			}
		}
		return false
	})
	var fixed func(e ast.Expr) bool
	fixed = func(e ast.Expr) bool {
		switch e := e.(type) {
		case *ast.BasicLit:
			return true
		case *ast.Ident:
			return constants[e.Name]
		case *ast.ParenExpr:
			return fixed(e.X)
		case *ast.BinaryExpr:
			return fixed(e.X) && fixed(e.Y)
		}
		return false
	}
	sql := func(e ast.Expr) bool {
		for b, ok := e.(*ast.BinaryExpr); ok; b, ok = e.(*ast.BinaryExpr) {
			e = b.X
		}
		l, ok := e.(*ast.BasicLit)
		return ok && l.Kind == token.STRING && statement.MatchString(l.Value)
	}
	return s.each(func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.BinaryExpr:
			return n.Op == token.ADD && sql(n) && !fixed(n)
		case *ast.CallExpr:
			f, ok := n.Fun.(*ast.SelectorExpr)
			return ok && strings.HasSuffix(f.Sel.Name, "printf") && slices.ContainsFunc(n.Args, sql)
		}
		return false
	})
}

func insecure(s *source) []ast.Node {
	return s.each(func(n ast.Node) bool {
		id, ok := n.(*ast.Ident)
		return ok && id.Name == "InsecureSkipVerify"
	})
}

func unfinished(s *source) (found []ast.Node) {
	mark := regexp.MustCompile(`\b(TO` + `DO|FIX` + `ME|XX` + `X|HA` + `CK)\b`)
	for _, f := range s.trees {
		for _, g := range f.Comments {
			if mark.MatchString(g.Text()) {
				found = append(found, g)
			}
		}
	}
	return found
}

func dotImports(s *source) []ast.Node {
	return s.each(func(n ast.Node) bool {
		i, ok := n.(*ast.ImportSpec)
		return ok && i.Name != nil && i.Name.Name == "."
	})
}
