package httpapi

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/econd/econd/node"
	"github.com/econd/econd/node/admission"
	"github.com/econd/econd/node/constitution"
	"github.com/econd/econd/node/constitution/yamlfile"
	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/nodetest"
	"github.com/econd/econd/node/op"
)

// asOf reads a path as of an entry and holds the answer against Econd-Seq.
func (w *world) asOf(path string, seq uint64) answer {
	w.T.Helper()
	sep := "?"
	if strings.Contains(path, "?") {
		sep = "&"
	}
	a := w.get(path + sep + "at=" + strconv.FormatUint(seq, 10))
	require.Equal(w.T, strconv.FormatUint(seq, 10), a.header.Get(seqHeader), "%s: %s", path, a.body)
	return a
}

// Whatever was answered at some time is answered again, byte for byte, when
// asked for by its sequence number.
func TestPastAnswersAreThoseGivenThen(t *testing.T) {
	w := newWorld(t, nil)
	alice, bob := nodetest.Key(t, 0x21), nodetest.Key(t, 0x22)
	id := w.vote(alice, bob)
	paths := []string{"/v1/constitution", "/v1/agents", "/v1/agents/" + alice.Public().String(),
		"/v1/agents/" + alice.Public().String() + "/delegations", "/v1/proposals?state=succeeded",
		"/v1/proposals/" + id.String(), "/v1/proposals/" + id.String() + "/explain",
		"/v1/proposals/" + id.String() + "/ballots", "/v1/anchors", "/v1/info"}
	seq := w.Node.Size() - 1
	then := map[string]string{}
	for _, p := range paths {
		a := w.get(p)
		require.Equal(t, strconv.FormatUint(seq, 10), a.header.Get(seqHeader), p)
		then[p] = string(w.asOf(p, seq).body)
		if p != "/v1/info" { // which tells the time
			require.Equal(t, then[p], string(a.body), p)
		}
	}
	w.submit(bob, op.KindDelegate, op.Delegate{To: alice.Public()})
	w.submit(nodetest.Key(t, 0x23), op.KindRegister, op.Register{Name: "carol"})
	require.NotEqual(t, then["/v1/agents"], string(w.get("/v1/agents").body))
	for _, p := range paths {
		require.Equal(t, then[p], string(w.asOf(p, seq).body), p)
	}
}

// A proposal is shown in the state that it had, by the clock of that entry.
func TestPastStateOfAProposal(t *testing.T) {
	w := newWorld(t, nil)
	id := w.vote(nodetest.Key(t, 0x21))
	made, ok := uint64(0), false
	w.Node.View(func(s *ledger.State, _ int64) { made, ok = s.Lookup(id) })
	require.True(t, ok)
	for seq, want := range map[uint64]string{made: "pending", made + 1: "active", w.Node.Size() - 1: "succeeded"} {
		var v struct{ State string }
		w.asOf("/v1/proposals/"+id.String(), seq).into(t, &v)
		require.Equal(t, want, v.State, "after entry %d", seq)
	}
	a := w.asOf("/v1/proposals/"+id.String(), made-1)
	require.Equal(t, http.StatusNotFound, a.status, "it was not there yet")
	require.Equal(t, "proposal", a.problem(t).Rule)
}

func TestPastBeyondTheHeadNamesBothNumbers(t *testing.T) {
	w := newWorld(t, nil)
	p := w.get("/v1/agents?at=7").problem(t)
	require.Equal(t, http.StatusBadRequest, p.Status)
	require.Equal(t, []string{"at", "beyond-head", "is 7, the last entry of the log is 0"}, []string{p.Field, p.Rule, p.Detail})
	for _, bad := range []string{"-1", "01", "x", "", "9223372036854775808"} {
		p := w.get("/v1/agents?at=" + bad).problem(t)
		require.Equal(t, []any{400, "at", "range"}, []any{p.Status, p.Field, p.Rule}, "at=%s", bad)
	}
}

