package grpcapi

import (
	"context"
	"time"

	"google.golang.org/grpc/codes"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/status"

	"github.com/econd/econd/node/admission"
	econdv1 "github.com/econd/econd/proto/econd/v1"
)

// health answers grpc.health.v1. The service "" says whether the process does
// its work at all: restart it if not. "econd.v1.Econd" says whether all of the
// work can be done: send callers elsewhere if not.
type health struct {
	healthpb.UnimplementedHealthServer

	node     admission.Node
	poll     time.Duration
	stopping context.Context
}

func (h *health) status(service string) (healthpb.HealthCheckResponse_ServingStatus, bool) {
	ok := h.stopping.Err() == nil
	switch service {
	case "":
		ok = ok && h.node.Health() == nil
	case econdv1.Econd_ServiceDesc.ServiceName:
		ok = ok && len(h.node.Ready()) == 0
	default:
		return healthpb.HealthCheckResponse_SERVICE_UNKNOWN, false
	}
	if ok {
		return healthpb.HealthCheckResponse_SERVING, true
	}
	return healthpb.HealthCheckResponse_NOT_SERVING, true
}

func (h *health) Check(_ context.Context, req *healthpb.HealthCheckRequest) (*healthpb.HealthCheckResponse, error) {
	st, known := h.status(req.Service)
	if !known {
		return nil, status.Error(codes.NotFound, "unknown service")
	}
	return &healthpb.HealthCheckResponse{Status: st}, nil
}

// Watch sends the status now and whenever it has changed. Like the reference
// implementation it answers SERVICE_UNKNOWN for services that are not served.
func (h *health) Watch(req *healthpb.HealthCheckRequest, stream healthpb.Health_WatchServer) error {
	ticker := time.NewTicker(h.poll)
	defer ticker.Stop()
	last := healthpb.HealthCheckResponse_ServingStatus(-1)
	for {
		if st, _ := h.status(req.Service); st != last {
			last = st
			if err := stream.Send(&healthpb.HealthCheckResponse{Status: st}); err != nil {
				return err
			}
		}
		select {
		case <-ticker.C:
		case <-h.stopping.Done():
			return status.Error(codes.Unavailable, "the node is shutting down")
		case <-stream.Context().Done():
			return status.FromContextError(stream.Context().Err()).Err()
		}
	}
}
