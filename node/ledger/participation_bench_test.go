package ledger

import (
	"testing"

	"github.com/econd/econd/node/op"
)

// What one agent's participation costs on a track with as many closed votes as
// are looked at.
func BenchmarkParticipation(b *testing.B) {
	c := newCrowd(b, 100)
	c.sc.s.constitution.Tracks[trackAt(c.sc.s, "signal")].VotingPeriodS = 10
	for range turnoutVotes {
		c.propose()
		c.sc.at.TimeMs += 60_000
		c.sc.enterDue()
	}
	b.ResetTimer()
	for range b.N {
		list, err := c.sc.s.Participation(crowdKey(7), "signal")
		if err != nil || list[0].Possible != turnoutVotes {
			b.Fatal(list, err)
		}
	}
}

func trackAt(s *State, name string) int {
	for i := range s.constitution.Tracks {
		if s.constitution.Tracks[i].Name == name {
			return i
		}
	}
	return -1
}

// What the close of a vote adds for its ballots.
func BenchmarkNoteParticipation(b *testing.B) {
	const agents = 100_000
	c := newCrowd(b, agents)
	id := c.propose()
	c.sc.at.TimeMs += 10_000
	for i := range agents {
		c.apply(crowdKey(i), op.KindVote, `{"proposal":"`+id.String()+`","choice":"for"}`)
	}
	i := c.sc.s.proposals.at[id]
	p := &c.sc.s.proposals.list[i]
	p.close = &op.Close{Proposal: id, Passed: true}
	said := c.sc.s.represent(p)
	b.ResetTimer()
	for range b.N {
		c.sc.s.noteParticipation(i, said)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/agents, "ns/ballot")
}
