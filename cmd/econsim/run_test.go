package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/econd/econd/node/sim"
)

const tinyScenario = `
version: 1
name: tiny
seed: 1
replicates: 2
steps: 6
populations:
  - {name: shops, kind: honest, count: 2, stake_sat: 20000, sells: true, buys_per_step: 1}
  - {name: whale, kind: whale, count: 1}
proposals:
  - {name: dearer, by: whale, track: price, merit: bad, step: 1}
attack: {population: whale, budget_sat: 1000, proposal: dearer, want: passed}
constitution: {tracks: [{name: price, weight: {kind: stake}}]}
sweep: {method: grid, parameters: [{path: attack.budget_sat, values: [0, 1000000]}]}
`

func econsim(t *testing.T, args ...string) (string, error) {
	t.Helper()
	out, _, err := econsimBoth(t, args...)
	return out, err
}

// econsimBoth returns what goes to standard error too.
func econsimBoth(t *testing.T, args ...string) (out, errors string, err error) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	root := newRoot()
	root.SetArgs(args)
	root.SetOut(&stdout)
	root.SetErr(&stderr)
	err = root.ExecuteContext(context.Background())
	return stdout.String(), stderr.String(), err
}

// A researcher's way through: check, run, run again, verify.
func TestRunAndVerify(t *testing.T) {
	dir := t.TempDir()
	file, out := filepath.Join(dir, "tiny.yaml"), filepath.Join(dir, "results")
	require.NoError(t, os.WriteFile(file, []byte(tinyScenario), 0o600))

	got, err := econsim(t, "run", file, "--check")
	require.NoError(t, err)
	require.Equal(t, "cell 0: attack.budget_sat=0\ncell 1: attack.budget_sat=1000000\n2 cells, 4 runs\n", got)
	_, err = os.Stat(out)
	require.ErrorIs(t, err, os.ErrNotExist, "--check writes nothing")

	first, err := econsim(t, "run", file, "--out", out, "--workers", "1")
	require.NoError(t, err)
	require.Contains(t, first, "4 runs in 2 of 2 cells; event signatures skipped")
	require.Contains(t, first, "warning: 2 of 4 runs had no vote and say nothing about votes (nobody set out to propose: 2)")
	require.Contains(t, first, "Sats for a 50 % chance to flip the vote (95 % interval):\n  as given  at most 1,000,000 sat (0 and more)  opened in 2 of 4 runs\n")
	require.Contains(t, first, "start with "+filepath.Join(out, "report.html"))
	again, err := econsim(t, "run", file, "--out", out)
	require.NoError(t, err)
	require.Equal(t, first, again)

	got, quiet, err := econsimBoth(t, "run", file, "--out", out, "--json")
	require.NoError(t, err)
	require.Empty(t, quiet, "programs want no progress")
	var p sim.Provenance
	require.NoError(t, json.Unmarshal([]byte(got), &p))
	require.Equal(t, 2, p.RunsOpened)
	require.EqualValues(t, 1_000_000, *p.Headline[0].Sats)
	require.Nil(t, p.Headline[0].High)

	got, err = econsim(t, "verify", out)
	require.NoError(t, err)
	require.Regexp(t, `^ok: \d+ files and 4 runs are as recorded; cells \[0 1\] came out the same again\n$`, got)
	got, err = econsim(t, "verify", out, "--json", "--cells", "1")
	require.NoError(t, err)
	require.Contains(t, got, `"runs":4,"cells":[`)

	summary := filepath.Join(out, "summary.csv")
	raw, err := os.ReadFile(summary)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(summary, raw[1:], 0o600))
	_, err = econsim(t, "verify", out)
	require.ErrorContains(t, err, "summary.csv")
}

func TestRunRefusals(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "tiny.yaml")
	require.NoError(t, os.WriteFile(file, []byte(strings.Replace(tinyScenario, "seed", "sead", 1)), 0o600))
	_, err := econsim(t, "run", file, "--out", filepath.Join(dir, "r"))
	require.ErrorContains(t, err, "tiny.yaml")
	require.ErrorContains(t, err, "sead: unknown key")
	require.NoError(t, os.WriteFile(file, []byte(tinyScenario), 0o600))
	_, err = econsim(t, "run", file)
	require.ErrorContains(t, err, "--out")
	_, err = econsim(t, "run", file, "--out", dir)
	require.ErrorContains(t, err, "choose another directory")
	_, err = econsim(t, "run", file, "--out", filepath.Join(dir, "r"), "--workers", "0")
	require.ErrorContains(t, err, "--workers")
}

// Results of a program that nobody else can build say so.
func TestResultsOfChangedFilesAreWarnedOf(t *testing.T) {
	for _, modified := range []bool{false, true} {
		var out bytes.Buffer
		require.NoError(t, runOptions{out: "r"}.tell(&out, &sim.Provenance{Modified: modified}))
		require.Equal(t, modified, strings.Contains(out.String(), "nobody else can make these results again"))
	}
}

func TestSchemaIsPrinted(t *testing.T) {
	got, err := econsim(t, "schema")
	require.NoError(t, err)
	require.Contains(t, got, `"additionalProperties": false`)
	require.Contains(t, got, `"epoch_s"`)
}

// Ctrl-C in the middle of a sweep leaves the tables and the report of the
// finished cells, says how to go on, and the same command does.
func TestInterrupt(t *testing.T) {
	dir := t.TempDir()
	file, out := filepath.Join(dir, "tiny.yaml"), filepath.Join(dir, "results")
	many := strings.Replace(tinyScenario, "[0, 1000000]", "[0, 1000, 2000, 4000, 8000, 16000, 32000, 64000, 128000, 1000000]", 1)
	require.NoError(t, os.WriteFile(file, []byte(strings.Replace(many, "replicates: 2", "replicates: 20", 1)), 0o600))

	ctx, interrupt := context.WithCancel(context.Background())
	go func() { // as the signal would
		for {
			if cells, _ := filepath.Glob(filepath.Join(out, "cells", "*.json")); len(cells) > 1 {
				interrupt()
				return
			}
			time.Sleep(time.Millisecond)
		}
	}()
	root := newRoot()
	var text bytes.Buffer
	root.SetArgs([]string{"run", file, "--out", out, "--workers", "1"})
	root.SetOut(&text)
	root.SetErr(&bytes.Buffer{})
	err := root.ExecuteContext(ctx)
	require.ErrorContains(t, err, "of 10 cells; the same command goes on from there")
	for _, name := range []string{"runs.csv", "runs.parquet", "series.csv", "report.html", "provenance.json"} {
		require.FileExists(t, filepath.Join(out, name))
	}
	raw, err := os.ReadFile(filepath.Join(out, "runs.csv"))
	require.NoError(t, err)
	lines := strings.Count(string(raw), "\n") - 1
	require.Positive(t, lines)
	require.Zero(t, lines%20, "whole cells only")
	require.Less(t, lines, 200)
	got, err := econsim(t, "verify", out, "--cells", "1")
	require.NoError(t, err)
	require.Contains(t, got, "the sweep was not finished")

	got, err = econsim(t, "run", file, "--out", out)
	require.NoError(t, err)
	require.Contains(t, got, "200 runs in 10 of 10 cells")
}
