package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/econd/econd/node/keyfile"
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

// seatOf puts an agent on the jury of a dispute's second round, and returns its seat as econd shows it.
func seatOf(s *econd, self op.PublicKey) map[string]any {
	seat := map[string]any{"pubkey": self.String()}
	s.dispute = map[string]any{"id": proposalID, "state": "open", "rounds": []any{map[string]any{"round": 0, "jurors": []any{}}, map[string]any{"round": 1, "jurors": []any{seat}}}}
	return seat
}

func contentOf[T any](t *testing.T, s *econd) (c T) {
	t.Helper()
	require.NoError(t, op.Unmarshal([]byte(s.last().Content), "content", &c))
	return c
}

// A vote is salted with what was drawn for the seat and lies on disk before anything is sent; it is revealed
// by that file.
func TestJurorCommitsAndReveals(t *testing.T) {
	s := newEcond(t)
	g := newAgent(t, s)
	id, err := op.ParseID(proposalID)
	require.NoError(t, err)
	self := g.key.Public()
	seat := seatOf(s, self)
	salts := filepath.Join(g.dir, saltsFile)

	o := g.run("juror", "reveal", proposalID)
	require.Equal(t, exitFailed, o.code)
	require.Contains(t, o.err, "econctl juror commit "+proposalID)
	require.NoFileExists(t, salts)

	require.NoError(t, os.Mkdir(salts, 0o700))
	sent := len(s.events)
	require.Equal(t, exitFailed, g.run("juror", "commit", proposalID, "refuse").code)
	require.Len(t, s.events, sent, "nothing is sent whose salt is not kept")
	require.NoError(t, os.Remove(salts))

	o = g.run("juror", "commit", proposalID, "uphold")
	require.Equal(t, exitOK, o.code, o.err)
	first := contentOf[op.JuryCommit](t, s)
	o = g.run("juror", "commit", proposalID, "refuse")
	require.Equal(t, exitOK, o.code, o.err)
	second := contentOf[op.JuryCommit](t, s)
	require.NotEqual(t, first.Commitment, second.Commitment)
	info, err := os.Stat(salts)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode())
	text, err := os.ReadFile(salts)
	require.NoError(t, err)
	require.Equal(t, 1, strings.Count(string(text), "\n"), "a seat has one salt")
	require.NoError(t, os.WriteFile(salts, append(text, `{"dispute":"`+proposalID+`","round":1,"pub`...), 0o600)) // torn by a kill

	for _, c := range []struct{ commitment, vote string }{{first.Commitment.String(), "uphold"}, {second.Commitment.String(), "refuse"}} {
		seat["commitment"] = c.commitment
		o = g.run("juror", "reveal", proposalID)
		require.Equal(t, exitOK, o.code, o.err)
		opened := contentOf[op.JuryReveal](t, s)
		require.Equal(t, c.vote, opened.Vote)
		require.Equal(t, c.commitment, op.JuryCommitment(id, 1, self, c.vote, opened.Salt).String())
	}
	another := newAgent(t, s)
	another.key, another.dir = g.key, t.TempDir()
	require.NoError(t, keyfile.Write(filepath.Join(another.dir, "agent.key"), keyfile.NewAgent(g.key)))
	o = another.run("juror", "reveal", proposalID)
	require.Equal(t, exitFailed, o.code, "the key alone does not tell the salt")
	require.Contains(t, o.err, "with a salt that is not in "+filepath.Join(another.dir, saltsFile))

	require.NoError(t, os.Chmod(salts, 0o644))
	require.Contains(t, g.run("juror", "reveal", proposalID).err, "run chmod 600 on it")
	require.NoError(t, os.Chmod(salts, 0o600))

	seat["pubkey"] = proposalID
	o = g.run("juror", "commit", proposalID, "uphold")
	require.Equal(t, exitFailed, o.code)
	require.Contains(t, o.err, "you have no seat in round 1")
	s.dispute = map[string]any{"state": "unbonded", "rounds": []any{}}
	require.Contains(t, g.run("juror", "commit", proposalID, "uphold").err, "has no jury")
}

// What was committed to with a salt of before, which follows from the key, is revealed by the key alone.
func TestOldCommitmentsAreRevealed(t *testing.T) {
	s := newEcond(t)
	g := newAgent(t, s)
	id, err := op.ParseID(proposalID)
	require.NoError(t, err)
	mac := hmac.New(sha256.New, g.key.Bytes())
	fmt.Fprintf(mac, "econd/jury-salt %s 1", proposalID)
	salt := op.Hash(mac.Sum(nil))
	seatOf(s, g.key.Public())["commitment"] = op.JuryCommitment(id, 1, g.key.Public(), "uphold", salt).String()
	o := g.run("juror", "reveal", proposalID)
	require.Equal(t, exitOK, o.code, o.err)
	require.Equal(t, op.JuryReveal{Dispute: id, Vote: "uphold", Salt: salt}, contentOf[op.JuryReveal](t, s))
}
