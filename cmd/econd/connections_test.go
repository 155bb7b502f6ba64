package main

import (
	"fmt"
	"io"
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// What listens for HTTP takes at most httpConnections at once, however many addresses
// call, and closes the others at once.
func TestHTTPConnectionsAreBounded(t *testing.T) {
	inner := &pipes{come: make(chan net.Conn)}
	l := new(daemon).secured(inner)
	taken := make(chan net.Conn, httpConnections+10)
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			taken <- c
		}
	}()
	dial := func(i int) (open bool, ours net.Conn) {
		ours, theirs := net.Pipe()
		inner.come <- addressed{theirs, &net.TCPAddr{IP: net.IPv4(10, byte(i>>8), byte(i), 1), Port: 1}}
		closed := make(chan struct{})
		go func() {
			_, _ = io.ReadAll(ours)
			close(closed)
		}()
		select {
		case <-taken:
			return true, ours
		case <-closed:
			return false, ours
		case <-time.After(time.Minute):
			t.Fatal(fmt.Sprint("connection ", i, " is neither taken nor closed"))
			return
		}
	}
	open, last := 0, 0
	for i := range httpConnections + 50 {
		ok, _ := dial(i)
		if ok {
			open++
			last = i
		}
	}
	require.LessOrEqual(t, open, httpConnections)
	require.Greater(t, open, httpConnections/4, "callers of many addresses have their share")
	require.Less(t, last, httpConnections+49, "the last ones found no place")
	require.NoError(t, inner.Close())
}

// pipes is a listener whose connections a test makes.
type pipes struct{ come chan net.Conn }

func (p *pipes) Accept() (net.Conn, error) {
	c, ok := <-p.come
	if !ok {
		return nil, net.ErrClosed
	}
	return c, nil
}
func (p *pipes) Close() error   { close(p.come); return nil }
func (p *pipes) Addr() net.Addr { return &net.TCPAddr{} }

// addressed is a connection from an address.
type addressed struct {
	net.Conn
	from net.Addr
}

func (a addressed) RemoteAddr() net.Addr { return a.from }
