package monitor

import (
	"bytes"
	"fmt"
	"testing"
	"time"

	"github.com/btcsuite/btcd/wire"
	"github.com/stretchr/testify/require"

	"github.com/econd/econd/node/audit/audittest"
	"github.com/econd/econd/node/constitution"
	"github.com/econd/econd/node/headers"
	"github.com/econd/econd/node/op"
)

// What the operator decides after hours of recovery is stamped as the entry before it: that is no crime. An
// entry of another kind behind it is.
func TestDecidedAfterRecovery(t *testing.T) {
	quiet := func() (*operator, *watcher) {
		o := newOperator(t)
		w := o.watched(func(c *Config) { c.Silence = 24 * time.Hour })
		require.True(t, w.round().OK())
		for range 6 {
			w.now = w.now.Add(30 * time.Minute)
			require.True(t, w.round().OK())
		}
		o.Do(o.Operator, op.KindReconciled, op.Reconciled{Decision: op.DecidedNoted, Hash: op.Hash{7}, Note: "my own payment"})
		return o, w
	}
	o, w := quiet()
	r := w.round()
	require.True(t, r.OK(), "%+v", r)
	o.Pass(4 * time.Hour)
	o.Agent("later")
	w.now = w.now.Add(time.Hour)
	require.True(t, w.round().OK())

	o, w = quiet()
	o.Agent("late")
	w.alarm(w.round(), BackDated, "econd signed a log without it")
	o, w = quiet()
	require.True(t, w.round().OK())
	o.Agent("late")
	w.alarm(w.round(), BackDated, "econd signed a log without it")
}

// By version 2 of the rules the first entries name no block: the later ones are held against the headers.
func TestStampsOfVersion2(t *testing.T) {
	for name, mine := range map[string]bool{"the chain": true, "a private chain": false} {
		o := newOperator(t)
		c := audittest.Constitution()
		c.Version = constitution.NewestRules
		e := audittest.NewEconomyBy(t, "watched-1", c)
		list := audittest.Headers(400)
		given := headers.Mine([32]byte{9}, list[0].Timestamp.Unix(), 600, 20, 0)
		if mine {
			given = nil
			for _, h := range list[:20] {
				given = append(given, headers.Header(rawHeader(t, h)))
			}
		}
		e.At.TimeMs = list[0].Timestamp.UnixMilli()
		o.become(e)
		w := o.watched(func(c *Config) { c.Chain = FixedChain{First: 500, List: list} })
		w.now = time.UnixMilli(e.At.TimeMs)
		require.Contains(t, fmt.Sprint(w.round().Faults), errNoHeight.Error(), name)
		e.EnterHeaders(500, given)
		for i := range 5 {
			e.Agent(fmt.Sprint("a", i))
		}
		o.become(e)
		r := w.round()
		if mine {
			require.True(t, r.OK(), "%+v", r)
			require.EqualValues(t, 893, r.StampedTo)
			continue
		}
		w.alarm(r, Stamps, "is not that of height 519")
	}
}

// rawHeader is a header as 80 bytes.
func rawHeader(t *testing.T, h wire.BlockHeader) []byte {
	var raw bytes.Buffer
	require.NoError(t, h.Serialize(&raw))
	return raw.Bytes()
}
