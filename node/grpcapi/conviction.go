package grpcapi

import (
	"github.com/econd/econd/node/view"
	econdv1 "github.com/econd/econd/proto/econd/v1"
)

// convictionOf returns nil where the track does not gather conviction.
func convictionOf(v view.Conviction) *econdv1.Conviction {
	if v == (view.Conviction{}) {
		return nil
	}
	return &econdv1.Conviction{Pool: v.Pool, RequestedSat: v.RequestedSat, FundsSat: v.FundsSat, SupportedSat: uint64(v.SupportedSat),
		Step: v.Step, StepS: v.StepS, Conviction: v.Conviction, Threshold: v.Threshold, StakeSat: uint64(v.StakeSat), PassesMs: v.PassesMs}
}
