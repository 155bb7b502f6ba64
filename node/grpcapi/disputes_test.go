package grpcapi

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"github.com/econd/econd/node/constitution"
	"github.com/econd/econd/node/constitution/yamlfile"
	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/nodetest"
	"github.com/econd/econd/node/op"
	econdv1 "github.com/econd/econd/proto/econd/v1"
)

// disputable is the demo's constitution in which prices can be challenged.
func disputable() string {
	text := strings.Replace(string(yamlfile.Demo), "timelock_s: 8\n", "timelock_s: 3600\n"+
		"    dispute: {field: models, window_s: 3600, bond_sat: 2000, jurors: 1, commit_s: 60, reveal_s: 60, appeal_s: 60, max_rounds: 2}\n", 1)
	return text + "\ndisputes: {juror_bond_sat: 3000, fields: [models, tools]}\n"
}

// A challenge is shown with its bond and what it waits for, an offer with its own.
func TestDisputesAndJurorsAreShown(t *testing.T) {
	w := newWorldOf(t, disputable(), nil)
	c := econdv1.NewDisputesClient(w.conn)
	alice, bob, carol := nodetest.Key(t, 0x21), nodetest.Key(t, 0x22), nodetest.Key(t, 0x23)
	w.submit(alice, op.KindRegister, op.Register{Name: "alice"})
	w.submit(bob, op.KindRegister, op.Register{Name: "bob"})
	w.submit(carol, op.KindRegister, op.Register{Name: "carol"})
	w.stake(alice, 20_000)
	offer := w.submit(bob, op.KindJuror, op.Juror{Fields: []string{"models"}})
	w.Lock(offer)
	w.submit(bob, op.KindBindNode, nodetest.Binding(bob))
	w.submit(alice, op.KindReceipt, w.RatingOf(alice.Public(), bob, 100, 7, 1))
	w.nextEpoch()
	w.Clock.Add(time.Second)
	id := w.submit(alice, op.KindPropose, op.Propose{Track: "price", Title: "Dearer", Actions: []op.Raw{op.Raw(op.EncodeContent(
		ledger.SetPrice{Type: constitution.ActionSetPrice, Resource: constitution.ResourceOperations, Sat: 25, ExpectSat: 10}))}})
	w.Lock(id)
	w.Clock.Add(3 * time.Second)
	w.submit(alice, op.KindVote, op.Vote{Proposal: id, Choice: "for"})
	w.Clock.Add(time.Minute)
	w.Chain.Tips <- nodetest.Tip
	w.Until("the vote is closed", func(s *ledger.State, now int64) bool { p, _ := s.Proposal(id, now); return p.State == "queued" })
	challenge := w.submit(carol, op.KindDispute, op.Dispute{Proposal: id, Ground: "harm", Text: "Too dear."})
	before := w.Node.Size() - 1
	w.Lock(challenge)

	got, err := c.GetDispute(w.ctx(), &econdv1.GetDisputeRequest{Id: challenge[:]})
	require.NoError(t, err)
	d := got.Dispute
	require.Equal(t, econdv1.DisputeState_DISPUTE_STATE_OPEN, d.State)
	require.Equal(t, econdv1.DisputeStep_DISPUTE_STEP_DRAW, d.Step)
	require.Equal(t, uint32(502), d.DrawHeight)
	require.Equal(t, []any{int64(2000), econdv1.DisputeSide_DISPUTE_SIDE_UPHOLD, "locked"}, []any{d.Bonds[0].AmountSat, d.Bonds[0].Side, d.Bonds[0].State})
	was, err := c.GetDispute(w.ctx(), &econdv1.GetDisputeRequest{Id: challenge[:], At: &before})
	require.NoError(t, err)
	require.Equal(t, econdv1.DisputeState_DISPUTE_STATE_UNBONDED, was.Dispute.State)

	for _, req := range []*econdv1.ListDisputesRequest{{}, {Proposal: id[:]}, {State: econdv1.DisputeState_DISPUTE_STATE_OPEN}} {
		list, err := c.ListDisputes(w.ctx(), req)
		require.NoError(t, err)
		require.Len(t, list.Disputes, 1)
		require.True(t, proto.Equal(d, list.Disputes[0]))
	}
	list, err := c.ListDisputes(w.ctx(), &econdv1.ListDisputesRequest{State: econdv1.DisputeState_DISPUTE_STATE_VOID})
	require.NoError(t, err)
	require.Empty(t, list.Disputes)
	_, err = c.ListDisputes(w.ctx(), &econdv1.ListDisputesRequest{Proposal: challenge[:]})
	require.Equal(t, codes.NotFound, status.Code(err))
	_, err = c.GetDispute(w.ctx(), &econdv1.GetDisputeRequest{Id: id[:]})
	require.Equal(t, codes.NotFound, status.Code(err))
	_, err = c.GetDispute(w.ctx(), &econdv1.GetDisputeRequest{Id: []byte{1}})
	require.Equal(t, codes.InvalidArgument, status.Code(err))

	a, b := alice.Public(), bob.Public()
	juror, err := c.GetJuror(w.ctx(), &econdv1.GetJurorRequest{Pubkey: b[:]})
	require.NoError(t, err)
	require.Equal(t, []any{econdv1.JurorState_JUROR_STATE_READY, int64(3000), offer[:]}, []any{juror.Juror.State, juror.Juror.BondSat, juror.Juror.Hold})
	jurors, err := c.ListJurors(w.ctx(), &econdv1.ListJurorsRequest{Field: "models", State: econdv1.JurorState_JUROR_STATE_READY})
	require.NoError(t, err)
	require.True(t, proto.Equal(juror.Juror, jurors.Jurors[0]))
	jurors, err = c.ListJurors(w.ctx(), &econdv1.ListJurorsRequest{Field: "tools"})
	require.NoError(t, err)
	require.Empty(t, jurors.Jurors)
	_, err = c.GetJuror(w.ctx(), &econdv1.GetJurorRequest{Pubkey: a[:]})
	require.Equal(t, codes.NotFound, status.Code(err))
}
