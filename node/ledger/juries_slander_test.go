package ledger

import (
	"fmt"
	"math/big"
	"strings"
	"testing"

	"github.com/econd/econd/reputation"
)

// TestSlanderedJurorsAreDrawn: fifteen honest jurors are praised daily by an economy; puppets that hold 7 % of the
// stake pay one another. One key with 10,000 sat locked complains of each honest juror
// daily. That takes most of their score, and nothing of what they are drawn by.
func TestSlanderedJurorsAreDrawn(t *testing.T) {
	quiet, loud := slandered(t, false), slandered(t, true)
	for _, x := range []struct {
		what      string
		got, want int64
	}{
		{"score of the honest, unslandered", quiet.score, 243270},
		{"weight of the honest, unslandered", quiet.weight, 243270},
		{"score of the honest, slandered", loud.score, 55613},
		{"weight of the honest, slandered", loud.weight, 243270},
		{"puppets, unslandered", quiet.puppets, 86376},
		{"puppets, slandered", loud.puppets, 86376},
	} {
		if x.got != x.want {
			t.Errorf("%s: %d ppm, want %d", x.what, x.got, x.want)
		}
	}
}

// fieldTrust are parts per million of all trust, rounded down.
type fieldTrust struct{ score, weight, puppets int64 }

// slandered plays twenty days, with complaints or without.
func slandered(t *testing.T, complain bool) fieldTrust {
	sc := newScenario(t)
	do := func(f string, a ...any) { sc.line++; sc.command(strings.Fields(fmt.Sprintf(f, a...))) }
	honest, puppets := names("j", 15), names("m", 5)
	do("constitution default")
	do("agent h mallory %s %s", strings.Join(puppets, " "), strings.Join(honest, " "))
	do("h stake a 920000")
	do("mallory stake m 10000")
	do("lock a")
	do("lock m")
	for _, m := range puppets {
		do("%s stake s%s 14000", m, m)
		do("lock s%s", m)
		do("%s bind", m)
	}
	for _, j := range honest {
		do("%s bind", j)
	}
	n := 0
	rate := func(by, of string, sat, rating int) {
		n++
		do("%s rate %s %d %d r%d", by, of, sat, rating, n)
	}
	for day := range 20 {
		for _, j := range honest {
			rate("h", j, 1000, 10)
			if complain && day > 0 {
				rate("mallory", j, 10, -10)
			}
		}
		for _, m := range puppets {
			for _, k := range puppets {
				if k != m {
					rate(m, k, 100000, 10)
				}
			}
		}
		do("wait 24h")
	}
	sum := func(list []string, of func(a *agent) uint64) int64 {
		all := new(big.Int)
		for _, x := range list {
			all.Add(all, new(big.Int).SetUint64(of(&sc.s.agents.list[sc.s.agents.at[secretOf(x).Public()]])))
		}
		all.Mul(all, big.NewInt(1_000_000))
		return all.Div(all, new(big.Int).SetUint64(reputation.FlowOne)).Int64()
	}
	return fieldTrust{
		score:   sum(honest, func(a *agent) uint64 { return a.score.Now() }),
		weight:  sum(honest, func(a *agent) uint64 { return a.praised.Now() }),
		puppets: sum(puppets, func(a *agent) uint64 { return a.praised.Now() }),
	}
}

// names are a prefix and the numbers from one.
func names(prefix string, n int) (list []string) {
	for i := range n {
		list = append(list, fmt.Sprint(prefix, i+1))
	}
	return list
}
