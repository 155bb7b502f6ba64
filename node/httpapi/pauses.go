package httpapi

import (
	"github.com/labstack/echo/v4"

	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/view"
)

// pauses lists every pause that came into force, oldest first.
func (a *API) pauses(c echo.Context) error {
	q, err := queryOf(c, "at", "cursor", "limit")
	if err != nil {
		return err
	}
	return sliced(a, c, q, (*ledger.State).Pauses)
}

// pauseMotions lists pauses, and liftings of pauses, that not enough guardians
// have signed yet. The cursor is the entry of the first signature of the motion
// after the page.
func (a *API) pauseMotions(c echo.Context) error {
	q, err := queryOf(c, "at", "cursor", "limit")
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
	p := page[view.PauseMotion]{Items: []view.PauseMotion{}}
	err = a.view(c, q, func(s *ledger.State, _ int64) {
		list, next := s.PauseMotionsPage(uint64(from), limit)
		if p.Items = append(p.Items, list...); next != 0 {
			p.Next = q.next(c, int(next))
		}
	})
	if err != nil {
		return err
	}
	return reply(c, p)
}
