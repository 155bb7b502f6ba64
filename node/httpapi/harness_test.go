package httpapi

import (
	"bytes"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"github.com/econd/econd/node/admission"
	"github.com/econd/econd/node/constitution/yamlfile"
	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/nodetest"
	"github.com/econd/econd/node/op"
)

// world is a real node on a real store, served over a real connection.
type world struct {
	*nodetest.World
	api  *API
	url  string
	log  *lockedBuffer // what the API logged
	spec *document
}

// newWorld founds an economy and serves it; change may adapt the API's
// configuration.
func newWorld(t testing.TB, change func(*world, *Config)) *world {
	t.Helper()
	return newWorldOf(t, string(yamlfile.Demo)+pollTrack, change)
}

// newWorldOf is newWorld under another constitution, in YAML, by version 1 of the rules: what
// tests enter follows on the genesis there, which they count from.
func newWorldOf(t testing.TB, text string, change func(*world, *Config)) *world {
	t.Helper()
	raw := []byte(op.EncodeContent(nodetest.Rules(t, []byte(text), 1)))
	w := &world{World: nodetest.New(t, raw), log: new(lockedBuffer), spec: loadDocument(t)}
	cfg := Config{Door: admission.Door{Node: w.Node, Version: "test", Now: w.Clock.Now, Mode: admission.Off},
		Log:     slog.New(slog.NewTextHandler(w.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
		Metrics: prometheus.NewRegistry(), Limits: DefaultLimits()}
	if change != nil {
		change(w, &cfg)
	}
	w.serve(cfg)
	return w
}

// pollTrack has a track between options and one that pays, beside those of the
// demo.
const pollTrack = `
  - name: spend
    voting_delay_s: 2
    voting_period_s: 12
    late_quorum_s: 0
    propose_reputation: 0
    propose_stake_sat: 0
    collateral_sat: 0
    max_open_per_agent: 0
    weight: {kind: one}
    quorum: {kind: eligible, share_ppm: 1}
    pass: {kind: majority}
    final_votes: false
    honest_for_ppm: 0
    veto_forfeit_ppm: 0
    timelock_s: 1
    grace_s: 600
    vetoable: false
    actions: [pay]
  - name: poll
    voting_delay_s: 2
    voting_period_s: 12
    late_quorum_s: 0
    propose_reputation: 0
    propose_stake_sat: 0
    collateral_sat: 0
    max_open_per_agent: 0
    counting: approval
    weight: {kind: one}
    quorum: {kind: eligible, share_ppm: 600000}
    pass: {kind: majority}
    final_votes: false
    honest_for_ppm: 0
    veto_forfeit_ppm: 0
    timelock_s: 0
    grace_s: 1
    vetoable: false
    actions: []
`

func (w *world) serve(cfg Config) {
	var err error
	w.api, err = New(cfg)
	require.NoError(w.T, err)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(w.T, err)
	w.url = "http://" + ln.Addr().String()
	srv := w.api.Server("")
	go srv.Serve(ln)
	w.T.Cleanup(func() { srv.Close() })
}

// lockedBuffer is a log that a test reads while the API writes.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(b)
}

func (w *world) logged() string {
	w.log.mu.Lock()
	defer w.log.mu.Unlock()
	return w.log.b.String()
}

// answer is a response whose body was read and held against openapi.yaml.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// problem decodes a refusal.
func (a answer) problem(t testing.TB) (p struct {
	Type, Title, Detail, Rule, Field, Instance, Resource string
	Status                                               int
	PriceSat                                             int64 `json:"price_sat"`
	Uses                                                 int64
	RetryAfterS                                          int64 `json:"retry_after_s"`
	Problems                                             []string
}) {
	t.Helper()
	require.Equal(t, problemType, a.header.Get("Content-Type"), "%s", a.body)
	require.NoError(t, json.Unmarshal(a.body, &p))
	require.Equal(t, a.status, p.Status)
	return p
}

// into decodes a JSON answer.
func (a answer) into(t testing.TB, v any) {
	t.Helper()
	require.Equal(t, 200, a.status, "%s", a.body)
	require.NoError(t, json.Unmarshal(a.body, v))
}

// do sends a request and holds the answer against openapi.yaml; header is name,
// value, name, value.
func (w *world) do(method, path string, body []byte, header ...string) answer {
	w.T.Helper()
	a := w.send(method, path, body, header...)
	w.spec.check(w.T, method, path, a)
	return a
}

// send sends a request, to whatever the document knows or not.
func (w *world) send(method, path string, body []byte, header ...string) answer {
	w.T.Helper()
	req, err := http.NewRequest(method, w.url+path, bytes.NewReader(body))
	require.NoError(w.T, err)
	for i := 0; i < len(header); i += 2 {
		req.Header.Add(header[i], header[i+1])
	}
	res, err := http.DefaultClient.Do(req)
	require.NoError(w.T, err)
	defer res.Body.Close()
	a := answer{status: res.StatusCode, header: res.Header}
	a.body, err = io.ReadAll(res.Body)
	require.NoError(w.T, err)
	return a
}

func (w *world) get(path string, header ...string) answer {
	w.T.Helper()
	return w.do(http.MethodGet, path, nil, header...)
}

func (w *world) post(e *op.Event) answer {
	w.T.Helper()
	return w.do(http.MethodPost, "/v1/operations", e.Marshal(), "Content-Type", "application/json")
}

// submit records an operation over HTTP.
func (w *world) submit(by op.SecretKey, kind op.Kind, content any) op.ID {
	w.T.Helper()
	e := w.Event(by, kind, content)
	a := w.post(e)
	require.Equal(w.T, http.StatusCreated, a.status, "%s", a.body)
	return e.ID
}

// stake makes an agent lock sats.
func (w *world) stake(by op.SecretKey, sat int64) op.ID {
	w.T.Helper()
	id := w.submit(by, op.KindLockStake, op.LockStake{AmountSat: sat})
	w.Lock(id)
	return id
}

// vote opens a signal proposal, lets each agent vote for it, and closes it.
func (w *world) vote(agents ...op.SecretKey) op.ID {
	w.T.Helper()
	for i, a := range agents {
		w.submit(a, op.KindRegister, op.Register{Name: "agent " + strings.Repeat("x", i)})
		w.stake(a, 20_000)
	}
	w.Clock.Add(time.Second)
	id := w.submit(agents[0], op.KindPropose, op.Propose{Track: "signal", Title: "A question", Text: "Shall we?", Actions: []op.Raw{}})
	w.Clock.Add(3 * time.Second)
	for _, a := range agents {
		w.submit(a, op.KindVote, op.Vote{Proposal: id, Choice: "for"})
	}
	w.closed(id)
	return id
}

// closed lets the vote's time pass.
func (w *world) closed(id op.ID) {
	w.T.Helper()
	w.Clock.Add(time.Minute)
	w.Chain.Tips <- nodetest.Tip
	w.Until("the vote is closed", func(s *ledger.State, now int64) bool {
		p, _ := s.Proposal(id, now)
		return p.Outcome != nil
	})
}
