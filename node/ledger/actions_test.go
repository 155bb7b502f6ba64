package ledger

import (
	"testing"

	"github.com/econd/econd/node/constitution"
)

// What a constitution knows of actions is what they are.
func TestActionsAreThoseOfConstitutions(t *testing.T) {
	if got, want := len(actionTypes), len(constitution.Actions()); got != want {
		t.Errorf("%d types of actions, the constitution knows %d", got, want)
	}
	for _, name := range constitution.Actions() {
		a := newAction(name)
		if a == nil || a.kind() != name {
			t.Errorf("%s is no action", name)
			continue
		}
		if _, asks := a.(asking); asks != constitution.AsksOfPool(name) {
			t.Errorf("%s asks for sats of a pool: %v, the constitution says %v", name, asks, !asks)
		}
	}
}
