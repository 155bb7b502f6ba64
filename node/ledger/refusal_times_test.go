package ledger

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strings"
	"testing"
)

// A refusal is read by people: what it says of time is an instant or a span, never
// a number of milliseconds.
func TestRefusalsSpellTimes(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	looked := 0
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		set := token.NewFileSet()
		f, err := parser.ParseFile(set, name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(f, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			if !isRefusal(call.Fun) || len(call.Args) < 4 {
				return true
			}
			looked++
			for _, arg := range call.Args[4:] {
				if ms := milliseconds(arg); ms != "" {
					t.Errorf("%s: %s is shown as a number", set.Position(arg.Pos()), ms)
				}
			}
			return true
		})
	}
	if looked < 100 {
		t.Errorf("only %d refusals were looked at", looked)
	}
}

// isRefusal tells whether a function is refusal.New.
func isRefusal(fn ast.Expr) bool {
	x, ok := fn.(*ast.SelectorExpr)
	if !ok {
		return false
	}
	pkg, ok := x.X.(*ast.Ident)
	return ok && pkg.Name == "refusal" && x.Sel.Name == "New"
}

// milliseconds is the name of a value in milliseconds, or "".
func milliseconds(e ast.Expr) string {
	name := ""
	switch e := e.(type) {
	case *ast.Ident:
		name = e.Name
	case *ast.SelectorExpr:
		name = e.Sel.Name
	}
	if strings.HasSuffix(name, "Ms") {
		return name
	}
	return ""
}
