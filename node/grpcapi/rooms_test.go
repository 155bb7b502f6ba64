package grpcapi

import (
	"context"
	"net"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/peer"

	"github.com/econd/econd/l402"
	"github.com/econd/econd/node/admission"
	"github.com/econd/econd/node/shares"
	econdv1 "github.com/econd/econd/proto/econd/v1"
)

// fillRoom lets a peer take all that it gets.
func (w *world) fillRoom(ctx context.Context, r *shares.Room) (leave func()) {
	var all []func()
	for {
		leave, err := r.Enter(w.server.who(ctx))
		if err != nil {
			break
		}
		all = append(all, leave)
	}
	return func() {
		for _, leave := range all {
			leave()
		}
	}
}

func peerAt(ip string, forwarded ...string) context.Context {
	ctx := peer.NewContext(context.Background(), &peer.Peer{Addr: &net.TCPAddr{IP: net.ParseIP(ip), Port: 7}})
	return metadata.NewIncomingContext(ctx, metadata.MD{"x-forwarded-for": forwarded})
}

// What one address holds keeps no other one out.
func TestOneAddressLeavesRoomForOthers(t *testing.T) {
	w := newWorld(t, func(_ *world, c *Config) {
		c.Limits.Subscribers, c.Limits.SubmitStreams, c.Limits.Heavy, c.Limits.Requests = 8, 8, 8, 8
	})
	at := uint64(0)
	for _, c := range []struct {
		room *shares.Room
		rule string
		call func() error
	}{
		{&w.server.rooms.requests, "requests", func() error { _, err := w.GetInfo(w.ctx(), &econdv1.GetInfoRequest{}); return err }},
		{&w.server.rooms.heavy, "heavy-requests", func() error { _, err := w.GetInfo(w.ctx(), &econdv1.GetInfoRequest{At: &at}); return err }},
		{&w.server.rooms.follows, "subscribers", func() error {
			s, err := w.Subscribe(w.ctx(), after(-1))
			if err == nil {
				_, err = s.Recv()
			}
			return err
		}},
	} {
		leave := w.fillRoom(peerAt("203.0.113.7"), c.room)
		require.NoError(t, c.call(), c.rule)
		leave()
		leave = w.fillRoom(context.Background(), c.room) // no address, as over the pipe of the test
		got := tell(t, c.call())
		require.Equal(t, codes.ResourceExhausted, got.code)
		require.Equal(t, c.rule, got.rule)
		leave()
	}
}

// aperture says whom it asks for; nobody else is believed.
func TestForwardedAddressesAreBelievedBehindApertureAlone(t *testing.T) {
	for mode, want := range map[admission.Mode]string{admission.Aperture: "203.0.113.7", admission.Direct: "127.0.0.1", admission.Off: "127.0.0.1"} {
		s := &Server{cfg: Config{Door: admission.Door{Mode: mode}}}
		require.Equal(t, l402.CallerOf(want), s.who(peerAt("127.0.0.1", "198.51.100.1, 203.0.113.7")).Caller, mode)
		require.Equal(t, l402.CallerOf("127.0.0.1"), s.who(peerAt("127.0.0.1")).Caller)
		require.Equal(t, l402.CallerOf("127.0.0.1"), s.who(peerAt("127.0.0.1", "203.0.113.7, me")).Caller)
		require.Equal(t, l402.CallerOf("192.0.2.1"), s.who(peerAt("192.0.2.1", "203.0.113.7")).Caller)
	}
}

func TestConnectionsAreBounded(t *testing.T) {
	w := newWorld(t, func(_ *world, c *Config) { c.Limits.Connections = 1 })
	_, err := w.GetInfo(w.ctx(), &econdv1.GetInfoRequest{}) // the one connection
	require.NoError(t, err)
	require.Equal(t, 1, w.server.connections.Used())
	_, err = w.Submit(w.ctx(), &econdv1.SubmitRequest{Event: []byte(strings.Repeat("x", maxMessageBytes))})
	require.Equal(t, codes.ResourceExhausted, tell(t, err).code, "no message is longer than an event has to be")
}
