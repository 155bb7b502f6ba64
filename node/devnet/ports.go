package devnet

import (
	"fmt"
	"math/rand/v2"
	"net"
	"strconv"
	"sync"
)

// Ports are drawn from below the range that the usual systems use for
// outgoing connections (Linux from 32768, the BSDs and macOS from 49152). A
// port that the kernel chose for listening comes from that very range, so any
// client's connection may take it between our check and the daemon's bind, or
// while a daemon is being restarted.
const (
	firstPort = 15000
	lastPort  = 32000
)

// handedOut remembers this process's ports, so that none is given twice.
var handedOut = struct {
	sync.Mutex
	ports map[int]bool
}{ports: map[int]bool{}}

// FreePort returns a TCP port of 127.0.0.1 on which nothing listens and which
// this process has not been given before. Another process may still take it
// first: whoever binds it must be ready to try again with another.
func FreePort() (int, error) {
	handedOut.Lock()
	defer handedOut.Unlock()
	var last error
	for range 1000 {
		port := firstPort + rand.IntN(lastPort-firstPort)
		if handedOut.ports[port] {
			continue
		}
		l, err := net.Listen("tcp4", loopback(port))
		if err != nil {
			last = err
			continue
		}
		l.Close()
		handedOut.ports[port] = true
		return port, nil
	}
	return 0, fmt.Errorf("no free port on 127.0.0.1 between %d and %d: %w",
		firstPort, lastPort, last)
}

// freeAddr is FreePort as host:port.
func freeAddr() (string, error) {
	port, err := FreePort()
	if err != nil {
		return "", err
	}
	return loopback(port), nil
}

func loopback(port int) string {
	return net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
}
