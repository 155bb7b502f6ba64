package ledger

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/econd/econd/node/refusal"
	"github.com/econd/econd/node/view"
	"github.com/econd/econd/voting"
)

// Commands of the scenario language about participation. Each names the figures
// that it looks at, as the views do in JSON.
//
//	participation NAME TRACK [FIGURE N]...
//	delegates NAME TRACK NAME:VOTES...  those that NAME gave weight, in order
//	report NAME TRACK [FIGURE N]...     as a delegate
//	turnout TRACK [FIGURE N]...         over all votes of the track
//	turned P [FIGURE N]...              of one vote
func init() {
	looks["participation"] = func(sc *scenario, f []string) string {
		list, err := sc.s.Participation(secretOf(f[0]).Public(), f[1])
		if err != nil {
			return err.Error()
		}
		return strings.Join(append([]string{f[1]}, figuresOf(list[0], f[2:])...), " ")
	}
	looks["delegates"] = func(sc *scenario, f []string) string {
		list, err := sc.s.Participation(secretOf(f[0]).Public(), f[1])
		if err != nil {
			return err.Error()
		}
		words := []string{f[1]}
		for _, d := range list[0].Delegates {
			words = append(words, fmt.Sprintf("%s:%d", sc.nameOf(d.Agent), d.Votes))
		}
		return strings.Join(words, " ")
	}
	looks["report"] = func(sc *scenario, f []string) string {
		list, err := sc.s.DelegateReport(secretOf(f[0]).Public())
		if err != nil {
			return err.Error()
		}
		i := slices.IndexFunc(list, func(v view.Delegate) bool { return v.Track == f[1] })
		if i < 0 {
			return f[1] + " none"
		}
		return strings.Join(append([]string{f[1]}, figuresOf(list[i], f[2:])...), " ")
	}
	looks["turnout"] = func(sc *scenario, f []string) string {
		v, _, _, err := sc.s.TrackParticipation(f[0], 0, 0)
		if err != nil {
			return err.Error()
		}
		return strings.Join(figuresOf(v, f[1:]), " ")
	}
	looks["turned"] = func(sc *scenario, f []string) string {
		p, _ := sc.s.Proposal(sc.labels[f[0]], sc.at.TimeMs)
		_, list, _, err := sc.s.TrackParticipation(p.Track, 0, 1<<30)
		if err != nil {
			return err.Error()
		}
		i := slices.IndexFunc(list, func(v view.ClosedVote) bool { return v.Proposal == p.ID })
		if i < 0 {
			return "not closed"
		}
		return strings.Join(figuresOf(list[i], f[1:]), " ")
	}
}

// figuresOf reads every second word's figure from a view.
func figuresOf(view any, f []string) []string {
	raw, err := json.Marshal(view)
	if err != nil {
		panic(err)
	}
	var all map[string]any
	d := json.NewDecoder(strings.NewReader(string(raw)))
	d.UseNumber()
	if err := d.Decode(&all); err != nil {
		panic(err)
	}
	var words []string
	for i := 0; i+1 < len(f); i += 2 {
		words = append(words, f[i], fmt.Sprint(all[f[i]]))
	}
	return words
}

// digestParticipation writes down what the views show of participation.
func digestParticipation(s *State) string {
	var b strings.Builder
	for i := range s.Agents() {
		key := s.AgentAt(i).PubKey
		parts, _ := s.Participation(key, "")
		report, _ := s.DelegateReport(key)
		fmt.Fprintf(&b, "%+v %+v\n", parts, report)
	}
	for i := range s.participation.records {
		v, list, _, _ := s.TrackParticipation(s.participation.records[i].name, 0, 1<<30)
		fmt.Fprintf(&b, "%+v %+v\n", v, list)
	}
	return b.String()
}

func TestParticipationRefusals(t *testing.T) {
	sc := newScenario(t)
	sc.begin()
	require.NoError(t, sc.act([]string{"agent", "a"}))
	a, stranger := secretOf("a").Public(), secretOf("stranger").Public()
	for _, c := range []struct {
		field string
		call  func() error
	}{
		{"pubkey", func() error { _, err := sc.s.Participation(stranger, ""); return err }},
		{"pubkey", func() error { _, err := sc.s.DelegateReport(stranger); return err }},
		{"track", func() error { _, err := sc.s.Participation(a, "fees"); return err }},
		{"track", func() error { _, _, _, err := sc.s.TrackParticipation("fees", 0, 1); return err }},
	} {
		err := c.call()
		require.ErrorIs(t, err, refusal.ErrNotFound)
		var r *refusal.Refusal
		require.ErrorAs(t, err, &r)
		require.Equal(t, c.field, r.Field)
	}
	list, err := sc.s.Participation(a, "price")
	require.NoError(t, err)
	require.Equal(t, []view.Participation{{Voter: view.Voter{Track: "price"}, Delegates: []view.DelegateUse{}}}, list)
}

