package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// What is waited for is said at once, and only once; a program reads one stream.
func TestWaitingIsSaid(t *testing.T) {
	s := newEcond(t)
	g := newAgent(t, s)
	s.busy = 2
	o := g.run("info")
	require.Equal(t, exitOK, o.code, o.err)
	require.Equal(t, 1, strings.Count(o.err, "waiting for "+s.URL+", 5s at most: "+s.URL+" answers 503"), o.err)
	s.busy = 1
	require.Equal(t, economy, g.json("info")["economy"])
}

// An answer that takes long is waited for, and that is said.
func TestSlowAnswersAreAnnounced(t *testing.T) {
	said, told := io.Pipe()
	slow := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		line := make([]byte, 200)
		n, _ := said.Read(line) // nothing is answered before it was said
		_, _ = w.Write(line[:n])
	}))
	defer slow.Close()
	var out strings.Builder
	a := newApp(nil, &out, told)
	a.quietFor = time.Millisecond
	require.Equal(t, exitOK, run(t.Context(), a, []string{"--config", emptyConfig(t), "call", slow.URL + "/secret-path"}))
	require.Equal(t, "waiting for an answer from "+slow.URL+"\n", out.String())
}

// A service that is away is told without the calls that led there.
func TestCallOfNobody(t *testing.T) {
	var out strings.Builder
	require.Equal(t, exitAway, run(t.Context(), newApp(nil, io.Discard, &out), []string{"--config", emptyConfig(t), "call", "http://127.0.0.1:1/x"}))
	require.Equal(t, "econctl: 127.0.0.1:1 gives no answer: connection refused\n", out.String())
}

// A word that is no id is told what an id is, and that its beginning is enough.
func TestNoIDIsTold(t *testing.T) {
	var out strings.Builder
	require.Equal(t, exitUsage, run(t.Context(), newApp(nil, io.Discard, &out), []string{"--config", emptyConfig(t), "proposal", "show", "not-hex"}))
	require.Contains(t, out.String(), `PROPOSAL: is "not-hex", must be an id, 64 hex digits, or its first 6 or more`)
}

// What fails in front of econd is told apart from econd, and passes like its absence.
func TestProxyWithoutEcond(t *testing.T) {
	away := true
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if away {
			http.Error(w, "payment failed", http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", "application/problem+json")
		w.WriteHeader(http.StatusInternalServerError)
		_, _ = io.WriteString(w, `{"title":"Internal Server Error","detail":"disk"}`)
	}))
	defer front.Close()
	told := func() string {
		var out strings.Builder
		require.Equal(t, exitFailed, run(t.Context(), newApp(nil, io.Discard, &out), []string{"--config", emptyConfig(t), "--econd", front.URL, "--retry-for", "1ms", "info"}))
		return out.String()
	}
	require.Equal(t, "econctl: "+front.URL+" answers 500 Internal Server Error, not in econd's words: aperture or another proxy answers there, "+
		"and econd behind it seems to be away; start econd, or have its operator look\n", told())
	away = false
	require.Equal(t, "econctl: econd answers 500 Internal Server Error: disk\n", told())
}

// Numbers out of range are refused before anything is asked.
func TestNumbersOutOfRange(t *testing.T) {
	for line, want := range map[string]string{
		"--uses 0 info":         "--uses: is 0, must be from 1 to 10000",
		"--uses -1 info":        "--uses: is -1, must be from 1 to 10000",
		"agent list --limit -1": `--limit: is "-1", must be a whole number from 0`,
		"payout list --limit x": `--limit: is "x", must be a whole number from 0`,
	} {
		var out strings.Builder
		args := append([]string{"--config", emptyConfig(t), "--econd", "http://127.0.0.1:1"}, strings.Fields(line)...)
		require.Equal(t, exitUsage, run(t.Context(), newApp(nil, io.Discard, &out), args), line)
		require.Contains(t, out.String(), "econctl: "+want+"\n", line)
		require.NotContains(t, out.String(), "waiting for")
	}
}

func emptyConfig(t *testing.T) string {
	path := t.TempDir() + "/config.yaml"
	require.NoError(t, os.WriteFile(path, nil, 0o600))
	return path
}
