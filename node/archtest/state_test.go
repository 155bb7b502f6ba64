package archtest

import (
	"go/ast"
	"go/token"
	"go/types"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/go/packages"
)

// The state of the ledger is made of sub-states, each declared with what it is made of in
// a file state_SUBJECT.go, or in further ones, state_SUBJECT_*.go. A field of a struct of such a file is written only by methods
// of the structs of the same file: a reader sees from a function's receiver what it may
// change. Who reads takes pointers to such structs, and to nothing else in them.

// changers are the methods that change a value of a type of another package, which a
// state is made of.
var changers = []string{"Add", "DecideEarly", "Extend", "ExtendLate", "Pop", "Push", "Put", "Record", "Remove", "Set", "Start", "Withdraw"}

// constitutionType is of what is behind a pointer in the state and never changes.
const constitutionType = module + "/node/constitution.Constitution"

// stateRule is what the rule knows of a package.
type stateRule struct {
	p      *packages.Package
	fileOf map[*types.TypeName]string // of the structs of the state
	owner  map[*types.Var]*types.TypeName
}

// stateFile is the file of the state that something stands in, the first of its subject,
// or "".
func stateFile(p *packages.Package, pos token.Pos) string {
	name := filepath.Base(p.Fset.Position(pos).Filename)
	if subject, ok := strings.CutPrefix(name, "state_"); ok {
		subject, _, _ = strings.Cut(strings.TrimSuffix(subject, ".go"), "_")
		return "state_" + subject + ".go"
	}
	if name == "state.go" {
		return name
	}
	return ""
}

func newStateRule(p *packages.Package) *stateRule {
	r := &stateRule{p, map[*types.TypeName]string{}, map[*types.Var]*types.TypeName{}}
	for _, name := range p.Types.Scope().Names() {
		obj, ok := p.Types.Scope().Lookup(name).(*types.TypeName)
		if !ok {
			continue
		}
		s, ok := obj.Type().Underlying().(*types.Struct)
		file := stateFile(p, obj.Pos())
		if !ok || file == "" {
			continue
		}
		r.fileOf[obj] = file
		for i := range s.NumFields() {
			r.owner[s.Field(i)] = obj
		}
	}
	return r
}

// structOf is the file of a struct of the state, if the type is one or points to one.
func (r *stateRule) structOf(t types.Type) (file string) {
	if ptr, ok := t.(*types.Pointer); ok {
		t = ptr.Elem()
	}
	if named, ok := t.(*types.Named); ok {
		return r.fileOf[named.Obj()]
	}
	return ""
}

// written is the field of the state that is changed where an expression is, or nil: not
// where the expression is a part of a variable of the function, a copy.
func (r *stateRule) written(x ast.Expr) (field *types.Var) {
	for copied := true; ; {
		switch e := x.(type) {
		case *ast.ParenExpr:
			x = e.X
		case *ast.StarExpr:
			x, copied = e.X, false
		case *ast.IndexExpr:
			x, copied = e.X, false
		case *ast.SliceExpr:
			x, copied = e.X, false
		case *ast.SelectorExpr:
			v, ok := r.p.TypesInfo.Uses[e.Sel].(*types.Var)
			if ok && field == nil && r.owner[v] != nil {
				field = v
			}
			if ptr, ok := r.p.TypesInfo.TypeOf(e.X).(*types.Pointer); ok {
				copied = false
				if field == nil && ptr.Elem().String() == constitutionType {
					return nil // it never changes
				}
			}
			x = e.X
		case *ast.Ident:
			if copied && field != nil {
				return nil
			}
			return field
		default:
			return field
		}
	}
}

// check lists what breaks the rule, as "function: field", in order of the files.
func (r *stateRule) check() (found []string) {
	for _, file := range r.p.Syntax {
		for _, d := range file.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok || f.Body == nil {
				continue
			}
			own := ""
			if f.Recv != nil {
				own = r.structOf(r.p.TypesInfo.TypeOf(f.Recv.List[0].Type))
			}
			if own == "state.go" {
				own = "" // State itself writes nothing
			}
			ast.Inspect(f.Body, func(n ast.Node) bool {
				for _, x := range r.changes(n) {
					if what := r.breach(x, own); what != "" {
						found = append(found, f.Name.Name+": "+what)
					}
				}
				return true
			})
		}
	}
	return found
}

// breach says what an expression changes that a method of the structs of a file may not.
func (r *stateRule) breach(x ast.Expr, own string) string {
	if star, ok := x.(*ast.StarExpr); ok {
		if file := r.structOf(r.p.TypesInfo.TypeOf(star.X)); file != "" && file != own {
			return types.ExprString(x)
		}
	}
	if field := r.written(x); field != nil && r.fileOf[r.owner[field]] != own {
		return r.owner[field].Name() + "." + field.Name()
	}
	return ""
}

