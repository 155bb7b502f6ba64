package ledger

import (
	"fmt"
	"math/rand"
	"testing"

	"pgregory.net/rapid"

	"github.com/econd/econd/node/op"
)

// given is one delegation of a drawn electorate.
type given struct{ from, to, ppm int }

// election plays a vote among agents with stakes 1000, 1001, ... and returns
// its close entry. Delegations that a rule refuses are left out; which ones
// were taken is returned, too.
func election(t *testing.T, agents int, list []given, votes map[int]string, capPPM int) (*op.Close, []given) {
	sc := newScenario(t)
	sc.file = t.Name()
	for path, value := range map[string]string{"weight": "{kind: stake}", "collateral_sat": "0", "propose_stake_sat": "0",
		"quorum": "{kind: none}", "delegation": fmt.Sprintf("{cap_ppm: %d}", capPPM)} {
		sc.set("tracks.price."+path, value)
	}
	for i := range agents {
		sc.command([]string{"agent", fmt.Sprint("a", i)})
		sc.command([]string{fmt.Sprint("a", i), "stake", fmt.Sprint("s", i), fmt.Sprint(1000 + i)})
		sc.command([]string{"lock", fmt.Sprint("s", i)})
	}
	sc.command([]string{"wait", "1s"})
	sc.command([]string{"a0", "propose", "p", "price", "operations", "25", "10"})
	var taken []given
	for _, d := range list {
		sc.at.TimeMs++
		f := []string{fmt.Sprint("a", d.from), "delegate", fmt.Sprint("a", d.to)}
		if d.ppm < 1_000_000 {
			f = append(f, "share", fmt.Sprint(d.ppm))
		}
		if sc.act(f) == nil {
			taken = append(taken, d)
		}
	}
	sc.command([]string{"wait", "2s"})
	for i := range agents {
		if choice := votes[i]; choice != "" {
			sc.command([]string{fmt.Sprint("a", i), "vote", "p", choice})
		}
	}
	sc.command([]string{"wait", "15s"})
	sc.enterDue()
	v, _ := sc.s.Proposal(sc.labels["p"], sc.at.TimeMs)
	return v.Outcome, taken
}

// Whatever the graph: no weight is made or lost, the order in which delegations
// came changes nothing, and whole delegations end where a slow walk ends.
func TestDelegationProperties(t *testing.T) {
	const agents = 6
	rapid.Check(t, func(rt *rapid.T) {
		parts := rapid.Bool().Draw(rt, "parts")
		capPPM := rapid.SampledFrom([]int{0, 300000}).Draw(rt, "cap")
		list, votes := drawElectorate(rt, agents, parts)
		got, taken := election(t, agents, list, votes, capPPM)
		checkConserved(rt, got, taken, votes)
		shuffled := append([]given{}, taken...)
		rand.New(rand.NewSource(rapid.Int64().Draw(rt, "seed"))).Shuffle(len(shuffled),
			func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
		again, _ := election(t, agents, shuffled, votes, capPPM)
		if again.Delegation != got.Delegation || again.For != got.For || again.Against != got.Against || again.Abstain != got.Abstain {
			rt.Fatalf("%v gives %+v, in another order %+v", taken, got, again)
		}
		if want := slowWalk(agents, taken, votes); !parts && capPPM == 0 &&
			(uint64(got.For) != want["for"] || uint64(got.Against) != want["against"]) {
			rt.Fatalf("%v, votes %v: %d and %d, walking gives %v", taken, votes, got.For, got.Against, want)
		}
	})
}

// drawElectorate gives every agent one whole delegation, or two parts, or none,
// and perhaps a ballot.
func drawElectorate(rt *rapid.T, agents int, parts bool) (list []given, votes map[int]string) {
	votes = map[int]string{}
	for i := range agents {
		to := rapid.IntRange(0, agents-1).Draw(rt, "to")
		switch {
		case parts && rapid.Bool().Draw(rt, "part"):
			list = append(list, given{i, to, 333333}, given{i, (to + 1) % agents, 500000})
		case rapid.Bool().Draw(rt, "whole"):
			list = append(list, given{i, to, 1_000_000})
		}
		if c := rapid.SampledFrom([]string{"", "", "for", "against"}).Draw(rt, "vote"); c != "" {
			votes[i] = c
		}
	}
	return list, votes
}

func checkConserved(rt *rapid.T, c *op.Close, taken []given, votes map[int]string) {
	var want uint64
	seen := map[int]bool{}
	add := func(i int) {
		if !seen[i] {
			seen[i] = true
			want += uint64(1000 + i)
		}
	}
	for i := range 100 {
		if votes[i] != "" {
			add(i)
		}
	}
	for _, d := range taken {
		add(d.from)
	}
	if got := uint64(c.For + c.Against + c.Abstain + c.Delegation.Unrepresented); got != want {
		rt.Fatalf("%+v accounts for %d, those who voted or delegated have %d", c, got, want)
	}
}

// slowWalk follows each agent's whole delegations until somebody voted.
func slowWalk(agents int, taken []given, votes map[int]string) map[string]uint64 {
	next := map[int]int{}
	for _, d := range taken {
		next[d.from] = d.to
	}
	sum := map[string]uint64{}
	for i := range agents {
		at := i
		for range agents {
			to, delegates := next[at]
			if votes[at] != "" || !delegates {
				break
			}
			at = to
		}
		sum[votes[at]] += uint64(1000 + i)
	}
	return sum
}
