package breaker

import (
	"flag"
	"math/big"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func small() Config {
	l := Limits{Denials: 3, Outcomes: 4, FailurePPM: 500_000, PaidMsat: 100, FeePPM: 100_000, Sends: 5, SentMsat: 500}
	wide := l
	wide.Denials, wide.Outcomes, wide.PaidMsat, wide.Sends, wide.SentMsat = 5, 6, 200, 8, 800
	return Config{WindowMs: 1000, HealMs: 100, Wallet: l, Agent: wide, Node: wide}
}

// slow keeps everything that was ever seen, and tells it again for each question.
type slow struct {
	cfg   Config
	story []any // Observation, or a reset
}

type reset struct {
	scope Scope
	name  string
}

type openings map[[2]string]Trip

// tell returns which breakers about sats are open at the end, and what the last
// observation opened.
func (s *slow) tell() (open openings, nowMs int64, last []Trip) {
	open = openings{}
	since := map[[2]string]int{} // where counting begins
	var times []int64
	for i, e := range s.story {
		last = nil
		times = append(times, nowMs)
		switch e := e.(type) {
		case reset:
			key := [2]string{string(e.scope), e.name}
			delete(open, key)
			since[key] = i
		case Observation:
			nowMs = max(nowMs, e.AtMs)
			times[i] = nowMs
			last = s.one(i, e, open, since, times)
		}
	}
	return open, nowMs, last
}

func (s *slow) one(i int, o Observation, open openings, since map[[2]string]int, times []int64) (last []Trip) {
	node := [2]string{"node", ""}
	scopes := []struct {
		key [2]string
		l   Limits
	}{{[2]string{"wallet", o.Wallet}, s.cfg.Wallet}, {[2]string{"agent", o.Agent}, s.cfg.Agent}, {node, s.cfg.Node}}
	switch o.Sight {
	case Bad, Good:
		return nil
	case Unknown:
		if _, ok := open[node]; !ok {
			open[node] = Trip{Scope: Node, Cause: UnknownPayment, AtMs: times[i]}
			since[node] = i + 1
			return []Trip{open[node]}
		}
		return nil
	}
	if s.ignored(i, o, open, times) {
		s.story[i] = Observation{AtMs: o.AtMs, Sight: Good} // never counted
		return nil
	}
	for _, sc := range scopes {
		if _, ok := open[sc.key]; ok {
			since[sc.key] = i + 1
			continue
		}
		var sights [Bad]int64
		var paid, fees, sent int64
		for k := since[sc.key]; k <= i; k++ {
			p, ok := s.story[k].(Observation)
			if !ok || p.Sight >= Unknown || times[i]-times[k] >= s.cfg.WindowMs ||
				sc.key[0] == "wallet" && p.Wallet != o.Wallet || sc.key[0] == "agent" && p.Agent != o.Agent {
				continue
			}
			sights[p.Sight]++
			if p.Sight == Settled {
				paid, fees = paid+p.Msat, fees+p.FeeMsat
			}
			if p.Sight == Sent {
				sent += p.Msat
			}
		}
		cause := Cause("")
		ended := sights[Failed] + sights[Settled]
		switch {
		case sights[Denied] >= sc.l.Denials:
			cause = Denials
		case ended >= sc.l.Outcomes && ratio(sights[Failed], ended, sc.l.FailurePPM):
			cause = Failures
		case paid >= sc.l.PaidMsat && ratio(fees, paid, sc.l.FeePPM):
			cause = Fees
		case sights[Sent] > sc.l.Sends, sent > sc.l.SentMsat:
			cause = Velocity
		}
		if cause != "" {
			open[sc.key] = Trip{Scope: Scope(sc.key[0]), Subject: sc.key[1], Cause: cause, AtMs: times[i]}
			since[sc.key] = i + 1
			last = append(last, open[sc.key])
		}
	}
	return last
}

// ignored tells whether a denial is one that an open breaker made.
func (s *slow) ignored(i int, o Observation, open openings, times []int64) bool {
	if o.Sight != Denied {
		return false
	}
	for _, key := range [][2]string{{"node", ""}, {"agent", o.Agent}, {"wallet", o.Wallet}} {
		if _, ok := open[key]; ok {
			return true
		}
	}
	return s.down(i, times, times[i]) != ""
}

// down is the first cause of means that is there, or has not been gone for long.
func (s *slow) down(until int, times []int64, nowMs int64) Cause {
	for _, cause := range []Cause{OutOfSync, ClockJump, WriteFailed} {
		there, lastMs := false, int64(-1)
		for k, e := range s.story[:until] {
			if o, ok := e.(Observation); ok && o.Cause == cause {
				if o.Sight == Bad || there {
					lastMs = times[k]
				}
				there = o.Sight == Bad && cause != ClockJump
			}
		}
		if there || lastMs >= 0 && nowMs-lastMs < s.cfg.HealMs {
			return cause
		}
	}
	return ""
}

func ratio(part, whole, ppm int64) bool {
	a := new(big.Int).Mul(big.NewInt(part), big.NewInt(1_000_000))
	return a.Cmp(new(big.Int).Mul(big.NewInt(whole), big.NewInt(ppm))) > 0
}

func pick[T any](rng *rand.Rand, list ...T) T { return list[rng.IntN(len(list))] }

// Ten thousand schedules: which breakers open, by what, and what is held back, as the slow
// ones say.
func TestAgreesWithTheSlowBreakers(t *testing.T) {
	old := flag.Lookup("rapid.checks").Value.String()
	require.NoError(t, flag.Set("rapid.checks", "10000"))
	defer func() { require.NoError(t, flag.Set("rapid.checks", old)) }()
	met := map[Cause]int{}
	rapid.Check(t, func(t *rapid.T) {
		rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
		b, err := New(small())
		require.NoError(t, err)
		s := &slow{cfg: small()}
		nowMs := int64(0)
		mostly := pick(rng, Denied, Sent, Failed, Settled)
		for range rapid.IntRange(1, 40).Draw(t, "steps") {
			nowMs = max(0, nowMs+pick[int64](rng, 0, 0, 1, 50, 99, 100, 101, 999, 1000, rng.Int64N(300), -rng.Int64N(300)))
			if rng.IntN(15) == 0 {
				r := reset{pick(rng, Wallet, Agent, Node), ""}
				switch r.scope {
				case Wallet:
					r.name = "w1"
				case Agent:
					r.name = "a"
				}
				b.Reset(r.scope, r.name)
				s.story = append(s.story, r)
				continue
			}
			o := Observation{AtMs: nowMs, Sight: pick(rng, mostly, mostly, mostly, Denied, Sent, Failed, Settled)}
			o.Wallet, o.Agent = pick(rng, "w1", "w2"), "a"
			o.Msat, o.FeeMsat = rng.Int64N(150), rng.Int64N(10)
			switch rng.IntN(30) {
			case 0:
				o = Observation{AtMs: nowMs, Sight: Unknown}
			case 1, 2, 3:
				o = Observation{AtMs: nowMs, Sight: pick(rng, Bad, Good), Cause: pick(rng, means...)}
			}
			opened := b.Observe(o)
			s.story = append(s.story, o)
			open, seenMs, last := s.tell()
			if o.Sight < Bad {
				for i := range opened {
					met[opened[i].Cause]++
					require.NotEmpty(t, opened[i].Figures)
					opened[i].Figures = ""
				}
				require.Equal(t, last, opened)
			}
			times := make([]int64, len(s.story))
			at := int64(0)
			for i, e := range s.story {
				if o, ok := e.(Observation); ok {
					at = max(at, o.AtMs)
				}
				times[i] = at
			}
			for _, wallet := range []string{"w1", "w2"} {
				for _, later := range []int64{0, 99, 100} {
					got, held := b.Open(wallet, "a", seenMs+later)
					want := s.down(len(s.story), times, seenMs+later)
					for _, key := range [][2]string{{"node", ""}, {"agent", "a"}, {"wallet", wallet}} {
						if trip, ok := open[key]; ok && want == "" {
							want = trip.Cause
						}
					}
					require.Equal(t, want != "", held)
					require.Equal(t, want, got.Cause)
				}
			}
		}
	})
	for _, cause := range []Cause{Denials, Failures, Fees, Velocity, UnknownPayment} {
		require.Greater(t, met[cause], 100, cause)
	}
}

func TestMeansHealAndSatsDoNot(t *testing.T) {
	b, err := New(small())
	require.NoError(t, err)
	require.Len(t, b.Observe(Observation{AtMs: 0, Sight: Bad, Cause: OutOfSync}), 1)
	require.Empty(t, b.Observe(Observation{AtMs: 5, Sight: Bad, Cause: OutOfSync}), "opened once")
	_, open := b.Open("w", "a", 1<<40)
	require.True(t, open, "as long as the cause is there")
	b.Observe(Observation{AtMs: 10, Sight: Good, Cause: OutOfSync})
	trip, open := b.Open("w", "a", 109)
	require.True(t, open)
	require.Equal(t, Trip{Node, "", OutOfSync, 10, "gone for 99 ms of 100"}, trip)
	_, open = b.Open("w", "a", 110)
	require.False(t, open)

	require.Equal(t, []Trip{{Node, "", UnknownPayment, 200, "LND sent 7 msat that no entry asks for"}}, b.Observe(Observation{AtMs: 200, Sight: Unknown, Msat: 7}))
	_, open = b.Open("w", "a", 1<<40)
	require.True(t, open)
	b.Reset(Node, "")
	_, open = b.Open("w", "a", 1<<40)
	require.False(t, open)
	b.Hold(Trip{Scope: Agent, Subject: "a", Cause: Denials})
	trip, open = b.Open("w", "a", 300)
	require.True(t, open)
	require.Equal(t, Denials, trip.Cause)
	_, open = b.Open("w", "another", 300)
	require.False(t, open)
}

// Subjects that nobody hears of again are forgotten, and what is kept of one is bounded.
func TestMemoryIsBounded(t *testing.T) {
	cfg := Default()
	cfg.WindowMs, cfg.Node, cfg.Agent = 1000, Limits{}, Limits{}
	b, err := New(cfg)
	require.NoError(t, err)
	for i := range int64(20_000) {
		b.Observe(Observation{AtMs: i * 100, Sight: Settled, Wallet: strings.Repeat("w", int(i%1000)+1), Msat: 1})
	}
	require.Less(t, len(b.list), 200)
	for range MaxKept + 5 {
		b.Observe(Observation{AtMs: 1 << 40, Sight: Settled, Wallet: "w", Agent: "a", Msat: 1 << 62, FeeMsat: 0})
	}
	for _, s := range b.list {
		require.LessOrEqual(t, len(s.kept), MaxKept)
		require.Nil(t, s.open)
	}
	require.True(t, slices.IsSortedFunc(b.list, func(x, y subject) int { return strings.Compare(string(x.scope)+x.name, string(y.scope)+y.name) }))
}

func TestConfigsAreValidated(t *testing.T) {
	require.NoError(t, Default().Validate())
	for want, f := range map[string]func(*Config){
		"WindowMs":         func(c *Config) { c.WindowMs = 0 },
		"HealMs":           func(c *Config) { c.HealMs = -1 },
		"Wallet.Denials":   func(c *Config) { c.Wallet.Denials = MaxKept + 1 },
		"Agent.FailurePPM": func(c *Config) { c.Agent.FailurePPM = 1_000_001 },
		"Node.SentMsat":    func(c *Config) { c.Node.SentMsat = -1 },
	} {
		c := Default()
		f(&c)
		_, err := New(c)
		require.ErrorContains(t, err, want+" is ")
	}
}

func TestRatiosAreExact(t *testing.T) {
	for range 100_000 {
		part, whole, ppm := rand.Int64N(1<<50)>>rand.IntN(50), 1+rand.Int64N(1<<50)>>rand.IntN(50), rand.Int64N(1_000_001)
		require.Equal(t, ratio(part, whole, ppm), above(part, whole, ppm), "%d/%d %d", part, whole, ppm)
	}
}
