package outbound

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"syscall"
	"time"

	"github.com/econd/econd/node/refusal"
)

// Bounds and defaults.
const (
	DefaultTimeout = 30 * time.Second // of one call, redirects and body included
	DefaultMaxBody = 1 << 20          // bytes that are read of an answer's body
	MaxURL         = 2048             // characters
	maxHead        = 32 << 10         // bytes of an answer's head
)

// ErrNoAnswer says that the other side gave no answer in HTTP, or none in time. Whether it took the call,
// nobody knows.
var ErrNoAnswer = errors.New("no answer")

// Config is what a Client is made of.
type Config struct {
	// UserAgent names this program. Required.
	UserAgent string

	// Allow are networks that may be called although they are not part of the internet, and by http.
	Allow []netip.Prefix

	// RootCAs vouch for certificates; nil means the system's.
	RootCAs *x509.CertPool

	// Timeout bounds one call. 0: DefaultTimeout.
	Timeout time.Duration
}

// Client makes calls. It may be used concurrently.
type Client struct {
	cfg           Config
	secure, plain *http.Client
}

// New checks the configuration.
func New(cfg Config) (*Client, error) {
	switch {
	case cfg.UserAgent == "":
		return nil, errors.New("outbound: Config.UserAgent is empty")
	case cfg.Timeout < 0:
		return nil, errors.New("outbound: Config.Timeout is negative")
	case cfg.Timeout == 0:
		cfg.Timeout = DefaultTimeout
	}
	return &Client{cfg: cfg, secure: Guard{Allow: cfg.Allow}.HTTP(cfg.RootCAs, maxHead),
		plain: Guard{Allow: cfg.Allow, AllowedOnly: true}.HTTP(cfg.RootCAs, maxHead)}, nil
}

// Request is one call.
type Request struct {
	Method string // "": GET
	URL    string
	Header http.Header // what is not passed on is left out, see Pass
	Body   []byte

	// Authorization is the caller's own credential for this URL, which goes nowhere else: with it
	// no redirect is followed.
	Authorization string

	// Redirects is how many redirects are followed. At 0 a redirect is an answer like others.
	Redirects int

	// MaxBody is how much of the answer's body is read. 0: DefaultMaxBody.
	MaxBody int64
}

// Response is an answer.
type Response struct {
	URL    string // that answered
	Status int
	Header http.Header // without what belongs to the connection
	Body   []byte

	// Cut says why Body is not all: "size" or "time"; "" where it is.
	Cut string
}

// Do makes a call and reads its answer. A *refusal.Refusal says which rule keeps it from being made;
// then nothing was sent to where it leads. Otherwise the error is ErrNoAnswer.
func (c *Client) Do(ctx context.Context, r Request) (Response, error) {
	ctx, cancel := context.WithTimeout(ctx, c.cfg.Timeout)
	defer cancel()
	u, err := c.check(r)
	if err != nil {
		return Response{}, err
	}
	follow := r.Redirects
	if r.Authorization != "" {
		follow = 0
	}
	for n := 0; ; n++ {
		resp, err := c.send(ctx, u, r)
		if err != nil {
			return Response{}, err
		}
		next, redirects := location(resp, r.Method)
		if follow == 0 || !redirects {
			return c.read(ctx, u, resp, r.MaxBody)
		}
		_ = resp.Body.Close()
		if n == follow {
			return Response{}, refusal.New(refusal.ErrRule, "url", "redirects", "%s redirects more than %d times", Origin(u), follow)
		}
		if u, err = sameOrigin(u, next); err != nil {
			return Response{}, err
		}
	}
}

// check refuses what no call can be.
func (c *Client) check(r Request) (*url.URL, error) {
	if len(r.URL) > MaxURL {
		return nil, refusal.New(refusal.ErrInvalid, "url", "length", "has %d characters, at most %d are called", len(r.URL), MaxURL)
	}
	u, err := Parse(r.URL)
	if err != nil {
		return nil, refusal.New(refusal.ErrInvalid, "url", "form", "%v", err)
	}
	if u.Scheme == "http" && len(c.cfg.Allow) == 0 {
		return nil, refusal.New(refusal.ErrRule, "url", "https-only", "%s is not https", Origin(u))
	}
	if !validMethod(r.Method) {
		return nil, refusal.New(refusal.ErrInvalid, "method", "form", "%.20q is none of GET, HEAD, POST, PUT, PATCH, DELETE, QUERY", r.Method)
	}
	return u, checkHeader(r.Header)
}

