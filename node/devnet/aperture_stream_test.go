package devnet_test

import (
	"bufio"
	"context"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/econd/econd/node/devnet"
)

// A stream beats this often, so that beats in all take longer than the short limit
// of the test, however slow the machine is.
const (
	beat  = 50 * time.Millisecond
	beats = 40
	short = 500 * time.Millisecond
)

// streaming serves a stream that beats until its reader leaves.
func streaming(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	require.NoError(t, err)
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		tick := time.NewTicker(beat)
		defer tick.Stop()
		for r.Context().Err() == nil {
			if _, err := w.Write([]byte(": beat\n\n")); err != nil || http.NewResponseController(w).Flush() != nil {
				return
			}
			<-tick.C
		}
	})}
	go func() { _ = server.Serve(l) }()
	t.Cleanup(func() { _ = server.Close() })
	return l.Addr().String()
}

// heard counts the beats of a stream that come through an aperture with these limits.
func heard(ctx context.Context, t *testing.T, n *devnet.Net, name string, write, read time.Duration) (count int) {
	t.Helper()
	a, err := n.StartAperture(ctx, devnet.ApertureConfig{Name: name, LND: n.Operator, WriteTimeout: write, ReadTimeout: read,
		Services: []devnet.ApertureService{{Name: "stream", Address: streaming(t), Auth: "off"}}})
	require.NoError(t, err)
	defer func() { require.NoError(t, a.Stop(ctx)) }()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, a.URL()+"/v1/events", nil)
	require.NoError(t, err)
	resp, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer resp.Body.Close()
	for lines := bufio.NewScanner(resp.Body); count < beats && lines.Scan(); {
		if lines.Text() != "" {
			count++
		}
	}
	require.NoError(t, ctx.Err())
	return count
}

// aperture's writetimeout ends a stream however alive it is; its readtimeout, which
// is about requests, does not.
func TestStreamsLiveAsLongAsAperturesWriteTimeout(t *testing.T) {
	ctx, n := network(t)
	require.Less(t, heard(ctx, t, n, "short-write", short, 0), beats)
	require.Equal(t, beats, heard(ctx, t, n, "short-read", time.Hour, short))
}
