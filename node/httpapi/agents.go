package httpapi

import (
	"github.com/labstack/echo/v4"

	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/view"
)

func (a *API) agents(c echo.Context) error {
	q, err := queryOf(c, "at", "cursor", "limit")
	if err != nil {
		return err
	}
	return listed(a, c, q, (*ledger.State).Agents,
		func(s *ledger.State, i int, _ int64) view.Agent { return s.AgentAt(i) },
		func(view.Agent) bool { return true })
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
		func(s *ledger.State, _ int64) (view.Agent, bool) { return s.Agent(key) })
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
	height := a.tip(c)
	return shown(a, c, q, notFound("id", "stake", "no stake or collateral has this id"),
		func(s *ledger.State, nowMs int64) (view.Hold, bool) {
			return s.HoldSeen(id, ledger.Moment{NowMs: nowMs, Height: height})
		})
}

// stakePage is one page of an agent's holds, and the height that they are seen
// at.
type stakePage struct {
	Height uint32 `json:"height"`
	page[view.Hold]
}

// stakes lists what an agent holds, in order of entry. The cursor is the entry of
// the hold after the page.
func (a *API) stakes(c echo.Context) error {
	q, err := queryOf(c, "at", "agent", "cursor", "limit")
	if err != nil {
		return err
	}
	key, asked, err := q.agent()
	if err != nil {
		return err
	}
	if !asked {
		return badRequest("agent", "required", "must name whose stakes are asked for")
	}
	limit, err := q.limit()
	if err != nil {
		return err
	}
	from, err := q.start(c)
	if err != nil {
		return err
	}
	p := stakePage{page: page[view.Hold]{Items: []view.Hold{}}}
	known, height := false, a.tip(c)
	err = a.view(c, q, func(s *ledger.State, nowMs int64) {
		var list ledger.HoldPage
		list, known = s.HoldsPage(key, ledger.Moment{NowMs: nowMs, Height: height}, uint64(from), limit)
		p.Items, p.Height = append(p.Items, list.Holds...), list.Height
		if list.Next != 0 {
			p.Next = q.next(c, int(list.Next))
		}
	})
	if err != nil {
		return err
	}
	if !known {
		return notFound("agent", "agent", "no agent with this key is registered")
	}
	return reply(c, p)
}
