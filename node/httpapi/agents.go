package httpapi

import (
	"github.com/labstack/echo/v4"

	"github.com/econd/econd/node/ledger"
)

// page is one page of a list; Next is the cursor of the following one, or
// empty on the last. A page may hold less than the limit and still not be the
// last.
type page[T any] struct {
	Items []T    `json:"items"`
	Next  string `json:"next,omitempty"`
}

func (a *API) agents(c echo.Context) error {
	q, err := queryOf(c, "at", "cursor", "limit")
	if err != nil {
		return err
	}
	limit, err := q.limit()
	if err != nil {
		return err
	}
	at, err := q.start(listAgents)
	if err != nil {
		return err
	}
	p := page[ledger.AgentView]{Items: []ledger.AgentView{}}
	err = a.view(c, q, func(s *ledger.State, _ int64) {
		for ; at < s.Agents() && len(p.Items) < limit; at++ {
			p.Items = append(p.Items, s.AgentAt(at))
		}
		if at < s.Agents() {
			p.Next = indexCursor(listAgents, at)
		}
	})
	if err != nil {
		return err
	}
	return reply(c, p)
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
	var v ledger.AgentView
	var ok bool
	if err := a.view(c, q, func(s *ledger.State, _ int64) { v, ok = s.Agent(key) }); err != nil {
		return err
	}
	if !ok {
		return notFound("pubkey", "agent", "no agent with this key is registered")
	}
	return reply(c, v)
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
	var v ledger.HoldView
	var ok bool
	if err := a.view(c, q, func(s *ledger.State, _ int64) { v, ok = s.Hold(id) }); err != nil {
		return err
	}
	if !ok {
		return notFound("id", "stake", "no stake or collateral has this id")
	}
	return reply(c, v)
}