// changes are the expressions that a node changes, or lets others change.
func (r *stateRule) changes(n ast.Node) []ast.Expr {
	switch n := n.(type) {
	case *ast.AssignStmt:
		if n.Tok != token.DEFINE {
			return n.Lhs
		}
	case *ast.RangeStmt:
		if n.Tok == token.ASSIGN {
			return []ast.Expr{n.Key, n.Value}
		}
	case *ast.IncDecStmt:
		return []ast.Expr{n.X}
	case *ast.UnaryExpr:
		if n.Op == token.AND && r.structOf(r.p.TypesInfo.TypeOf(n.X)) == "" {
			return []ast.Expr{n.X}
		}
	case *ast.CallExpr:
		return r.changedByCall(n)
	}
	return nil
}

func (r *stateRule) changedByCall(n *ast.CallExpr) []ast.Expr {
	switch f := n.Fun.(type) {
	case *ast.Ident:
		if slices.Contains([]string{"delete", "clear", "copy"}, f.Name) {
			return n.Args[:1]
		}
	case *ast.SelectorExpr:
		sel := r.p.TypesInfo.Selections[f]
		if sel == nil || sel.Kind() != types.MethodVal {
			if fn, ok := r.p.TypesInfo.Uses[f.Sel].(*types.Func); ok && fn.Pkg().Path() == "slices" &&
				(strings.HasPrefix(fn.Name(), "Sort") || fn.Name() == "Reverse") {
				return n.Args[:1]
			}
			return nil
		}
		if foreign := sel.Obj().Pkg() != r.p.Types; foreign && slices.Contains(changers, f.Sel.Name) {
			return []ast.Expr{f.X}
		}
	}
	return nil
}

// stateValues are the structs of the ledger beside the files of the state that a state has
// parts of: nobody has a pointer to such a part and writes there.
var stateValues = []string{"AddRule", "BudgetTerms", "Effect", "actionRef", "occurrence", "payment", "prepared", "representation", "signed"}

// elsewhere lists the structs of the package that a state is made of and that are neither
// declared in a file of the state nor values, and the values that are none.
func (r *stateRule) elsewhere() (found []string) {
	seen := map[types.Type]bool{}
	var walk func(t types.Type)
	walk = func(t types.Type) {
		if seen[t] {
			return
		}
		seen[t] = true
		switch t := t.(type) {
		case *types.Named:
			obj := t.Obj()
			if obj.Pkg() != r.p.Types {
				return
			}
			if _, ok := t.Underlying().(*types.Struct); ok && r.fileOf[obj] == "" && !slices.Contains(stateValues, obj.Name()) {
				found = append(found, obj.Name())
			}
			walk(t.Underlying())
		case interface{ Elem() types.Type }: // pointer, slice, array, map
			if m, ok := t.(*types.Map); ok {
				walk(m.Key())
			}
			walk(t.Elem())
		case *types.Struct:
			for i := range t.NumFields() {
				walk(t.Field(i).Type())
			}
		}
	}
	walk(r.p.Types.Scope().Lookup("State").Type())
	for _, name := range stateValues {
		if obj := r.p.Types.Scope().Lookup(name); obj == nil || !seen[obj.Type()] {
			found = append(found, name+", a value that is none")
		}
	}
	slices.Sort(found)
	return found
}

func TestStateIsWrittenByItsOwn(t *testing.T) {
	p := load(t, ".", nil, module+"/node/ledger")[0]
	r := newStateRule(p)
	if len(p.Errors) > 0 || len(r.fileOf) < 60 {
		t.Fatalf("%v, %d structs of the state", p.Errors, len(r.fileOf))
	}
	for _, what := range r.check() {
		t.Errorf("%s: is written where neither it nor a struct of its file is the receiver", what)
	}
	for _, name := range r.elsewhere() {
		t.Errorf("%s: a part of the state that stands in no file state_*.go", name)
	}
	s := p.Types.Scope().Lookup("State").Type().Underlying().(*types.Struct)
	for i := range s.NumFields() {
		if f := s.Field(i); r.structOf(f.Type()) == "" {
			t.Errorf("State.%s is no sub-state", f.Name())
		}
	}
}

