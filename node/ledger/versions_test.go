package ledger

import (
	"fmt"
	"strings"

	"github.com/econd/econd/node/op"
)

// Words about the constitution.
//
//	rule /PATH = JSON         what is in force there, null for nothing
//	versions N = P            the N-th constitution came by proposal P, or genesis
func init() {
	looks["rule"] = func(sc *scenario, f []string) string {
		path, err := op.ParsePointer(f[0], "path")
		if err != nil {
			return err.Error()
		}
		return "= " + string(path.Value(sc.s.Constitution()))
	}
	looks["versions"] = func(sc *scenario, f []string) string {
		n := int(sc.number(f[0]))
		if n > sc.s.ConstitutionVersions() {
			return "= none"
		}
		v, _ := sc.s.ConstitutionVersionAt(n - 1)
		if v.Seq == 0 {
			return "= genesis"
		}
		return "= " + sc.names[v.Proposal]
	}
}

// digestRules writes down every constitution and what hangs on tracks.
func digestRules(s *State) string {
	var b strings.Builder
	for i := range s.ConstitutionVersions() {
		v, c := s.ConstitutionVersionAt(i)
		fmt.Fprintf(&b, "%+v %s\n", v, op.EncodeContent(c))
	}
	for i := range s.RegistrySize() {
		fmt.Fprintf(&b, "%+v\n", s.RegistryAt(i))
	}
	for i := range s.Grants() {
		fmt.Fprintf(&b, "%+v\n", s.GrantAt(i, s.Clock().TimeMs))
	}
	for i := range s.agents.list {
		budgets, _ := s.Budgets(s.agents.list[i].key, s.Clock().TimeMs)
		fmt.Fprintf(&b, "%v %+v\n", s.agents.list[i].denied, budgets)
	}
	fmt.Fprintln(&b, s.proposals.openOn, s.proposals.startedOn, s.treasury.inflows, s.leavers.going, s.leavers.left, s.leavers.leavingSat, s.leavers.list)
	for _, t := range s.constitution.Tracks {
		if c := s.proposals.crowds[t.Name]; c != nil {
			fmt.Fprintf(&b, "%s %+v\n", t.Name, *c)
		}
	}
	return b.String()
}
