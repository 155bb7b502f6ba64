package archtest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/go/packages"
)

type listed struct {
	ImportPath string
	Imports    []string
	Deps       []string
}

func list(t *testing.T) []listed {
	t.Helper()
	cmd := exec.Command("go", "list", "-json=ImportPath,Imports,Deps", module+"/...")
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var all []listed
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var p listed
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
}

// matches tells whether an import path fits a pattern of the rules.
func matches(path, pattern string) bool {
	path = strings.TrimPrefix(path, module+"/")
	base, below := strings.CutSuffix(pattern, "/...")
	return path == base || below && strings.HasPrefix(path, base+"/")
}

func isLeaf(path string) bool {
	return slices.ContainsFunc(leaves, func(leaf string) bool { return matches(path, leaf) })
}

// checkImports returns the violations of one rule, and an error if the rule
// matches no package.
func checkImports(r importRule, all []listed) (violations []string, err error) {
	for _, want := range r.packages {
		i := slices.IndexFunc(all, func(p listed) bool { return p.ImportPath == module+"/"+want })
		if i < 0 {
			return nil, fmt.Errorf("rule %q matches no package %q", r.why, want)
		}
		imports := all[i].Imports
		if r.deep {
			imports = all[i].Deps
		}
		for _, path := range imports {
			for _, never := range r.never {
				if matches(path, never) && !(strings.HasSuffix(never, "/...") && isLeaf(path)) {
					violations = append(violations, fmt.Sprintf("%s imports %s: %s", want, path, r.why))
				}
			}
		}
	}
	return violations, nil
}

func TestImports(t *testing.T) {
	all := list(t)
	for _, r := range importRules {
		violations, err := checkImports(r, all)
		if err != nil {
			t.Error(err)
		}
		for _, v := range violations {
			t.Error(v)
		}
	}
}

// checkPure returns what a package's syntax does that a pure package may not.
func checkPure(p *packages.Package) []string {
	var found []string
	for _, file := range p.Syntax {
		pos := p.Fset.Position(file.Pos())
		ast.Inspect(file, func(n ast.Node) bool {
			if what := impure(n, p.TypesInfo, pos.Filename); what != "" {
				found = append(found, fmt.Sprintf("%s: %s", p.Fset.Position(n.Pos()), what))
			}
			return true
		})
	}
	return found
}

func impure(n ast.Node, info *types.Info, file string) string {
	switch n := n.(type) {
	case *ast.RangeStmt:
		if _, ok := info.TypeOf(n.X).Underlying().(*types.Map); ok {
			return "ranges over a map"
		}
	case *ast.GoStmt:
		for _, allowed := range forkJoin {
			if strings.HasSuffix(filepath.ToSlash(file), allowed) {
				return ""
			}
		}
		return "starts a goroutine"
	case *ast.SelectorExpr:
		return impureCall(info.Uses[n.Sel])
	case *ast.Field:
		return float(info.TypeOf(n.Type))
	case *ast.ValueSpec:
		for _, name := range n.Names {
			if obj := info.Defs[name]; obj != nil {
				if what := float(obj.Type()); what != "" {
					return what
				}
			}
		}
	case *ast.AssignStmt:
		for _, x := range n.Lhs {
			if id, ok := x.(*ast.Ident); ok && n.Tok == token.DEFINE && info.Defs[id] != nil {
				return float(info.Defs[id].Type())
			}
		}
	}
	return ""
}

func impureCall(obj types.Object) string {
	f, ok := obj.(*types.Func)
	if !ok || f.Pkg() == nil {
		return ""
	}
	name := f.Pkg().Path() + "." + f.Name()
	switch {
	case slices.Contains([]string{"time.Now", "time.Since", "time.Until", "time.Sleep", "time.After", "time.NewTimer", "time.NewTicker"}, name):
		return "calls " + name
	case f.Pkg().Path() == "maps" && (f.Name() == "Keys" || f.Name() == "Values" || f.Name() == "All"):
		return "iterates over a map by " + name
	case strings.HasPrefix(f.Pkg().Path(), "math/rand"), strings.HasPrefix(f.Pkg().Path(), "crypto/rand"):
		return "draws randomness by " + name
	}
	return ""
}

