package ledger

import (
	"strings"
	"testing"

	"github.com/econd/econd/node/op"
)

// Every kind has a case, or says why it needs none.
func TestEveryKindHasItsWorst(t *testing.T) {
	cases := map[string]bool{}
	for _, w := range worstEntries {
		kind, _, _ := strings.Cut(w.name, "/")
		cases[kind] = true
	}
	for _, k := range op.Kinds() {
		if constant := ruleFor(k).bounded != ""; cases[k.String()] == constant {
			t.Errorf("%s has a case of its dearest entry: %t; a reason why its work is constant: %t", k, cases[k.String()], constant)
		}
		delete(cases, k.String())
	}
	for name := range cases {
		t.Errorf("there is a case of %q, which is no kind", name)
	}
}
