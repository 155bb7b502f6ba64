package grpcapi

import (
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/econd/econd/node/admission"
)

// Config is what a Server is made of.
type Config struct {
	admission.Door
	Log     *slog.Logger
	Metrics *Metrics // may be the pricer's, too

	// TLS of the listener; nil serves plain HTTP/2, which belongs on loopback
	// or behind a proxy: tokens are bearer tokens.
	TLS *tls.Config

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
	err := c.Check(c.Limits)
	switch {
	case err != nil:
	case c.Log == nil:
		err = errors.New("Log: needed")
	case c.Metrics == nil:
		err = errors.New("Metrics: needed")
	}
	if err != nil {
		return fmt.Errorf("grpcapi: Config.%w", err)
	}
	return nil
}