// The rule is held to account: each way to write is found, and no other is.
func TestPlantedWritesAreFound(t *testing.T) {
	const planted = `package ledger

import (
	"slices"

	"github.com/econd/econd/voting"
)

type outside struct{ p *proposal }

func (s *State) assigns(i int)            { s.holds.list[i].reason = "planted" }
func (s *State) aliases(i int)            { p := &s.proposals.list[i]; p.life.End = voting.EndVetoed }
func (s *State) counts()                  { s.holds.unpaid++ }
func (s *State) embedded()                { s.next = 7 }
func (s *State) replaces()                { s.holds = holds{} }
func (s *State) overwrites(h *hold)       { *h = hold{} }
func (s *State) deletes()                 { delete(s.pauses.at, "planted") }
func (s *State) calls(a *agent)           { a.stakeSat.Set(1, 1) }
func (s *State) pushes()                  { s.agenda.due.Pop() }
func (s *State) pointsTo()                { n := &s.treasury.dustMsat; *n = 1 }
func (s *State) sorts()                   { slices.Sort(s.jurors.roll) }
func (s *State) copies(list []int64)      { copy(s.treasury.poolSats, list) }
func (s *State) behind(p *proposal)       { p.close.Passed = true }
func (s *State) deeper(i int)             { s.effects.pending[i].ID = "" }
func (s *State) ranges()                  { for s.holds.unpaid = range int64(3) {} }
func (h *holds) others(p *proposal)       { p.hold = 1 }
func (x outside) holds()                  { x.p.hold = 1 }
func writes(p *proposal)                  { p.reason = "planted" }
func (h *hold) ownElement()               { h.reason = "allowed" }
func (s *holds) own(i int)                { s.list[i].reason = "allowed" }
func (s *State) reads(i int) *proposal    { return &s.proposals.list[i] }
func (s *State) builds() hold             { var h hold; h.reason = "a copy"; return h }
func (s *State) copied(i int) hold        { h := s.holds.list[i]; h.reason = "a copy"; return h }
func (s *State) constitutional() *int64   { return &s.constitution.Stake.MinSat }
`
	file, err := filepath.Abs("../ledger/planted.go")
	if err != nil {
		t.Fatal(err)
	}
	p := load(t, ".", map[string][]byte{file: []byte(planted)}, module+"/node/ledger")[0]
	if len(p.Errors) > 0 {
		t.Fatal(p.Errors)
	}
	found := map[string]bool{}
	for _, what := range newStateRule(p).check() {
		name, _, _ := strings.Cut(what, ":")
		found[name] = true
	}
	for _, name := range []string{"assigns", "aliases", "counts", "embedded", "replaces", "overwrites", "deletes", "calls", "pushes", "pointsTo",
		"sorts", "copies", "behind", "deeper", "ranges", "others", "holds", "writes"} {
		if !found[name] {
			t.Errorf("planted write not found: %s", name)
		}
		delete(found, name)
	}
	for name := range found {
		t.Errorf("%s is found, which the rule allows", name)
	}
}

// readFiles are the prefixes of the ledger's files that only read the state.
var readFiles = []string{"explain", "views"}

// writers are the functions that write the state, themselves or by what they call by
// name, but for the counts of the entry in work.
func (r *stateRule) writers() map[types.Object]bool {
	writes, calls := map[types.Object]bool{}, map[types.Object][]types.Object{}
	for _, file := range r.p.Syntax {
		for _, d := range file.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok || f.Body == nil {
				continue
			}
			fn := r.p.TypesInfo.Defs[f.Name]
			ast.Inspect(f.Body, func(n ast.Node) bool {
				for _, x := range r.changes(n) {
					if field := r.written(x); field != nil && r.fileOf[r.owner[field]] != "state_entry.go" {
						writes[fn] = true
					}
				}
				if id, ok := n.(*ast.Ident); ok {
					if callee, ok := r.p.TypesInfo.Uses[id].(*types.Func); ok && callee.Pkg() == r.p.Types {
						calls[fn] = append(calls[fn], callee)
					}
				}
				return true
			})
		}
	}
	for more := true; more; {
		more = false
		for fn, list := range calls {
			if !writes[fn] && slices.ContainsFunc(list, func(o types.Object) bool { return writes[o] }) {
				writes[fn], more = true, true
			}
		}
	}
	return writes
}

func (r *stateRule) readersThatWrite() (found []string) {
	for fn := range r.writers() {
		name := filepath.Base(r.p.Fset.Position(fn.Pos()).Filename)
		if slices.ContainsFunc(readFiles, func(prefix string) bool { return strings.HasPrefix(name, prefix) }) {
			found = append(found, name+": "+fn.Name())
		}
	}
	slices.Sort(found)
	return found
}

func TestReadersWriteNothing(t *testing.T) {
	r := newStateRule(load(t, ".", nil, module+"/node/ledger")[0])
	for _, what := range r.readersThatWrite() {
		t.Errorf("%s writes the state", what)
	}
}

func TestPlantedReadersAreFound(t *testing.T) {
	const planted = `package ledger

func (s *State) viewEnds(i int)           { s.endProposal(i, 0, "planted") }
func (s *State) viewWrites(h *hold)       { h.turn(0, "planted") }
func (s *State) viewReads(i int) string   { return s.proposals.list[i].reason }
`
	file, err := filepath.Abs("../ledger/views_planted.go")
	if err != nil {
		t.Fatal(err)
	}
	p := load(t, ".", map[string][]byte{file: []byte(planted)}, module+"/node/ledger")[0]
	if len(p.Errors) > 0 {
		t.Fatal(p.Errors)
	}
	want := []string{"views_planted.go: viewEnds", "views_planted.go: viewWrites"}
	if got := newStateRule(p).readersThatWrite(); !slices.Equal(got, want) {
		t.Errorf("found %v, want %v", got, want)
	}
}
