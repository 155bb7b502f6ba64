package reputation

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// mayImport is everything the product code of this package may lean on.
var mayImport = []string{
	"bytes", "cmp", "encoding/binary", "fmt", "math", "math/bits", "slices",
	"github.com/econd/econd/node/member", "github.com/econd/econd/node/muldiv", // leaves, see node/archtest
}

// The package has no clock, no input or output, no float and no global that
// changes; it starts goroutines in parallel.go alone.
func TestPurity(t *testing.T) {
	entries, err := os.ReadDir(".")
	require.NoError(t, err)
	files := 0
	for _, e := range entries {
		name := e.Name()
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			continue
		}
		files++
		fset := token.NewFileSet()
		f, err := parser.ParseFile(fset, name, nil, parser.SkipObjectResolution)
		require.NoError(t, err)
		for _, i := range f.Imports {
			path, err := strconv.Unquote(i.Path.Value)
			require.NoError(t, err)
			if name != "parallel.go" {
				require.Contains(t, mayImport, path, "%s imports it", name)
			}
		}
		ast.Inspect(f, func(n ast.Node) bool {
			where := fset.Position(token.NoPos)
			if n != nil {
				where = fset.Position(n.Pos())
			}
			switch n := n.(type) {
			case *ast.GoStmt:
				require.Equal(t, "parallel.go", name, "goroutine at %s", where)
			case *ast.Ident:
				require.NotContains(t, []string{"float32", "float64", "complex64", "complex128"}, n.Name, "at %s", where)
			case *ast.BasicLit:
				require.NotContains(t, []token.Token{token.FLOAT, token.IMAG}, n.Kind, "at %s", where)
			}
			return true
		})
	}
	require.Greater(t, files, 5, "the test looks at the package")
}
