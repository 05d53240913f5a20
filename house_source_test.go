package netid_test

import (
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

// place names the declaration that a node stands in: F, T.M or a variable.
func (s *source) place(at ast.Node) string {
	for _, f := range s.trees {
		for _, d := range f.Decls {
			if at.Pos() < d.Pos() || at.Pos() >= d.End() {
				continue
			}
			if fn, ok := d.(*ast.FuncDecl); ok {
				return receiver(fn) + fn.Name.Name
			}
		}
	}
	if v, ok := at.(*ast.ValueSpec); ok {
		return v.Names[0].Name
	}
	return ""
}

func receiver(fn *ast.FuncDecl) string {
	if fn.Recv == nil {
		return ""
	}
	t := fn.Recv.List[0].Type
	if star, ok := t.(*ast.StarExpr); ok {
		t = star.X
	}
	if id, ok := t.(*ast.Ident); ok {
		return id.Name + "."
	}
	return "?."
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
					if name.Name != "_" {
						found[name.Name] = spec.(*ast.ValueSpec)
					}
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
	for _, spec := range s.variables() {
		if len(spec.Values) > 0 && !changing(spec.Values) || s.embedded(spec) {
			continue
		}
		found = append(found, spec)
	}
	return found
}

func changing(values []ast.Expr) bool {
	return slices.ContainsFunc(values, func(e ast.Expr) bool {
		text := kind(e)
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
