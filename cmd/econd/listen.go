package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/econd/econd/node/httpapi"
	"github.com/econd/econd/node/shares"
)

// listen binds every address of the configuration, before anything else is done: a
// taken one ends the start while nothing has happened yet.
func (d *daemon) listen() error {
	for _, l := range []struct {
		key, address, what string
		to                 *net.Listener
	}{
		{"http_listen", d.cfg.HTTPListen, "HTTP", &d.http},
		{"grpc_listen", d.cfg.GRPCListen, "gRPC", &d.grpc},
		{"pricer_listen", d.cfg.PricerListen, "prices for aperture", &d.pricer},
	} {
		if l.address == "" {
			continue
		}
		got, err := net.Listen("tcp", l.address)
		switch {
		case errors.Is(err, syscall.EADDRINUSE):
			return fmt.Errorf("%s: another program listens on %s, maybe another econd: end it, or set another address: %w", l.key, l.address, err)
		case err != nil:
			return fmt.Errorf("%s: %w", l.key, err)
		}
		*l.to = got
		d.log.Info("listening", "for", l.what, "address", got.Addr().String())
	}
	return nil
}

// doing is what the start is at, for those who ask meanwhile.
type doing struct{ text atomic.Value }

func (d *doing) set(text string) { d.text.Store(text) }

func (d *doing) String() string {
	text, _ := d.text.Load().(string)
	return text
}

// answerWhileStarting tells HTTP callers what econd is doing, until ended is called;
// then the listener is another server's.
func (d *daemon) answerWhileStarting() (ended func()) {
	l := &lent{Listener: d.http}
	server := &http.Server{Handler: httpapi.Starting(d.doing.String), ReadTimeout: 10 * time.Second, WriteTimeout: 10 * time.Second,
		MaxHeaderBytes: 64 << 10}
	serving := make(chan struct{})
	go func() {
		defer close(serving)
		_ = server.Serve(d.secured(l)) // ends with ErrServerClosed
	}()
	return func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		if server.Shutdown(ctx) != nil {
			_ = server.Close()
		}
		<-serving
		l.giveBack()
	}
}

// secured bounds the connections and speaks TLS where the configuration says so.
func (d *daemon) secured(l net.Listener) net.Listener {
	l = shares.Limit(l, shares.New(httpConnections))
	if d.tls != nil {
		l = tls.NewListener(l, d.tls)
	}
	return l
}

// lent is a listener that one server uses before another: closing it ends that
// server's wait and leaves the address bound.
type lent struct{ net.Listener }

// Close implements net.Listener.
func (l *lent) Close() error { return l.setDeadline(time.Unix(1, 0)) }

func (l *lent) giveBack() { _ = l.setDeadline(time.Time{}) }

func (l *lent) setDeadline(at time.Time) error {
	return l.Listener.(*net.TCPListener).SetDeadline(at)
}
