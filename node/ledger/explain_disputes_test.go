package ledger

import (
	"strings"
	"testing"
)

// What a challenge does, and until when there can be one, is said in every state
// that it can be in.
func TestExplainDisputes(t *testing.T) {
	sc := disputed(t, "j1 j2 j3")
	sc.command(strings.Fields("carol dispute d2 p harm"))
	for _, step := range []struct {
		commands string
		says     []string
	}{
		{"", []string{"It is challenged for fraud, dispute ", "The jury of round 1 of 2 is drawn with the block of height 502.",
			"waits for its bond of 4000 sat; until that is locked it stops nothing", "It can be challenged before a jury until "}},
		{"block 502 2; jury d = j1 j3 j2", []string{"The 3 jurors of round 1 of 2 bind themselves to votes until ", ", 5s from now"}},
		{"everybody on d uphold but j2; wait 5001ms; j1 reveal d uphold",
			[]string{"reveal their votes until", ", 4.999s from now: 1 to uphold, 0 to refuse, 2 missing."}},
		{"j3 reveal d uphold; wait 5s; state p disputed",
			[]string{"Round 1 of 2 upheld it, 2 against 0 votes; whoever locks 4000 sat until "}},
		{"wait 5001ms; state p overturned", []string{"was upheld in round 1 of 2.",
			"It is overturned: a challenge was upheld: fraud. To have it after all, it must be proposed anew.", "came to nothing: the proposal ended"}},
	} {
		for _, line := range strings.Split(step.commands, ";") {
			if f := strings.Fields(line); len(f) > 0 {
				sc.command(f)
			}
		}
		sc.enterDue()
		x, _ := sc.s.Explain(sc.labels["p"], sc.at.TimeMs)
		text := strings.Join(x.Sentences, " ")
		for _, want := range step.says {
			if !strings.Contains(text, want) {
				t.Errorf("after %q: %q is not in %q", step.commands, want, text)
			}
		}
	}
}
