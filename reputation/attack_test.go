package reputation

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/econd/econd/node/muldiv"
)

// The scenarios below put an attacker into a town of honest agents and measure
// what it gains. TestAttacks runs them and holds the figures against
// docs/reputation.md; with -v each says more.

const (
	townAgents = 200
	townStake  = 1_000 // sats each
	townDays   = 60
	// ownStake is the attacker's: about one part in a hundred of all stake.
	ownStake = 2_020
)

// town is an economy in the making.
type town struct {
	receipts []Receipt
	stakes   []uint64
	day      int64
}

// newTown has 200 agents who each buy from three others every day for sixty
// days; of a hundred deals one ends in a complaint.
func newTown() *town {
	w := &town{day: townDays}
	for i := range uint32(townAgents) {
		w.stakes = append(w.stakes, townStake)
		for day := range int64(townDays) {
			for k := range uint32(3) {
				rating := int8(5)
				if (int64(i)*31+day*7+int64(k))%100 == 0 {
					rating = -5
				}
				w.buy(i, (i+1+k*61+uint32(day))%townAgents, 100, rating, day)
			}
		}
	}
	return w
}

// buy records a payment; a day on which the offset leads back to the buyer
// passes without one.
func (w *town) buy(consumer, provider uint32, sats uint64, rating int8, day int64) {
	if consumer != provider {
		w.receipts = append(w.receipts, Receipt{Consumer: consumer, Provider: provider, Sats: sats, Rating: rating, TimeMs: at(day)})
	}
}

// join adds an agent with a stake.
func (w *town) join(stake uint64) uint32 {
	w.stakes = append(w.stakes, stake)
	return uint32(len(w.stakes) - 1)
}

// judge runs an epoch on the town's day.
func (w *town) judge(t *testing.T) *Book {
	return w.judgeBy(t, DefaultParams())
}

func (w *town) judgeBy(t *testing.T, p Params) *Book {
	l, err := NewLoader(p)
	require.NoError(t, err)
	for _, r := range w.receipts {
		require.NoError(t, l.Put(r))
	}
	b := l.Book()
	require.NoError(t, b.Epoch(Snapshot{Params: p, Day: w.day, Keys: testKeys(len(w.stakes)), Stakes: w.stakes, Workers: 2}))
	return b
}

// holdings is what the agents from a slot on hold together, and what the honest
// ones before them gave them in the last round.
type holdings struct{ pretrust, paid, flow, score uint64 }

func (w *town) holdings(b *Book, t *testing.T, from uint32) (h holdings) {
	start, err := newPretrust(w.stakes, testKeys(len(w.stakes)))
	require.NoError(t, err)
	keys := testKeys(len(w.stakes))
	g := b.newGraph(keys)
	for v := from; int(v) < len(w.stakes); v++ {
		r := b.Result(v)
		h.pretrust += start.share[v]
		h.flow += r.Flow
		h.score += r.Score
		for e := g.in[v]; e < g.in[v+1]; e++ {
			if g.source[e] < from {
				h.paid += b.agents[g.source[e]].spread * uint64(g.weight[e])
			}
		}
	}
	return h
}

// bounded asserts the bound that holds for whatever an attacker does: half of
// all trust returns to the stakes in each round, so no group keeps more than
// twice its stake's share and what others paid it; and score is below flow.
// Rounds are not infinite, hence the slack of 2^-30.
func (h holdings) bounded(t *testing.T, what string) {
	require.LessOrEqual(t, h.flow, 2*(h.pretrust+h.paid)+FlowOne>>30, what)
	require.LessOrEqual(t, h.score, h.flow, what)
}

// percent prints a share of one in percent.
func percent(x uint64) float64 { return float64(x) / float64(FlowOne) * 100 }

func evidenceOf(x uint64) float64 { return float64(x) / float64(EvidenceOne) }

// sybils lets the attacker open n accounts behind its first, split its stake
// over all, pay a large sum from each to the next and to the first every day,
// and praise itself.
func (w *town) sybils(n int, stake, sats uint64) (first uint32) {
	first = w.join(stake - stake/uint64(n+1)*uint64(n))
	for range n {
		w.join(stake / uint64(n+1))
	}
	count := uint32(n + 1)
	for day := int64(townDays - 3); day < townDays; day++ {
		for i := range count {
			w.buy(first+i, first, sats, 10, day)
			if next := first + (i+1)%count; next != first {
				w.buy(first+i, next, sats, 10, day)
			}
		}
	}
	return first
}

