package node_test

import (
	"context"
	"encoding/binary"
	"testing"

	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/op"
)

// What a past state costs for each entry before it: registrations and votes.
func BenchmarkViewAt(b *testing.B) {
	const agents = 2000
	w := newWorld(b)
	keys := make([]op.SecretKey, agents)
	events := make([]*op.Event, agents)
	for i := range keys {
		var raw [32]byte
		binary.BigEndian.PutUint64(raw[:], uint64(i)+1)
		var err error
		if keys[i], err = op.NewSecretKey(raw[:]); err != nil {
			b.Fatal(err)
		}
		events[i] = w.Event(keys[i], op.KindRegister, op.Register{Name: "agent"})
	}
	w.Node.SubmitMany(context.Background(), events)
	for i := range events {
		events[i] = w.Event(keys[i], op.KindDelegate, op.Delegate{Track: "price", To: keys[(i+1)%agents].Public()})
	}
	w.Node.SubmitMany(context.Background(), events)
	size := w.Node.Size()
	if size < 2*agents {
		b.Fatalf("%d entries", size)
	}
	w.Node.KeepPast(1)
	for b.Loop() {
		for _, seq := range []uint64{0, size - 2} { // the second is replayed from the first
			if err := w.Node.ViewAt(context.Background(), seq, func(*ledger.State, int64) {}); err != nil {
				b.Fatal(err)
			}
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(size), "ns/entry")
}
