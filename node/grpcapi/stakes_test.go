package grpcapi

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/nodetest"
	"github.com/econd/econd/node/op"
	econdv1 "github.com/econd/econd/proto/econd/v1"
)

// An agent's holds by pages; when each must be renewed follows the chain, also
// where no entry comes.
func TestListStakes(t *testing.T) {
	w := newWorld(t, nil)
	ada, bob := nodetest.Key(t, 2), nodetest.Key(t, 3)
	w.vote(ada, bob)
	key := ada.Public()
	waiting := w.submit(ada, op.KindLockStake, op.LockStake{AmountSat: 3000})
	w.Until("its invoice is made", func(s *ledger.State, _ int64) bool { h, _ := s.Hold(waiting); return h.State == "offered" })

	proof, err := w.GetStakeProof(w.ctx(), &econdv1.GetStakeProofRequest{Id: waiting[:]})
	require.NoError(t, err)
	require.Contains(t, string(proof.Offered.Entry), waiting.String())
	require.Contains(t, proof.Genesis.TlogProof, "\nindex 0\n")
	_, err = w.GetStakeProof(w.ctx(), &econdv1.GetStakeProofRequest{Id: make([]byte, 32)})
	require.Equal(t, codes.NotFound, status.Code(err))

	all, err := w.ListStakes(w.ctx(), &econdv1.ListStakesRequest{Agent: key[:]})
	require.NoError(t, err)
	require.Equal(t, nodetest.Tip.Height, all.Height)
	require.GreaterOrEqual(t, len(all.Holds), 2)
	last := all.Holds[len(all.Holds)-1]
	require.Equal(t, waiting[:], last.Id)
	require.Nil(t, last.Renewal, "it is not locked")
	first := all.Holds[0].Renewal
	require.Greater(t, first.EndHeight, first.DueHeight)
	require.Equal(t, first.DueHeight-all.Height, first.BlocksLeft)
	require.False(t, first.AtRisk, "no rule forfeits a stake")

	page, err := w.ListStakes(w.ctx(), &econdv1.ListStakesRequest{Agent: key[:], PageSize: 1})
	require.NoError(t, err)
	require.Len(t, page.Holds, 1)
	next, err := w.ListStakes(w.ctx(), &econdv1.ListStakesRequest{Agent: key[:], PageSize: 1, PageToken: page.NextPageToken})
	require.NoError(t, err)
	require.Equal(t, all.Holds[1].Id, next.Holds[0].Id)

	size := w.Node.Size()
	w.Chain.Tips <- nodetest.BlockAt(first.DueHeight - 1)
	require.Eventually(t, func() bool { return w.Node.Height() == first.DueHeight-1 }, time.Minute, time.Millisecond)
	later, err := w.ListStakes(w.ctx(), &econdv1.ListStakesRequest{Agent: key[:]})
	require.NoError(t, err)
	require.Equal(t, first.DueHeight-1, later.Height)
	require.Equal(t, uint32(1), later.Holds[0].Renewal.BlocksLeft)
	one, err := w.GetStake(w.ctx(), &econdv1.GetStakeRequest{Id: all.Holds[0].Id})
	require.NoError(t, err)
	require.Equal(t, uint32(1), one.Hold.Renewal.BlocksLeft)
	require.Equal(t, size, w.Node.Size(), "no entry came")
	at := size - 1
	past, err := w.ListStakes(w.ctx(), &econdv1.ListStakesRequest{Agent: key[:], At: &at})
	require.NoError(t, err)
	require.Equal(t, all.Height, past.Height)

	_, err = w.ListStakes(w.ctx(), &econdv1.ListStakesRequest{})
	require.Equal(t, codes.InvalidArgument, status.Code(err))
	require.ErrorContains(t, err, "agent")
	stranger := nodetest.Key(t, 0x29).Public()
	_, err = w.ListStakes(w.ctx(), &econdv1.ListStakesRequest{Agent: stranger[:]})
	require.Equal(t, codes.NotFound, status.Code(err))
}
