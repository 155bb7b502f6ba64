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
	require.True(t, proto.Equal(want, proposalOf(view.Proposal{Conviction: v}).Conviction))
	require.True(t, proto.Equal(want, explanationOf(view.Explanation{Conviction: &v}).Conviction))
	require.Nil(t, proposalOf(view.Proposal{}).Conviction, "where there is none")
}
