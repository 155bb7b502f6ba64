package httpapi

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/econd/econd/node/admission"
	"github.com/econd/econd/node/spending"
)

// Config is what an API is made of.
type Config struct {
	admission.Door
	Log *slog.Logger
	// Metrics takes the API's metrics; /metrics serves the whole registry.
	Metrics *prometheus.Registry

	// Admin answers the operator; nil leaves the admin routes answering 404.
	Admin Admin
	// Webhooks keeps those of agents; nil leaves their routes answering 404.
	Webhooks Webhooks
	// Spending is where agents spend from their wallets; nil leaves its routes answering 404.
	Spending *spending.Desk
	// BaseURLs are the absolute URLs ("https://host[:port]") under which
	// callers reach this API. A NIP-98 event must name one of them: the Host
	// header of a request cannot vouch for itself. Needed with Admin, Webhooks and Spending.
	BaseURLs []string
	// Answers keeps what signed requests were answered. Needed with Admin and Webhooks.
	Answers Answers

	// Home serves GET and HEAD of / and of what is below /status; nil leaves them 404.
	Home http.Handler

	Limits Limits
}

// Limits bound what callers can make the API do. What is counted "at once" is
// shared among callers, see node/shares.
type Limits struct {
	BatchBytes     int64         // body of one NDJSON request
	Batches        int           // NDJSON requests at once, about 6 MB each
	Streams        int           // event streams at once
	Exports        int           // readers of the log at once, about 200 KB each
	Heavy          int           // requests for proofs, explanations and the past at once
	Requests       int           // all other requests at once
	Pages          int           // status pages at once
	StreamLifetime time.Duration // after which a stream ends and the client resumes
	Heartbeat      time.Duration // comment line on an idle stream
	Request        time.Duration // one ordinary request
	Stall          time.Duration // a peer that neither takes nor sends a byte
}

// DefaultLimits suits one machine.
func DefaultLimits() Limits {
	return Limits{
		BatchBytes:     64 << 20,
		Batches:        32,
		Streams:        512,
		Exports:        128,
		Heavy:          32,
		Requests:       1024,
		Pages:          64,
		StreamLifetime: time.Hour,
		Heartbeat:      15 * time.Second,
		Request:        30 * time.Second,
		Stall:          30 * time.Second,
	}
}

func (c *Config) check() error {
	err := c.Check(c.Limits)
	signed := c.Admin != nil || c.Webhooks != nil || c.Spending != nil
	switch {
	case err != nil:
	case c.Log == nil:
		err = errors.New("Log: needed")
	case c.Metrics == nil:
		err = errors.New("Metrics: needed")
	case signed && len(c.BaseURLs) == 0:
		err = errors.New("BaseURLs: needed with Admin and Webhooks: NIP-98 events are held against them")
	case signed && c.Answers == nil:
		err = errors.New("Answers: needed with Admin and Webhooks: what a key signed is carried out once")
	case c.Limits.BatchBytes < 1<<16:
		err = errors.New("Limits.BatchBytes: too small")
	}
	for i, base := range c.BaseURLs {
		if bad := checkBaseURL(base); err == nil && bad != nil {
			err = fmt.Errorf("BaseURLs[%d]: %w", i, bad)
		}
	}
	if err != nil {
		return fmt.Errorf("httpapi: Config.%w", err)
	}
	return nil
}

func checkBaseURL(base string) error {
	u, err := url.Parse(base)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil ||
		u.RawQuery != "" || u.Fragment != "" || strings.HasSuffix(base, "/") {
		return errors.New("must be http(s)://host[:port] and at most a path, without a slash at the end")
	}
	return nil
}