func attackSybilsWithoutStake(t *testing.T, tables *attackTables) {
	var rows []string
	for _, n := range []int{1, 100, 10_000} {
		w := newTown()
		first := w.sybils(n, 0, 1_000_000)
		b := w.judge(t)
		h := w.holdings(b, t, first)
		require.Zero(t, h.flow, "no stake, no customers, no trust, whatever the number")
		require.Zero(t, h.score)
		require.Equal(t, Result{Quality: FlowOne / 2}, b.Result(first), "and praise among them is worth nothing")
		rows = append(rows, fmt.Sprintf("%d, %d, %.3f", h.flow, h.score, percent(b.Result(first).Quality)/100))
	}
	tables.sybil("sybils without stake: flow and score of all, quality of the one they praise", rows)
}

func attackSybilsWithStake(t *testing.T, tables *attackTables) {
	var flows, scores []uint64
	var qualities []string
	for _, n := range []int{1, 100, 10_000} {
		w := newTown()
		first := w.sybils(n, ownStake, 1_000_000)
		b := w.judge(t)
		h := w.holdings(b, t, first)
		h.bounded(t, "sybils")
		r := b.Result(first)
		t.Logf("%6d sybils: stake %.3f %%, flow of all %.3f %%, score of all %.3f %%, quality of the first %.3f (r %.1f)",
			n, percent(h.pretrust), percent(h.flow), percent(h.score), percent(r.Quality)/100, evidenceOf(r.Positive))
		require.LessOrEqual(t, r.Positive, muldiv.Floor(h.flow, 3*EvidenceOne, FlowOne)*8192+EvidenceOne,
			"self-praise is at most the group's flow over tau per day, in however many voices")
		flows, scores = append(flows, h.flow), append(scores, h.score)
		qualities = append(qualities, fmt.Sprintf("%.3f", percent(r.Quality)/100))
	}
	require.InEpsilon(t, flows[0], flows[1], 0.001, "the number of accounts does not matter")
	require.InEpsilon(t, flows[0], flows[2], 0.001, "the number of accounts does not matter")
	tables.sybil("sybils with 1 % of stake: flow of all", percents(flows))
	tables.sybil("score of all", percents(scores))
	tables.sybil("quality of the one they praise, three days long", qualities)
}

// Payments inside a ring are the ring's own affair: a million sats move no more
// than one.
func attackRing(t *testing.T, tables *attackTables) {
	var flow, score []uint64
	for _, sats := range []uint64{1, 1_000_000, MaxSats / 10} {
		w := newTown()
		first := w.sybils(9, ownStake, sats)
		b := w.judge(t)
		h := w.holdings(b, t, first)
		h.bounded(t, "ring")
		t.Logf("ring of 10, %d sats a payment: flow %.4f %%, score %.4f %%", sats, percent(h.flow), percent(h.score))
		flow, score = append(flow, h.flow), append(score, h.score)
	}
	require.InEpsilon(t, score[0], score[1], 1e-4)
	require.InEpsilon(t, score[0], score[2], 1e-4)
	tables.add("ring of 10 with 1 % of stake, paying each other 1, 1e6, 2.1e14 sats", "flow %s; score %s",
		strings.Join(percents(flow), ", "), strings.Join(percents(score), ", "))
}

// Honest customers are the only other source of trust: what they pay bounds
// what a ring behind the shop can hold.
func attackRingWithCustomers(t *testing.T, tables *attackTables) {
	for _, customers := range []uint32{1, 10, 50} {
		var paid uint64
		var flows []uint64
		for _, n := range []int{1, 100, 10_000} {
			w := newTown()
			first := w.sybils(n, ownStake, 1_000_000)
			for c := range customers {
				w.buy(c, first, 300, 5, townDays-1)
			}
			b := w.judge(t)
			h := w.holdings(b, t, first)
			h.bounded(t, "shop")
			t.Logf("%2d customers, %6d sybils: stake %.3f %% + paid %.3f %%, flow %.3f %%, score %.3f %%",
				customers, n, percent(h.pretrust), percent(h.paid), percent(h.flow), percent(h.score))
			paid, flows = h.paid, append(flows, h.flow)
		}
		tables.sybil(fmt.Sprintf("the same with %d of 200 as real customers, who give %.3f %% of flow: flow of all", customers, percent(paid)), percents(flows))
	}
}

