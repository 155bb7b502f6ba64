package grpcapi

import (
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"

	econdv1 "github.com/econd/econd/proto/econd/v1"
)

func TestFiguresAreServed(t *testing.T) {
	w := newWorld(t, nil)
	c := econdv1.NewFiguresClient(w.conn)
	metrics, err := c.ListMetrics(w.ctx(), &econdv1.ListMetricsRequest{})
	require.NoError(t, err)
	require.Empty(t, metrics.Metrics)
	rules, err := c.ListRules(w.ctx(), &econdv1.ListRulesRequest{})
	require.NoError(t, err)
	require.Empty(t, rules.Rules)
	_, err = c.ListFigures(w.ctx(), &econdv1.ListFiguresRequest{Metric: "load"})
	require.Equal(t, []any{codes.NotFound, "metric"}, []any{tell(t, err).code, tell(t, err).field})
	_, err = c.ListFigures(w.ctx(), &econdv1.ListFiguresRequest{Metric: "load", PageToken: listOf(new(econdv1.ListAgentsRequest).ProtoReflect()).Index(1)})
	require.Equal(t, codes.InvalidArgument, tell(t, err).code)
}
