package ledger

import (
	"errors"
	"strings"

	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/template"
)

// Words about templates.
//
//	malformed FIELD: COMMAND       COMMAND must be refused for that member
//	terms P = TEMPLATE SCOPE...    what a scope-change adds
func init() {
	facts["malformed"] = func(sc *scenario, f []string) error {
		before := digest(sc.s)
		var e *op.FieldError
		if err := sc.act(f[1:]); !errors.As(err, &e) || e.Field != strings.TrimSuffix(f[0], ":") {
			sc.fatalf("%s: got %v, want a refusal of %s", strings.Join(f[1:], " "), err, f[0])
		}
		if digest(sc.s) != before {
			sc.fatalf("refused, yet the state changed")
		}
		return nil
	}
	looks["terms"] = func(sc *scenario, f []string) string {
		p, _ := sc.s.Proposal(sc.labels[f[0]], sc.at.TimeMs)
		var t template.ScopeChange
		if err := op.Unmarshal(p.Terms, "terms", &t); err != nil {
			sc.fatalf("%v", err)
		}
		return "= " + p.Template + " " + strings.Join(t.Add, " ")
	}
}
