package httpapi

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/econd/econd/node/constitution"
	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/nodetest"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/view"
)

// Pages show what an agent gave and received in order of entry, each once, also
// where a delegation is taken back between two pages.
func TestDelegationsOfAnAgent(t *testing.T) {
	w := newWorld(t, nil)
	hub := nodetest.Key(t, 11)
	w.submit(hub, op.KindRegister, op.Register{Name: "hub"})
	for b := byte(12); b < 17; b++ {
		w.submit(nodetest.Key(t, b), op.KindRegister, op.Register{Name: "agent"})
		w.submit(nodetest.Key(t, b), op.KindDelegate, op.Delegate{To: hub.Public(), Track: "price"})
		if b == 13 {
			w.submit(hub, op.KindDelegate, op.Delegate{To: nodetest.Key(t, 12).Public(), ExpiresMs: w.Clock.NowMs() + 5000})
		}
	}
	w.submit(hub, op.KindStatement, op.Statement{Track: "price", Text: "low prices"})
	path := "/v1/agents/" + hub.Public().String() + "/delegations"
	type answered struct {
		Items      []struct{ From, To, Track string }
		Statements []struct{ Track, Text string }
		Next       string
	}
	var all answered
	w.get(path).into(t, &all)
	require.Len(t, all.Items, 6)
	require.Empty(t, all.Next)
	require.Equal(t, "low prices", all.Statements[0].Text)
	require.Equal(t, hub.Public().String(), all.Items[2].From, "given and received are in one order")

	var first, second, third answered
	w.get(path+"?limit=2").into(t, &first)
	require.Equal(t, all.Items[:2], first.Items)
	w.submit(nodetest.Key(t, 12), op.KindUndelegate, op.Undelegate{Track: "price"})
	w.get(path+"?limit=2&cursor="+first.Next).into(t, &second)
	require.Equal(t, all.Items[2:4], second.Items)
	w.get(path+"?limit=2&cursor="+second.Next).into(t, &third)
	require.Equal(t, all.Items[4:], third.Items)
	require.Empty(t, third.Next)

	w.get("/v1/agents/"+nodetest.Key(t, 12).Public().String()+"/delegations").into(t, &all)
	require.Len(t, all.Items, 1)
	require.Equal(t, hub.Public().String(), all.Items[0].From)
}

// A vote between options shows them, the filled-in ballots, the scores, the
// winner and what delegated weight did.
func TestOptionsAndDelegatedWeightAreShown(t *testing.T) {
	w := newWorld(t, nil)
	for b := byte(11); b < 14; b++ {
		w.submit(nodetest.Key(t, b), op.KindRegister, op.Register{Name: "agent"})
	}
	w.submit(nodetest.Key(t, 13), op.KindDelegate, op.Delegate{To: nodetest.Key(t, 11).Public()})
	w.Clock.Add(time.Second)
	id := w.submit(nodetest.Key(t, 11), op.KindPropose, op.Propose{Track: "poll", Title: "Drink", Actions: []op.Raw{}, Options: []string{"tea", "coffee"}})
	w.Clock.Add(3 * time.Second)
	w.submit(nodetest.Key(t, 11), op.KindVote, op.Vote{Proposal: id, Choice: "ballot", Ballot: op.Raw("[2]")})
	w.submit(nodetest.Key(t, 12), op.KindVote, op.Vote{Proposal: id, Choice: "ballot", Ballot: op.Raw("[1]")})
	w.closed(id)

	var p struct {
		Counting string
		Options  []string
		Outcome  struct {
			Scores     []string
			Winner     int
			Delegation struct {
				Delegators int
				Delegated  string
			}
		}
	}
	w.get("/v1/proposals/"+id.String()).into(t, &p)
	require.Equal(t, "approval", p.Counting)
	require.Equal(t, []string{"tea", "coffee"}, p.Options)
	require.Equal(t, []string{"1", "2"}, p.Outcome.Scores)
	require.Equal(t, 2, p.Outcome.Winner)
	require.Equal(t, 1, p.Outcome.Delegation.Delegators)
	require.Equal(t, "1", p.Outcome.Delegation.Delegated)
	var list struct {
		Items []struct {
			Choice string
			Ballot []int
		}
	}
	w.get("/v1/proposals/"+id.String()+"/ballots").into(t, &list)
	require.Len(t, list.Items, 2)
	require.Equal(t, "ballot", list.Items[0].Choice)
	require.Len(t, list.Items[0].Ballot, 1)
}

// Guardians' signatures under a veto that is not agreed on yet are shown.
func TestVetoesAreShown(t *testing.T) {
	w := newWorld(t, nil)
	var v view.Proposal
	id := w.vote(nodetest.Key(t, 11))
	w.Node.View(func(s *ledger.State, now int64) { v, _ = s.Proposal(id, now) })
	v.Vetoes = []view.Assent{{Guardian: nodetest.Key(t, 1).Public(), Reason: "r", Seq: 1}}
	v.Cancels, v.DecidedEarly = v.Vetoes, true
	w.spec.valid(t, "/components/schemas/Proposal", []byte(op.EncodeContent(v)))
}

// A proposal is explained from its draft to its execution.
func TestExplainFollowsAProposal(t *testing.T) {
	w := newWorld(t, nil)
	alice := nodetest.Key(t, 11)
	w.submit(alice, op.KindRegister, op.Register{Name: "alice"})
	w.stake(alice, 20_000)
	w.Clock.Add(time.Second)
	id := w.submit(alice, op.KindPropose, op.Propose{Track: "price", Title: "Dearer",
		Actions: []op.Raw{op.Raw(op.EncodeContent(ledger.SetPrice{Type: constitution.ActionSetPrice, Resource: "operations", Sat: 11, ExpectSat: 10}))}})
	explained := func() (x view.Explanation) {
		a := w.get("/v1/proposals/" + id.String() + "/explain") // held against the schema
		var v struct {
			State      string
			Sentences  []string
			Collateral *view.CollateralExplained
			Queue      *view.QueueExplained
		}
		a.into(t, &v)
		require.NotEmpty(t, v.Sentences)
		return view.Explanation{State: v.State, Sentences: v.Sentences, Collateral: v.Collateral, Queue: v.Queue}
	}
	x := explained()
	require.Equal(t, "draft", x.State)
	require.Equal(t, int64(5000), x.Collateral.AmountSat)
	w.Lock(id)
	require.Equal(t, "pending", explained().State)
	w.Clock.Add(3 * time.Second)
	w.submit(alice, op.KindVote, op.Vote{Proposal: id, Choice: "for"})
	require.Equal(t, "active", explained().State)
	w.Clock.Add(13 * time.Second)
	w.Chain.Tips <- nodetest.Tip
	w.Until("the vote is closed", func(s *ledger.State, now int64) bool {
		p, _ := s.Proposal(id, now)
		return p.Outcome != nil
	})
	x = explained()
	require.Equal(t, "queued", x.State)
	require.Equal(t, x.Queue.ExecuteAfterMs, x.Queue.VetoUntilMs)
	w.submit(nodetest.Key(t, 1), op.KindVeto, op.Veto{Proposal: id, Reason: "harmful"})
	require.Contains(t, explained().Sentences, "It is vetoed: harmful")
}
