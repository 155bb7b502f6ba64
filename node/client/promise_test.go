package client_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/econd/econd/node/anchor"
	"github.com/econd/econd/node/audit/audittest"
	"github.com/econd/econd/node/client"
	"github.com/econd/econd/node/nodetest"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/promise"
	"github.com/econd/econd/node/view"
	"github.com/econd/econd/node/wallet"
)

// changed passes requests on, and changes the answers to operations.
type changed struct{ change func(map[string]any) }

func (c changed) Do(r *http.Request) (*http.Response, wallet.Paid, error) {
	resp, err := http.DefaultClient.Do(r)
	if err != nil || r.URL.Path != "/v1/operations" {
		return resp, wallet.Paid{}, err
	}
	answer := map[string]any{}
	err = json.NewDecoder(resp.Body).Decode(&answer)
	resp.Body.Close()
	c.change(answer)
	text, _ := json.Marshal(answer)
	resp.Body, resp.ContentLength = io.NopCloser(bytes.NewReader(text)), int64(len(text))
	resp.Header.Del("Content-Length")
	return resp, wallet.Paid{}, err
}

// A receipt's promise is checked by the log's key: whatever of the answer is changed on the way
// is an error that keeps what was signed. One without a promise is a receipt.
func TestPromisesAreChecked(t *testing.T) {
	w := newWorld(t)
	key := nodetest.Key(t, 9)
	e := w.submit(w.client(key), op.KindRegister, op.Register{Name: "Ada"})
	r, err := w.client(key).Submit(t.Context(), e)
	require.NoError(t, err)
	require.NotEmpty(t, r.Promise)
	for name, change := range map[string]func(map[string]any){
		"seq":    func(a map[string]any) { a["seq"] = a["seq"].(float64) + 1 },
		"time":   func(a map[string]any) { a["time_ms"] = a["time_ms"].(float64) + 1 },
		"height": func(a map[string]any) { a["height"] = a["height"].(float64) + 1 },
		"block":  func(a map[string]any) { a["block"] = op.Hash{1} },
		"text":   func(a map[string]any) { a["promise"] = a["promise"].(string)[1:] },
	} {
		c, err := client.New(client.Config{URL: w.url, Signer: client.Key(key), Now: w.Clock.Now, Payer: changed{change}, RetryFor: -1})
		require.NoError(t, err)
		got, err := c.Submit(t.Context(), e)
		var wrong *client.PromiseError
		require.ErrorAs(t, err, &wrong, name)
		require.ErrorIs(t, err, client.ErrPromise)
		require.Equal(t, e.ID, wrong.Event.ID)
		require.Equal(t, got.Promise, wrong.Text)
	}
	none, err := client.New(client.Config{URL: w.url, Now: w.Clock.Now, Payer: changed{func(a map[string]any) { delete(a, "promise") }}})
	require.NoError(t, err)
	got, err := none.Submit(t.Context(), e)
	require.NoError(t, err)
	require.Empty(t, got.Promise)
}

// The key of the log can be known beforehand: another one is an error before anything counts.
func TestLogKeyIsPinned(t *testing.T) {
	w := newWorld(t)
	about, err := w.client(nodetest.Key(t, 9)).Info().Get(t.Context())
	require.NoError(t, err)
	key := nodetest.Key(t, 9)
	good, err := client.New(client.Config{URL: w.url, Signer: client.Key(key), Now: w.Clock.Now, LogKey: about.Log.VerifierKey})
	require.NoError(t, err)
	w.submit(good, op.KindRegister, op.Register{Name: "Ada"})
	other, err := client.New(client.Config{URL: w.url, Signer: client.Key(key), Now: w.Clock.Now,
		LogKey: "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"})
	require.NoError(t, err)
	_, err = other.Sign(t.Context(), op.KindStatement, op.Statement{Text: "x"})
	var named *client.LogKeyError
	require.ErrorAs(t, err, &named)
	require.Equal(t, about.Log.VerifierKey, named.Named)
	_, err = client.New(client.Config{URL: w.url, LogKey: "none"})
	require.ErrorIs(t, err, client.ErrConfig)
}

