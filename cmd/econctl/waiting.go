package main

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"slices"
	"sync"
	"syscall"
	"time"
)

// refusedFor bounds how long a refused connection is tried again before econd
// answered once: nobody listens there, and whoever starts econd need not wait.
// An econd that has answered and now refuses is being restarted.
const refusedFor = 2 * time.Second

// quietFor is how long an answer may take before it is said what is waited for.
const quietFor = 2 * time.Second

// teller says once per run, to people, what is waited for. It may be used
// concurrently.
type teller struct {
	mu   sync.Mutex
	out  io.Writer
	said []string
}

func (t *teller) tell(text string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !slices.Contains(t.said, text) {
		t.said = append(t.said, text)
		fmt.Fprintln(t.out, text)
	}
}

// Write writes on behalf of the rest of the program.
func (t *teller) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.out.Write(p)
}

// terminal is the file beneath, if it is one.
func (t *teller) terminal() (*os.File, bool) {
	f, ok := t.out.(*os.File)
	return f, ok
}

// wait says that a request is repeated, as soon as that is known.
func (a *app) wait(err error) {
	if !a.asJSON {
		why := err.Error()
		if unreached := (*unreachedError)(nil); errors.As(err, &unreached) {
			why = unreached.why()
		}
		a.stderr.tell(fmt.Sprintf("waiting for %s, %v at most: %s", a.cfg.Econd, a.patience(err), why))
	}
}

// slowly is a transport that says what is waited for where an answer takes long.
type slowly struct {
	http.RoundTripper
	app *app
}

func (s slowly) RoundTrip(r *http.Request) (*http.Response, error) {
	if !s.app.asJSON {
		timer := time.AfterFunc(s.app.quietFor, func() {
			s.app.stderr.tell(fmt.Sprintf("waiting for an answer from %s://%s", r.URL.Scheme, r.URL.Host))
		})
		defer timer.Stop()
	}
	return s.RoundTripper.RoundTrip(r)
}

// patience is how long a request is repeated that failed like that.
func (a *app) patience(err error) time.Duration {
	if errors.Is(err, syscall.ECONNREFUSED) && !a.answered && !a.retryGiven {
		return min(a.retryFor, refusedFor)
	}
	return a.retryFor
}

// unreachedError is a request that got no answer, told without its path, which the
// reader has not asked for.
type unreachedError struct {
	url string
	err error // of the HTTP client
}

func (e *unreachedError) Unwrap() error { return e.err }

func (e *unreachedError) Error() string {
	return fmt.Sprintf("%s; is econd running at %s? (--econd)", e.why(), e.url)
}

func (e *unreachedError) why() string { return whyUnreached(e.err) }

// unansweredError is a service that could not be called.
type unansweredError struct {
	host string
	err  error // of the HTTP client
}

func (e *unansweredError) Unwrap() error { return e.err }

func (e *unansweredError) Error() string { return e.host + " gives no answer: " + whyUnreached(e.err) }

// whyUnreached is the cause without the calls that led to it.
func whyUnreached(err error) string {
	var op *net.OpError
	var dns *net.DNSError
	var call *os.SyscallError
	var timeout net.Error
	switch {
	case errors.As(err, &dns):
		return "the host " + dns.Name + " is not known"
	case errors.As(err, &call):
		return call.Err.Error()
	case errors.As(err, &timeout) && timeout.Timeout():
		return "no answer in time"
	case errors.As(err, &op):
		return op.Err.Error()
	}
	inner := err
	for errors.Unwrap(inner) != nil {
		inner = errors.Unwrap(inner)
	}
	return inner.Error()
}
