package read

import (
	"github.com/econd/econd/node/constitution"
	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/view"
)

// figures are the reads of metrics, of the rules that look at them, and of pauses.
var figures = []Route{
	{Name: "listMetrics", Path: "/v1/figures", RPC: "Figures/ListMetrics", Resource: constitution.ResourceQueries, Past: true,
		Summary: "Metrics of the constitution with their last figures",
		Gives:   "All of them, in the order of the constitution",
		Reading: whole(nil, func(s *ledger.State, _ *Query) ([]view.Metric, bool) { return s.Metrics(), true })},
	// The cursor is the entry of the last figure of the page.
	{Name: "listFigures", Path: "/v1/figures/{metric}", RPC: "Figures/ListFigures", Resource: constitution.ResourceQueries, Past: true,
		Summary: "Figures of a metric, the latest first",
		Gives:   "One page; the last 4096 figures are kept",
		Params:  []Param{{Name: "metric", Doc: "Name of the metric"}},
		Reading: pages(&NotFound{Param: "metric", Rule: "metric", Text: "no metric of this name", See: "/v1/figures"},
			func(s *ledger.State, q *Query) ([]view.Figure, int, bool) {
				list, next, ok := s.FiguresPage(q.text("metric"), uint64(q.from()), q.Limit)
				return list, int(next), ok
			})},
	{Name: "listRules", Path: "/v1/rules", RPC: "Figures/ListRules", Resource: constitution.ResourceQueries, Past: true,
		Summary: "Rules that open proposals by themselves",
		Gives:   "All of them, in the order in which they were added",
		Reading: whole(nil, func(s *ledger.State, _ *Query) ([]view.Rule, bool) { return s.Rules(), true })},
	{Name: "getRule", Path: "/v1/rules/{name}", Resource: constitution.ResourceQueries, Past: true,
		Summary: "One rule, and what it did",
		Params:  []Param{{Name: "name", Doc: "Of the rule"}},
		Reading: one(&NotFound{Param: "name", Rule: "rule", Text: "no rule of this name", See: "/v1/rules"},
			func(s *ledger.State, q *Query) (view.Rule, bool) { return s.Rule(q.text("name")) })},
	{Name: "listPauses", Path: "/v1/pauses", RPC: "Guardians/ListPauses", Resource: constitution.ResourceQueries, Past: true,
		Summary: "Pauses of tracks by the guardians, oldest first",
		Gives:   "One page; in force, over or lifted",
		Reading: sliced((*ledger.State).Pauses)},
	// A page starts at the entry of the first signature of its first motion.
	{Name: "listPauseMotions", Path: "/v1/pauses/motions", RPC: "Guardians/ListPauseMotions", Resource: constitution.ResourceQueries, Past: true,
		Summary: "Pauses and liftings that not enough guardians have signed yet",
		Gives:   "One page, in order of the first signature",
		Reading: pages(nil, func(s *ledger.State, q *Query) ([]view.PauseMotion, int, bool) {
			list, next := s.PauseMotionsPage(uint64(q.from()), q.Limit)
			return list, int(next), true
		})},
}
