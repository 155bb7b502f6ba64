package ledger

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/econd/econd/node/constitution"
	"github.com/econd/econd/node/member"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/refusal"
	"github.com/econd/econd/voting"
)

// mostOf is the most items or bytes that a member of a constitution may have.
func mostOf(path string) int {
	rows := constitution.Members()
	return int(rows[slices.IndexFunc(rows, func(r member.Row) bool { return r.Path == path })].Most)
}

// Both sides of every bound on the lists of a constitution.
func TestListsOfTheConstitution(t *testing.T) {
	sc := newScenario(t)
	sc.begin()
	pools := func(c *constitution.Constitution, n int) {
		c.Pools = nil
		for i := range n {
			c.Pools = append(c.Pools, constitution.PoolShare{Name: fmt.Sprint("p", i)})
		}
		c.Pools[0].SharePpm = voting.PPM
		c.Exit, c.Disputes = constitution.ExitRules{}, constitution.DisputeTerms{}
		for i := range c.Tracks {
			c.Tracks[i].RageQuit, c.Tracks[i].Evaluation, c.Tracks[i].Dispute, c.Tracks[i].Conviction = false, nil, nil, nil
		}
	}
	signal := func(c *constitution.Constitution) *voting.Track { return c.Track("signal") }
	for _, c := range []struct {
		name   string
		most   int
		change func(*constitution.Constitution, int)
		field  string
	}{
		{"tracks", mostOf("tracks"), func(c *constitution.Constitution, n int) {
			for i := 0; len(c.Tracks) < n; i++ {
				t := *signal(c)
				t.Name = fmt.Sprint("more-", i)
				c.Tracks = append(c.Tracks, t)
			}
		}, "constitution.tracks"},
		{"pools", mostOf("pools"), pools, "constitution.pools"},
		{"pool name", mostOf("pools[].name"), func(c *constitution.Constitution, n int) {
			pools(c, 1)
			c.Pools[0].Name = strings.Repeat("x", n)
		}, "constitution.pools[0].name"},
		{"seeds", mostOf("seeds"), func(c *constitution.Constitution, n int) {
			for i := range n {
				c.Seeds = append(c.Seeds, secretOf(fmt.Sprint("seed", i)).Public())
			}
		}, "constitution.seeds"},
		{"parameters", mostOf("tracks[].parameters"), func(c *constitution.Constitution, n int) {
			for range n {
				signal(c).Parameters = append(signal(c).Parameters, "/stake")
			}
		}, ".parameters"},
		{"parameter", mostOf("tracks[].parameters[]"), func(c *constitution.Constitution, n int) {
			signal(c).Parameters = []string{"/" + strings.Repeat("x", n-1)}
		}, ".parameters[0]"},
		{"actions", mostOf("tracks[].actions"), func(c *constitution.Constitution, n int) {
			for range n {
				signal(c).Actions = append(signal(c).Actions, constitution.ActionPay)
			}
		}, ".actions"},
	} {
		for _, n := range []int{c.most, c.most + 1} {
			next := sc.s.Constitution().Clone()
			c.change(next, n)
			err := next.Validate()
			r := new(refusal.Refusal)
			if n == c.most && err != nil || n > c.most && (!errors.As(err, &r) || !strings.HasSuffix(r.Field, c.field)) {
				t.Errorf("%s: %d: %v", c.name, n, err)
			}
		}
	}
}

// Epochs of seconds, and times that nobody can keep, are for regtest alone, in the genesis
// and later.
func TestLeastTimes(t *testing.T) {
	for _, c := range []struct {
		network, field string
		seconds        int64
		ok             bool
	}{
		{"regtest", "epoch_s", 1, true}, {"mainnet", "epoch_s", constitution.LeastEpochS - 1, false}, {"mainnet", "epoch_s", constitution.LeastEpochS, true},
		{"signet", "epoch_s", 1, false}, {"testnet3", "epoch_s", constitution.LeastEpochS, true}, {"testnet4", "epoch_s", constitution.LeastEpochS - 1, false},
		{"regtest", "operations.max_age_s", 1, true}, {"mainnet", "operations.max_age_s", constitution.LeastAgeS - 1, false}, {"mainnet", "operations.max_age_s", constitution.LeastAgeS, true},
		{"regtest", "operations.max_future_s", 0, true}, {"mainnet", "operations.max_future_s", constitution.LeastFutureS - 1, false}, {"mainnet", "operations.max_future_s", constitution.LeastFutureS, true},
		{"regtest", "payouts", 1, true}, {"mainnet", "payouts", constitution.LeastClaimS - 1, false}, {"mainnet", "payouts", constitution.LeastClaimS, true}, {"mainnet", "payouts", 0, true},
	} {
		sc := newScenario(t)
		value, rule := fmt.Sprint(c.seconds), "time-least"
		switch c.field {
		case "payouts":
			value = "{claim_s: " + value + "}"
		case "epoch_s":
			rule = "epoch-least"
		}
		if c.field != "epoch_s" {
			sc.set("epoch_s", "600")
		}
		sc.set(c.field, value)
		sc.begin()
		x := sc.s.Constitution()
		g := genesisOf(c.network, op.Raw(op.EncodeContent(x)))
		e := &op.Event{Kind: op.KindGenesis, CreatedAt: sc.at.TimeMs / 1000, Content: op.EncodeContent(g), Tags: [][]string{{"economy", scenarioEconomy}}}
		_, err := ApplyVerified(New(), &op.Entry{Stamp: sc.at, Event: e})
		r := new(refusal.Refusal)
		if (err == nil) != c.ok || err != nil && (!errors.As(err, &r) || r.Rule != rule) {
			t.Errorf("%s: %d s on %s at the genesis: %v", c.field, c.seconds, c.network, err)
		}
		sc.s.network = c.network
		if err := sc.s.successor(x); (err == nil) != c.ok {
			t.Errorf("%s: %d s on %s by an amendment: %v", c.field, c.seconds, c.network, err)
		}
	}
}

// Both sides of what a hold must last for a juror to be drawn, and of what may be set
// aside for routes, by the shipped constitution.
func TestNumbersThatShutOut(t *testing.T) {
	for _, c := range []struct {
		name string
		set  func(*constitution.Constitution)
		rule string
	}{
		{"a bond that ends with the time to commit", func(c *constitution.Constitution) { c.Stake.CltvBlocks = 144 }, "hold-life"},
		{"one block more", func(c *constitution.Constitution) { c.Stake.CltvBlocks = 145 }, ""},
		{"fees that eat small shares", func(c *constitution.Constitution) { c.Payouts.FeeBaseSat = 1001 }, "range"},
		{"the highest base", func(c *constitution.Constitution) { c.Payouts.FeeBaseSat = 1000 }, ""},
		{"fees that eat large shares", func(c *constitution.Constitution) { c.Payouts.FeePpm = 100_001 }, "range"},
		{"the highest part", func(c *constitution.Constitution) { c.Payouts.FeePpm = 100_000 }, ""},
	} {
		d := shipped(t).Clone()
		c.set(d)
		err := d.Validate()
		if r := new(refusal.Refusal); c.rule == "" && err != nil || c.rule != "" && (!errors.As(err, &r) || r.Rule != c.rule) {
			t.Errorf("%s: %v, want %q", c.name, err, c.rule)
		}
	}
}
