package main

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/econd/econd/node/anchor"
	"github.com/econd/econd/node/audit/audittest"
	"github.com/econd/econd/node/monitor"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/promise"
	"github.com/econd/econd/node/view"
)

// The answers beside the key are held against the log without being named, and the exit code tells an alarm
// from an econd that is away.
func TestWatch(t *testing.T) {
	e, other := audittest.NewEconomy(t, "watched-1"), audittest.NewEconomy(t, "watched-1")
	away, served := false, e
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case away:
			w.WriteHeader(http.StatusBadRequest)
		case r.URL.Path == "/v1/info":
			_ = json.NewEncoder(w).Encode(view.Info{Economy: served.ID, Log: view.Log{VerifierKey: served.LogKey}})
		case r.URL.Path == "/v1/checkpoints/latest":
			_, _ = w.Write(served.Checkpoint())
		case r.URL.Path == "/v1/log":
			_, _ = w.Write(append(bytes.Join(served.Lines, []byte("\n")), '\n'))
		default:
			w.WriteHeader(http.StatusNotFound)
		}
	}))
	t.Cleanup(s.Close)
	dir := t.TempDir()
	watch := func(args ...string) (out, errs string, code int) {
		var o, said bytes.Buffer
		a := newApp(strings.NewReader(""), &o, &said)
		config := filepath.Join(dir, "config.yaml")
		require.NoError(t, os.WriteFile(config, []byte("econd: "+s.URL+"\n"), 0o600))
		code = run(context.Background(), a, append([]string{"watch", "--once", "--config", config}, args...))
		return o.String(), said.String(), code
	}
	e.Agent("ann")
	entry, err := op.DecodeEntry(e.Lines[1])
	require.NoError(t, err)
	block := op.Hash(entry.Stamp.BlockHash)
	line, err := promise.Kept{Event: entry.Event.Marshal(), Seq: 1, TimeMs: entry.Stamp.TimeMs, Height: entry.Stamp.Height, Block: &block,
		Promise: string(anchor.AppendInclusion(nil, 1, e.Path(1), e.Checkpoint()))}.Append(nil)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(dir, answersFile), line, 0o600))

	out, errs, code := watch("--silence", "-1s")
	require.Equal(t, exitOK, code, errs)
	require.Contains(t, out, "2 entries recomputed, of 2 that were signed")

	away = true
	out, _, code = watch("--json")
	require.Equal(t, monitor.ExitUnreached, code)
	var told struct{ Report monitor.Report }
	require.NoError(t, json.Unmarshal([]byte(out), &told), out)
	require.NotEmpty(t, told.Report.Faults)

	away, served = false, other
	other.Agent("ben")
	other.Agent("cid")
	_, errs, code = watch("--dir", filepath.Join(dir, "anew"), "--silence", "-1s")
	require.Equal(t, monitor.ExitAlarm, code)
	require.Contains(t, errs, "ALARM promise-broken: entry 1 was promised to be register")
	require.Contains(t, errs, "econaudit answers "+filepath.Join(dir, "anew", "evidence"))
	require.Contains(t, errs, "ALARM two-histories")

	_, errs, code = watch("--log-key", "none")
	require.Equal(t, exitUsage, code)
	require.Contains(t, errs, "log-key")
}