func float(t types.Type) string {
	if b, ok := t.Underlying().(*types.Basic); ok && b.Info()&types.IsFloat != 0 && b.Kind() != types.UntypedFloat {
		return "uses a float"
	}
	return ""
}

func load(t *testing.T, dir string, overlay map[string][]byte, patterns ...string) []*packages.Package {
	t.Helper()
	pkgs, err := packages.Load(&packages.Config{Dir: dir, Overlay: overlay,
		Mode: packages.NeedName | packages.NeedFiles | packages.NeedSyntax | packages.NeedTypes | packages.NeedTypesInfo | packages.NeedImports | packages.NeedDeps}, patterns...)
	if err != nil {
		t.Fatal(err)
	}
	return pkgs
}

func TestPurePackages(t *testing.T) {
	patterns := make([]string, len(purePackages))
	for i, p := range purePackages {
		patterns[i] = module + "/" + p
	}
	pkgs := load(t, ".", nil, patterns...)
	for i, p := range pkgs {
		if len(p.Errors) > 0 || len(p.Syntax) == 0 {
			t.Fatalf("%s: %v", p.PkgPath, p.Errors)
		}
		if !slices.Contains(patterns, p.PkgPath) {
			t.Errorf("rule %d matches no package", i)
		}
		for _, v := range checkPure(p) {
			t.Error(v)
		}
	}
	if len(pkgs) != len(patterns) {
		t.Errorf("%d pure packages named, %d found", len(patterns), len(pkgs))
	}
}

// The test itself is held to account: planted violations are found, each of
// its kind.
func TestPlantedViolationsAreFound(t *testing.T) {
	const planted = `package stake

import (
	"maps"
	"math/rand"
	"time"
)

var share float64

func planted(m map[int]int) int {
	for k := range m {
		return k
	}
	for k := range maps.Keys(m) {
		return k
	}
	go planted(m)
	half := float32(1) / 2
	_ = half
	return int(time.Now().Unix()) + rand.Int()
}
`
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "..", "..", "stake", "planted.go")
	pkgs := load(t, ".", map[string][]byte{file: []byte(planted)}, module+"/stake")
	found := strings.Join(checkPure(pkgs[0]), "\n")
	for _, want := range []string{"ranges over a map", "iterates over a map by maps.Keys", "starts a goroutine",
		"uses a float", "calls time.Now", "draws randomness by math/rand.Int"} {
		if !strings.Contains(found, want) {
			t.Errorf("planted violation not found: %s\n%s", want, found)
		}
	}
	if n := strings.Count(found, "uses a float"); n != 2 {
		t.Errorf("%d of 2 planted floats found:\n%s", n, found)
	}

	bad := listed{ImportPath: module + "/stake", Imports: []string{"time", module + "/voting"}}
	rule := importRule{packages: []string{"stake"}, never: []string{"time", "voting"}, why: "planted"}
	if got, err := checkImports(rule, []listed{bad}); err != nil || len(got) != 2 {
		t.Errorf("planted imports: %v %v", got, err)
	}
	rule.never = []string{"node/..."}
	for path, want := range map[string]int{"node/muldiv": 0, "node/muldiv/below": 1, "node/op": 1} {
		bad.Imports = []string{module + "/" + path}
		if got, err := checkImports(rule, []listed{bad}); err != nil || len(got) != want {
			t.Errorf("planted import of %s: %v %v", path, got, err)
		}
	}
	rule.packages = []string{"nowhere"}
	if _, err := checkImports(rule, []listed{bad}); err == nil {
		t.Error("a rule that matches no package passes")
	}
}
