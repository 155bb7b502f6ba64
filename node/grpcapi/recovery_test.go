package grpcapi

import (
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	econdv1 "github.com/econd/econd/proto/econd/v1"
)

// In recovery reads are answered and say so; what is sent is told to come again.
func TestRecoveryServesReadsOnly(t *testing.T) {
	w := newWorld(t, func(w *world, c *Config) {
		require.NoError(t, w.Halt())
		w.Restored = "restored from a backup of 7 entries"
		w.Start()
		c.Node = w.Node
	})
	info, err := w.GetInfo(w.ctx(), &econdv1.GetInfoRequest{})
	require.NoError(t, err)
	require.Equal(t, []string{w.Restored}, info.Outside.Recovery)
	_, err = w.Submit(w.ctx(), w.register(2))
	require.Equal(t, codes.Unavailable, status.Code(err))
	require.Contains(t, status.Convert(err).Message(), "econd reconcile")
}
