package crowd

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/econd/econd/reputation"
	"github.com/econd/econd/voting"
)

// mixed has every kind of group.
func mixed(workers int) Config {
	c := Config{Seed: 3, Params: reputation.DefaultParams(), Candidates: 3, FeePpm: 1000, LeastSat: 10, OpSat: 1, Workers: workers,
		Groups: []Group{
			{Count: 30, Sells: true, PriceSat: 100, FailPpm: 0, Buys: 1, RatePpm: 1_000_000, Speaks: true},
			{Count: 30, Sells: true, PriceSat: 100, FailPpm: 600_000, RatePpm: 1_000_000},
			{Count: 300, Buys: 3, RatePpm: 800_000, ErrorPpm: 50_000, Seeks: SeekReputation},
			{Count: 7, Ring: true, Buys: 1, RatePpm: 1_000_000, Hostile: true, Speaks: true},
			{Count: 20, Buys: 2, From: []int{1}, RatePpm: 1_000_000, Hostile: true, Seeks: SeekStatement},
		}}
	for _, g := range c.Groups {
		for range g.Count {
			i := uint64(len(c.Stakes))
			c.Stakes = append(c.Stakes, 5_000+mix(i)%50_000)
			c.Wallets = append(c.Wallets, 20_000)
		}
	}
	return c
}

// lived plays some steps and returns everything that came of it.
func lived(t *testing.T, workers int) (*Economy, []Traded, []Outcome) {
	t.Helper()
	e := started(t, mixed(workers))
	all := make([]Traded, len(e.groups))
	var votes []Outcome
	for step := range int64(12) {
		v := priceVote(e, step)
		v.Limits = func(uint64) voting.Limits { return voting.Limits{MaxDepth: 3} }
		for k := range v.Groups {
			if e.groups[k].Seeks != SeekNobody {
				v.Groups[k].TurnoutPpm = 100_000
			}
		}
		o, err := e.Poll(v)
		require.NoError(t, err)
		votes = append(votes, o)
		for k, x := range e.Trade(step, 20_000+int32(step)) {
			all[k].add(x)
		}
		e.Delegate(step)
		if step%3 == 2 {
			require.NoError(t, e.Epoch(20_000+int32(step)))
		}
	}
	return e, all, votes
}

func TestWorkersChangeNothing(t *testing.T) {
	want, traded, votes := lived(t, 1)
	for _, workers := range []int{2, 3, 7, 500} {
		got, t2, v2 := lived(t, workers)
		require.Equal(t, traded, t2)
		require.Equal(t, votes, v2)
		require.Equal(t, want.wallet, got.wallet)
		require.Equal(t, want.seller, got.seller)
		require.Equal(t, want.next, got.next)
		require.Equal(t, want.kept, got.kept)
	}
}

// Every sat is in a wallet, or was spent on fees and operations.
func TestSatsAreKept(t *testing.T) {
	e, traded, votes := lived(t, 2)
	var left, spent int64
	for _, w := range e.wallet {
		require.GreaterOrEqual(t, w, int64(0))
		left += w
	}
	for _, x := range traded {
		spent += int64(x.SpentSat)
	}
	for _, v := range votes {
		for _, n := range v.Ballots {
			spent += int64(n)
		}
	}
	delegated := int64(len(e.wallet))*20_000 - left - spent // one sat each
	require.GreaterOrEqual(t, delegated, int64(300))
	require.Less(t, delegated, int64(320*12))
}

// Sellers that fail lose their buyers to those that do not, a ring praises
// itself, and delegates are found where there is reputation.
func TestBehaviour(t *testing.T) {
	e, traded, votes := lived(t, 2)
	quality := func(k int) (sum uint64) {
		g := &e.groups[k]
		for i := range g.Count {
			sum += e.seller[g.seller+i].quality / uint64(g.Count)
		}
		return sum
	}
	require.Greater(t, quality(0), quality(1))
	require.EqualValues(t, 7*12, traded[3].Purchases, "each member of a ring buys once a step")
	require.Zero(t, traded[3].Failures)
	require.Positive(t, e.Score(3, e.First(3)))
	require.Zero(t, e.Score(2, e.First(2)), "who sells nothing has no score")
	require.Zero(t, votes[0].Delegated)
	require.Positive(t, votes[11].Delegated)
	e.Delegates(func(agent, to int) {
		require.True(t, to < 30 || to >= e.First(3) && to < e.First(3)+7, "%d speaks", to)
	})
	for _, v := range votes {
		require.LessOrEqual(t, v.For+v.Against, v.Eligible)
		require.Len(t, v.Own, 5)
	}
}

