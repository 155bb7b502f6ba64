package grpcapi

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/econd/econd/node/nodetest"
	"github.com/econd/econd/node/op"
	econdv1 "github.com/econd/econd/proto/econd/v1"
)

// While the store does not answer, who asks for what ended waits, and nobody else.
func TestReadsOfTheLogDelayNobody(t *testing.T) {
	store := &nodetest.HeldStore{}
	w := newWorld(t, func(w *world, c *Config) {
		require.NoError(t, w.Stop())
		store.Store = w.Store
		w.StartOn(store)
		c.Node = w.Node
	})
	alice, bob := nodetest.Key(t, 11), nodetest.Key(t, 12)
	reason := strings.Repeat("why ", 100)
	w.submit(alice, op.KindRegister, op.Register{Name: "alice"})
	w.stake(alice, 20_000)
	id := w.submit(alice, op.KindPropose, op.Propose{Track: "signal", Title: "t", Text: "a text", Actions: []op.Raw{}})
	w.submit(alice, op.KindCancel, op.Cancel{Proposal: id, Reason: reason})
	past := w.Node.Size() - 1
	w.submit(alice, op.KindStatement, op.Statement{Text: "later"})
	reads := map[string]func() (*econdv1.Proposal, []string, error){
		"list": func() (*econdv1.Proposal, []string, error) {
			got, err := w.ListProposals(w.ctx(), &econdv1.ListProposalsRequest{})
			return got.GetProposals()[0], nil, err
		},
		"one": func() (*econdv1.Proposal, []string, error) {
			got, err := w.GetProposal(w.ctx(), &econdv1.GetProposalRequest{Id: id[:]})
			return got.GetProposal(), nil, err
		},
		"past": func() (*econdv1.Proposal, []string, error) {
			got, err := w.GetProposal(w.ctx(), &econdv1.GetProposalRequest{Id: id[:], At: &past})
			return got.GetProposal(), nil, err
		},
		"explain": func() (*econdv1.Proposal, []string, error) {
			got, err := econdv1.NewEcondClient(w.conn).ExplainProposal(w.ctx(), &econdv1.ExplainProposalRequest{Id: id[:]})
			return nil, got.GetExplanation().GetSentences(), err
		},
	}
	held := store.HoldReads()
	done := make(chan struct{}, len(reads))
	for name, read := range reads {
		go func() {
			defer func() { done <- struct{}{} }()
			p, sentences, err := read()
			if err != nil {
				t.Errorf("%s: %v", name, err)
			} else if p != nil && (p.Text != "a text" || p.Reason != reason) || p == nil && !strings.Contains(strings.Join(sentences, "\n"), reason) {
				t.Errorf("%s: %v %q", name, p, sentences)
			}
		}()
	}
	<-held.Begun
	w.submit(bob, op.KindRegister, op.Register{Name: "bob"})
	got, err := w.ListAgents(w.ctx(), &econdv1.ListAgentsRequest{})
	require.NoError(t, err)
	require.Len(t, got.Agents, 2)
	close(held.Release)
	for range reads {
		<-done
	}
}
