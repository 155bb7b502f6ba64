package grpcapi

import (
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"

	"github.com/econd/econd/node/nodetest"
	"github.com/econd/econd/node/op"
	econdv1 "github.com/econd/econd/proto/econd/v1"
)

// What an agent did, what a delegate was entrusted with and the turnout of the
// track are three sides of the same vote.
func TestParticipationIsShown(t *testing.T) {
	w := newWorld(t, nil)
	c := econdv1.NewParticipationClient(w.conn)
	alice, bob := nodetest.Key(t, 0x21), nodetest.Key(t, 0x22)
	w.submit(bob, op.KindRegister, op.Register{Name: "bob"})
	w.stake(bob, 20_000)
	w.submit(alice, op.KindRegister, op.Register{Name: "alice"})
	w.submit(bob, op.KindDelegate, op.Delegate{To: alice.Public()})
	w.stake(alice, 20_000)
	id := w.closedSignal(alice)
	at := w.Node.Size() - 1
	second := w.closedSignal(alice)

	a, b := alice.Public(), bob.Public()
	part, err := c.GetParticipation(w.ctx(), &econdv1.GetParticipationRequest{Pubkey: b[:], Track: "signal"})
	require.NoError(t, err)
	require.Len(t, part.Parts, 1)
	require.Equal(t, []uint64{2, 2, 0, 2}, []uint64{part.Parts[0].Voter.Votes, part.Parts[0].Voter.Possible, part.Parts[0].Voter.Cast, part.Parts[0].Delegated})
	require.Equal(t, a[:], part.Parts[0].Delegates[0].Agent)
	require.Equal(t, uint64(2), part.Parts[0].Delegates[0].Votes)

	report, err := c.GetDelegateReport(w.ctx(), &econdv1.GetDelegateReportRequest{Pubkey: a[:]})
	require.NoError(t, err)
	r := report.Reports[0]
	require.Equal(t, []uint64{2, 2, 0, 2, 0, 0}, []uint64{r.Entrusted, r.Spoke, r.PassedOn, r.Carried, r.Overrides, r.Contrary})
	require.Equal(t, uint32(1_000_000), r.Voter.AgreementPpm)
	require.Positive(t, r.LastWeight)
	require.Equal(t, []uint64{r.LastWeight, r.LastWeight}, []uint64{r.MostWeight, r.AverageWeight})

	then, err := c.ListTurnout(w.ctx(), &econdv1.ListTurnoutRequest{Track: "signal", At: &at})
	require.NoError(t, err)
	require.Len(t, then.Turnouts, 1)
	require.Equal(t, id[:], then.Turnouts[0].Proposal)
	page, err := c.ListTurnout(w.ctx(), &econdv1.ListTurnoutRequest{Track: "signal", PageSize: 1})
	require.NoError(t, err)
	require.Equal(t, []uint64{2, 2}, []uint64{page.Votes, page.Passed})
	require.Equal(t, []uint64{1, 1, 2}, []uint64{page.Turnouts[0].Ballots, page.Turnouts[0].Delegators, page.Turnouts[0].Registered})
	page, err = c.ListTurnout(w.ctx(), &econdv1.ListTurnoutRequest{Track: "signal", PageToken: page.NextPageToken})
	require.NoError(t, err)
	require.Len(t, page.Turnouts, 1)
	require.Equal(t, second[:], page.Turnouts[0].Proposal)
	require.Equal(t, uint32(1_000_000), page.Turnouts[0].TurnoutPpm)
	require.Empty(t, page.NextPageToken)
}

func TestParticipationBadInput(t *testing.T) {
	w := newWorld(t, nil)
	c := econdv1.NewParticipationClient(w.conn)
	stranger := nodetest.Key(t, 0x21).Public()
	_, short := c.GetParticipation(w.ctx(), &econdv1.GetParticipationRequest{Pubkey: []byte{1}})
	_, unknown := c.GetParticipation(w.ctx(), &econdv1.GetParticipationRequest{Pubkey: stranger[:]})
	_, report := c.GetDelegateReport(w.ctx(), &econdv1.GetDelegateReportRequest{Pubkey: stranger[:]})
	_, track := c.ListTurnout(w.ctx(), &econdv1.ListTurnoutRequest{Track: "fees"})
	_, token := c.ListTurnout(w.ctx(), &econdv1.ListTurnoutRequest{Track: "signal", PageToken: listOf(new(econdv1.ListAgentsRequest).ProtoReflect()).Index(1)})
	for _, x := range []struct {
		err   error
		code  codes.Code
		field string
	}{
		{short, codes.InvalidArgument, "pubkey"}, {unknown, codes.NotFound, "pubkey"}, {report, codes.NotFound, "pubkey"},
		{track, codes.NotFound, "track"}, {token, codes.InvalidArgument, "page_token"},
	} {
		got := tell(t, x.err)
		require.Equal(t, []any{x.code, x.field}, []any{got.code, got.field}, got.message)
	}
}