// A vote is what voting makes of the ballots: a plain count over the same
// draws, without delegates, gives the same.
func TestPollIsAPlainCount(t *testing.T) {
	e := started(t, mixed(3))
	v := priceVote(e, 4)
	out, err := e.Poll(v)
	require.NoError(t, err)
	var yes, no, eligible uint64
	key := e.c.keyOf(4, votes)
	for i, stake := range e.stake {
		w := v.Weight.Weight(voting.Basis{StakeSat: stake})
		eligible += w
		d := drawsOf(key, i)
		if d.below(1_000_000) >= 800_000 {
			continue
		}
		if d.below(1_000_000) < 50_000 {
			no += w
		} else {
			yes += w
		}
	}
	require.Equal(t, []uint64{yes, no, eligible}, []uint64{out.For, out.Against, out.Eligible})
	require.True(t, out.Passed)
}

// Groups that have not joined neither trade nor weigh anything.
func TestJoining(t *testing.T) {
	e, err := New(mixed(2))
	require.NoError(t, err)
	require.Zero(t, e.Agents())
	e.Join(0)
	e.Join(2)
	require.Equal(t, 330, e.Agents())
	traded := e.Trade(0, 1)
	require.Positive(t, traded[2].Purchases)
	require.Zero(t, traded[4].Purchases)
	require.NoError(t, e.Epoch(1))
	for i, w := range e.Weights(voting.WeightRule{Kind: voting.WeightOne}) {
		in := i < 30 || i >= 60 && i < 360
		require.Equal(t, in, w == 1, "agent %d", i)
		require.Equal(t, in, e.trust[i] > 0)
	}
}

// Complaints and praise fade as the package's tables say, and days past them
// are forgotten.
func TestEvidenceFades(t *testing.T) {
	c := mixed(1)
	c.Params.HalfLifePositiveDays, c.Params.HalfLifeNegativeDays = reputation.HalfLives()[1], reputation.HalfLives()[1]
	e := started(t, c)
	e.Trade(0, 1)
	require.NoError(t, e.Epoch(1))
	e.Trade(1, 2)
	e.judge(2, false)
	before := e.seller[35].quality
	e.judge(int32(2+c.Params.HalfLifeNegativeDays), false)
	require.Len(t, e.days, 2)
	require.Greater(t, e.seller[35].quality, before, "complaints fade toward unknown")
	e.judge(int32(3+11*c.Params.HalfLifeNegativeDays), false)
	require.Empty(t, e.days)
	require.Equal(t, reputation.ResultOf(0, 0, 0).Quality, e.seller[35].quality)
}

func TestConfigRefusals(t *testing.T) {
	for want, change := range map[string]func(*Config){
		"groups[1].count": func(c *Config) { c.Groups[1].Count = 0 },
		"groups[0].buys":  func(c *Config) { c.Groups[0].Buys = 1001 },
		"groups[4].from":  func(c *Config) { c.Groups[4].From = []int{2} },
		"stakes, wallets": func(c *Config) { c.Stakes = c.Stakes[1:] },
		"candidates":      func(c *Config) { c.Candidates = 0 },
		"params":          func(c *Config) { c.Params.MinReceiptSats = 0 },
	} {
		c := mixed(1)
		change(&c)
		_, err := New(c)
		require.ErrorIs(t, err, ErrConfig)
		require.ErrorContains(t, err, want)
	}
}

// The numbers of neighbouring agents and steps do not repeat, and chances come
// true about as often as they say.
func TestDraws(t *testing.T) {
	c := Config{Seed: 1}
	seen := map[uint64]bool{}
	for step := range int64(4) {
		for agent := range 200 {
			for _, p := range []purpose{market, delegates, votes} {
				d := drawsOf(c.keyOf(step, p), agent)
				for range 5 {
					x := d.next()
					require.False(t, seen[x])
					seen[x] = true
				}
			}
		}
	}
	hits, least := 0, [10]int{}
	key := c.keyOf(9, market)
	for agent := range 100_000 {
		d := drawsOf(key, agent)
		if d.happens(250_000) {
			hits++
		}
		least[d.below(10)]++
	}
	require.InDelta(t, 25_000, hits, 700)
	for _, n := range least {
		require.InDelta(t, 10_000, n, 500)
	}
}
