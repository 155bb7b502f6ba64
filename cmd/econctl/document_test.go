package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/econd/econd/cmd/internal/cli"
	"github.com/econd/econd/node/client"
	"github.com/econd/econd/node/monitor"
	"github.com/econd/econd/node/wallet"
)

func documentOf(t *testing.T) (d cli.Document) {
	t.Helper()
	var out, errs bytes.Buffer
	require.Equal(t, exitOK, run(t.Context(), newApp(nil, &out, &errs), []string{"schema", "--all"}), errs.String())
	require.NoError(t, json.Unmarshal(out.Bytes(), &d))
	return d
}

// Every command says what it prints, but for those that print no JSON; and whatever signs or
// spends has a dry run.
func TestTheDocumentSaysWhatCommandsPrintAndDo(t *testing.T) {
	none := []string{"schema", "man", "mcp", "nwc serve", "completion bash", "completion fish", "completion powershell", "completion zsh"}
	a := newApp(nil, nil, nil)
	root := newRoot(a)
	signing := 0
	for _, c := range documentOf(t).Commands {
		path := strings.TrimPrefix(c.Path, "econctl ")
		require.Equal(t, !slices.Contains(none, path), len(c.Output) > 0, path)
		require.Equal(t, c.Signs, c.DryRun, path)
		if c.Signs {
			signing++
		}
		found, _, err := root.Find(strings.Fields(path))
		require.NoError(t, err)
		require.Equal(t, c.Path, found.CommandPath())
	}
	require.Greater(t, signing, 40)
}

// Each exit code says one thing, has a name of its own, and those that watch shares with
// econd monitor are theirs.
func TestEachExitCodeIsOneThing(t *testing.T) {
	names := map[string]bool{}
	for i, c := range documentOf(t).ExitCodes {
		require.Equal(t, i, c.Code)
		require.False(t, names[c.Name], c.Name)
		names[c.Name] = true
	}
	require.Equal(t, []int{monitor.ExitAlarm, monitor.ExitUnreached}, []int{exitAlarm, exitAway})
	problem := func(status int, rule string) error { return &client.Problem{Status: status, Rule: rule} }
	unreached := func(err error) error {
		return &client.UnreachedError{URL: "http://x", Err: &url.Error{Op: "Post", URL: "http://x", Err: err}}
	}
	lost := uncertain(unreached(&net.OpError{Op: "read", Err: errors.New("reset")}))
	for _, c := range []struct {
		err  error
		code int
	}{
		{nil, exitOK},
		{errors.New("x"), exitFailed},
		{cli.Usagef("x"), exitUsage},
		{&client.PromiseError{}, exitAlarm},
		{&client.LogKeyError{}, exitAlarm},
		{unreached(errors.New("x")), exitAway},
		{uncertain(unreached(&net.OpError{Op: "dial", Err: errors.New("refused")})), exitAway},
		{lost, exitUnknown},
		{client.ErrNoReceipt, exitUnknown},
		{wallet.ErrUnresolved, exitUnknown},
		{problem(422, "weight"), exitRefused},
		{problem(403, "stake"), exitRefused},
		{problem(404, "proposal"), exitNotFound},
		{problem(409, "voting-deadline"), exitConflict},
		{problem(402, "payment-required"), exitUnpaid},
		{&wallet.PriceError{}, exitUnpaid},
		{wallet.ErrPayment, exitUnpaid},
		{problem(422, "cap"), exitBudget},
		{problem(422, "velocity"), exitBudget},
		{problem(429, "refused-work"), exitAway},
		{problem(503, "not-durable"), exitAway},
		{problem(500, "internal"), exitFailed},
		{&serviceError{"x", "404 Not Found", http.StatusNotFound}, exitNotFound},
		{&client.UnservedError{Last: problem(503, "x")}, exitUnserved},
	} {
		require.Equal(t, c.code, codeOf(c.err), "%v", c.err)
		if c.err != nil && c.code > exitUsage {
			require.Equal(t, c.code, codeOf(fmt.Errorf("wrapped: %w", c.err)), "%v", c.err)
		}
	}
}

// What a program reads about an error names the code.
func TestErrorsInJSONNameTheirCode(t *testing.T) {
	g := newAgent(t, newEcond(t))
	o := g.run("--json", "call", g.s.URL+"/nowhere")
	require.Equal(t, exitNotFound, o.code)
	var v struct {
		Error struct {
			Code int
			Kind string
		}
	}
	require.NoError(t, json.Unmarshal([]byte(o.err), &v))
	require.Equal(t, exitNotFound, v.Error.Code)
	require.Equal(t, "not-found", v.Error.Kind)
}

// A dry run shows what would be signed, sent and paid, signs nothing, hands nothing in, and
// opens no Lightning node: the one here fails the test.
func TestADryRunDoesNothing(t *testing.T) {
	s := newEcond(t)
	g := newAgent(t, s)
	hold := g.json("stake", "lock", "5000")["id"].(string)
	sent := len(s.events)
	dry := func(line ...string) map[string]any {
		t.Helper()
		var out, errs bytes.Buffer
		a := g.app(&out, &errs)
		a.dial = func(lndConfig) (lightningNode, error) {
			t.Errorf("%v: opens the node", line)
			return nil, errMissingLND
		}
		code := run(t.Context(), a, append(g.base(), append([]string{"--json"}, append(line, "--dry-run")...)...))
		require.Equal(t, exitOK, code, "%v: %s", line, errs.String())
		var v map[string]any
		require.NoError(t, json.Unmarshal(out.Bytes(), &v), out.String())
		require.Equal(t, true, v["dry_run"])
		return v
	}
	v := dry("vote", proposalID, "for")
	event := v["event"].(map[string]any)
	require.Equal(t, []any{3907.0, "vote", g.key.Public().String()}, []any{event["kind"], event["name"], event["pubkey"]})
	require.NotContains(t, event, "sig")
	require.NotContains(t, event, "id")
	require.Equal(t, map[string]any{"proposal": proposalID, "choice": "for"}, v["content"])
	require.Contains(t, v, "cost")
	other := npub(newAgent(t, s).key.Public())
	for _, line := range [][]string{
		{"register", "--name", "x"}, {"bind"}, {"stake", "lock", "5000", "--pay"}, {"propose", "--track", "signal", "--title", "x", "--pay"},
		{"delegate", other, "--track", "signal"}, {"operation", "send", "void", "{}"}, {"call", s.URL + "/v1/info"}, {"call", s.URL + "/x", "--data", "y"},
		{"webhook", "set", "https://agent.example/x"}, {"webhook", "remove"}, {"admin", "pause", "price", "--for", "1h", "--reason", "r"},
		{"admin", "anchor"}, {"admin", "revoke", proposalID}, {"stake", "keep"}, {"stake", "confirm", hold}, {"stake", "pay", hold},
	} {
		dry(line...)
	}
	require.Len(t, s.events, sent, "nothing was handed in")
	require.Empty(t, s.signed, "no request was signed")
	handed := slices.DeleteFunc(s.requests, func(r string) bool { return strings.HasPrefix(r, "GET ") })
	require.Equal(t, []string{"POST /v1/operations"}, handed, "but for the stake before")

	o := g.run("vote", proposalID, "maybe", "--dry-run")
	require.Equal(t, exitUsage, o.code, "a wrong call is one in a dry run, too")
}
