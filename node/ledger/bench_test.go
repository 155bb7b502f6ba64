package ledger

import (
	"encoding/binary"
	"strconv"
	"testing"

	"github.com/econd/econd/node/op"
)

// crowd is an economy of many agents on a track that weighs each the same.
// Events carry made-up ids and no signatures: ApplyVerified checks none.
type crowd struct {
	b  testing.TB
	sc *scenario
	n  uint64
}

func newCrowd(b testing.TB, agents int) *crowd { return newCrowdUnder(b, agents, func(*scenario) {}) }

// newCrowdUnder is newCrowd with more said about the constitution.
func newCrowdUnder(b testing.TB, agents int, rules func(*scenario)) *crowd {
	c := &crowd{b: b, sc: newScenario(b)}
	c.sc.file = b.Name()
	c.sc.set("tracks.signal.weight", "{kind: one}")
	c.sc.set("tracks.signal.propose_stake_sat", "0")
	c.sc.set("tracks.signal.voting_period_s", "100000")
	c.sc.set("tracks.signal.max_open_per_agent", "0")
	c.sc.set("epoch_s", "1000000")
	rules(c.sc)
	c.sc.begin()
	for i := range agents {
		c.apply(crowdKey(i), op.KindRegister, `{"name":"x"}`)
	}
	c.sc.at.TimeMs += 1000
	return c
}

func crowdKey(i int) (k op.PublicKey) {
	binary.BigEndian.PutUint64(k[:], uint64(i)*0x9e3779b97f4a7c15+1)
	return k
}

func (c *crowd) entry(by op.PublicKey, kind op.Kind, content string) *op.Entry {
	c.n++
	e := &op.Event{CreatedAt: c.sc.at.TimeMs / 1000, Kind: kind, PubKey: by,
		Tags: [][]string{{"economy", scenarioEconomy}, {op.OrderTag, strconv.FormatUint(1<<20+c.n, 10)}}, Content: content}
	binary.BigEndian.PutUint64(e.ID[:], c.n*0x9e3779b97f4a7c15)
	binary.BigEndian.PutUint64(e.ID[8:], c.n)
	return &op.Entry{Stamp: c.sc.at, Event: e}
}

func (c *crowd) apply(by op.PublicKey, kind op.Kind, content string) op.ID {
	return c.enter(c.entry(by, kind, content))
}

// enter applies an entry as the next one.
func (c *crowd) enter(e *op.Entry) op.ID {
	e.Seq = c.sc.s.Next()
	if _, err := ApplyVerified(c.sc.s, e); err != nil {
		c.b.Fatal(err)
	}
	return e.Event.ID
}

func (c *crowd) propose() op.ID {
	return c.apply(crowdKey(0), op.KindPropose, `{"track":"signal","title":"t","text":"","actions":[]}`)
}

// proposeAndVote opens a vote in which the first so many are for it.
func (c *crowd) proposeAndVote(voters int) op.ID {
	id := c.propose()
	c.sc.at.TimeMs += 2000
	for i := range voters {
		c.apply(crowdKey(i), op.KindVote, op.EncodeContent(op.Vote{Proposal: id, Choice: "for"}))
	}
	return id
}

// One ballot, signature apart.
func BenchmarkApplyBallot(b *testing.B) {
	const agents = 100_000
	c := newCrowd(b, agents)
	id := c.propose()
	c.sc.at.TimeMs += 2000
	content := op.EncodeContent(op.Vote{Proposal: id, Choice: "for"})
	const batch = 50_000
	entries := make([]*op.Entry, batch)
	i := batch
	for b.Loop() {
		if i == batch {
			b.StopTimer()
			for k := range entries {
				entries[k] = c.entry(crowdKey((int(c.n)+k)%agents), op.KindVote, content)
			}
			i = 0
			b.StartTimer()
		}
		entries[i].Seq = c.sc.s.Next()
		if _, err := ApplyVerified(c.sc.s, entries[i]); err != nil {
			b.Fatal(err)
		}
		i++
	}
}

// A new proposal with its snapshot of weights costs the same among many agents.
func BenchmarkProposeAmongMany(b *testing.B) {
	c := newCrowd(b, 200_000)
	for b.Loop() {
		c.propose()
	}
}

// The close of a vote in which nine of ten agents delegate.
func BenchmarkCloseWithDelegation(b *testing.B) {
	const agents = 100_000
	c := newCrowd(b, agents)
	for i := range agents * 9 / 10 {
		c.apply(crowdKey(i), op.KindDelegate, op.EncodeContent(op.Delegate{To: crowdKey(i + 1 + i%7)}))
	}
	id := c.propose()
	c.sc.at.TimeMs += 2000
	content := op.EncodeContent(op.Vote{Proposal: id, Choice: "for"})
	for i := agents * 9 / 10; i < agents; i++ {
		c.apply(crowdKey(i), op.KindVote, content)
	}
	c.sc.at.TimeMs += 100_001_000
	p := &c.sc.s.proposals.list[0]
	for b.Loop() {
		if f := c.sc.s.closeFact(p); f.Delegation.Delegators == 0 {
			b.Fatal("nobody delegated")
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/agents, "ns/agent")
}
