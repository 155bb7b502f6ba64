package grpcapi

import (
	"bufio"
	"context"
	"errors"
	"log/slog"
	"mime"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/lightninglabs/aperture/pricesrpc"
	"google.golang.org/grpc"

	"github.com/econd/econd/l402"
	"github.com/econd/econd/node"
	"github.com/econd/econd/node/constitution"
	"github.com/econd/econd/node/read"
	"github.com/econd/econd/node/shares"
)

// Priced is what a Pricer asks of the node.
type Priced interface {
	// PriceSat is what a resource costs now. It does not wait for the writer.
	PriceSat(resource string) int64
	// Recovery lists why the node serves reads only; none in normal work.
	Recovery() []string
}

// PricerConfig is what a Pricer is made of.
type PricerConfig struct {
	Node    Priced
	Log     *slog.Logger
	Metrics *Metrics // may be the API's, too
	// MaxRequestBytes bounds the text of one priced request. aperture sends the
	// whole request, body included, so this is also the longest batch that an
	// unpaid caller can send and still be told the price; 0 means 2 MiB, of which
	// the lines of the first are counted (see node.UsesOf).
	MaxRequestBytes int
}

const (
	defaultPricedBytes = 2 << 20
	pricerStreams      = 8 // requests priced at once on one connection; further ones wait
	pricerConns        = 8 // connections at once; an aperture has one for each service
)

// Pricer is aperture's dynamic pricer (pricesrpc.PricesServer): it tells what
// the request that aperture holds costs now, for HTTP routes and for gRPC
// methods alike. It fails closed: a request that it cannot read has no price, and
// aperture then answers 500 and forwards nothing. What econd does not serve, as a
// path in another spelling than the canonical one (read.Canonical), costs nothing,
// so that econd itself answers 400 or 404.
//
// A free resource answers 0, which aperture v0.5.0 takes as "let it pass" (only
// its static `price: 0` is read as 1). But its pricer client has consumed the
// request's body by then, so what is free and has a body stands in the service's
// authwhitelistpaths; `econd aperture` prints the list. The service uses `auth:
// on`: with `auth: freebie` aperture charges the static price. Where aperture
// cannot read a body it asks no price at all and forwards what is left of the
// request: another reason for econd to demand a paid token itself.
//
// aperture sends the request's text as UTF-8 or not at all, which the body of
// most gRPC calls is not, and it reads a request to its end before it asks. So
// a gRPC call behind an aperture with dynamic prices brings its token along,
// bought with an HTTP request to the same service; without one it is refused
// and hears no price. gRPC in mode direct sells by itself.
type Pricer struct {
	pricesrpc.UnimplementedPricesServer

	node Priced
	grpc *grpc.Server
}

// NewPricer checks the configuration; the error names a bad field.
func NewPricer(cfg PricerConfig) (*Pricer, error) {
	switch {
	case cfg.Node == nil:
		return nil, errors.New("grpcapi: PricerConfig.Node: needed")
	case cfg.Log == nil:
		return nil, errors.New("grpcapi: PricerConfig.Log: needed")
	case cfg.Metrics == nil:
		return nil, errors.New("grpcapi: PricerConfig.Metrics: needed")
	case cfg.MaxRequestBytes < 0:
		return nil, errors.New("grpcapi: PricerConfig.MaxRequestBytes: less than 0")
	case cfg.MaxRequestBytes == 0:
		cfg.MaxRequestBytes = defaultPricedBytes
	}
	p := &Pricer{node: cfg.Node}
	o := observer{log: cfg.Log, metrics: cfg.Metrics, now: time.Now}
	options := append(transportOptions(pricerStreams, cfg.MaxRequestBytes), grpc.ChainUnaryInterceptor(o.unary))
	p.grpc = grpc.NewServer(options...)
	pricesrpc.RegisterPricesServer(p.grpc, p)
	return p, nil
}

// Run serves until ctx ends, and closes the listener. It can be called once.
func (p *Pricer) Run(ctx context.Context, l net.Listener) error {
	return serve(ctx, p.grpc, shares.Limit(l, shares.New(pricerConns)), time.Second, func() {})
}

// GetPrice answers with what the request's token is to cost: the price in force
// times the uses that it is sold for (see node.UsesOf), in sats; 0 is free. In
// recovery mode what has a price has none.
func (p *Pricer) GetPrice(_ context.Context, req *pricesrpc.GetPriceRequest) (*pricesrpc.GetPriceResponse, error) {
	r, err := requestOf(req.Path, req.HttpRequestText)
	if err != nil {
		return nil, err
	}
	resource := pricedResource(r)
	if resource == "" {
		return &pricesrpc.GetPriceResponse{}, nil
	}
	sat := p.node.PriceSat(resource)
	if sat == 0 {
		return &pricesrpc.GetPriceResponse{}, nil
	}
	if len(p.node.Recovery()) > 0 {
		return nil, node.ErrRecovery // aperture then sells nothing
	}
	media, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	uses, err := node.UsesOf(r.Header, r.Body, resource == constitution.ResourceOperations && media == "application/x-ndjson", sat)
	if err != nil {
		return nil, badRequest(l402.UsesHeader, "uses", err.Error())
	}
	return &pricesrpc.GetPriceResponse{PriceSats: sat * uses}, nil
}

// requestOf reads the text of a request, which must be for the path given.
func requestOf(path, text string) (*http.Request, error) {
	r, err := http.ReadRequest(bufio.NewReader(strings.NewReader(text)))
	if err != nil {
		return nil, badRequest("http_request_text", "http", "is not an HTTP request")
	}
	if r.URL.Path != path {
		return nil, badRequest("path", "path", "is not the path of http_request_text")
	}
	return r, nil
}

// pricedResource maps a request to its resource, by URL or gRPC method. What econd
// serves under no spelling of its own has none: aperture then forwards it, and econd
// says itself that nothing is there.
func pricedResource(r *http.Request) string {
	if !read.Canonical(r.URL) {
		return ""
	}
	if !strings.HasPrefix(r.URL.Path, methodPrefix) {
		return read.ResourceOfURL(r.URL)
	}
	resource, known := ResourceOf(r.URL.Path)
	if known && read.AsksPast(r.URL.RawQuery) {
		return read.ResourceOfPast(resource)
	}
	return resource
}
