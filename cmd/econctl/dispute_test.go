package main

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/econd/econd/node/op"
)

func TestDisputesAreShown(t *testing.T) {
	s := newEcond(t)
	g := newAgent(t, s)
	o := g.run("dispute", "list")
	require.Equal(t, exitOK, o.code, o.err)
	wide := strings.Repeat(" ", 58)
	require.Equal(t, "DISPUTE"+wide[1:]+"  STATE  GROUND  PROPOSAL"+wide+"ROUND  NEXT\n"+disputeIDs[0]+"  open   fraud   "+proposalID+"  1      jury drawn at height 502\n"+
		disputeIDs[1]+"  open   harm    "+proposalID+"  1      appeal for 4000 sat until 1970-01-01T00:00:01.000Z\n", o.out)
	o = g.run("juror", "list")
	require.Equal(t, "JUROR"+strings.Repeat(" ", 61)+"STATE  BOND SAT  SCORE   FIELDS\n"+proposalID+"  ready  3000      0.00 %  models,to\uFFFDols\n", o.out)
	for line, path := range map[string]string{
		"dispute list --state open":               "/v1/disputes?state=open",
		"dispute list --proposal " + proposalID:   "/v1/proposals/" + proposalID + "/disputes",
		"juror list --field models --state ready": "/v1/jurors?field=models&state=ready",
		"dispute list --at 3":                     "/v1/disputes?at=3",
	} {
		require.Equal(t, exitOK, g.run(strings.Fields(line)...).code, line)
		require.Equal(t, "GET "+path, s.requests[len(s.requests)-1])
		require.NotEmpty(t, g.json(strings.Fields(line)...))
	}
	for _, line := range []string{"dispute list --state open --proposal " + proposalID, "dispute list --proposal x", "dispute show x", "dispute appeal x --text y",
		"dispute open " + proposalID, "dispute open " + proposalID + " --ground fraud", "juror join", "juror commit " + proposalID + " maybe", "juror commit x uphold", "juror show x"} {
		require.Equal(t, exitUsage, g.run(strings.Fields(line)...).code, line)
	}
}

func TestDisputesAreOpened(t *testing.T) {
	s := newEcond(t)
	g := newAgent(t, s)
	for _, c := range []struct {
		line    string
		kind    op.Kind
		content string
	}{
		{"dispute open " + proposalID + " --ground harm --text wrong", op.KindDispute, `{"proposal":"` + proposalID + `","ground":"harm","text":"wrong"}`},
		{"dispute appeal " + proposalID + " --text again", op.KindAppeal, `{"dispute":"` + proposalID + `","text":"again"}`},
		{"juror join models tools", op.KindJuror, `{"fields":["models","tools"]}`},
	} {
		o := g.run(strings.Fields(c.line)...)
		require.Equal(t, exitOK, o.code, o.err)
		last := s.events[len(s.events)-1]
		require.Equal(t, c.kind, last.Kind)
		require.JSONEq(t, c.content, last.Content)
		require.Contains(t, o.out, "invoice", "what to pay")
	}
	require.Equal(t, exitOK, g.run("juror", "leave").code)
	require.Equal(t, op.KindJurorLeave, s.events[len(s.events)-1].Kind)
}

// A vote is revealed with nothing but the key: the salt follows from it, and what
// was committed to is recognised.
func TestJurorCommitsAndReveals(t *testing.T) {
	s := newEcond(t)
	g := newAgent(t, s)
	id, err := op.ParseID(proposalID)
	require.NoError(t, err)
	self := g.key.Public()
	seat := map[string]any{"pubkey": self.String()}
	s.dispute = map[string]any{"id": proposalID, "state": "open", "rounds": []any{map[string]any{"round": 0, "jurors": []any{}}, map[string]any{"round": 1, "jurors": []any{seat}}}}

	o := g.run("juror", "reveal", proposalID)
	require.Equal(t, exitFailed, o.code)
	require.Contains(t, o.err, "econctl juror commit "+proposalID)

	o = g.run("juror", "commit", proposalID, "refuse")
	require.Equal(t, exitOK, o.code, o.err)
	var sent op.JuryCommit
	require.NoError(t, op.Unmarshal([]byte(s.events[len(s.events)-1].Content), "content", &sent))
	seat["commitment"] = sent.Commitment.String()

	o = g.run("juror", "reveal", proposalID)
	require.Equal(t, exitOK, o.code, o.err)
	var opened op.JuryReveal
	require.NoError(t, op.Unmarshal([]byte(s.events[len(s.events)-1].Content), "content", &opened))
	require.Equal(t, "refuse", opened.Vote)
	require.Equal(t, sent.Commitment, op.JuryCommitment(id, 1, self, "refuse", opened.Salt))
	require.NotEqual(t, opened.Salt, jurySalt(g.key, id, 0), "each round has its own salt")

	seat["commitment"] = proposalID
	o = g.run("juror", "reveal", proposalID)
	require.Equal(t, exitFailed, o.code)
	require.Contains(t, o.err, "was not made by econctl with this key")

	seat["pubkey"] = proposalID
	o = g.run("juror", "commit", proposalID, "uphold")
	require.Equal(t, exitFailed, o.code)
	require.Contains(t, o.err, "you have no seat in round 1")
	s.dispute = map[string]any{"state": "unbonded", "rounds": []any{}}
	require.Contains(t, g.run("juror", "commit", proposalID, "uphold").err, "has no jury")
}
