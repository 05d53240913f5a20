package store_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"testing"

	"netid/internal/store/storetest"
)

// A verb or a note that is added has its guard raced for, or says why not.
func TestEveryGuardIsRacedFor(t *testing.T) {
	files, err := filepath.Glob("../identity/*.go")
	if err != nil {
		t.Fatal(err)
	}
	all, found := storetest.Contested(), map[string]bool{}
	for _, name := range files {
		p, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(p, func(n ast.Node) bool {
			f, is := n.(*ast.FuncDecl)
			if !is || f.Recv == nil || f.Name.Name != "verb" && f.Name.Name != "note" {
				return true
			}
			name := f.Recv.List[0].Type.(*ast.Ident).Name
			found[name] = true
			if _, known := all[name]; !known {
				t.Errorf("identity.%s: storetest/contested.go neither races for it nor says why not", name)
			}
			return true
		})
	}
	for name := range all {
		if !found[name] {
			t.Errorf("there is no identity.%s", name)
		}
	}
}
