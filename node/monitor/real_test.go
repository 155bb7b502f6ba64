package monitor

import (
	"net"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"github.com/econd/econd/node/admission"
	"github.com/econd/econd/node/client"
	"github.com/econd/econd/node/constitution/yamlfile"
	"github.com/econd/econd/node/httpapi"
	"github.com/econd/econd/node/nodetest"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/promise"
)

// A real node's own answers, heads, proofs and log are right, over its real API.
func TestRealNodeIsFollowed(t *testing.T) {
	raw, err := yamlfile.Parse(yamlfile.Demo)
	require.NoError(t, err)
	w := nodetest.New(t, raw)
	api, err := httpapi.New(httpapi.Config{Door: admission.Door{Node: w.Node, Version: "test", Now: w.Clock.Now, Mode: admission.Off},
		Log: w.Log, Metrics: prometheus.NewRegistry(), Limits: httpapi.DefaultLimits()})
	require.NoError(t, err)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	srv := api.Server("")
	go func() { _ = srv.Serve(ln) }()
	t.Cleanup(func() { _ = srv.Close() })
	econd, err := client.New(client.Config{URL: "http://" + ln.Addr().String(), Signer: client.Key(nodetest.Key(t, 7)), Now: w.Clock.Now})
	require.NoError(t, err)

	file, add := answersIn(t)
	m := &watcher{t: t, now: w.Clock.Now(), cfg: Config{Econd: econd, Dir: t.TempDir(), Answers: file, Now: w.Clock.Now}}
	m.start()
	require.True(t, m.round().OK())

	e, err := econd.Sign(t.Context(), op.KindRegister, op.Register{Name: "ann"})
	require.NoError(t, err)
	r, err := econd.Submit(t.Context(), e)
	require.NoError(t, err)
	require.NotEmpty(t, r.Promise)
	line, err := promise.Kept{Event: e.Marshal(), Seq: r.Seq, TimeMs: r.TimeMs, Height: r.Height, Block: &r.Block, Promise: r.Promise}.Append(nil)
	require.NoError(t, err)
	add(line)
	m.restart()
	got := m.round()
	require.True(t, got.OK(), "%+v", got)
	require.EqualValues(t, w.Node.Size(), got.Entries)
	require.Empty(t, m.answers.wait)
}
