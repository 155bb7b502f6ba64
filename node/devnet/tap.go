package devnet

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync"

	"google.golang.org/grpc"
)

// Tap is a wire between gRPC clients and one real lnd that can lose calls and
// answers on purpose. It presents lnd's own TLS certificate, so a client needs
// only another address. Unless armed it passes everything through: unary calls
// and streams of any direction and length, with their trailers.
//
// The two faults of a crash are
//   - done but unanswered: Withhold lets lnd act and keeps the answer back;
//   - lost: Refuse fails the call before lnd hears of it.
//
// Cut and Restore play an lnd that is away.
type Tap struct {
	// Addr is where clients connect, host:port.
	Addr string

	lnd      *LND
	listener net.Listener
	server   *http.Server
	proxy    *httputil.ReverseProxy
	upstream *http.Transport

	mu       sync.Mutex
	armed    []*fault
	released chan struct{} // closed by Release, then replaced
	cut      bool
	conns    map[net.Conn]struct{}
}

// fault is one call waiting to go wrong.
type fault struct {
	method string
	refuse bool
	done   chan struct{}
}

// StartTap opens a Tap before l on a port of its own. It ends with the
// network, or by Close.
func (n *Net) StartTap(l *LND) (*Tap, error) {
	pair, err := tls.LoadX509KeyPair(l.TLSCertPath, l.TLSKeyPath)
	if err != nil {
		return nil, fmt.Errorf("tap: lnd %s: %w", l.Name, err)
	}
	pem, err := os.ReadFile(l.TLSCertPath)
	if err != nil {
		return nil, fmt.Errorf("tap: lnd %s: %w", l.Name, err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(pem)
	listener, err := listenLoopback()
	if err != nil {
		return nil, fmt.Errorf("tap: %w", err)
	}
	t := &Tap{
		Addr: listener.Addr().String(), lnd: l, listener: listener,
		released: make(chan struct{}), conns: map[net.Conn]struct{}{},
		upstream: &http.Transport{
			TLSClientConfig:    &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12},
			ForceAttemptHTTP2:  true,
			DisableCompression: true,
		},
	}
	t.proxy = t.newProxy()
	t.server = &http.Server{
		Handler:   t,
		TLSConfig: &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12},
		ConnState: t.track,
		ErrorLog:  log.New(io.Discard, "", 0), // aborted handshakes are part of the play
	}
	go func() { _ = t.server.ServeTLS(listener, "", "") }()
	n.onClose(t.Close)
	return t, nil
}

func (t *Tap) newProxy() *httputil.ReverseProxy {
	target := &url.URL{Scheme: "https", Host: t.lnd.RPCAddr}
	return &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(target)
			r.Out.Host = r.In.Host
			r.Out.Header.Set("Te", "trailers")
		},
		Transport:      t.upstream,
		FlushInterval:  -1, // each message of a stream goes out at once
		ModifyResponse: statusToTrailer,
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, err error) {
			unavailable(w, "tap: lnd is away: "+err.Error())
		},
		ErrorLog: log.New(io.Discard, "", 0),
	}
}

// statusToTrailer moves the gRPC status of an answer without body from the
// header, where HTTP/2 folds it into one frame, to the trailer. The proxy
// sends header and end of stream as two frames, and gRPC then looks for the
// status in the second.
func statusToTrailer(resp *http.Response) error {
	if resp.Header.Get("Grpc-Status") == "" {
		return nil
	}
	if resp.Trailer == nil {
		resp.Trailer = http.Header{}
	}
	for _, key := range []string{"Grpc-Status", "Grpc-Message", "Grpc-Status-Details-Bin"} {
		if v := resp.Header.Values(key); len(v) > 0 {
			resp.Trailer[key] = v
			resp.Header.Del(key)
		}
	}
	return nil
}

// unavailable answers a call with gRPC status 14.
func unavailable(w http.ResponseWriter, message string) {
	w.Header().Set("Content-Type", "application/grpc")
	w.Header().Set("Trailer", "Grpc-Status, Grpc-Message")
	w.WriteHeader(http.StatusOK)
	w.Header().Set("Grpc-Status", "14")
	w.Header().Set("Grpc-Message", percentEncode(message))
}

// percentEncode writes a message as gRPC wants it in a header.
func percentEncode(s string) string {
	var b strings.Builder
	for _, c := range []byte(s) {
		if c < ' ' || c > '~' || c == '%' {
			fmt.Fprintf(&b, "%%%02X", c)
			continue
		}
		b.WriteByte(c)
	}
	return b.String()
}

