package ledger

import (
	"slices"
	"testing"

	"github.com/econd/econd/node/op"
)

// Each operation that asks for a hold asks for those of one purpose, and each purpose
// has its row; renew asks for all that can be renewed.
func TestPurposes(t *testing.T) {
	var askedBy []op.Kind
	names := map[string]bool{}
	for p := range purposes {
		r := &purposes[p]
		if r.name == "" || names[r.name] || r.settled == nil || len(r.askedBy) == 0 {
			t.Errorf("purpose %d, %q: the row has no name of its own, no settled or no askedBy", p, r.name)
		}
		if (r.atRisk == nil) != (r.unrenewed == nil) || r.atRisk != nil && r.replaced == nil {
			t.Errorf("%s: what is at risk unrenewed can be renewed, and has an end", r.name)
		}
		names[r.name] = true
		askedBy = append(askedBy, r.askedBy...)
	}
	slices.Sort(askedBy)
	want := []op.Kind{}
	for _, kind := range op.Kinds() {
		if kind != op.KindRenew && ruleFor(kind).asksHold != nil {
			want = append(want, kind)
		}
	}
	slices.Sort(want)
	if !slices.Equal(askedBy, want) {
		t.Errorf("purposes are asked for by %v, operations that ask for a hold are %v", askedBy, want)
	}
}
