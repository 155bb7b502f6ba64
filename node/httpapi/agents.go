package httpapi

import (
	"github.com/labstack/echo/v4"

	"github.com/econd/econd/node/ledger"
)

func (a *API) agents(c echo.Context) error {
	q, err := queryOf(c, "at", "cursor", "limit")
	if err != nil {
		return err
	}
	return listed(a, c, q, listAgents, (*ledger.State).Agents,
		func(s *ledger.State, i int, _ int64) ledger.AgentView { return s.AgentAt(i) },
		func(ledger.AgentView) bool { return true })
}

func (a *API) agent(c echo.Context) error {
	q, err := queryOf(c, "at")
	if err != nil {
		return err
	}
	key, err := keyParam(c, "pubkey")
	if err != nil {
		return err
	}
	return shown(a, c, q, notFound("pubkey", "agent", "no agent with this key is registered"),
		func(s *ledger.State, _ int64) (ledger.AgentView, bool) { return s.Agent(key) })
}

// stake answers for stakes by the id of their lock-stake operation, and for
// collateral by the id of its proposal. It is where the hold invoice is found.
func (a *API) stake(c echo.Context) error {
	q, err := queryOf(c, "at")
	if err != nil {
		return err
	}
	id, err := idParam(c, "id")
	if err != nil {
		return err
	}
	return shown(a, c, q, notFound("id", "stake", "no stake or collateral has this id"),
		func(s *ledger.State, _ int64) (ledger.HoldView, bool) { return s.Hold(id) })
}
