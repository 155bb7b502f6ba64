package ledger

import (
	"slices"
	"strings"
	"testing"
)

const explainFund = `
track fund signal
set epoch_s 100000
set tracks.fund.actions [pay]
set tracks.fund.weight {kind: conviction}
set tracks.fund.quorum {kind: none}
set tracks.fund.voting_delay_s 0
set tracks.fund.conviction {decay: 5000000, rho_ppm: 2500, beta_ppm: 200000, step_s: 2}
agent a b
a stake s 4000
b stake t 6000
lock s
lock t
a deposit d reserve 10000
lock d
settled d
wait 1s
a act p fund [{"type":"pay","pool":"reserve","to":"@b","sat":1000}]
b act q fund [{"type":"pay","pool":"reserve","to":"@b","sat":1900}]
a vote p for
b vote q for
wait 3s
`

// A proposal that gathers conviction says how much it has, what it needs and
// when it will pass.
func TestExplainConviction(t *testing.T) {
	for _, c := range []struct {
		name, commands string
		want           []string
	}{
		{"gathering", explainFund, []string{
			"It asks for 1000 of the 10000 sat in pool reserve.",
			"4000 sat of stake are behind it. After step 1 its conviction is 4000; it grows while stake stays and wanes as stake leaves.",
			"It has to be above 5000, taken of 10000 sat of stake.",
			"If nothing changes it passes at 2027-01-15 08:00:05 UTC, 1s from now.",
		}},
		{"not in its time", explainFund + `a vote p {"1":1}`, []string{
			"It asks for 1000 of the 10000 sat in pool reserve.",
			"1 sat of stake are behind it. After step 1 its conviction is 4000; it grows while stake stays and wanes as stake leaves.",
			"It has to be above 3000, taken of 6001 sat of stake.",
			"If nothing changes it does not pass in its time, which ends at 2027-01-15 08:00:13 UTC, 9s from now.",
		}},
		{"defeated", explainFund + `a vote p {"1":1}` + "\nwait 10s\nstate p defeated", []string{
			"It asks for 1000 of the 10000 sat in pool reserve.",
			"Its time ended at 2027-01-15 08:00:13 UTC with a conviction of 127; it had to be above 3000, so it was defeated.",
		}},
		{"passed", explainFund + "wait 2s\nstate p queued", []string{
			"It asks for 1000 of the 10000 sat in pool reserve.",
			"At 2027-01-15 08:00:05 UTC, step 2, its conviction of 6000 was above the 5000 that were needed, so it passed.",
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			x := explainAfter(t, c.commands)
			if n := len(c.want); len(x.Sentences) < n || !slices.Equal(x.Sentences[:n], c.want) || x.Conviction == nil || x.Vote != nil {
				t.Errorf("got %q, %+v", x.Sentences, x.Conviction)
			}
		})
	}
}

// While somebody may leave, the explanation says so, and how much may.
func TestExplainExits(t *testing.T) {
	x := explainAfter(t, strings.Replace(explainPassed, "guardians 2",
		"set tracks.price.rage_quit true\nset exit {pools: [reserve], retention_ppm: 666667}\nguardians 2", 1))
	if text := strings.Join(x.Sentences, "\n"); strings.Contains(text, "leave") {
		t.Errorf("nobody has a stake to leave with: %s", text)
	}
	staked := strings.Replace(explainPassed, "guardians 2",
		"set tracks.price.rage_quit true\nset exit {pools: [reserve], retention_ppm: 666667}\nguardians 2", 1)
	staked = strings.Replace(staked, "agent a b c d e", "agent a b c d e\nd stake s 3000\nlock s", 1)
	text := strings.Join(explainAfter(t, staked).Sentences, "\n")
	for _, want := range []string{
		"Who voted against may announce to leave when it is executed, with a share of the pools [reserve].",
		"0 leave by it with 0 sat of stake, others left with 0 since the vote started; with more than 999 of the 3000 sat gone the execution fails, and where these alone are more they leave without a share.",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%q does not say %q", text, want)
		}
	}
}
