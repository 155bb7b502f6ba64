package grpcapi

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"

	"github.com/econd/econd/node/nodetest"
	"github.com/econd/econd/node/notifier"
	"github.com/econd/econd/node/op"
	econdv1 "github.com/econd/econd/proto/econd/v1"
)

// An agent is told of a proposal on a track that it named, once, and after a
// break goes on where it was.
func TestWatchNotices(t *testing.T) {
	w := newWorld(t, func(w *world, c *Config) { c.Feed = notifier.NewFeed(w.Node, time.Millisecond, time.Millisecond) })
	ada, bob := nodetest.Key(t, 2), nodetest.Key(t, 3)
	for _, k := range []op.SecretKey{ada, bob} {
		w.submit(k, op.KindRegister, op.Register{Name: "agent"})
		w.stake(k, 20_000)
	}
	key := bob.Public()
	client := econdv1.NewNotificationsClient(w.conn)
	ask := &econdv1.WatchNoticesRequest{Agent: key[:], Kinds: []string{"new-proposal"}, Tracks: []string{"signal"}, After: "0-0-0"}
	stream, err := client.WatchNotices(w.ctx(), ask)
	require.NoError(t, err)
	begun, err := stream.Recv()
	require.NoError(t, err)
	require.Nil(t, begun.Notice)
	require.Equal(t, "0-0-0", begun.Place)
	w.Clock.Add(time.Second)
	first := w.submit(ada, op.KindPropose, op.Propose{Track: "signal", Title: "one", Actions: []op.Raw{}})
	got, err := stream.Recv()
	require.NoError(t, err)
	require.Equal(t, first.String(), got.Notice.Subject)
	require.Equal(t, key[:], got.Notice.Agent)
	require.NotEmpty(t, got.Notice.Text)

	ask.After = got.Place
	again, err := client.WatchNotices(w.ctx(), ask)
	require.NoError(t, err)
	begun, err = again.Recv()
	require.NoError(t, err)
	require.Equal(t, got.Place, begun.Place)
	w.Clock.Add(time.Second)
	second := w.submit(ada, op.KindPropose, op.Propose{Track: "signal", Title: "two", Actions: []op.Raw{}})
	got, err = again.Recv()
	require.NoError(t, err)
	require.Equal(t, second.String(), got.Notice.Subject)
}

func TestWatchNoticesBadInput(t *testing.T) {
	w := newWorld(t, func(w *world, c *Config) { c.Feed = notifier.NewFeed(w.Node, time.Millisecond, time.Millisecond) })
	bob, stranger := nodetest.Key(t, 3).Public(), nodetest.Key(t, 9).Public()
	w.submit(nodetest.Key(t, 3), op.KindRegister, op.Register{Name: "bob"})
	for name, c := range map[string]struct {
		ask   *econdv1.WatchNoticesRequest
		code  codes.Code
		field string
	}{
		"no key":       {&econdv1.WatchNoticesRequest{Agent: []byte{1}}, codes.InvalidArgument, "agent"},
		"stranger":     {&econdv1.WatchNoticesRequest{Agent: stranger[:]}, codes.NotFound, "agent"},
		"unknown kind": {&econdv1.WatchNoticesRequest{Agent: bob[:], Kinds: []string{"gossip"}}, codes.InvalidArgument, "kinds[0]"},
		"no place":     {&econdv1.WatchNoticesRequest{Agent: bob[:], After: "here"}, codes.InvalidArgument, "after"},
		"ahead":        {&econdv1.WatchNoticesRequest{Agent: bob[:], After: "999-0-0"}, codes.InvalidArgument, "after"},
	} {
		stream, err := econdv1.NewNotificationsClient(w.conn).WatchNotices(w.ctx(), c.ask)
		require.NoError(t, err)
		_, err = stream.Recv()
		got := tell(t, err)
		require.Equal(t, c.code, got.code, "%s: %s", name, got.message)
		require.Equal(t, c.field, got.field, name)
	}
}
