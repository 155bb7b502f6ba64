package httpapi

import (
	"bytes"
	"crypto/ed25519"
	"net/http"
	"net/url"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/econd/econd/node/admission"
	"github.com/econd/econd/node/anchor"
	"github.com/econd/econd/node/cursor"
	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/nodetest"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/view"
)

// verifier is the key that checkpoints are signed with, as an auditor has it.
func openCheckpoint(t *testing.T, note []byte) anchor.SignedCheckpoint {
	t.Helper()
	pub := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{3}, 32)).Public().(ed25519.PublicKey)
	v, err := anchor.NewVerifier(ledger.Origin(nodetest.Economy), pub)
	require.NoError(t, err)
	c, err := anchor.OpenCheckpoint(note, ledger.Origin(nodetest.Economy), v)
	require.NoError(t, err)
	return c
}

func TestInfoTellsWhatANewcomerNeeds(t *testing.T) {
	w := newWorld(t, nil)
	var v view.Info
	w.get("/v1/info").into(t, &struct {
		*view.Info
		Operator string `json:"operator"`
		Clock    any    `json:"clock"`
	}{Info: &v})
	require.Equal(t, nodetest.Economy, v.Economy)
	require.Equal(t, uint64(1), v.Size)
	require.Equal(t, "econd/"+nodetest.Economy, v.Log.Origin)
	require.Len(t, v.Prices, 4)
	require.NotEmpty(t, v.Tracks)
	require.Equal(t, string(admission.Off), v.L402.Mode)

	var c struct{ Version, EpochS int64 }
	w.get("/v1/constitution").into(t, &c)
	require.Equal(t, int64(1), c.Version)
}

func TestInfoTellsWhoCosigns(t *testing.T) {
	require.NotContains(t, string(newWorld(t, nil).get("/v1/info").body), "witnesses")
	w := newWorld(t, func(_ *world, c *Config) {
		c.Witnesses = view.Witnesses{Policy: []string{"w.example/1"}, BelowQuorum: "wait"}
	})
	require.Contains(t, string(w.get("/v1/info").body), `"witnesses":{"policy":["w.example/1"],"below_quorum":"wait"}`)
}

// An agent registers, stakes, proposes and votes; everybody can read all of it.
func TestStoryReadsBack(t *testing.T) {
	w := newWorld(t, nil)
	alice, bob, carol := nodetest.Key(t, 11), nodetest.Key(t, 12), nodetest.Key(t, 13)
	id := w.vote(alice, bob, carol)

	var agent struct {
		Name     string
		StakeSat int64 `json:"stake_sat"`
	}
	w.get("/v1/agents/"+alice.Public().String()).into(t, &agent)
	require.Equal(t, int64(20_000), agent.StakeSat)

	var proposal struct {
		State   string
		Ballots int
		Outcome struct{ Passed bool }
	}
	w.get("/v1/proposals/"+id.String()).into(t, &proposal)
	require.Equal(t, "succeeded", proposal.State)
	require.Equal(t, 3, proposal.Ballots)
	require.True(t, proposal.Outcome.Passed)

	for query, want := range map[string]int{"": 1, "?state=succeeded": 1, "?state=active": 0, "?track=signal": 1, "?track=price": 0} {
		var p struct{ Items []struct{ ID string } }
		w.get("/v1/proposals"+query).into(t, &p)
		require.Len(t, p.Items, want, query)
	}
	require.Equal(t, 200, w.get("/v1/proposals/"+id.String()+"/ballots/"+bob.Public().String()+"/proof").status)
	require.Equal(t, 404, w.get("/v1/proposals/"+id.String()+"/ballots/"+nodetest.Key(t, 14).Public().String()+"/proof").status)
}

func TestPagesCoverTheListOnce(t *testing.T) {
	w := newWorld(t, nil)
	id := w.vote(nodetest.Key(t, 11), nodetest.Key(t, 12), nodetest.Key(t, 13))
	for path, member := range map[string]string{"/v1/agents": "pubkey", "/v1/proposals/" + id.String() + "/ballots": "voter"} {
		seen, cursor := map[string]bool{}, ""
		for pages := 1; ; pages++ {
			var p struct {
				Items []map[string]any
				Next  string
			}
			w.get(path+"?limit=2"+cursor).into(t, &p)
			for _, item := range p.Items {
				require.False(t, seen[item[member].(string)], "%s: twice", path)
				seen[item[member].(string)] = true
			}
			if p.Next == "" {
				require.Equal(t, 2, pages, path)
				break
			}
			cursor = "&cursor=" + url.QueryEscape(p.Next)
		}
		require.Len(t, seen, 3, path)
	}
}

// A cursor of one list is none of another.
func TestCursorsBelongToTheirList(t *testing.T) {
	w := newWorld(t, nil)
	for _, path := range []string{"/v1/proposals", "/v1/anchors"} {
		p := w.get(path + "?cursor=" + cursor.Of("/v1/agents").Index(1)).problem(t)
		require.Equal(t, "cursor", p.Field)
	}
	var beyond struct{ Items []any }
	w.get("/v1/agents?cursor="+cursor.Of("/v1/agents").Index(1<<60)).into(t, &beyond)
	require.Empty(t, beyond.Items)
}

