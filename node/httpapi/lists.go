package httpapi

import (
	"github.com/labstack/echo/v4"

	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/view"
)

// page is one page of a list; Next is the cursor of the following one, or
// empty on the last. A page may hold less than the limit and still not be the
// last.
type page[T any] struct {
	Items []T    `json:"items"`
	Next  string `json:"next,omitempty"`
}

// listed answers with one page of a list that only grows at its end, see
// ledger.Listed.
func listed[T any](a *API, c echo.Context, q query, size func(*ledger.State) int,
	item func(s *ledger.State, i int, nowMs int64) T, fits func(T) bool) error {

	return paged(a, c, q, nil, func(s *ledger.State, from, limit int, nowMs int64) ([]T, int, bool) {
		list, next := ledger.Listed(from, limit, size(s), func(i int) (T, bool) {
			v := item(s, i, nowMs)
			return v, fits(v)
		})
		return list, next, true
	})
}

// paged answers with one page of a list whose pages the ledger makes: read returns the
// elements from an index on, the index of the following page or 0, and false for a
// list that there is not, which missing says. What they lack is recalled from the log.
func paged[T any](a *API, c echo.Context, q query, missing error,
	read func(s *ledger.State, from, limit int, nowMs int64) ([]T, int, bool)) error {

	limit, err := q.limit()
	if err != nil {
		return err
	}
	at, err := q.start(c)
	if err != nil {
		return err
	}
	var p page[T]
	var next int
	var ok bool
	err = a.view(c, q, func(s *ledger.State, nowMs int64) { p.Items, next, ok = read(s, at, limit, nowMs) })
	if err != nil {
		return err
	}
	if !ok {
		return missing
	}
	for i := range p.Items {
		if err := a.recall(&p.Items[i]); err != nil {
			return err
		}
	}
	if next != 0 {
		p.Next = q.next(c, next)
	}
	return reply(c, p)
}

// recall fills what was read of the state, if it may lack texts.
func (a *API) recall(v any) error {
	if v, ok := v.(view.Recalled); ok {
		return a.cfg.Node.Recall(v)
	}
	return nil
}

// sliced answers with one page of a short list that only grows at its end.
func sliced[T any](a *API, c echo.Context, q query, all func(*ledger.State) []T) error {
	return paged(a, c, q, nil, func(s *ledger.State, from, limit int, _ int64) ([]T, int, bool) {
		whole := all(s)
		list, next := ledger.Listed(from, limit, len(whole), func(i int) (T, bool) { return whole[i], true })
		return list, next, true
	})
}

// shown answers with one thing of the state, or with what missing says.
func shown[T any](a *API, c echo.Context, q query, missing error, read func(s *ledger.State, nowMs int64) (T, bool)) error {
	var v T
	var ok bool
	if err := a.view(c, q, func(s *ledger.State, nowMs int64) { v, ok = read(s, nowMs) }); err != nil {
		return err
	}
	if !ok {
		return missing
	}
	if err := a.recall(&v); err != nil {
		return err
	}
	return reply(c, v)
}

// agent reads the parameter that chooses what is an agent's; false if it is
// absent.
func (q query) agent() (key op.PublicKey, asked bool, err error) {
	text, asked := q["agent"]
	if !asked {
		return key, false, nil
	}
	if key, err = op.ParsePublicKey(text); err != nil {
		return key, true, badRequest("agent", "key", "must be an x-only public key: 64 lower-case hex digits, on the curve")
	}
	return key, true, nil
}