// Dial opens a connection to lnd through the tap that carries the given
// macaroon; "" means lnd's admin macaroon. The caller closes it.
func (t *Tap) Dial(macaroonPath string) (*grpc.ClientConn, error) {
	if macaroonPath == "" {
		macaroonPath = t.lnd.AdminMacaroonPath
	}
	return t.lnd.dialAt(t.Addr, macaroonPath)
}

// Withhold arms the tap for the next call of a method, named as in
// "/invoicesrpc.Invoices/SettleInvoice". That call reaches lnd and is carried
// out even if the client goes away meanwhile; its answer never reaches the
// client, who waits until its own deadline, its death, or Release. The
// channel is closed when lnd has answered; a call that could not reach lnd does
// not count. Arming twice holds two calls.
func (t *Tap) Withhold(method string) (answered <-chan struct{}) {
	return t.arm(&fault{method: method})
}

// Refuse arms the tap for the next call of a method: it fails with status
// UNAVAILABLE and never reaches lnd. The channel is closed when that happened.
func (t *Tap) Refuse(method string) (refused <-chan struct{}) {
	return t.arm(&fault{method: method, refuse: true})
}

func (t *Tap) arm(f *fault) <-chan struct{} {
	f.done = make(chan struct{})
	t.mu.Lock()
	defer t.mu.Unlock()
	t.armed = append(t.armed, f)
	return f.done
}

// rearm puts a fault back that its call could not show.
func (t *Tap) rearm(f *fault) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.armed = append([]*fault{f}, t.armed...)
}

// Release disarms the tap. Calls whose answer is being withheld fail with
// status UNAVAILABLE: the client never learns what lnd said.
func (t *Tap) Release() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.armed = nil
	close(t.released)
	t.released = make(chan struct{})
}

// Cut breaks all connections, streams included, and answers every further
// call with UNAVAILABLE, until Restore. lnd itself keeps running.
func (t *Tap) Cut() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.cut = true
	for c := range t.conns {
		c.Close()
	}
}

// Restore ends Cut.
func (t *Tap) Restore() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.cut = false
}

// Close ends the tap and breaks all its connections.
func (t *Tap) Close() {
	t.server.Close()
	t.upstream.CloseIdleConnections()
}

func (t *Tap) track(c net.Conn, state http.ConnState) {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch state {
	case http.StateNew:
		t.conns[c] = struct{}{}
	case http.StateClosed, http.StateHijacked:
		delete(t.conns, c)
	}
}

// take returns the fault armed for this call, if any, and removes it.
func (t *Tap) take(method string) (f *fault, released <-chan struct{}, cut bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	i := slices.IndexFunc(t.armed, func(f *fault) bool { return f.method == method })
	if t.cut || i < 0 {
		return nil, t.released, t.cut
	}
	f = t.armed[i]
	t.armed = slices.Delete(t.armed, i, i+1)
	return f, t.released, false
}

// ServeHTTP carries one call. It is for the tap's own server.
func (t *Tap) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f, released, cut := t.take(r.URL.Path)
	switch {
	case cut:
		unavailable(w, "tap: the wire is cut")
	case f == nil:
		t.proxy.ServeHTTP(w, r)
	case f.refuse:
		unavailable(w, "tap: the call was lost")
		close(f.done)
	default:
		t.withhold(w, r, f, released)
	}
}

// withhold carries the call out to its end, then keeps silent.
func (t *Tap) withhold(w http.ResponseWriter, r *http.Request, f *fault, released <-chan struct{}) {
	// The request is read whole first: from here on the call no longer
	// depends on the client.
	body, err := io.ReadAll(r.Body)
	if err == nil {
		err = t.carry(r, body)
	}
	if err != nil {
		t.rearm(f)
		unavailable(w, "tap: lnd is away: "+err.Error())
		return
	}
	close(f.done)
	select {
	case <-r.Context().Done():
	case <-released:
		unavailable(w, "tap: the answer was lost")
	}
}

func (t *Tap) carry(r *http.Request, body []byte) error {
	out := r.Clone(context.WithoutCancel(r.Context()))
	out.RequestURI = ""
	out.URL.Scheme, out.URL.Host = "https", t.lnd.RPCAddr
	out.Header.Set("Te", "trailers")
	out.Body, out.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	resp, err := t.upstream.RoundTrip(out)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if _, err := io.Copy(io.Discard, resp.Body); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	return nil
}

// listenLoopback opens a listener of this process on a free port.
func listenLoopback() (net.Listener, error) {
	var last error
	for range 20 {
		addr, err := freeAddr()
		if err != nil {
			return nil, err
		}
		l, err := net.Listen("tcp4", addr)
		if err == nil {
			return l, nil
		}
		last = err
	}
	return nil, last
}
