package httpapi

import (
	"bytes"
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/econd/econd/l402"
	"github.com/econd/econd/l402/l402test"
	"github.com/econd/econd/node"
	"github.com/econd/econd/node/admission"
	"github.com/econd/econd/node/constitution/yamlfile"
	"github.com/econd/econd/node/nodetest"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/view"
)

// attended tells what becomes of the submissions of one caller.
type attended struct {
	admission.Node
	begun chan context.Context // of the request
	ended chan struct{}
}

func (a attended) Submit(ctx context.Context, e *op.Event) (view.Receipt, error) {
	a.begun <- ctx
	defer func() { a.ended <- struct{}{} }()
	return a.Node.Submit(ctx, e)
}

func (a attended) SubmitMany(ctx context.Context, es []*op.Event) []node.Result {
	a.begun <- ctx
	defer func() { a.ended <- struct{}{} }()
	return a.Node.SubmitMany(ctx, es)
}

// forwardedFor makes an API take what an aperture sold, from the invoices given.
func forwardedFor(t *testing.T, c *Config, paid paidInvoices) {
	t.Helper()
	f, err := l402.NewForwarded(l402.ForwardedConfig{Invoices: paid, Balances: l402test.NewBalances(), Memo: "L402",
		PriceSat: func(string, int64) int64 { return 10 }, TokenLifetime: time.Hour})
	require.NoError(t, err)
	c.Mode, c.Gate, c.Service = admission.Aperture, f, "econd"
}

// A caller that goes away while its operations are written has used its token:
// they are recorded.
func TestGoingAwayDuringTheWriteUsesTheToken(t *testing.T) {
	for _, mode := range []admission.Mode{admission.Direct, admission.Aperture} {
		for _, media := range []string{"application/json", ndjsonType} {
			t.Run(string(mode)+" "+media, func(t *testing.T) {
				inv, paid := &invoicer{}, paidInvoices{}
				store := &nodetest.HeldStore{}
				node := attended{begun: make(chan context.Context, 9), ended: make(chan struct{}, 9)}
				w := newWorldOf(t, string(yamlfile.Demo), func(w *world, c *Config) {
					require.NoError(t, w.Stop())
					store.Store = w.Store
					w.StartOn(store)
					node.Node = w.Node
					c.Node = node
					if sells(t, c, inv); mode == admission.Aperture {
						forwardedFor(t, c, paid)
					}
				})
				seller := w
				if mode == admission.Aperture {
					seller, inv = gated(t)
				}
				events := w.registrations(2, 20)
				token := inv.pay(t, seller.post(events[0]))
				now := w.Clock.Now().Unix()
				paid[inv.last.Hash()] = l402.Invoice{Settled: true, Memo: "L402", PaidMsat: 10_000, CreatedAt: now, SettledAt: now}

				write := store.Hold()
				ctx, leave := context.WithCancel(context.Background())
				body := append(events[0].Marshal(), '\n')
				req, err := http.NewRequestWithContext(ctx, http.MethodPost, w.url+"/v1/operations", bytes.NewReader(body[:len(body)-1]))
				if media == ndjsonType {
					req, err = http.NewRequestWithContext(ctx, http.MethodPost, w.url+"/v1/operations", bytes.NewReader(body))
				}
				require.NoError(t, err)
				req.Header.Set("Content-Type", media)
				req.Header.Set("Authorization", token)
				gone := make(chan error, 1)
				go func() {
					res, err := http.DefaultClient.Do(req)
					if err == nil { // the head of a batch's answer
						<-ctx.Done()
						res.Body.Close()
					}
					gone <- err
				}()
				<-write.Begun
				leave()
				<-gone
				<-(<-node.begun).Done() // the API knows
				close(write.Release)
				<-node.ended

				a := w.do(http.MethodPost, "/v1/operations", events[1].Marshal(), "Content-Type", "application/json", "Authorization", token)
				require.Equal(t, http.StatusPaymentRequired, a.status, "%s", a.body)
				a = w.do(http.MethodPost, "/v1/operations", events[0].Marshal(), "Content-Type", "application/json", "Authorization", token)
				require.Equal(t, http.StatusOK, a.status, "what was paid for is told again: %s", a.body)
			})
		}
	}
}

// A recorded event with another signature is looked at, so it is paid for.
func TestForgedRepeatsAreNotFree(t *testing.T) {
	w, inv := gated(t)
	e := w.registrations(1, 20)[0]
	token := inv.pay(t, w.post(e))
	send := func(media string, body []byte) answer {
		return w.do(http.MethodPost, "/v1/operations", body, "Content-Type", media, "Authorization", token)
	}
	require.Equal(t, 201, send("application/json", e.Marshal()).status)
	bad, other := *e, *e
	bad.Sig[40] ^= 1
	other.Content += " "
	for _, f := range []*op.Event{&bad, &other} {
		require.Equal(t, 402, send("application/json", f.Marshal()).status)
		require.Equal(t, 402, send(ndjsonType, ndjson(f)).status)
		a := send(ndjsonType, ndjson(e, f, e))
		require.Equal(t, 200, a.status)
		require.Contains(t, string(a.body), `{"line":2,"status":402`)
		require.Contains(t, string(a.body), `{"line":3,"status":200`)
	}
}
