package ledger

import "testing"

// The origin names an economy's log in every checkpoint and anchor.
func TestOrigin(t *testing.T) {
	if got := Origin("3f2a"); got != "econd/3f2a" {
		t.Errorf("Origin is %q", got)
	}
}