// A cheat that starts anew has the standing of a stranger, never better, even
// when it takes its stake along.
func attackWhitewashing(t *testing.T, tables *attackTables) {
	cheat := func(again bool) Result {
		w := newTown()
		shop := w.join(ownStake)
		for day := int64(0); day < townDays; day++ {
			w.buy(uint32(day)%townAgents, shop, 100, 5, day)
		}
		for c := range uint32(30) {
			w.buy(c+60, shop, 100, -10, townDays-1)
		}
		if again {
			w.stakes[shop] = 0
			shop = w.join(ownStake)
		}
		return w.judge(t).Result(shop)
	}
	old, fresh := cheat(false), cheat(true)
	t.Logf("after 30 complaints: quality %.3f, score %.4f %%; as a new agent: quality %.3f, score %.4f %%",
		percent(old.Quality)/100, percent(old.Score), percent(fresh.Quality)/100, percent(fresh.Score))
	require.Equal(t, FlowOne/2, fresh.Quality, "a stranger's")
	require.Zero(t, fresh.Score, "no votes for strangers")
	require.Less(t, fresh.Score, old.Score, "so the votes are lost, too")
	tables.add("whitewashing: after 30 complaints, start anew with the same stake",
		"quality %.3f becomes %.3f, a stranger's; score %.3f %% becomes %d",
		percent(old.Quality)/100, percent(fresh.Quality)/100, percent(old.Score), fresh.Score)
}

// Slander costs a payment to the victim for each complaint and day, or an
// operation where the slanderer learned a preimage on the route, and gains the
// attacker nothing: flow does not move. Who is not named by the invoice and has no
// stake counts an eighth.
func attackSlander(t *testing.T, tables *attackTables) {
	victim := uint32(7)
	quiet := newTown()
	lurker := quiet.join(ownStake)
	idle := quiet.judge(t).Result(lurker).Flow
	before := newTown().judge(t).Result(victim)
	t.Logf("victim before: quality %.3f, score %.3f %% (r %.1f, s %.1f)", percent(before.Quality)/100, percent(before.Score), evidenceOf(before.Positive), evidenceOf(before.Negative))
	var whole, eighths []string
	for _, c := range []struct {
		n        uint32
		discount uint64
		left     *[]string
	}{{1, 0, &whole}, {10, 0, &whole}, {100, 0, &whole}, {10_000, 0, &whole},
		{1, PartOne * 7 / 8, &eighths}, {10, PartOne * 7 / 8, &eighths}, {100, PartOne * 7 / 8, &eighths}, {10_000, PartOne * 7 / 8, &eighths}} {
		n, w := c.n, newTown()
		first := w.join(ownStake)
		for range n - 1 {
			w.join(0)
		}
		for i := range n {
			w.buy(first+i, victim, 100, -10, townDays-1)
			w.receipts[len(w.receipts)-1].Discount = uint16(c.discount)
		}
		b := w.judge(t)
		after, h := b.Result(victim), w.holdings(b, t, first)
		h.bounded(t, "slander")
		require.Zero(t, h.score, "slander makes nobody a voter")
		require.Equal(t, idle, h.flow, "and brings no flow")
		each := newDecay(365).at(1) * (PartOne - c.discount) / PartOne
		require.Equal(t, before.Negative+2*uint64(n)*EvidenceOne*each/DecayOne, after.Negative,
			"exactly two receipts' worth per whole complaint")
		t.Logf("%6d complaints, %8d sats paid to the victim: quality %.3f, score %.3f %%, attacker's flow %.3f %%",
			n, 100*n, percent(after.Quality)/100, percent(after.Score), percent(h.flow))
		*c.left = append(*c.left, fmt.Sprintf("%d for %d sats: %.3f", n, 100*n, percent(after.Quality)/100))
	}
	tables.add(fmt.Sprintf("slander, 100 sats a receipt, against quality %.3f", percent(before.Quality)/100), "%s", strings.Join(whole, "; "))
	tables.add("the same by strangers to the invoices, without stake", "%s", strings.Join(eighths, "; "))
	tables.add("what slander does for the slanderer", "flow %.3f %% before and after, score 0", percent(idle))
}

