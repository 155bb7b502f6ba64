package node_test

import (
	"context"
	"testing"

	"github.com/econd/econd/node/constitution/yamlfile"
	"github.com/econd/econd/node/nodetest"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/view"
)

// world is an economy under the demo constitution.
type world struct{ *nodetest.World }

func newWorld(t testing.TB) *world {
	t.Helper()
	raw, err := yamlfile.Parse(yamlfile.Demo)
	if err != nil {
		t.Fatal(err)
	}
	return &world{nodetest.New(t, raw)}
}

// newWorldBy is newWorld by a version of the rules.
func newWorldBy(t testing.TB, version int64) *world {
	t.Helper()
	return newWorldOn(t, "regtest", version)
}

// newWorldOn is newWorldBy on a network; by the default constitution where it is not regtest.
func newWorldOn(t testing.TB, network string, version int64) *world {
	t.Helper()
	text := yamlfile.Default
	if network == "regtest" {
		text = yamlfile.Demo
	}
	c := nodetest.Rules(t, text, version)
	return &world{nodetest.NewOn(t, network, []byte(op.EncodeContent(c)))}
}

func (w *world) submit(by op.SecretKey, kind op.Kind, content any) view.Receipt {
	w.T.Helper()
	r, err := w.Node.Submit(context.Background(), w.Event(by, kind, content))
	if err != nil {
		w.T.Fatalf("%v: %v", kind, err)
	}
	return r
}

// lock makes an agent stake and pay.
func (w *world) lock(by op.SecretKey, sat int64) op.ID {
	w.T.Helper()
	id := w.submit(by, op.KindLockStake, op.LockStake{AmountSat: sat}).ID
	w.Lock(id)
	return id
}
