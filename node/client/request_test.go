package client

import (
	"errors"
	"io"
	"net"
	"net/url"
	"os"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// refusal is what an HTTP client returns where nobody listens.
func refusal() error {
	return &UnreachedError{"http://127.0.0.1:1", &url.Error{Op: "Get", URL: "http://127.0.0.1:1/v1/info?secret",
		Err: &net.OpError{Op: "dial", Net: "tcp", Err: &os.SyscallError{Syscall: "connect", Err: syscall.ECONNREFUSED}}}}
}

// Where nobody listens a request is given up soon, if that is asked for, unless econd has
// answered before: then it is being restarted.
func TestPatience(t *testing.T) {
	other := errors.New("broken off")
	for _, c := range []struct {
		err            error
		refusedFor     time.Duration
		answered       bool
		retryFor, want time.Duration
	}{
		{refusal(), 2 * time.Second, false, 20 * time.Second, 2 * time.Second},
		{refusal(), 2 * time.Second, false, time.Second, time.Second},
		{refusal(), 0, false, 20 * time.Second, 20 * time.Second},
		{refusal(), 2 * time.Second, true, 20 * time.Second, 20 * time.Second},
		{other, 2 * time.Second, false, 20 * time.Second, 20 * time.Second},
		{other, 2 * time.Second, false, 0, DefaultRetryFor},
	} {
		client, err := New(Config{URL: "http://127.0.0.1:1", RetryFor: c.retryFor, RefusedFor: c.refusedFor})
		require.NoError(t, err)
		client.seen.answered.Store(c.answered)
		require.Equal(t, c.want, client.patience(c.err), "%+v", c)
	}
}

func TestWhyNothingAnswers(t *testing.T) {
	require.EqualError(t, refusal(), "connection refused; is econd running at http://127.0.0.1:1?")
	for want, err := range map[string]error{
		"the host nowhere is not known": &net.OpError{Op: "dial", Err: &net.DNSError{Err: "no such host", Name: "nowhere"}},
		"no answer in time":             &net.OpError{Op: "dial", Err: os.ErrDeadlineExceeded},
		"unexpected EOF":                io.ErrUnexpectedEOF,
	} {
		require.Equal(t, want, (&UnreachedError{"u", &url.Error{Op: "Get", URL: "u", Err: err}}).Why())
	}
}

func TestConfigNamesTheBadField(t *testing.T) {
	for _, u := range []string{"", "127.0.0.1:8402", "ftp://x", "http://me@x", "http://x?q=1", "http://x#f", "http://"} {
		_, err := New(Config{URL: u})
		require.ErrorIs(t, err, ErrConfig, u)
		require.ErrorContains(t, err, "URL", u)
	}
}