// Behaving well and then cheating: the first complaints weigh at once, and are
// remembered six times as long as the praise.
func attackOscillation(t *testing.T, tables *attackTables) {
	quality := func(good, bad, goodAgain int64) uint64 {
		w := newTown()
		shop := w.join(ownStake)
		for day := range good + bad + goodAgain {
			rating := int8(5)
			if day >= good && day < good+bad {
				rating = -5
			}
			for k := range int64(2) {
				w.buy(uint32((day*2+k)%townAgents), shop, 100, rating, day)
			}
		}
		w.day = max(townDays, good+bad+goodAgain)
		// The town trades on, or its praise would fade with the shop's.
		for day := int64(townDays); day < w.day; day++ {
			for i := range uint32(townAgents) {
				w.buy(i, (i+1+uint32(day))%townAgents, 100, 5, day)
			}
		}
		return w.judge(t).Result(shop).Quality
	}
	honest, cheated := quality(60, 0, 0), quality(60, 20, 0)
	t.Logf("60 good days: quality %.3f; then 20 bad ones: %.3f", percent(honest)/100, percent(cheated)/100)
	require.Less(t, cheated, FlowOne/2, "a third as many bad days outweigh the good ones")
	tables.add("oscillation: 60 good days, then 20 bad", "quality %.3f falls to %.3f", percent(honest)/100, percent(cheated)/100)
	last, regained := cheated, []string{}
	for _, again := range []int64{20, 60, 120, 240} {
		q := quality(60, 20, again)
		t.Logf("and %3d good days after: %.3f", again, percent(q)/100)
		require.Greater(t, q, last, "standing can be earned again")
		require.Less(t, q, honest, "but is not what it was within %d days", again)
		last, regained = q, append(regained, fmt.Sprintf("%.3f", percent(q)/100))
	}
	tables.add("and good again for 20, 60, 120, 240 days", "%s", strings.Join(regained, ", "))
}

// Bribing real customers for praise: each bribe moves the briber's flow by what
// that customer could give, no more, whatever the price on the receipt.
func attackBoughtPraise(t *testing.T, tables *attackTables) {
	all := map[uint64]*struct{ flow, score []float64 }{100_000: {}, 100_000_000: {}}
	for _, bribed := range []uint32{1, 10, 40} {
		var flows []uint64
		for _, sats := range []uint64{100_000, 100_000_000} {
			w := newTown()
			shop := w.join(0)
			for c := range bribed {
				w.buy(c, shop, sats, 10, townDays-1)
			}
			b := w.judge(t)
			h := w.holdings(b, t, shop)
			h.bounded(t, "bribes")
			r := b.Result(shop)
			t.Logf("%2d bribed at %9d sats: paid %.3f %%, flow %.3f %%, score %.3f %%, quality %.3f",
				bribed, sats, percent(h.paid), percent(h.flow), percent(h.score), percent(r.Quality)/100)
			require.LessOrEqual(t, r.Positive, uint64(bribed)*EvidenceOne, "one voice each")
			var theirs uint64
			for c := range bribed {
				theirs += b.Result(c).Flow
			}
			require.LessOrEqual(t, h.paid, theirs/2+FlowOne>>30, "nobody gives more than half of what it has")
			flows = append(flows, h.flow)
			all[sats].flow, all[sats].score = append(all[sats].flow, percent(h.flow)), append(all[sats].score, percent(h.score))
		}
		require.Less(t, flows[1], 2*flows[0], "a thousandfold price does not buy a thousandfold trust")
	}
	tables.add("bought praise: 1, 10, 40 of 200 customers bribed at 100,000 sats", "flow %s; score %s",
		words("%.2f %%", all[100_000].flow), words("%.2f %%", all[100_000].score))
	tables.add("the same at a thousand times the price", "flow %s; score %s: half of what the bribed hold is all they can give",
		words("%.2f %%", all[100_000_000].flow), words("%.2f %%", all[100_000_000].score))
}

// A cheat who floods the market with receipts of its own sybils cannot make the
// complaints about it fade sooner: age stops at the calendar's.
func attackFlood(t *testing.T, tables *attackTables) {
	params := DefaultParams()
	complaints := func(fullDay int64, sybils uint32) float64 {
		params.FullDayConsumers = fullDay
		w := newTown()
		shop, helper := w.join(ownStake), w.join(0)
		for c := range uint32(30) {
			w.buy(c, shop, 100, -10, townDays-1)
		}
		first := uint32(len(w.stakes))
		for range sybils {
			w.join(0)
		}
		for day := int64(townDays); day < townDays+60; day++ {
			for i := range sybils {
				w.buy(first+i, helper, 1, 10, day)
			}
		}
		w.day = townDays + 60
		return evidenceOf(w.judgeBy(t, params).Result(shop).Negative)
	}
	quiet, flooded, calendar := complaints(100, 0), complaints(100, 1_000), complaints(0, 0)
	require.GreaterOrEqual(t, quiet, calendar, "while nobody trades, nothing is forgotten")
	require.Equal(t, calendar, flooded, "a flood brings back the calendar, and no more")
	tables.add("60 days after 30 complaints, the market dead, or flooded by 1,000 sybils a day, against `full_day_consumers` 100",
		"evidence of complaints %.1f, or %.1f, which is the calendar's", quiet, flooded)
}
