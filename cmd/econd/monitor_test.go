package main

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"github.com/econd/econd/cmd/internal/cli"
	"github.com/econd/econd/node/audit/audittest"
	"github.com/econd/econd/node/monitor"
	"github.com/econd/econd/node/view"
)

// foundMonitor has --init write a configuration.
func foundMonitor(t *testing.T, url string) (config string) {
	dir := filepath.Join(t.TempDir(), "m")
	c := newMonitor()
	c.SetArgs([]string{"--init", "--data-dir", dir, "--econd", url})
	var out bytes.Buffer
	c.SetOut(&out)
	require.NoError(t, c.Execute())
	config = filepath.Join(dir, "monitor.yaml")
	require.Contains(t, out.String(), config)
	return config
}

func monitored(t *testing.T, args ...string) (out, errs string, code int) {
	c := newMonitor()
	c.SilenceUsage, c.SilenceErrors = true, true
	c.SetArgs(args)
	var o, e bytes.Buffer
	c.SetOut(&o)
	c.SetErr(&e)
	err := c.Execute()
	return o.String(), e.String(), cli.Code(err)
}

// What --init writes is read as it stands; a log is followed, and the exit code tells an alarm from an econd that
// is away.
func TestMonitorCommand(t *testing.T) {
	e := audittest.NewEconomy(t, "watched-1")
	for _, name := range []string{"ann", "ben", "cid"} {
		e.Agent(name)
	}
	past := e.Checkpoint()
	e.Agent("dan")
	head := e.Checkpoint()
	away := false
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case away:
			w.WriteHeader(http.StatusBadRequest)
		case r.URL.Path == "/v1/info":
			_ = json.NewEncoder(w).Encode(view.Info{Economy: e.ID, Log: view.Log{VerifierKey: e.LogKey}})
		case r.URL.Path == "/v1/checkpoints/latest":
			_, _ = w.Write(head)
		case r.URL.Path == "/v1/log":
			_, _ = w.Write(append(bytes.Join(e.Lines, []byte("\n")), '\n'))
		default:
			w.WriteHeader(http.StatusNotFound)
		}
	}))
	t.Cleanup(s.Close)
	config := foundMonitor(t, s.URL)
	out, errs, code := monitored(t, "--config", config, "--once")
	require.Equal(t, cli.ExitOK, code, errs)
	require.Contains(t, out, "5 entries recomputed, of 5 that were signed")

	away = true
	out, _, code = monitored(t, "--config", config, "--once", "--json")
	require.Equal(t, monitor.ExitUnreached, code, out)
	var told struct{ Report monitor.Report }
	require.NoError(t, json.Unmarshal([]byte(out), &told))
	require.Len(t, told.Report.Faults, 1)

	away, head = false, past
	out, errs, code = monitored(t, "--config", config, "--once")
	require.Equal(t, monitor.ExitAlarm, code, out)
	require.Contains(t, errs, "ALARM rolled-back: econd now signs 4 entries, and signed 5 before")
	require.Contains(t, errs, "econaudit replay")
}

// Configurations that cannot work are refused with the name of the key.
func TestMonitorConfigErrors(t *testing.T) {
	config := foundMonitor(t, "http://127.0.0.1:1")
	text, err := os.ReadFile(config)
	require.NoError(t, err)
	for key, change := range map[string][2]string{
		"metrics_listen": {"127.0.0.1:8407", "0.0.0.0:8407"}, "every_s": {"every_s: 30", "every_s: 0"}, "unknown": {"every_s: 30", "unknown: 30"},
		"silence_s": {"silence_s: 86400", "silence_s: 0"}, "econd": {"http://127.0.0.1:1", "'http://a:b@127.0.0.1:1'"},
		"log_level": {"info", "loud"}, "bitcoin": {"rpc: \"\"", "rpc: http://127.0.0.1:8332"}, "policy": {"policy: \"\"", "policy: /nowhere"},
		"headers": {"headers: \"\"", "headers: x"}, "max_bytes": {"max_bytes: 17179869184", "max_bytes: 5"}, "payments.max_sats": {"max_sats: 100", "max_sats: -1"},
	} {
		changed := strings.Replace(string(text), change[0], change[1], 1)
		require.NotEqual(t, string(text), changed, key)
		require.NoError(t, os.WriteFile(config, []byte(changed), 0o600))
		c := newMonitor()
		c.SilenceUsage, c.SilenceErrors = true, true
		c.SetArgs([]string{"--config", config, "--once"})
		c.SetOut(io.Discard)
		c.SetErr(io.Discard)
		err := c.Execute()
		require.ErrorContains(t, err, key)
		require.Equal(t, cli.ExitUsage, cli.Code(err), key)
	}
}

// The page of metrics has each of a monitor's, with its labels.
func TestMonitorMetricsAreDocumented(t *testing.T) {
	page, err := os.ReadFile("../../docs/metrics.md")
	require.NoError(t, err)
	var documented []string
	for _, m := range regexp.MustCompile("(?m)^\\| `(econd_monitor_[a-z_]+)` \\| gauge \\|").FindAllStringSubmatch(string(page), -1) {
		documented = append(documented, m[1])
	}
	r := prometheus.NewRegistry()
	monitorGauges(r)(monitor.Report{Entries: 7, HeadSize: 9, Alarms: []monitor.Alarm{{Kind: monitor.Silent}}}, time.Unix(5, 0))
	families, err := r.Gather()
	require.NoError(t, err)
	var have []string
	values := map[string]float64{}
	for _, f := range families {
		have = append(have, f.GetName())
		for _, m := range f.GetMetric() {
			name := f.GetName()
			for _, l := range m.GetLabel() {
				name += " " + l.GetValue()
			}
			values[name] = m.GetGauge().GetValue()
		}
	}
	slices.Sort(documented)
	require.Equal(t, documented, have)
	require.Equal(t, []float64{7, 2, 1, 0, 5}, []float64{values["econd_monitor_entries"], values["econd_monitor_behind_entries"],
		values["econd_monitor_alarms silent"], values["econd_monitor_alarms withheld"], values["econd_monitor_round_seconds"]})
}