// A refusal by the rules carries the operator's signed word; one that is of another event is
// no such word.
func TestProofsOfRefusalsAreChecked(t *testing.T) {
	w := newWorld(t)
	key := nodetest.Key(t, 9)
	c := w.client(key)
	w.submit(c, op.KindRegister, op.Register{Name: "Ada"})
	twice, err := c.Sign(t.Context(), op.KindRegister, op.Register{Name: "Ada again"})
	require.NoError(t, err)
	_, err = c.Submit(t.Context(), twice)
	var p *client.Problem
	require.ErrorAs(t, err, &p)
	r, err := promise.OpenRefusal([]byte(p.Proof), nodetest.LogVerifier(t))
	require.NoError(t, err)
	require.Equal(t, []any{twice.ID, "register-once"}, []any{r.Event, r.Rule})

	third, err := c.Sign(t.Context(), op.KindRegister, op.Register{Name: "Ada, thirdly"})
	require.NoError(t, err)
	liar, err := client.New(client.Config{URL: w.url, Signer: client.Key(key), Now: w.Clock.Now, Payer: changed{func(a map[string]any) { a["proof"] = p.Proof }}})
	require.NoError(t, err)
	_, err = liar.Submit(t.Context(), third)
	require.ErrorIs(t, err, client.ErrPromise)
	require.ErrorAs(t, err, &p, "the refusal shows beneath")
}

// What no log says of an operation is no promise, whoever signed it.
func TestImpossiblePromisesAreRefused(t *testing.T) {
	e := audittest.NewEconomy(t, "liar-1")
	now := time.UnixMilli(e.At.TimeMs)
	ev := e.Sign(audittest.SecretKey(t, "alice"), op.KindStatement, op.Statement{Text: "x"})
	for name, c := range map[string]struct {
		seq   uint64
		ahead time.Duration
		says  string
	}{
		"honest":                {1, 2 * time.Hour, ""},
		"in the genesis' place": {0, 0, "entry 0"},
		"of the future":         {1, 2*time.Hour + time.Millisecond, "more than two hours after"},
	} {
		at := e.At
		at.TimeMs += c.ahead.Milliseconds()
		leaf := [32]byte(tlog.RecordHash((&op.Entry{Seq: c.seq, Stamp: at, Event: ev}).Marshal()))
		root, path := leaf, [][32]byte(nil)
		if c.seq == 1 {
			first := tlog.RecordHash(e.Lines[0])
			root, path = tlog.NodeHash(first, leaf), [][32]byte{first}
		}
		signed, err := anchor.SignCheckpoint(anchor.Checkpoint{Origin: "econd/" + e.ID, Size: int64(c.seq) + 1, Root: root}, e.Signer)
		require.NoError(t, err)
		answer, err := json.Marshal(view.Receipt{ID: ev.ID, Seq: c.seq, TimeMs: at.TimeMs, Height: at.Height, Block: at.BlockHash,
			Promise: string(anchor.AppendInclusion(nil, int64(c.seq), path, signed))})
		require.NoError(t, err)
		about, err := json.Marshal(view.Info{Economy: e.ID, Log: view.Log{VerifierKey: e.LogKey}})
		require.NoError(t, err)
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_, _ = w.Write(map[string][]byte{"/v1/info": about, "/v1/operations": answer}[r.URL.Path])
		}))
		t.Cleanup(server.Close)
		econd, err := client.New(client.Config{URL: server.URL, RetryFor: -1, Now: func() time.Time { return now }})
		require.NoError(t, err)
		_, err = econd.Submit(t.Context(), ev)
		if c.says == "" {
			require.NoError(t, err, name)
			continue
		}
		require.ErrorIs(t, err, client.ErrPromise, name)
		require.ErrorContains(t, err, c.says, name)
	}
}
