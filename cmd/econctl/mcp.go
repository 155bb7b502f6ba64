package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/netip"
	"os"
	"slices"
	"strings"
	"time"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/spf13/cobra"

	"github.com/econd/econd/cmd/internal/cli"
	"github.com/econd/econd/l402"
	"github.com/econd/econd/node/atomicfile"
	"github.com/econd/econd/node/buildinfo"
	"github.com/econd/econd/node/mcp"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/outbound"
	"github.com/econd/econd/node/view"
	"github.com/econd/econd/node/wallet"
)

// mcpPath is where streamable HTTP is served.
const mcpPath = "/mcp"

// mcpFlags are those of the command mcp.
type mcpFlags struct {
	http, tokenFile string
	tlsCert, tlsKey string
	hosts           []string
	networks        []string
	limits          mcp.Limits
}

func newMCP(a *app) *cobra.Command {
	var f mcpFlags
	c := long(command("mcp [--http ADDRESS --token-file FILE]", "Serve the agent's tools to a language model (Model Context Protocol)",
		func(ctx context.Context, _ []string) error { return a.serveMCP(ctx, f) }),
		"Serve the agent's tools to a language model by the Model Context Protocol: on the",
		"standard input and output, or with --http as streamable HTTP at "+mcpPath+".",
		"",
		"Nobody is asked at a terminal: what is above a limit is refused. A payment costs at",
		"most --max-sats; a run pays and locks at most --session-sats, signs at most",
		"--session-operations, whoever calls. Texts by others are marked as data.",
		"",
		"Over HTTP every request brings the token of --token-file, which is made if there is",
		"none. Addresses other than loopback need --tls-cert and --tls-key. docs/mcp.md has",
		"configurations for clients.")
	c.Flags().StringVar(&f.http, "http", "", "`ADDRESS` to listen at, host:port; 127.0.0.1:0 for any free port (default: standard input and output)")
	c.Flags().StringVar(&f.tokenFile, "token-file", "", "`FILE` with the bearer token of --http")
	c.Flags().StringVar(&f.tlsCert, "tls-cert", "", "`FILE` with the certificate of --http, PEM")
	c.Flags().StringVar(&f.tlsKey, "tls-key", "", "`FILE` with its key, PEM")
	c.Flags().StringArrayVar(&f.hosts, "host", nil, "`NAME` with port under which --http is reached besides its address; may be repeated")
	c.Flags().StringArrayVar(&f.networks, "allow-network", nil, "`CIDR` such as 10.1.0.0/16 of services that are no hosts of the internet; may be repeated")
	c.Flags().Int64Var(&f.limits.Sats, "session-sats", 0, "most sats that this run pays and locks, routing fees included (default --max-total-sats)")
	c.Flags().Int64Var(&f.limits.Operations, "session-operations", 50, "most operations that this run signs")
	return c
}

// check refuses flags that do not go together.
func (f *mcpFlags) check() error {
	switch {
	case f.limits.Sats < 0 || f.limits.Operations < 0:
		return cli.Usagef("--session-sats and --session-operations: must not be negative")
	case f.http == "" && (f.tokenFile != "" || f.tlsCert != "" || f.tlsKey != "" || len(f.hosts) > 0):
		return cli.Usagef("--token-file, --tls-cert, --tls-key and --host go with --http")
	case f.http == "":
		return nil
	case f.tokenFile == "":
		return cli.Usagef("--http: needs --token-file; every request brings that token")
	case (f.tlsCert == "") != (f.tlsKey == ""):
		return cli.Usagef("--tls-cert and --tls-key go together")
	}
	host, _, err := net.SplitHostPort(f.http)
	if err != nil {
		return cli.Usagef("--http: must be host:port: %v", err)
	}
	if ip := net.ParseIP(host); f.tlsCert == "" && host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return cli.Usagef("--http: %s is not a loopback address: give --tls-cert and --tls-key, or listen at 127.0.0.1", f.http)
	}
	return nil
}

