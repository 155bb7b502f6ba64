package grpcapi

import (
	"crypto/tls"
	"fmt"
	"log/slog"
	"time"

	"github.com/econd/econd/node/admission"
	"github.com/econd/econd/node/view"
)

// Config is what a Server is made of.
type Config struct {
	Node    Node
	Version string // of the program, for GetInfo
	// Witnesses that cosign checkpoints, for GetInfo; the zero value: none.
	Witnesses view.Witnesses
	Log       *slog.Logger
	Metrics   *Metrics // may be the pricer's, too
	// Now is the clock of tokens; time.Now in production.
	Now func() time.Time

	Mode    admission.Mode
	Gate    Gate   // needed unless admission.Off, and only then
	Service string // name of the service in L402 tokens, e.g. "econd"

	// TLS of the listener; nil serves plain HTTP/2, which belongs on loopback
	// or behind a proxy: tokens are bearer tokens.
	TLS *tls.Config

	Feed   Feed // of notices; nil: not served
	Limits Limits
}

// Limits bound what callers can make the API do. What is counted "at once" is
// shared among callers, see node/shares.
type Limits struct {
	Connections    int           // at once
	StreamsPerConn int           // calls at once on one connection
	SubmitStreams  int           // submit streams at once, about 4 MB each
	Subscribers    int           // subscriptions at once
	Heavy          int           // calls for proofs, explanations and the past at once
	Requests       int           // all other unary calls at once
	StreamLifetime time.Duration // after which a stream ends and the client resumes
	Idle           time.Duration // a submit stream without a new operation
	Stall          time.Duration // a peer that takes no answer
	Request        time.Duration // one unary call
	HealthPoll     time.Duration // how often a health watch looks
	Shutdown       time.Duration // for calls in work when Run's context ends
}

// DefaultLimits suits one machine.
func DefaultLimits() Limits {
	return Limits{
		Connections:    512,
		StreamsPerConn: 32,
		SubmitStreams:  32,
		Subscribers:    512,
		Heavy:          32,
		Requests:       1024,
		StreamLifetime: time.Hour,
		Idle:           5 * time.Minute,
		Stall:          30 * time.Second,
		Request:        30 * time.Second,
		HealthPoll:     2 * time.Second,
		Shutdown:       5 * time.Second,
	}
}

func (c *Config) check() error {
	bad := func(field, rule string) error { return fmt.Errorf("grpcapi: Config.%s: %s", field, rule) }
	switch {
	case c.Node == nil:
		return bad("Node", "needed")
	case c.Log == nil:
		return bad("Log", "needed")
	case c.Metrics == nil:
		return bad("Metrics", "needed")
	case c.Now == nil:
		return bad("Now", "needed")
	}
	err := c.Mode.Check(c.Gate != nil, c.Service)
	if err == nil {
		err = admission.CheckLimits(c.Limits)
	}
	if err != nil {
		return fmt.Errorf("grpcapi: Config.%w", err)
	}
	return nil
}
