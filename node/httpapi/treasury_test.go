package httpapi

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/econd/econd/node/constitution"
	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/nodetest"
	"github.com/econd/econd/node/op"
)

// A deposit fills a pool, and a decision makes a payout of it, which its payee
// finds.
func TestPoolsAndPayouts(t *testing.T) {
	w := newWorld(t, nil)
	ada, bob := nodetest.Key(t, 2), nodetest.Key(t, 3)
	w.submit(ada, op.KindRegister, op.Register{Name: "ada"})
	w.submit(bob, op.KindRegister, op.Register{Name: "bob"})
	deposit := w.submit(ada, op.KindDeposit, op.Deposit{Pool: "reserve", AmountSat: 5000})
	w.Lock(deposit)
	w.Until("the deposit arrived", func(s *ledger.State, _ int64) bool { return s.Pools()[2].Sat == 5000 })

	w.Clock.Add(time.Second)
	pay := ledger.Pay{Type: constitution.ActionPay, Pool: "reserve", To: bob.Public(), Sat: 1000}
	id := w.submit(ada, op.KindPropose, op.Propose{Track: "spend", Title: "Pay bob", Actions: []op.Raw{op.Raw(op.EncodeContent(pay))}})
	w.Clock.Add(3 * time.Second)
	w.submit(ada, op.KindVote, op.Vote{Proposal: id, Choice: "for"})
	w.closed(id)
	w.Clock.Add(2 * time.Second)
	w.Chain.Tips <- nodetest.Tip
	w.Until("there is a payout", func(s *ledger.State, _ int64) bool { return s.Payouts() == 1 })

	type list struct {
		Items []map[string]any
	}
	var pools, all, none list
	w.get("/v1/pools").into(t, &pools)
	require.EqualValues(t, 5000-1000-20, pools.Items[2]["sat"])
	w.get("/v1/payouts?state=claimable&agent="+bob.Public().String()).into(t, &all)
	w.get("/v1/payouts?agent="+ada.Public().String()).into(t, &none)
	require.Empty(t, none.Items)
	require.Len(t, all.Items, 1)
	require.Equal(t, id.String(), all.Items[0]["proposal"])
	ref := all.Items[0]["id"].(string)
	var one, p map[string]any
	w.get("/v1/payouts/"+ref).into(t, &one)
	require.Equal(t, all.Items[0], one)
	w.get("/v1/proposals/"+id.String()).into(t, &p)
	require.Equal(t, []any{map[string]any{"action": "pay", "state": "pending", "ref": ref}}, p["results"])

	require.Equal(t, http.StatusBadRequest, w.get("/v1/payouts?state=lost").status)
	require.Equal(t, http.StatusBadRequest, w.get("/v1/payouts?agent=ada").status)
	require.Equal(t, http.StatusNotFound, w.get("/v1/payouts/pay-0b0c9f52e7a94d3c8f60c21d77ab3e5590f4d1c2").status)
}
