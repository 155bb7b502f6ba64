package main

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// What somebody on the way leaves out of the log, or changes in it, is noticed by who
// follows it and by who fetches it; what came before is shown, nothing after.
func TestEntriesThatWereLeftOutOrChanged(t *testing.T) {
	leave := func(i int, line []byte) []byte {
		if i == 1 {
			return nil
		}
		return line
	}
	swap := func(old, by string) func(int, []byte) []byte {
		return func(i int, line []byte) []byte {
			if i == 1 {
				return bytes.ReplaceAll(line, []byte(old), []byte(by))
			}
			return line
		}
	}
	for _, c := range []struct {
		name   string
		tamper func(int, []byte) []byte
		say    string
	}{
		{"left out", leave, "entry 1 was left out"},
		{"content", swap("xx", "yy"), "entry 1 was changed: id"},
		{"signature", swap(`"sig":"`, `"sig":"0`), "entry 1 was changed: "},
		{"number", swap(`"seq":1`, `"seq":0`), "entry 1 was left out"},
		{"no entry", swap(`{"v":1`, `{"v":2`), "entry 1 was changed: "},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newEcond(t)
			g := newAgent(t, s)
			for i := range 3 {
				g.json("register", "--name", strings.Repeat("x", i+1))
			}
			s.tamper = c.tamper
			o := g.run("events", "--after", "-1", "--json")
			require.Equal(t, exitFailed, o.code)
			require.Contains(t, o.err, c.say)
			require.Equal(t, string(s.line(0))+"\n", o.out)

			path := filepath.Join(t.TempDir(), "log")
			o = g.run("export", "--out", path)
			require.Equal(t, exitFailed, o.code)
			require.Contains(t, o.err, c.say)
			require.NoFileExists(t, path)
		})
	}
}

// A stream that is opened again goes on where it was, or fails.
func TestStreamsThatBeginElsewhere(t *testing.T) {
	for _, shift := range []int{1, -1} {
		s := newEcond(t)
		g := newAgent(t, s)
		for i := range 5 {
			g.json("register", "--name", strings.Repeat("x", i+1))
		}
		s.shift = shift
		o := g.run("events", "--after", "-1")
		require.Equal(t, exitFailed, o.code)
		require.Contains(t, o.err, "entry 2 was left out")
		require.Equal(t, 2, strings.Count(o.out, "\n"), o.out)
	}
	s := newEcond(t)
	s.shift = 1 // notices begin behind 1-2-3 always
	g := newAgent(t, s)
	o := g.run("notifications", "watch", "--count", "3")
	require.Equal(t, exitFailed, o.code)
	require.Contains(t, o.err, `was to go on behind 1-2-5 and begins behind "1-2-3"`)
	o = g.run("notifications", "watch", "--after", "0-0-0")
	require.Equal(t, exitFailed, o.code)
	require.Empty(t, o.out)
}
