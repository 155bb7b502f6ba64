package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// reputationCommand runs econsim reputation on a small market and returns what it wrote.
func reputationCommand(t *testing.T, csv string, args ...string) (out, log string, err error) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "in.csv")
	require.NoError(t, os.WriteFile(file, []byte(csv), 0o600))
	var stdout, stderr bytes.Buffer
	cmd := newRoot()
	cmd.SetOut(&stdout)
	cmd.SetErr(&stderr)
	cmd.SetArgs(append([]string{"reputation", "--receipts", file}, args...))
	err = cmd.ExecuteContext(t.Context())
	return stdout.String(), strings.ReplaceAll(stderr.String(), file, "in.csv"), err
}

const smallMarket = "a,b,5,1000000.5\na,c,-5,1000001\nb,c,5,90000000\n"

func TestReputationAt(t *testing.T) {
	all, log, err := reputationCommand(t, smallMarket, "--seeds", "a", "--out", "-")
	require.NoError(t, err)
	require.Contains(t, log, "3 rows: 3 counted, 0 later than --at, 0 malformed; 3 agents, 2 providers scored")
	early, log, err := reputationCommand(t, smallMarket, "--seeds", "a", "--out", "-", "--at", "1000000.5")
	require.NoError(t, err)
	require.Contains(t, log, "1 counted, 2 later than --at", "a receipt at the very moment counts")
	require.NotContains(t, early, "\nc,", "c has no receipt yet")
	require.Contains(t, all, "\nc,")
	_, log, err = reputationCommand(t, smallMarket, "--seeds", "a", "--out", "-", "--at", "1000000.4")
	require.NoError(t, err)
	require.Contains(t, log, "0 counted, 3 later than --at")
}

func TestReputationSeeds(t *testing.T) {
	file := filepath.Join(t.TempDir(), "seeds.txt")
	require.NoError(t, os.WriteFile(file, []byte("a\n b,\n\n"), 0o600))
	listed, _, err := reputationCommand(t, smallMarket, "--seeds", "b, a", "--out", "-")
	require.NoError(t, err)
	fromFile, log, err := reputationCommand(t, smallMarket, "--seeds", file, "--out", "-")
	require.NoError(t, err)
	require.Equal(t, listed, fromFile)
	require.NotContains(t, log, "warning")
	_, log, err = reputationCommand(t, smallMarket, "--seeds", "a,x", "--out", "-")
	require.NoError(t, err)
	require.Contains(t, log, "1 of 2 seeds occur in no receipt")
	_, _, err = reputationCommand(t, smallMarket, "--seeds", "nowhere/seeds.txt", "--out", "-")
	require.ErrorContains(t, err, "neither a file nor an agent")
	_, _, err = reputationCommand(t, smallMarket, "--seeds", ",", "--out", "-")
	require.ErrorContains(t, err, "no id")
}

func TestReputationBadRows(t *testing.T) {
	bad := smallMarket + "a,b,50,1000002\nb,a,1,1000003\n"
	out := filepath.Join(t.TempDir(), "scores.csv")
	_, _, err := reputationCommand(t, bad, "--seeds", "a", "--out", out)
	require.ErrorContains(t, err, `in.csv:4:5: rating is "50", want a whole number from -10 to 10`)
	require.NoFileExists(t, out, "no scores of half a file")
	_, log, err := reputationCommand(t, bad, "--seeds", "a", "--out", out, "--skip-bad")
	require.NoError(t, err)
	require.Contains(t, log, "in.csv:4:5: rating is")
	require.Contains(t, log, "5 rows: 4 counted, 0 later than --at, 1 malformed")
	written, err := os.ReadFile(out)
	require.NoError(t, err)
	require.True(t, strings.HasPrefix(string(written), "provider,quality,score,flow,positive,negative\na,"))
}

func TestReputationFlags(t *testing.T) {
	for flag, want := range map[string]string{
		"--tau=1/0":                  "--tau",
		"--tau=half":                 "--tau",
		"--at=yesterday":             "--at",
		"--half-life-positive=61":    "half_life_positive_days",
		"--half-life-negative=-1":    "half_life_negative_days",
		"--negatives=1001":           "negative_weight",
		"--full-day-consumers=-1":    "full_day_consumers",
		"--out=/nonexistent/dir/out": "--out",
	} {
		_, _, err := reputationCommand(t, smallMarket, "--seeds", "a", "--out", "-", flag)
		require.ErrorContains(t, err, want)
	}
	for tau, want := range map[string]uint64{"1/8192": 1 << 47, "1/1": 1 << 60, "0": 0, "140737488355328": 1 << 47} {
		got, err := parseTau(tau)
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
}
