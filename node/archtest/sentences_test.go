package archtest

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strings"
	"testing"
)

// sentencePackages make sentences that an execution may record, and that everybody
// recomputes to the letter: which letters are printable must not depend on the Unicode
// tables of the Go that a program was built with.
var sentencePackages = []string{"node/op", "node/member", "node/refusal", "node/constitution", "node/ledger", "voting", "reputation", "stake", "node/template", "node/trigger"}

// tableQuotes finds quoting that looks letters up in Unicode tables.
func tableQuotes(fset *token.FileSet, file *ast.File) (found []string) {
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.BasicLit:
			if n.Kind == token.STRING && strings.Contains(n.Value, "%q") {
				found = append(found, fset.Position(n.Pos()).String()+`: "%q", must be "%+q"`)
			}
		case *ast.SelectorExpr:
			if x, ok := n.X.(*ast.Ident); ok && x.Name == "strconv" && (n.Sel.Name == "Quote" || n.Sel.Name == "IsPrint") {
				found = append(found, fset.Position(n.Pos()).String()+": strconv."+n.Sel.Name+", must be QuoteToASCII")
			}
		}
		return true
	})
	return found
}

func TestSentencesQuoteInASCII(t *testing.T) {
	for _, p := range sentencePackages {
		files, err := filepath.Glob(filepath.Join("..", "..", p, "*.go"))
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: no files: %v", p, err)
		}
		for _, name := range files {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			fset := token.NewFileSet()
			file, err := parser.ParseFile(fset, name, nil, 0)
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range tableQuotes(fset, file) {
				t.Error(f)
			}
		}
	}
}

func TestPlantedQuotesAreFound(t *testing.T) {
	const planted = "package p\nvar a, b, c = f(`%q`), f(\"%+q\"), strconv.Quote(\"x\")"
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, "planted.go", planted, 0)
	if err != nil {
		t.Fatal(err)
	}
	if found := tableQuotes(fset, file); len(found) != 2 {
		t.Errorf("found %v", found)
	}
}