func validMethod(m string) bool {
	switch m {
	case "", http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, "QUERY":
		return true
	}
	return false
}

// location is where an answer redirects to. A method other than GET and HEAD stays what it is only
// with 307 and 308; by the others it is not followed.
func location(resp *http.Response, method string) (next string, ok bool) {
	switch resp.StatusCode {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther:
		ok = method == "" || method == http.MethodGet || method == http.MethodHead
	case http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		ok = true
	}
	next = resp.Header.Get("Location")
	return next, ok && next != ""
}

// sameOrigin is where a redirect leads, on the origin that redirects.
func sameOrigin(from *url.URL, location string) (*url.URL, error) {
	if len(location) > MaxURL {
		return nil, refusal.New(refusal.ErrRule, "url", "length", "redirects to %d characters, at most %d are called", len(location), MaxURL)
	}
	ref, err := from.Parse(location)
	if err != nil {
		return nil, refusal.New(refusal.ErrRule, "url", "redirect-origin", "%s redirects to what is no URL", Origin(from))
	}
	ref.Fragment, ref.RawFragment = "", ""
	to, err := Parse(ref.String())
	if err != nil {
		return nil, refusal.New(refusal.ErrRule, "url", "redirect-origin", "%s redirects to what %v", Origin(from), err)
	}
	if Origin(to) != Origin(from) {
		return nil, refusal.New(refusal.ErrRule, "url", "redirect-origin", "%s redirects to %s, another origin is not followed", Origin(from), Origin(to))
	}
	return to, nil
}

func (c *Client) send(ctx context.Context, u *url.URL, r Request) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, r.Method, u.String(), bytes.NewReader(r.Body))
	if err != nil {
		return nil, refusal.New(refusal.ErrInvalid, "url", "form", "makes no request")
	}
	req.Header = Pass(r.Header)
	req.Header.Set("User-Agent", c.cfg.UserAgent)
	if r.Authorization != "" {
		req.Header.Set("Authorization", r.Authorization)
	}
	with := c.secure
	if u.Scheme == "http" {
		with = c.plain
	}
	resp, err := with.Do(req)
	if err != nil {
		return nil, c.unanswered(ctx, u, err)
	}
	return resp, nil
}

// unanswered puts an error in words of this package's: Go's own quote the URL, which may hold what the
// caller keeps to itself, and what the other side sent.
func (c *Client) unanswered(ctx context.Context, u *url.URL, err error) error {
	var (
		address *AddressError
		name    *net.DNSError
		trust   *tls.CertificateVerificationError
		dial    *net.OpError
		number  syscall.Errno
	)
	why := "the connection broke off without an answer in HTTP"
	switch {
	case errors.As(err, &address) && u.Scheme == "http":
		return refusal.New(refusal.ErrRule, "url", "https-only", "%s is at %s and not https; http is for the networks that are allowed", Origin(u), address.Addr)
	case errors.As(err, &address):
		return refusal.New(refusal.ErrRule, "url", "public-address", "%s: %v", Origin(u), address)
	case ctx.Err() != nil:
		why = "the time is over"
	case errors.As(err, &name):
		why = "the host's name does not resolve"
	case errors.As(err, &trust):
		why = "the host's certificate is not trusted"
	case errors.As(err, &dial) && dial.Op == "dial" && errors.As(err, &number):
		why = "no connection: " + number.Error()
	}
	return fmt.Errorf("%s: %w: %s", Origin(u), ErrNoAnswer, why)
}

// read takes the answer's body as far as it may go.
func (c *Client) read(ctx context.Context, u *url.URL, resp *http.Response, most int64) (Response, error) {
	defer resp.Body.Close()
	if most <= 0 {
		most = DefaultMaxBody
	}
	out := Response{URL: u.String(), Status: resp.StatusCode, Header: Pass(resp.Header)}
	out.Header["Www-Authenticate"] = resp.Header["Www-Authenticate"]
	body, err := io.ReadAll(io.LimitReader(resp.Body, most+1))
	switch {
	case int64(len(body)) > most:
		body, out.Cut = body[:most], "size"
	case err != nil && ctx.Err() != nil:
		out.Cut = "time"
	case err != nil:
		out.Cut = "broken"
	}
	out.Body = body
	return out, nil
}
