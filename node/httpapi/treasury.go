package httpapi

import (
	"slices"

	"github.com/labstack/echo/v4"

	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/op"
)

func (a *API) pools(c echo.Context) error {
	q, err := queryOf(c, "at")
	if err != nil {
		return err
	}
	var list []ledger.PoolView
	if err := a.view(c, q, func(s *ledger.State, _ int64) { list = s.Pools() }); err != nil {
		return err
	}
	return reply(c, page[ledger.PoolView]{Items: list})
}

// pageScan bounds how many payouts one page looks at, so that a filter which
// matches little does not hold the state for long.
const pageScan = 10_000

func (a *API) payouts(c echo.Context) error {
	q, err := queryOf(c, "at", "agent", "state", "cursor", "limit")
	if err != nil {
		return err
	}
	limit, err := q.limit()
	if err != nil {
		return err
	}
	at, err := q.start(listPayouts)
	if err != nil {
		return err
	}
	fits, err := payoutFilter(q)
	if err != nil {
		return err
	}
	p := page[ledger.PayoutView]{Items: []ledger.PayoutView{}}
	err = a.view(c, q, func(s *ledger.State, _ int64) {
		end := min(s.Payouts(), at+pageScan)
		for ; at < end && len(p.Items) < limit; at++ {
			if v := s.PayoutAt(at); fits(v) {
				p.Items = append(p.Items, v)
			}
		}
		if at < s.Payouts() {
			p.Next = indexCursor(listPayouts, at)
		}
	})
	if err != nil {
		return err
	}
	return reply(c, p)
}

// payoutFilter reads the members of the query that choose payouts.
func payoutFilter(q query) (func(ledger.PayoutView) bool, error) {
	state := q["state"]
	if _, asked := q["state"]; asked && !slices.Contains(ledger.PayoutStates(), state) {
		return nil, badRequest("state", "state", "must be claimable, sending, paid or failed")
	}
	var agent op.PublicKey
	text, byAgent := q["agent"]
	if byAgent {
		var err error
		if agent, err = op.ParsePublicKey(text); err != nil {
			return nil, badRequest("agent", "key", "must be an x-only public key: 64 lower-case hex digits, on the curve")
		}
	}
	return func(v ledger.PayoutView) bool {
		return (!byAgent || v.Agent == agent) && (state == "" || v.State == state)
	}, nil
}

func (a *API) payout(c echo.Context) error {
	q, err := queryOf(c, "at")
	if err != nil {
		return err
	}
	var v ledger.PayoutView
	var ok bool
	if err := a.view(c, q, func(s *ledger.State, _ int64) { v, ok = s.Payout(c.Param("id")) }); err != nil {
		return err
	}
	if !ok {
		return notFound("id", "payout", "no payout has this id")
	}
	return reply(c, v)
}
