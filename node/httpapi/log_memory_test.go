package httpapi

import (
	"context"
	"fmt"
	"net"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/econd/econd/node/admission"
	"github.com/econd/econd/node/nodetest"
	"github.com/econd/econd/node/op"
)

// logReaderBytes is the most that a reader of the log which takes nothing may hold
// here, its connection included.
const logReaderBytes = 200 << 10

// A reader of the whole log that takes nothing of it costs no more than docs/limits.md
// says, on its side of the connection.
func TestReaderOfTheLogHoldsLittle(t *testing.T) {
	const readers = 8 // within the share of one address
	w := newWorld(t, func(_ *world, c *Config) { c.Limits.Stall = time.Hour })
	alice := nodetest.Key(t, 11)
	w.submit(alice, op.KindRegister, op.Register{Name: "alice"})
	batch := make([]*op.Event, 200) // more than fills what the server keeps
	for i := range batch {
		batch[i] = w.Event(alice, op.KindStatement, op.Statement{Text: fmt.Sprint(i, strings.Repeat("x", 1900))})
	}
	for _, r := range w.Node.SubmitMany(context.Background(), batch) {
		require.NoError(t, r.Err)
	}
	batch = nil
	used := func() uint64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.GC()
		runtime.ReadMemStats(&m)
		return m.HeapAlloc + m.StackInuse
	}
	l := &pipes{come: make(chan net.Conn)}
	srv := w.api.Server("")
	go srv.Serve(l)
	t.Cleanup(func() { srv.Close() })
	before := used()
	for range readers {
		c, theirs := net.Pipe() // no kernel takes anything off the server's hands
		t.Cleanup(func() { c.Close() })
		l.come <- theirs
		_, err := fmt.Fprint(c, "GET /v1/log HTTP/1.1\r\nHost: econd\r\n\r\n")
		require.NoError(t, err)
		first := make([]byte, 12)
		_, err = c.Read(first) // it is being served
		require.NoError(t, err)
		require.Equal(t, "HTTP/1.1 200", string(first))
	}
	each := (int64(used()) - int64(before)) / readers
	t.Logf("%d B for each reader", each)
	require.Less(t, each, int64(logReaderBytes))
	require.Greater(t, each, int64(admission.GroupBytes/2), "they have ended: the log is too short for this test")
}

// pipes is a listener whose connections a test makes.
type pipes struct {
	come chan net.Conn
	once sync.Once
}

func (p *pipes) Accept() (net.Conn, error) {
	c, ok := <-p.come
	if !ok {
		return nil, net.ErrClosed
	}
	return c, nil
}
func (p *pipes) Close() error   { p.once.Do(func() { close(p.come) }); return nil }
func (p *pipes) Addr() net.Addr { return &net.TCPAddr{} }
