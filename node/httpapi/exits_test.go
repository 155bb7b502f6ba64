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

// Who asks what leaving brings is told, and otherwise why it cannot leave.
func TestExitQuote(t *testing.T) {
	w := newWorld(t, nil)
	ada := nodetest.Key(t, 2)
	w.submit(ada, op.KindRegister, op.Register{Name: "ada"})
	w.Lock(w.submit(ada, op.KindDeposit, op.Deposit{Pool: "reserve", AmountSat: 5000}))
	w.Until("the deposit arrived", func(s *ledger.State, _ int64) bool { return s.Pools()[2].Sat == 5000 })
	w.Clock.Add(time.Second)
	pay := ledger.Pay{Type: constitution.ActionPay, Pool: "reserve", To: ada.Public(), Sat: 1000}
	id := w.submit(ada, op.KindPropose, op.Propose{Track: "spend", Title: "t", Actions: []op.Raw{op.Raw(op.EncodeContent(pay))}}).String()

	var q map[string]any
	w.get("/v1/proposals/"+id+"/exits/"+ada.Public().String()).into(t, &q)
	require.Contains(t, q["refusal"], "track spend does not let agents leave")
	require.Equal(t, []any{}, q["payouts"])
	require.Equal(t, http.StatusNotFound, w.get("/v1/proposals/"+id+"/exits/"+nodetest.Key(t, 9).Public().String()).status)
	require.Equal(t, http.StatusBadRequest, w.get("/v1/proposals/"+id+"/exits/ada").status)
}
