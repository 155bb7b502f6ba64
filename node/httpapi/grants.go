package httpapi

import (
	"github.com/labstack/echo/v4"

	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/view"
)

func (a *API) grants(c echo.Context) error {
	q, err := queryOf(c, "at", "agent", "cursor", "limit")
	if err != nil {
		return err
	}
	agent, byAgent, err := q.agent()
	if err != nil {
		return err
	}
	return listed(a, c, q, (*ledger.State).Grants, (*ledger.State).GrantAt,
		func(v view.Grant) bool { return !byAgent || v.Agent == agent })
}

func (a *API) grant(c echo.Context) error {
	q, err := queryOf(c, "at")
	if err != nil {
		return err
	}
	return shown(a, c, q, notFound("id", "grant", "no grant has this id"),
		func(s *ledger.State, nowMs int64) (view.Grant, bool) { return s.Grant(c.Param("id"), nowMs) })
}

// budgets lists what an agent may have spent; an agent has few.
func (a *API) budgets(c echo.Context) error {
	q, err := queryOf(c, "at")
	if err != nil {
		return err
	}
	key, err := keyParam(c, "pubkey")
	if err != nil {
		return err
	}
	var p page[view.Budget]
	var ok bool
	if err := a.view(c, q, func(s *ledger.State, nowMs int64) { p.Items, ok = s.Budgets(key, nowMs) }); err != nil {
		return err
	}
	if !ok {
		return notFound("pubkey", "agent", "no agent with this key is registered")
	}
	return reply(c, p)
}
