package httpapi

import (
	"slices"

	"github.com/labstack/echo/v4"

	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/view"
)

func (a *API) pools(c echo.Context) error {
	q, err := queryOf(c, "at")
	if err != nil {
		return err
	}
	var list []view.Pool
	if err := a.view(c, q, func(s *ledger.State, _ int64) { list = s.Pools() }); err != nil {
		return err
	}
	return reply(c, page[view.Pool]{Items: list})
}

func (a *API) payouts(c echo.Context) error {
	q, err := queryOf(c, "at", "agent", "state", "cursor", "limit")
	if err != nil {
		return err
	}
	fits, err := payoutFilter(q)
	if err != nil {
		return err
	}
	return listed(a, c, q, (*ledger.State).Payouts,
		func(s *ledger.State, i int, _ int64) view.Payout { return s.PayoutAt(i) }, fits)
}

// payoutFilter reads the members of the query that choose payouts.
func payoutFilter(q query) (func(view.Payout) bool, error) {
	state := q["state"]
	if _, asked := q["state"]; asked && !slices.Contains(ledger.PayoutStates(), state) {
		return nil, badRequest("state", "state", "must be claimable, sending, paid or failed")
	}
	agent, byAgent, err := q.agent()
	if err != nil {
		return nil, err
	}
	return func(v view.Payout) bool {
		return (!byAgent || v.Agent == agent) && (state == "" || v.State == state)
	}, nil
}

func (a *API) payout(c echo.Context) error {
	q, err := queryOf(c, "at")
	if err != nil {
		return err
	}
	return shown(a, c, q, notFound("id", "payout", "no payout has this id"),
		func(s *ledger.State, _ int64) (view.Payout, bool) { return s.Payout(c.Param("id")) })
}