// The document says of every read whether it takes "at", and is right.
func TestEveryReadOfStateTakesAt(t *testing.T) {
	w := newWorld(t, nil)
	w.vote(nodetest.Key(t, 0x21))
	taken := 0
	for path, item := range w.spec.tree["paths"].(map[string]any) {
		operation, ok := item.(map[string]any)["get"].(map[string]any)
		if !ok {
			continue
		}
		tag := operation["tags"].([]any)[0]
		if tag == "admin" || tag == "service" {
			continue
		}
		text, err := json.Marshal(operation["parameters"])
		require.NoError(t, err)
		takes := strings.Contains(string(text), `parameters/at"`)
		url := regexp.MustCompile(`\{[^}]*\}`).ReplaceAllString(path, nodetest.Key(t, 0x21).Public().String())
		if path == "/v1/stakes" { // whose must be said
			url += "?agent=" + nodetest.Key(t, 0x21).Public().String()
		}
		if takes {
			taken++
			w.asOf(url, 0)
			continue
		}
		p := w.get(url + "?at=0").problem(t)
		require.Equal(t, "unknown-parameter", p.Rule, path)
		require.False(t, tag == "state" && !strings.HasSuffix(path, "/proof"), "%s reads state and takes no at", path)
	}
	require.Greater(t, taken, 8)
}

// A stake is free to look at; a replay is not.
func TestThePastCostsAQuery(t *testing.T) {
	text := strings.Replace(string(yamlfile.Demo), "{resource: queries, sat: 0}", "{resource: queries, sat: 3}", 1)
	w := newWorldOf(t, text, func(_ *world, c *Config) { sells(t, c, &invoicer{}) })
	path := "/v1/stakes/" + nodetest.Key(t, 0x21).Public().String()
	require.Equal(t, http.StatusNotFound, w.get(path).status)
	p := w.get(path + "?at=0").problem(t)
	require.Equal(t, []any{402, constitution.ResourceQueries, int64(3)}, []any{p.Status, p.Resource, p.PriceSat})
}

// Who asks for more than one request's time can replay is told to go on asking.
func TestPastThatTakesTooLongGoesOnLater(t *testing.T) {
	w := newWorld(t, func(w *world, c *Config) { c.Node = slowPast{w.Node} })
	require.Equal(t, 501, w.get("/v1/agents?at=1").problem(t).Status)
	p := w.get("/v1/agents?at=0").problem(t)
	require.Equal(t, []any{503, "at", "replaying", seconds(admission.RetryBusy)}, []any{p.Status, p.Field, p.Rule, p.RetryAfterS})
}

type slowPast struct{ admission.Node }

func (slowPast) ViewAt(_ context.Context, seq uint64, _ func(*ledger.State, int64)) error {
	if seq == 1 {
		return node.ErrNoPast
	}
	return fmt.Errorf("%w: 5 of 9 entries are done; ask again", node.ErrReplaying)
}

// An operator sees what readers of the past cost.
func TestMetricsOfThePast(t *testing.T) {
	w := newWorld(t, nil)
	for b := byte(0x21); b < 0x26; b++ {
		w.submit(nodetest.Key(t, b), op.KindRegister, op.Register{Name: "agent"})
	}
	for _, seq := range []uint64{5, 3, 4, 3} { // the head, anew, on, anew
		w.asOf("/v1/agents", seq)
	}
	text := string(w.get("/metrics").body)
	require.Contains(t, text, "\necond_past_states 2\n")
	require.Contains(t, text, "\necond_replayed_entries_total 9\n")
}

// What ended is shown whole, now and as it was: its texts come from the log.
func TestEndedProposalsAreShownWhole(t *testing.T) {
	w := newWorld(t, nil)
	alice := nodetest.Key(t, 11)
	w.submit(alice, op.KindRegister, op.Register{Name: "alice"})
	w.stake(alice, 20_000)
	id := w.submit(alice, op.KindPropose, op.Propose{Track: "signal", Title: "A title", Text: "What it says.", Actions: []op.Raw{}})
	reason := strings.Repeat("why ", 100)
	w.submit(alice, op.KindCancel, op.Cancel{Proposal: id, Reason: reason})
	last := w.Node.Size() - 1
	w.submit(nodetest.Key(t, 12), op.KindRegister, op.Register{Name: "bob"})
	for _, path := range []string{"/v1/proposals/" + id.String(), "/v1/proposals/" + id.String() + "?at=" + strconv.FormatUint(last, 10)} {
		var v struct {
			Title, Text, Reason, State string
			Actions                    []any
		}
		w.get(path).into(t, &v)
		require.Equal(t, []any{"A title", "What it says.", reason, "cancelled"}, []any{v.Title, v.Text, v.Reason, v.State}, path)
		require.NotNil(t, v.Actions)
	}
	require.Contains(t, string(w.get("/v1/proposals/"+id.String()+"/explain").body), strings.TrimSpace(reason))
}
