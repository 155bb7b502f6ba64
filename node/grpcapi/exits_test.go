package grpcapi

import (
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	econdv1 "github.com/econd/econd/proto/econd/v1"
)

func TestQuoteExitRefusals(t *testing.T) {
	w := newWorld(t, nil)
	client := econdv1.NewExitsClient(w.conn)
	for _, c := range []struct {
		proposal, agent []byte
		code            codes.Code
	}{
		{nil, make([]byte, 32), codes.InvalidArgument},
		{make([]byte, 32), []byte{1}, codes.InvalidArgument},
	} {
		_, err := client.QuoteExit(w.ctx(), &econdv1.QuoteExitRequest{Proposal: c.proposal, Agent: c.agent})
		require.Equal(t, c.code, status.Code(err), "%v", err)
	}
}
