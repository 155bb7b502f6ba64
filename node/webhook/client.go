package webhook

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"syscall"
	"time"

	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/outbound"
)

var errHTTP = errors.New("the URL is not https, and http is not allowed")

// DefaultTimeout bounds one attempt, as the specification recommends.
const DefaultTimeout = 15 * time.Second

// maxHead bounds the head of an answer; its body is not read.
const maxHead = 16 << 10

// maxReason bounds the text of a reason, in bytes.
const maxReason = 200

// Config is what a Client is made of.
type Config struct {
	// Root is the secret that the secrets of all origins derive from.
	Root Root

	// Operator signs every delivery.
	Operator op.SecretKey

	// Now is the clock of webhook-timestamp; time.Now in production.
	Now func() time.Time

	// UserAgent names this program to receivers.
	UserAgent string

	// Timeout bounds one attempt. 0 means DefaultTimeout.
	Timeout time.Duration

	// AllowHTTP also delivers to http URLs, readable and changeable on the
	// way (the change would show in the signatures).
	AllowHTTP bool

	// AllowNetworks are networks that deliveries may go to although they are
	// not part of the internet, such as 10.1.0.0/16 or ::1/128.
	AllowNetworks []netip.Prefix

	// RootCAs vouch for receivers' certificates; nil means the system's.
	RootCAs *x509.CertPool
}

// Client delivers webhooks. It may be used concurrently.
type Client struct {
	cfg  Config
	http *http.Client
}

// New checks the configuration.
func New(cfg Config) (*Client, error) {
	switch {
	case cfg.Root == Root{}:
		return nil, errors.New("webhook: Config.Root is not set")
	case cfg.Operator == op.SecretKey{}:
		return nil, errors.New("webhook: Config.Operator is not set")
	case cfg.Now == nil:
		return nil, errors.New("webhook: Config.Now is not set")
	case cfg.UserAgent == "":
		return nil, errors.New("webhook: Config.UserAgent is empty")
	case cfg.Timeout < 0:
		return nil, errors.New("webhook: Config.Timeout is negative")
	case cfg.Timeout == 0:
		cfg.Timeout = DefaultTimeout
	}
	c := &Client{cfg: cfg}
	c.http = c.guard().HTTP(cfg.RootCAs, maxHead)
	return c, nil
}

// guard keeps deliveries to the internet, and to the networks that are allowed.
func (c *Client) guard() outbound.Guard { return outbound.Guard{Allow: c.cfg.AllowNetworks} }

// Secret returns what the receivers at the URL's origin check the HMAC with.
// ErrURL if the URL is none.
func (c *Client) Secret(rawURL string) (origin string, s Secret, err error) {
	if origin, err = Origin(rawURL); err != nil {
		return "", Secret{}, err
	}
	return origin, c.cfg.Root.Secret(origin), nil
}

// Outcome is what came of an attempt. The zero value is the careful one.
type Outcome uint8

// Outcomes.
const (
	Unsure    Outcome = iota // not accepted, or nobody knows: try again later
	Delivered                // accepted, with a status of 2xx
	Refused                  // never to be tried again
)

// String returns the outcome's name.
func (o Outcome) String() string {
	switch o {
	case Delivered:
		return "delivered"
	case Refused:
		return "refused"
	}
	return "unsure"
}

// Result is what came of an attempt.
type Result struct {
	Outcome Outcome
	Status  int    // of the answer; 0 if there was none
	Reason  string // why it was not delivered, at most 200 bytes of ASCII

	// RetryAfter is how long the receiver asked to be left alone, 0 if it
	// said nothing.
	RetryAfter time.Duration
}

// Deliver makes one attempt. The id must be the same in every attempt at one
// document, and have no full stop. The body must be JSON.
//
// 2xx is delivered. Only 410 is refused for good, as it alone says so (RFC 9110
// section 15.5.11): any other 4xx may be a receiver that is being set up, moved or
// deployed anew. So is a URL that this node's rules keep it from calling, unless that
// depends on what its host's name stands for at the moment. Everything else is
// Unsure: no answer, 3xx (redirects are not followed), 4xx, 5xx.
func (c *Client) Deliver(ctx context.Context, id, rawURL string, body []byte) Result {
	u, err := parse(rawURL)
	if err != nil {
		return refused(0, err.Error())
	}
	if u.Scheme == "http" && !c.cfg.AllowHTTP {
		return refused(0, errHTTP.Error())
	}
	ctx, cancel := context.WithTimeout(ctx, c.cfg.Timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, u.String(), bytes.NewReader(body))
	if err != nil {
		return refused(0, "the URL makes no request")
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", c.cfg.UserAgent)
	if err := sign(req.Header, id, c.cfg.Now().Unix(), body, c.cfg.Root.Secret(outbound.Origin(u)), c.cfg.Operator); err != nil {
		return Result{Reason: clip(err.Error())}
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return c.unanswered(u, err)
	}
	resp.Body.Close()
	return c.answered(resp)
}

func refused(status int, reason string) Result {
	return Result{Outcome: Refused, Status: status, Reason: clip(reason)}
}

// unanswered judges an attempt without an answer. Go's own errors quote the URL
// and what the receiver sent, so they are put into words of this package's.
func (c *Client) unanswered(u *url.URL, err error) Result {
	var (
		address *outbound.AddressError
		name    *net.DNSError
		trust   *tls.CertificateVerificationError
		dial    *net.OpError
		number  syscall.Errno
	)
	switch {
	case errors.As(err, &address):
		if _, err := netip.ParseAddr(u.Hostname()); err != nil {
			return Result{Reason: clip("the host's name stands for what is not called: " + address.Error())}
		}
		return refused(0, address.Error())
	case errors.Is(err, context.DeadlineExceeded):
		return Result{Reason: fmt.Sprintf("no answer within %v", c.cfg.Timeout)}
	case errors.As(err, &name):
		return Result{Reason: "the host's name does not resolve"}
	case errors.As(err, &trust):
		return Result{Reason: "the host's certificate is not trusted"}
	case errors.As(err, &dial) && dial.Op == "dial" && errors.As(err, &number):
		return Result{Reason: clip("no connection: " + number.Error())}
	}
	return Result{Reason: "the connection broke off without an answer in HTTP"}
}

// answered judges an answer by its status.
func (c *Client) answered(resp *http.Response) Result {
	said := "answered " + strconv.Itoa(resp.StatusCode)
	switch code := resp.StatusCode; {
	case code >= 200 && code <= 299:
		return Result{Outcome: Delivered, Status: code}
	case code >= 300 && code <= 399:
		return Result{Status: code, Reason: said + "; redirects are not followed"}
	case code == http.StatusGone:
		return refused(code, said)
	default:
		return Result{Status: code, Reason: said, RetryAfter: c.retryAfter(resp.Header.Get("Retry-After"))}
	}
}

// retryAfter reads Retry-After, seconds or a date (RFC 9110 section 10.2.3).
func (c *Client) retryAfter(text string) time.Duration {
	const longest = 24 * time.Hour
	if n, err := strconv.ParseUint(text, 10, 32); err == nil {
		return min(time.Duration(n)*time.Second, longest)
	}
	if at, err := http.ParseTime(text); err == nil {
		return max(0, min(at.Sub(c.cfg.Now()), longest))
	}
	return 0
}

// clip makes a reason fit for the log: short and plain.
func clip(s string) string {
	b := []byte(s)
	for i, x := range b {
		if x < ' ' || x > '~' {
			b[i] = '?'
		}
	}
	return string(b[:min(len(b), maxReason)])
}
