package main

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/econd/econd/cmd/internal/cli"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/template"
	"github.com/econd/econd/node/view"
)

func TestReportContent(t *testing.T) {
	r, err := reportContent([]string{"speed=128", "loss=-3"}, proposalID, "2026-11-21T12:00:00Z")
	require.NoError(t, err)
	require.Equal(t, []op.ReportedValue{{Metric: "speed", Value: 128}, {Metric: "loss", Value: -3}}, r.Values)
	require.Equal(t, proposalID, r.Proposal.String())
	require.Equal(t, time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC).UnixMilli(), r.MeasuredMs)
	for _, bad := range []string{"speed", "=3", "speed=1.5", "speed=", "speed=9007199254740993"} {
		_, err := reportContent([]string{bad}, "", "")
		require.Equal(t, exitUsage, cli.Code(err), bad)
	}
	_, err = reportContent([]string{"a=1"}, "", "yesterday")
	require.ErrorContains(t, err, "--measured")
	_, err = reportContent([]string{"a=1"}, "x", "")
	require.Error(t, err)
}

// A template is printed and checked without econd.
func TestTemplatesOffline(t *testing.T) {
	s := newEcond(t)
	g := newAgent(t, s)
	before := len(s.requests)
	for _, name := range template.Names() {
		o := g.run("proposal", "new", "--template", name)
		require.Equal(t, exitOK, o.code, o.err)
		file := filepath.Join(t.TempDir(), "terms.json")
		require.NoError(t, os.WriteFile(file, []byte(o.out), 0o600))
		require.Equal(t, true, g.json("proposal", "new", "--template", name, "--check", file)["ok"])
		require.NoError(t, os.WriteFile(file, []byte(`{"agent":"x"}`), 0o600))
		o = g.run("proposal", "new", "--template", name, "--check", file)
		require.NotEqual(t, exitOK, o.code)
		require.Contains(t, o.err, "terms.")
	}
	require.Equal(t, exitUsage, g.run("proposal", "new", "--template", "yacht").code)
	require.Equal(t, exitUsage, g.run("propose", "--track", "price", "--title", "t", "--template", "tool-access").code)
	require.Equal(t, exitUsage, g.run("propose", "--track", "price", "--title", "t", "--evaluation", "{}").code)
	require.Len(t, s.requests, before)
}

func TestFigureRows(t *testing.T) {
	require.Equal(t, "errors\tarmed\t0 times\ttrue\nno figure", ruleRow(view.Rule{Name: "errors", When: "true", Armed: true, Trouble: "no figure"}))
	require.Equal(t, "load\tpercent\t0 of 2\tnone yet", metricRow(view.Metric{Name: "load", Unit: "percent", Least: 2}))
}