func TestTurnoutIsPaged(t *testing.T) {
	sc := newScenario(t)
	for _, line := range []string{"set tracks.signal.weight {kind: one}", "set tracks.signal.propose_stake_sat 0",
		"set tracks.signal.max_open_per_agent 0", "agent a", "wait 1s"} {
		sc.command(strings.Fields(line))
	}
	for i := range 5 {
		sc.command([]string{"a", "poll", fmt.Sprint("p", i), "signal"})
		sc.command([]string{"wait", "30s"})
		sc.enterDue()
	}
	_, all, more, err := sc.s.TrackParticipation("signal", 0, 5)
	require.NoError(t, err)
	require.False(t, more)
	require.Len(t, all, 5)
	_, page, more, err := sc.s.TrackParticipation("signal", 2, 2)
	require.NoError(t, err)
	require.True(t, more)
	require.Equal(t, all[2:4], page)
	for _, from := range []int{5, 6, 1 << 40, -1} {
		_, page, more, err := sc.s.TrackParticipation("signal", from, 1)
		require.NoError(t, err)
		require.Equal(t, from < 0, more, from)
		require.Equal(t, from < 0, len(page) == 1, from)
	}
}

// Whoever moves from delegate to delegate does not make its record grow without
// end; the delegate of the longest ago makes room.
func TestKeptDelegatesAreBounded(t *testing.T) {
	var list []delegateUse
	for i := range uint32(3 * maxKeptDelegates) {
		list = useDelegate(useDelegate(list, i), 7)
	}
	require.Len(t, list, maxKeptDelegates)
	require.Equal(t, delegateUse{to: 7, votes: 3*maxKeptDelegates + 1}, list[maxKeptDelegates-1])
	require.Equal(t, delegateUse{to: 2*maxKeptDelegates + 1, votes: 1}, list[0])
}

// The average of weights close to 2^64 is exact.
func TestAverageOfCarriedWeight(t *testing.T) {
	s := New()
	s.agents.list = []agent{{}}
	for i, w := range []uint64{1<<64 - 1, 1<<64 - 1, 1<<64 - 3} {
		s.agents.noteCarried(0, w, 0, i)
	}
	d := s.agents.list[0].parts[0].as
	require.Equal(t, uint64(1<<64-2), d.average()) // (3 * 2^64 - 5) / 3, rounded down
	require.Equal(t, []uint64{3, 1<<64 - 3, 1<<64 - 1}, []uint64{d.carried, d.last, d.most})
	require.Equal(t, []int{0, 1, 2}, d.votes)
}

func TestBallotsBetweenOptionsFavour(t *testing.T) {
	for _, c := range []struct {
		method voting.Method
		ballot string
		want   stance // to option 2
	}{
		{voting.Approval, `[1,2]`, agrees}, {voting.Approval, `[1,3]`, differs}, {voting.Approval, `[]`, undecided},
		{voting.RankedChoice, `[2,1,3]`, agrees}, {voting.RankedChoice, `[1,2,3]`, differs},
		{voting.Copeland, `[2,3,1]`, agrees}, {voting.Copeland, `[3,2,1]`, differs},
		{voting.Weighted, `{"2":500000,"1":500000}`, agrees}, {voting.Weighted, `{"2":400000,"1":600000}`, differs},
		{voting.Quadratic, `{"2":3,"1":1}`, agrees}, {voting.Quadratic, `{"1":3}`, differs},
		{voting.QuadraticCredits, `{"2":1}`, agrees}, {voting.QuadraticCredits, `{"1":2,"2":1}`, differs},
	} {
		choice, err := voting.ParseChoice(c.method, 3, []byte(c.ballot))
		require.NoError(t, err, "%s %s", c.method, c.ballot)
		require.Equal(t, c.want, favours(c.method, choice, 2), "%s %s", c.method, c.ballot)
	}
}
