package budget

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// narrower are terms that are, mostly, within others.
func narrower(rng *rand.Rand, p *Terms) *Terms {
	t := *p
	t.CapMsat = 1 + rng.Int64N(p.CapMsat+1)
	t.CeilingMsat = 1 + rng.Int64N(p.CeilingMsat+1)
	t.RefillMsat = 1 + rng.Int64N(p.RefillMsat+1)
	t.Rollover = rng.IntN(2) == 0
	t.PeriodS = max(1, p.PeriodS/pick[int64](rng, 1, 1, 2, 3))
	t.Velocity = slices.Clone(p.Velocity)
	for i := range t.Velocity {
		t.Velocity[i].WindowS += rng.Int64N(3)
		t.Velocity[i].Count = pick(rng, t.Velocity[i].Count, t.Velocity[i].Count, 1)
	}
	if rng.IntN(3) == 0 {
		t.Purposes, t.Recipients = []string{"work"}, []string{alice}
	}
	if t.Approvals == nil && rng.IntN(3) == 0 {
		t.Approvals = &Approvals{AboveMsat: rng.Int64N(20), M: 1, Keys: []string{approver}}
	}
	return &t
}

// What a part's terms allow, those of the whole allow, with the same payments behind both.
func TestNarrowerTermsAllowNoMore(t *testing.T) {
	narrow, allowed, fractions := 0, 0, 0
	checkMany(t, "5000", func(t *rapid.T) {
		rng := rngOf(t)
		parent := someTerms(rng)
		require.NoError(t, Narrows(parent, parent), "terms are within themselves")
		child := pick(rng, narrower(rng, parent), someTerms(rng))
		if Narrows(child, parent) != nil {
			return
		}
		narrow++
		if grandchild := narrower(rng, child); Narrows(grandchild, child) == nil {
			require.NoError(t, Narrows(grandchild, parent), "a part of a part is within the whole")
		}
		var c, p Account
		var open [][2]Reservation
		nowMs := int64(0)
		for range rapid.IntRange(1, 40).Draw(t, "steps") {
			nowMs = someTime(rng, nowMs, child.PeriodS)
			r := someRequest(rng, child, &c, nowMs)
			if _, err := Check(child, &c, r, nowMs); err == nil {
				trace, err := Check(parent, &p, r, nowMs)
				require.NoError(t, err, "child %+v\nparent %+v\n%s", child, parent, strings.Join(trace.Sentences(), "\n"))
				open = append(open, [2]Reservation{c.Reserve(child, r, nowMs), p.Reserve(parent, r, nowMs)})
				allowed++
				if child.PeriodS < parent.PeriodS {
					fractions++
				}
			}
			if k := rng.IntN(len(open) + 1); k < len(open) {
				spent := rng.Int64N(open[k][0].Msat + 1)
				if rng.IntN(3) == 0 {
					c.Release(open[k][0], nowMs)
					p.Release(open[k][1], nowMs)
				} else {
					c.Settle(open[k][0], spent, nowMs)
					p.Settle(open[k][1], spent, nowMs)
				}
				open = slices.Delete(open, k, k+1)
			}
		}
	})
	require.Greater(t, narrow, 300)
	require.Greater(t, allowed, 1500)
	require.Greater(t, fractions, 100)
}

func TestWiderTermsAreRefused(t *testing.T) {
	parent := func() *Terms {
		return hourly(func(t *Terms) {
			t.Velocity = []Velocity{{WindowS: 60, Count: 3, Msat: 500}}
			t.Recipients, t.Purposes = []string{alice, "lnurl:*@shop.example"}, []string{"work"}
			t.Approvals = &Approvals{AboveMsat: 100, M: 1, Keys: []string{approver}}
			t.UntilMs = 1000
		})
	}
	for want, f := range map[string]func(*Terms){
		"":                      func(t *Terms) { t.Recipients = []string{"lnurl:bob@shop.example"} },
		"cap_msat: narrows":     func(t *Terms) { t.CapMsat++ },
		"ceiling_msat: narrows": func(t *Terms) { t.CeilingMsat++ },
		"refill_msat: narrows":  func(t *Terms) { t.RefillMsat++ },
		"period_s: narrows":     func(t *Terms) { t.PeriodS = 7 },
		"until_ms: narrows":     func(t *Terms) { t.UntilMs++ },
		"velocity: narrows":     func(t *Terms) { t.Velocity[0].WindowS-- },
		"velocity: narrows: has no": func(t *Terms) {
			t.Velocity = []Velocity{{WindowS: 60, Count: 3}, {WindowS: 59, Msat: 500}}
		},
		"recipients: narrows":              func(t *Terms) { t.Recipients = []string{"lnurl:bob@shap.example"} },
		"recipients: narrows: \"any\"":     func(t *Terms) { t.Recipients = []string{Any} },
		"purposes: narrows":                func(t *Terms) { t.Purposes = []string{"work", "play"} },
		"purposes: narrows: allow":         func(t *Terms) { t.Purposes = nil },
		"approvals: narrows":               func(t *Terms) { t.Approvals.AboveMsat++ },
		"approvals: narrows: must":         func(t *Terms) { t.Approvals = nil },
		"approvals: narrows: " + alice[7:]: func(t *Terms) { t.Approvals.Keys = []string{alice[7:]} },
		"refill_msat: narrows: 501":        func(t *Terms) { t.PeriodS, t.RefillMsat = 1800, 501 },
	} {
		p := parent()
		p.Approvals.Keys = []string{"f9308a019258c31049344f85f89d5229b531c845836f99b08601f113bce036f9"}
		c := parent()
		c.Approvals.Keys = slices.Clone(p.Approvals.Keys)
		f(c)
		err := Narrows(c, p)
		if want == "" {
			require.NoError(t, err)
			continue
		}
		require.Error(t, err, want)
		require.True(t, strings.HasPrefix(err.Error(), want), "%s: %v", want, err)
	}
	c := parent()
	c.PeriodS, c.RefillMsat = 1800, 500
	require.NoError(t, Narrows(c, parent()), "two halves of an hour")
}
