package httpapi

import (
	"github.com/labstack/echo/v4"

	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/view"
)

// economyMetrics lists the metrics of the constitution with their last figures.
func (a *API) economyMetrics(c echo.Context) error {
	q, err := queryOf(c, "at")
	if err != nil {
		return err
	}
	var list []view.Metric
	if err := a.view(c, q, func(s *ledger.State, _ int64) { list = s.Metrics() }); err != nil {
		return err
	}
	return reply(c, page[view.Metric]{Items: list})
}

// figures lists the figures of one metric, the latest first.
func (a *API) figures(c echo.Context) error {
	q, err := queryOf(c, "at", "cursor", "limit")
	if err != nil {
		return err
	}
	limit, err := q.limit()
	if err != nil {
		return err
	}
	before, err := q.start(c)
	if err != nil {
		return err
	}
	p := page[view.Figure]{}
	var next uint64
	var ok bool
	err = a.view(c, q, func(s *ledger.State, _ int64) {
		p.Items, next, ok = s.FiguresPage(c.Param("metric"), uint64(before), limit)
	})
	if err != nil {
		return err
	}
	if !ok {
		return notFound("metric", "metric", "no metric of this name; GET /v1/figures lists them")
	}
	if p.Items == nil {
		p.Items = []view.Figure{}
	}
	if next != 0 {
		p.Next = q.next(c, int(next))
	}
	return reply(c, p)
}

// rules lists the rules that open proposals.
func (a *API) rules(c echo.Context) error {
	q, err := queryOf(c, "at")
	if err != nil {
		return err
	}
	var list []view.Rule
	if err := a.view(c, q, func(s *ledger.State, _ int64) { list = s.Rules() }); err != nil {
		return err
	}
	return reply(c, page[view.Rule]{Items: list})
}

func (a *API) rule(c echo.Context) error {
	q, err := queryOf(c, "at")
	if err != nil {
		return err
	}
	return shown(a, c, q, notFound("name", "rule", "no rule of this name; GET /v1/rules lists them"),
		func(s *ledger.State, _ int64) (view.Rule, bool) { return s.Rule(c.Param("name")) })
}
