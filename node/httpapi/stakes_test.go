package httpapi

import (
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/nodetest"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/view"
)

// An agent's holds, in order of entry and by pages, and when each must be renewed.
func TestStakesOfAnAgent(t *testing.T) {
	w := newWorld(t, nil)
	alice, bob := nodetest.Key(t, 0x21), nodetest.Key(t, 0x22)
	w.vote(alice, bob)
	type shown struct {
		ID       string
		State    string
		LockedMs int64 `json:"locked_ms"`
		Renewal  view.Renewal
	}
	of := func(query string) (p struct {
		Height uint32
		Items  []shown
		Next   string
	}) {
		w.get("/v1/stakes?agent="+alice.Public().String()+query).into(t, &p)
		return p
	}
	waiting := w.submit(alice, op.KindLockStake, op.LockStake{AmountSat: 3000})
	w.Until("its invoice is made", func(s *ledger.State, _ int64) bool { h, _ := s.Hold(waiting); return h.State == "offered" })
	all := of("")
	require.GreaterOrEqual(t, len(all.Items), 2)
	last := all.Items[len(all.Items)-1]
	require.Equal(t, waiting.String(), last.ID)
	require.Zero(t, last.Renewal, "it is not locked")
	first := all.Items[0]
	require.Equal(t, "locked", first.State)
	require.Greater(t, first.Renewal.EndHeight, first.Renewal.DueHeight)
	require.Equal(t, first.Renewal.DueHeight-all.Height, first.Renewal.BlocksLeft)
	require.Greater(t, first.Renewal.EstimateMs, first.LockedMs)
	require.False(t, first.Renewal.AtRisk, "no rule forfeits a stake")

	page := of("&limit=1")
	require.Equal(t, first.ID, page.Items[0].ID)
	require.Equal(t, all.Items[1].ID, of("&limit=1&cursor=" + page.Next).Items[0].ID)

	// Blocks go on where no entry comes.
	size := w.Node.Size()
	w.Chain.Tips <- nodetest.BlockAt(first.Renewal.DueHeight - 1)
	require.Eventually(t, func() bool { return w.Node.Height() == first.Renewal.DueHeight-1 }, time.Minute, time.Millisecond)
	later := of("")
	require.Equal(t, first.Renewal.DueHeight-1, later.Height)
	require.Equal(t, uint32(1), later.Items[0].Renewal.BlocksLeft)
	var one shown
	w.get("/v1/stakes/"+first.ID).into(t, &one)
	require.Equal(t, uint32(1), one.Renewal.BlocksLeft)
	require.Equal(t, size, w.Node.Size())
	require.Equal(t, all.Height, of("&at="+strconv.FormatUint(size-1, 10)).Height)

	p := w.get("/v1/stakes").problem(t)
	require.Equal(t, []any{400, "agent", "required"}, []any{p.Status, p.Field, p.Rule})
	p = w.get("/v1/stakes?agent=" + nodetest.Key(t, 0x29).Public().String()).problem(t)
	require.Equal(t, []any{404, "agent"}, []any{p.Status, p.Rule})
}