func TestStakeShowsTheInvoiceToPay(t *testing.T) {
	w := newWorld(t, nil)
	w.submit(nodetest.Key(t, 11), op.KindRegister, op.Register{Name: "alice"})
	id := w.stake(nodetest.Key(t, 11), 5000)
	var h struct{ State, Invoice, Purpose string }
	w.get("/v1/stakes/"+id.String()).into(t, &h)
	require.Equal(t, "locked", h.State)
	require.Equal(t, "stake", h.Purpose)
	require.Contains(t, h.Invoice, "lnbcrt")
}

// What an auditor does with the log endpoints, done here.
func TestCheckpointsProofsAndConsistency(t *testing.T) {
	w := newWorld(t, nil)
	early := openCheckpoint(t, w.get("/v1/checkpoints/latest").body)
	id := w.submit(nodetest.Key(t, 11), op.KindRegister, op.Register{Name: "alice"})
	for b := byte(12); b < 18; b++ {
		w.submit(nodetest.Key(t, b), op.KindRegister, op.Register{Name: "another"})
	}
	late := openCheckpoint(t, w.get("/v1/checkpoints/latest").body)
	require.Greater(t, late.Size, early.Size)

	var c struct{ Hashes []string }
	w.get("/v1/checkpoints/consistency?old="+strconv.FormatInt(early.Size, 10)+"&size="+strconv.FormatInt(late.Size, 10)).into(t, &c)
	var proof tlog.TreeProof
	for _, h := range c.Hashes {
		id, err := op.ParseID(h)
		require.NoError(t, err)
		proof = append(proof, tlog.Hash(id))
	}
	require.NoError(t, tlog.CheckTree(proof, late.Size, late.Root, early.Size, early.Root))

	inclusion := w.get("/v1/operations/" + id.String() + "/proof")
	require.Equal(t, 200, inclusion.status)
	require.Contains(t, string(inclusion.body), "c2sp.org/tlog-proof@v1")

	// The entry in the answer is the leaf: it is in the export byte for byte.
	entry := w.get("/v1/operations/" + id.String()).body
	line := bytes.Split(w.get("/v1/log?from=1&limit=1").body, []byte("\n"))[0]
	require.Contains(t, string(entry), string(line))
}

func TestLogExportIsTheLog(t *testing.T) {
	w := newWorld(t, nil)
	w.vote(nodetest.Key(t, 11), nodetest.Key(t, 12))
	size := int(w.Node.Size())
	lines := bytes.Split(bytes.TrimSuffix(w.get("/v1/log").body, []byte("\n")), []byte("\n"))
	require.Len(t, lines, size)
	for i, line := range lines {
		e, err := op.DecodeEntry(line)
		require.NoError(t, err)
		require.Equal(t, uint64(i), e.Seq)
	}
	require.Equal(t, bytes.Join(lines[2:5], []byte("\n")), bytes.TrimSuffix(w.get("/v1/log?from=2&limit=3").body, []byte("\n")))
	require.Empty(t, w.get("/v1/log?from="+strconv.Itoa(size)).body)
	require.Empty(t, w.get("/v1/log?from=9223372036854775807&limit=9223372036854775807").body)
}

func TestHealthReadinessAndMetrics(t *testing.T) {
	w := newWorld(t, nil)
	require.Equal(t, 200, w.get("/healthz").status)
	require.Equal(t, 200, w.get("/readyz").status)
	w.Lightning.Leave(true)
	a := w.get("/readyz")
	require.Equal(t, 503, a.status)
	require.Contains(t, a.problem(t).Problems[0], "lnd")
	require.NotEmpty(t, a.header.Get("Retry-After"))
	require.Equal(t, 200, w.get("/healthz").status, "LND away is no reason to restart econd")

	w.submit(nodetest.Key(t, 11), op.KindRegister, op.Register{Name: "alice"})
	w.get("/v1/agents/" + nodetest.Key(t, 11).Public().String())
	text := string(w.get("/metrics").body)
	require.Contains(t, text, `econd_http_requests_total{method="GET",route="/v1/agents/:pubkey",status="200"} 1`)
	require.Contains(t, text, `econd_operations_total{outcome="recorded"} 1`)
	require.Contains(t, text, "econd_log_entries 2")
}

// The pages for people stand at / and below /status, take places of their own, and
// answer nothing where there are none.
func TestHomePages(t *testing.T) {
	w := newWorld(t, nil)
	for _, path := range []string{"/", "/status", "/status/proposals"} {
		a := w.get(path)
		require.Equal(t, 404, a.status)
		require.Equal(t, "path", a.problem(t).Field)
	}
	entered := make(chan string)
	leave := make(chan struct{})
	w = newWorld(t, func(_ *world, c *Config) {
		c.Limits.Pages = 1
		c.Home = http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			entered <- r.URL.Path
			<-leave
			_, _ = rw.Write([]byte("a page"))
		})
	})
	for _, path := range []string{"/", "/status", "/status/static/style.css"} {
		got := make(chan int)
		go func() {
			res, err := http.Get(w.url + path)
			if err != nil {
				got <- 0
				return
			}
			res.Body.Close()
			got <- res.StatusCode
		}()
		require.Equal(t, path, <-entered)
		busy := w.get("/status/agents")
		require.Equal(t, 503, busy.status)
		require.Equal(t, "pages", busy.problem(t).Rule)
		require.Equal(t, 200, w.get("/v1/info").status, "pages keep nobody else waiting")
		leave <- struct{}{}
		require.Equal(t, 200, <-got)
	}
	require.Equal(t, 405, w.do(http.MethodPost, "/status/proposals", nil).status)
}
