package httpapi

import (
	"github.com/labstack/echo/v4"

	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/view"
)

// delegationPage is one page of the delegations that an agent gave and
// received, and what it says to those who delegate to it.
type delegationPage struct {
	page[view.Delegation]
	Statements []view.Statement `json:"statements"`
}

// delegations lists an agent's delegations, given and received, in order of
// their entries. The cursor is the entry after the last of the page, so that
// pages neither skip nor repeat a delegation while others are given or taken
// back.
func (a *API) delegations(c echo.Context) error {
	q, err := queryOf(c, "at", "cursor", "limit")
	if err != nil {
		return err
	}
	key, err := keyParam(c, "pubkey")
	if err != nil {
		return err
	}
	limit, err := q.limit()
	if err != nil {
		return err
	}
	from, err := q.start(c)
	if err != nil {
		return err
	}
	p := delegationPage{Statements: []view.Statement{}}
	var next uint64
	known := false
	err = a.view(c, q, func(s *ledger.State, _ int64) {
		p.Items, next, known = s.DelegationsPage(key, uint64(from), limit)
		p.Statements = append(p.Statements, s.Statements(key)...)
	})
	if err != nil {
		return err
	}
	if !known {
		return notFound("pubkey", "agent", "no agent with this key is registered")
	}
	if p.Items = append([]view.Delegation{}, p.Items...); next != 0 {
		p.Next = q.next(c, int(next))
	}
	return reply(c, p)
}
