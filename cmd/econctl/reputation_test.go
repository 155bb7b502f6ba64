package main

import (
	"bytes"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/statement"
)

// reputation answers as econd does; the statement is signed by the key of 32
// bytes 7.
func (s *econd) reputation(w http.ResponseWriter, r *http.Request) {
	parts := strings.Split(r.URL.Path, "/")
	agent, err := op.ParsePublicKey(parts[3])
	if err != nil {
		refuse(w, 400, map[string]any{"title": "Malformed"})
		return
	}
	standing := map[string]any{"epoch": 3, "seq": 9, "time_ms": 1000, "score": "576460752303423488", "flow": "864691128455135232",
		"quality": "1152921504606846976", "positive": "6442450944", "negative": "0"}
	source := map[string]any{"consumer": proposalID, "consumer_flow": "1", "trust": "1", "edge_weight": 1, "edge_total": 2,
		"flow_given": "288230376151711744", "positive": "3221225472", "negative": "0", "receipts": []any{map[string]any{"seq": 5, "time_ms": 500,
			"sats": 120, "rating": 8, "part": 2048, "age_days": 0, "decay": 65536, "positive": "3221225472", "negative": "0"}}}
	switch {
	case strings.HasSuffix(r.URL.Path, "/statement"):
		key, _ := op.NewSecretKey(bytes.Repeat([]byte{7}, 32))
		now := time.Now().UnixMilli()
		form, _ := statement.ParseForm(r.URL.Query().Get("format"))
		text, err := statement.Statement{Economy: economy, Subject: agent, Epoch: 3, Seq: 9, TimeMs: now - 1000 + s.ago, UntilMs: now + 60_000 + s.ago,
			Score: 1 << 59, Flow: 1 << 59, Quality: 1 << 60}.Sign(form, key)
		if err != nil {
			s.t.Error(err)
		}
		_, _ = w.Write(text)
	case strings.HasSuffix(r.URL.Path, "/history"):
		reply(w, map[string]any{"items": []any{standing}})
	default:
		standing["pubkey"], standing["until_ms"], standing["receipts_since"] = agent, 5000, 2
		standing["items"] = []any{source}
		if r.URL.Query().Get("cursor") == "" {
			standing["next"] = "more"
		}
		reply(w, standing)
	}
}

func TestReputation(t *testing.T) {
	g := newAgent(t, newEcond(t))
	require.Equal(t, []string{"epoch", "flow", "negative", "positive", "pubkey", "quality", "receipts_since", "score", "seq", "time_ms", "until_ms"},
		keysOf(g.json("agent", "reputation")))
	v := g.json("agent", "reputation", "--explain")
	require.Len(t, v["items"], 2, "all pages")
	require.Equal(t, "288230376151711744", v["items"].([]any)[0].(map[string]any)["flow_given"], "figures stay strings")
	require.Len(t, g.json("agent", "reputation", "--history")["items"], 1)

	want := "agent     " + g.key.Public().String() + "\nepoch     3, entry 9, from 1970-01-01T00:00:01.000Z until 1970-01-01T00:00:05.000Z\n" +
		"score     50.00 %\nflow      75.00 %\nquality   100.00 %\n" +
		"evidence  1.50 for, 0.00 against\nsince     2 receipts, which the next epoch counts\n"
	require.Equal(t, want, g.run("agent", "reputation", npub(g.key.Public())).out)
	from := "from      " + proposalID + "  flow 25.00 %, 0.75 for, 0.00 against\n" +
		"  entry 5  1970-01-01T00:00:00.500Z  120 sat  rating 8, counts 50 %  0 days old  0.75 for, 0.00 against\n"
	require.Equal(t, want+from+from+"own stake gave flow 25.00 %\n", g.run("agent", "reputation", "--explain").out)
	require.Equal(t, "EPOCH  ENDED                     SCORE    FLOW     QUALITY\n3      1970-01-01T00:00:01.000Z  50.00 %  75.00 %  100.00 %\n",
		g.run("agent", "reputation", "--history").out)
	for _, line := range [][]string{{"nobody"}, {"--explain", "--history"}, {"--history", "--statement", "vc"}, {"--out", "f"},
		{"--statement", "pdf"}, {"--statement", "vc", "--at", "3"}} {
		o := g.run(append([]string{"agent", "reputation"}, line...)...)
		require.Equal(t, exitUsage, o.code, "%v: %s", line, o.err)
	}
}

func TestReputationStatementIsVerified(t *testing.T) {
	s := newEcond(t)
	g := newAgent(t, s)
	operator, err := op.NewSecretKey(bytes.Repeat([]byte{7}, 32))
	require.NoError(t, err)
	for name, form := range map[string]string{"nip85": "nip85", "vc": "vc+jwt"} {
		file := filepath.Join(t.TempDir(), "statement")
		require.Equal(t, []string{"bytes", "file", "paid_sat"}, keysOf(g.json("agent", "reputation", "--statement", name, "--out", file)))
		v := g.json("reputation", "verify", file, "--operator", npub(operator.Public()))
		require.Equal(t, []any{form, operator.Public().String(), g.key.Public().String(), economy, "576460752303423488", 100.0, true},
			[]any{v["form"], v["issuer"], v["subject"], v["economy"], v["score"], v["rank"], v["holds"]})
		require.True(t, strings.HasPrefix(v["subject_did"].(string), "did:key:zQ3s"))
		o := g.run("reputation", "verify", file)
		require.Equal(t, exitOK, o.code, o.err)
		require.Contains(t, o.out, "the signature is good ("+form+")")
		require.Equal(t, exitFailed, g.run("reputation", "verify", file, "--operator", g.key.Public().String()).code)

		text, err := os.ReadFile(file)
		require.NoError(t, err)
		text[len(text)-9] ^= 1
		require.NoError(t, os.WriteFile(file, text, 0o600))
		require.Equal(t, exitFailed, g.run("reputation", "verify", file).code)

		s.ago = -3_600_000
		out := g.run("agent", "reputation", "--statement", name)
		require.Equal(t, exitOK, out.code, out.err)
		require.NoError(t, os.WriteFile(file, []byte(out.out), 0o600))
		o = g.run("reputation", "verify", file)
		require.Equal(t, exitFailed, o.code)
		require.Contains(t, o.err, "econctl agent reputation "+g.key.Public().String())
		require.Equal(t, false, g.json("reputation", "verify", "--expired", file)["holds"])
		s.ago = 0
	}
	require.Equal(t, exitFailed, g.run("reputation", "verify", "-").code, "what is no statement")
	require.Equal(t, exitUsage, g.run("reputation", "verify", filepath.Join(t.TempDir(), "none")).code)
}

// What econd signs is checked before it is handed on.
func TestReputationStatementOfAnotherAgentIsRefused(t *testing.T) {
	s := newEcond(t)
	g, other := newAgent(t, s), newAgent(t, s)
	honest := s.Config.Handler
	s.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/statement") {
			r.URL.Path = "/v1/agents/" + other.key.Public().String() + "/reputation/statement"
		}
		honest.ServeHTTP(w, r)
	})
	o := g.run("agent", "reputation", "--statement", "vc")
	require.Equal(t, exitFailed, o.code)
	require.Contains(t, o.err, "not what was asked for")
	s.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "ok") })
	require.Contains(t, g.run("agent", "reputation", "--statement", "vc").err, "not a reputation statement")
}
