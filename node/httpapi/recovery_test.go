package httpapi

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/econd/econd/node/nodetest"
	"github.com/econd/econd/node/op"
)

// In recovery reads are answered and say so; what is sent is told to come again.
func TestRecoveryServesReadsOnly(t *testing.T) {
	w := newWorld(t, func(w *world, c *Config) {
		require.NoError(t, w.Halt())
		w.Restored = "restored from a backup of 7 entries"
		w.Start()
		c.Node = w.Node
	})
	var info struct {
		Outside struct{ Recovery []string }
	}
	w.get("/v1/info").into(t, &info)
	require.Equal(t, []string{w.Restored}, info.Outside.Recovery)
	a := w.post(w.Event(nodetest.Key(t, 11), op.KindRegister, op.Register{Name: "alice"}))
	p := a.problem(t)
	require.Equal(t, http.StatusServiceUnavailable, a.status)
	require.Equal(t, "recovery", p.Rule)
	require.EqualValues(t, 60, p.RetryAfterS)
	require.Contains(t, p.Detail, "econd reconcile")
	require.Contains(t, w.get("/readyz").problem(t).Problems, "recovery: "+w.Restored)
	require.Equal(t, http.StatusOK, w.get("/healthz").status)
}

// In recovery nothing is sold, in both modes: whoever asks learns it before
// paying.
func TestRecoverySellsNothing(t *testing.T) {
	for _, aperture := range []bool{false, true} {
		w := newWorldOf(t, pricedReads(t), func(w *world, c *Config) {
			require.NoError(t, w.Halt())
			w.Restored = "restored from a backup of 7 entries"
			w.Start()
			c.Node = w.Node
			if sells(t, c, &invoicer{}); aperture {
				forwardedFor(t, c, paidInvoices{})
			}
		})
		e := w.Event(nodetest.Key(t, 11), op.KindRegister, op.Register{Name: "alice"})
		for _, a := range []answer{w.post(e), w.postMany(ndjson(e)), w.get("/v1/proposals")} {
			require.Equal(t, []any{503, "recovery"}, []any{a.status, a.problem(t).Rule})
			require.Empty(t, a.header.Get("WWW-Authenticate"))
		}
		require.Equal(t, 200, w.get("/v1/info").status)
	}
}
