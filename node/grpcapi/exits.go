package grpcapi

import (
	"github.com/econd/econd/node/view"
	econdv1 "github.com/econd/econd/proto/econd/v1"
)

// exitsOf returns nil where nobody can leave.
func exitsOf(v view.Exits) *econdv1.ExitCount {
	if v == (view.Exits{}) {
		return nil
	}
	return &econdv1.ExitCount{Count: uint32(v.Count), LeftSat: v.LeftSat, ElsewhereSat: v.ElsewhereSat, MarkSat: v.MarkSat, MostSat: v.MostSat}
}
