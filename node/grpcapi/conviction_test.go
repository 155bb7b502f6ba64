package grpcapi

import (
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	"github.com/econd/econd/node/view"
	econdv1 "github.com/econd/econd/proto/econd/v1"
)

func TestConvictionOf(t *testing.T) {
	v := view.Conviction{Pool: "reserve", RequestedSat: 1, FundsSat: 2, SupportedSat: 3, Step: 4, StepS: 5,
		Conviction: "21000000000000000000006", Threshold: "7", StakeSat: 8, PassesMs: 9}
	want := &econdv1.Conviction{Pool: "reserve", RequestedSat: 1, FundsSat: 2, SupportedSat: 3, Step: 4, StepS: 5,
		Conviction: "21000000000000000000006", Threshold: "7", StakeSat: 8, PassesMs: 9}
	var p econdv1.Proposal
	encode(&view.Proposal{Conviction: v}, &p)
	require.True(t, proto.Equal(want, p.Conviction))
	var x econdv1.Explanation
	encode(&view.Explanation{Conviction: &v}, &x)
	require.True(t, proto.Equal(want, x.Conviction))
	p.Reset()
	encode(&view.Proposal{}, &p)
	require.Nil(t, p.Conviction, "where there is none")
}
