package op

import (
	"strings"
	"testing"
)

// A description is a hold's in one spelling, and a token's or a shop's never.
func TestHoldOf(t *testing.T) {
	id := ID{0xab, 1}
	memo := HoldMemo("stake", id)
	if purpose, hold, ok := HoldOf(memo); !ok || purpose != "stake" || hold != id {
		t.Errorf("%q: %q, %s, %v", memo, purpose, hold, ok)
	}
	for _, text := range []string{"", "L402", "L402 econd stake " + id.String(), memo + " ", " " + memo, memo + " x", "econd " + id.String(),
		"econd stake " + strings.ToUpper(id.String()), "econd  " + id.String()[1:], strings.ReplaceAll(memo, " ", "\t"), memo[:len(memo)-1], "Econd" + memo[5:]} {
		if _, _, ok := HoldOf(text); ok {
			t.Errorf("%q is taken for a hold's", text)
		}
	}
}
