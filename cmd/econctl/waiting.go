package main

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/econd/econd/node/client"
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
func (a *app) wait(err error, most time.Duration) {
	if !a.asJSON {
		why := err.Error()
		if unreached := (*client.UnreachedError)(nil); errors.As(err, &unreached) {
			why = unreached.Why()
		}
		a.stderr.tell(fmt.Sprintf("waiting for %s, %v at most: %s", a.cfg.Econd, most, why))
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
