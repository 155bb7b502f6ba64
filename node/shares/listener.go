package shares

import (
	"net"

	"github.com/econd/econd/l402"
)

// OfAddress is the caller at the other end of a connection. An address of this
// machine is a Front where such stand for many, as a proxy does.
func OfAddress(addr net.Addr, localIsFront bool) Who {
	if addr == nil {
		return Who{}
	}
	host, _, err := net.SplitHostPort(addr.String())
	if err != nil {
		host = ""
	}
	ip := net.ParseIP(host)
	return Who{Caller: l402.CallerOf(host), Front: localIsFront && ip != nil && ip.IsLoopback()}
}

// Listener accepts connections while their callers have a place, and closes the
// others at once.
type Listener struct {
	net.Listener
	places *Places
}

// Limit puts places before a listener. Connections of this machine are held to
// the total alone: a proxy may stand there.
func Limit(l net.Listener, places *Places) *Listener { return &Listener{l, places} }

// Accept implements net.Listener.
func (l *Listener) Accept() (net.Conn, error) {
	for {
		c, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		release, err := l.places.Take(OfAddress(c.RemoteAddr(), true))
		if err != nil {
			_ = c.Close()
			continue
		}
		return &conn{c, release}, nil
	}
}

type conn struct {
	net.Conn
	release func()
}

func (c *conn) Close() error {
	c.release()
	return c.Conn.Close()
}
