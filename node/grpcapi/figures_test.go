package grpcapi

import (
	"reflect"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"

	"github.com/econd/econd/node/view"
	econdv1 "github.com/econd/econd/proto/econd/v1"
)

// Every member of a metric and of a rule has its field.
func TestFiguresAreFull(t *testing.T) {
	var m view.Metric
	var r view.Rule
	for _, c := range []struct {
		view any
		made func() proto.Message
	}{{&m, func() proto.Message { return metricOf(m) }}, {&r, func() proto.Message { return ruleOf(r) }}} {
		fill(reflect.ValueOf(c.view).Elem())
		full(t, c.made().ProtoReflect())
	}
}

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