// serveMCP serves until ctx ends or, on the standard input, the client is gone.
func (a *app) serveMCP(ctx context.Context, f mcpFlags) error {
	if err := f.check(); err != nil {
		return err
	}
	if f.limits.Sats == 0 {
		f.limits.Sats = a.cfg.MaxTotalSats
	}
	services, err := servicesOf(f.networks)
	if err != nil {
		return err
	}
	a.ask = func(string) bool { return false }
	a.spending = &guard{purse: mcp.NewPurse(f.limits), most: a.cfg.MaxSats}
	if _, err := a.self(); errors.Is(err, fs.ErrNotExist) {
		fmt.Fprintf(a.stderr, "econctl: %v; until then the tools only read\n", err)
	} else if err != nil {
		return err
	}
	s, err := mcp.New(mcp.Config{Econd: a.econd, Agent: &mcpAgent{app: a, services: services, held: map[op.ID]bool{}}, Purse: a.spending.purse, MaxSats: a.cfg.MaxSats, Version: buildinfo.Read().Line()})
	if err != nil {
		return err
	}
	if f.http != "" {
		return a.serveMCPOverHTTP(ctx, s, f)
	}
	err = s.SDK().Run(ctx, &sdk.IOTransport{Reader: io.NopCloser(a.stdin), Writer: keptOpen{a.stdout}, MaxLineLength: 1 << 20})
	if ctx.Err() != nil || errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

// keptOpen is a writer that stays open.
type keptOpen struct{ io.Writer }

func (keptOpen) Close() error { return nil }

// serveMCPOverHTTP listens and serves.
func (a *app) serveMCPOverHTTP(ctx context.Context, s *mcp.Server, f mcpFlags) error {
	token, err := bearerToken(f.tokenFile)
	if err != nil {
		return err
	}
	var certs []tls.Certificate
	if f.tlsCert != "" {
		pair, err := tls.LoadX509KeyPair(f.tlsCert, f.tlsKey)
		if err != nil {
			return cli.Usagef("--tls-cert, --tls-key: %v", err)
		}
		certs = append(certs, pair)
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", f.http)
	if err != nil {
		return fmt.Errorf("--http: %w", err)
	}
	defer listener.Close()
	at := listener.Addr().(*net.TCPAddr)
	if certs == nil && !at.IP.IsLoopback() { // a name may lead anywhere
		return cli.Usagef("--http: %s is not a loopback address", at)
	}
	handler, err := s.Handler(mcp.HTTPConfig{Token: token, Hosts: append(loopbackNames(at), f.hosts...)})
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.Handle(mcpPath, handler)
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: time.Minute, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 16 << 10}
	scheme := "http"
	if certs != nil {
		scheme = "https"
		server.TLSConfig = &tls.Config{Certificates: certs, MinVersion: tls.VersionTLS12}
		listener = tls.NewListener(listener, server.TLSConfig)
	}
	fmt.Fprintf(a.stderr, "econctl: tools are served at %s://%s%s, with the token of %s\n", scheme, at, mcpPath, f.tokenFile)
	stop := context.AfterFunc(ctx, func() {
		bounded, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		if server.Shutdown(bounded) != nil {
			_ = server.Close() // ends what Shutdown waited for
		}
	})
	defer stop()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// loopbackNames are the names under which an address is reached by itself.
func loopbackNames(at *net.TCPAddr) []string {
	names := []string{at.String()}
	if at.IP.IsLoopback() {
		names = append(names, fmt.Sprintf("localhost:%d", at.Port))
	}
	return names
}

// bearerToken reads the token of a file, and makes both if there is no file.
func bearerToken(path string) (string, error) {
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		data = []byte(rand.Text() + "\n")
		err = atomicfile.Create(path, data, 0o600)
	}
	if err != nil {
		return "", fmt.Errorf("--token-file: %w", err)
	}
	info, err := os.Stat(path)
	if err != nil {
		return "", fmt.Errorf("--token-file: %w", err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return "", cli.Usagef("--token-file: %s can be read by others; chmod 600 it", path)
	}
	token := strings.TrimSpace(string(data))
	if len(token) < 16 || strings.ContainsFunc(token, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return "", cli.Usagef("--token-file: must hold one word of at least 16 printable signs")
	}
	return token, nil
}

// guard holds what a run pays against the limits of the tools, instead of asking. It serves
// one request at a time.
type guard struct {
	purse *mcp.Purse
	most  int64 // for one payment, in sats

	price   *wallet.Price // that was refused
	refused error         // by the purse
	done    func(int64)   // of what the purse set aside
}

// confirm implements wallet.Config.Confirm.
func (g *guard) confirm(p wallet.Price) bool {
	if p.Sat > g.most {
		g.price = &p
		return false
	}
	g.done, g.refused = g.purse.Spend(p.AmountMsat + 1000*p.FeeLimitSat)
	return g.refused == nil
}

// settle tells the purse what came of a request, and why it was refused. A payment whose end
// is not known counts whole.
func (g *guard) settle(paid wallet.Paid, err error) error {
	price, refused, done := g.price, g.refused, g.done
	g.price, g.refused, g.done = nil, nil, nil
	switch {
	case done == nil:
	case !paid.IsZero() && !paid.Reused:
		done(paid.AmountMsat + paid.FeeMsat)
	case errors.Is(err, wallet.ErrPayment):
		done(0)
	}
	switch {
	case !errors.Is(err, wallet.ErrTooDear):
		return err
	case refused != nil:
		return refused
	case price != nil:
		return &wallet.PriceError{Price: *price, MaxSats: g.most}
	}
	return err
}

// mcpAgent is the agent behind the tools.
type mcpAgent struct {
	app      *app
	services http.RoundTripper
	purse    *wallet.Wallet // for services, made by the first call
	held     map[op.ID]bool // holds whose sats are counted
}

// services carries requests to services that a model chose: by https to hosts of the internet,
// by either scheme to the networks that are allowed, past the proxies of the environment.
type services struct{ internet, allowed http.RoundTripper }

func (s services) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Scheme == "https" {
		return s.internet.RoundTrip(r)
	}
	return s.allowed.RoundTrip(r)
}

// servicesOf reads the networks that are allowed.
func servicesOf(networks []string) (http.RoundTripper, error) {
	var allow []netip.Prefix
	for _, text := range networks {
		p, err := netip.ParsePrefix(text)
		if err != nil {
			return nil, cli.Usagef("--allow-network: %v", err)
		}
		allow = append(allow, p.Masked())
	}
	transport := func(g outbound.Guard) http.RoundTripper {
		return &http.Transport{DialContext: (&net.Dialer{Timeout: 10 * time.Second, Control: g.Control}).DialContext,
			TLSHandshakeTimeout: 10 * time.Second, ResponseHeaderTimeout: 90 * time.Second, ForceAttemptHTTP2: true,
			MaxIdleConnsPerHost: 2, IdleConnTimeout: time.Minute, MaxResponseHeaderBytes: 64 << 10}
	}
	return services{transport(outbound.Guard{Allow: allow}), transport(outbound.Guard{Allow: allow, AllowedOnly: true})}, nil
}

// Self implements mcp.Agent.
func (m *mcpAgent) Self() (op.PublicKey, error) { return m.app.self() }

// Keep implements mcp.Agent.
func (m *mcpAgent) Keep(e *op.Event, r view.Receipt, refused error) {
	m.app.keepSigned(e, r, refused)
}

// within runs something that may pay up to that much at once.
func (m *mcpAgent) within(maxSat int64, do func() error) error {
	g, usual := m.app.spending, m.app.cfg.MaxSats
	g.most, m.app.cfg.MaxSats = maxSat, maxSat
	defer func() { g.most, m.app.cfg.MaxSats = usual, usual }()
	return do()
}

// Fetch implements mcp.Agent.
func (m *mcpAgent) Fetch(ctx context.Context, r mcp.Request, maxSat int64) (out mcp.Response, err error) {
	req, err := http.NewRequestWithContext(ctx, r.Method, r.URL, bytes.NewReader(r.Body))
	if err != nil {
		return out, &mcp.InputError{Field: "url", Text: err.Error()}
	}
	if len(r.Body) == 0 {
		req.Body, req.GetBody = nil, nil
	}
	if r.ContentType != "" {
		req.Header.Set("Content-Type", r.ContentType)
	}
	who, err := m.app.customer("")
	if err != nil {
		return out, err
	}
	if who != (op.PublicKey{}) {
		req.Header.Set(l402.CustomerHeader, who.String())
	}
	err = m.within(maxSat, func() error {
		if m.purse == nil {
			if m.purse, err = m.app.walletBy(m.services); err != nil {
				return err
			}
		}
		resp, paid, err := m.app.doBy(m.purse, req)
		out.Paid = paid
		if resp != nil {
			defer resp.Body.Close()
		}
		if err != nil {
			return unserved(req, paid, err)
		}
		out.Status, out.ContentType, out.Location = resp.StatusCode, resp.Header.Get("Content-Type"), resp.Header.Get("Location")
		data, err := io.ReadAll(io.LimitReader(resp.Body, mcp.MaxBody+1))
		if err != nil {
			return unserved(req, paid, fmt.Errorf("the answer broke off: %w", err))
		}
		out.More = len(data) > mcp.MaxBody
		out.Body = slices.Clip(data[:min(len(data), mcp.MaxBody)])
		return nil
	})
	return out, err
}

// Lock implements mcp.Agent.
func (m *mcpAgent) Lock(ctx context.Context, id op.ID, maxSat int64) (view.Hold, error) {
	h, err := m.app.hold(ctx, id)
	if err != nil || h.State != "offered" {
		return h.Hold, err
	}
	if h.AmountSat > maxSat {
		return h.Hold, &wallet.PriceError{Price: wallet.Price{Sat: h.AmountSat, AmountMsat: 1000 * h.AmountSat, FeeLimitSat: wallet.FeeLimitSat(h.AmountSat)}, MaxSats: maxSat}
	}
	done := func(int64) {}
	if !m.held[id] {
		if done, err = m.app.spending.purse.Spend(1000*h.AmountSat + wallet.FeeLimitMsat(1000*h.AmountSat)); err != nil {
			return h.Hold, err
		}
		m.held[id] = true
	}
	err = m.within(maxSat, func() (err error) { h, err = m.app.payHold(ctx, h, 0); return err })
	if errors.Is(err, wallet.ErrPayment) || errors.Is(err, errMissingLND) {
		done(0)
		delete(m.held, id)
	}
	return h.Hold, err
}
