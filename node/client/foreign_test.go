package client_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/econd/econd/l402"
	"github.com/econd/econd/node/client"
	"github.com/econd/econd/node/nodetest"
	"github.com/econd/econd/node/op"
)

// answering is a client of something that answers in econd's place.
func answering(t *testing.T, h http.HandlerFunc, given *http.Client) *client.Client {
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	c, err := client.New(client.Config{URL: s.URL, HTTP: given, RetryFor: -1, AnswerFor: 100 * time.Millisecond,
		Signer: client.Key(nodetest.Key(t, 9))})
	require.NoError(t, err)
	return c
}

// Nothing that has another form is taken for a document, and errors say in words what
// was expected.
func TestForeignAnswers(t *testing.T) {
	id, key := op.ID{1}, nodetest.Key(t, 9).Public()
	for _, body := range []string{"<html>", "null", "", "[]", "7", "{}", `{"economy":7}`} {
		c := answering(t, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, body) }, nil)
		for name, d := range map[string]client.Document{"constitution": c.Constitution(), "constitution of": c.ConstitutionVersion(1),
			"signed checkpoint": c.Checkpoint(), "inclusion proof": c.OperationProof(id), "bundle": c.BallotProof(id, key),
			"signed statement": c.ReputationStatement(key, "nip85")} {
			_, err := d.Get(t.Context())
			var answer *client.AnswerError
			require.ErrorAs(t, err, &answer, "%s: %q", name, body)
			require.ErrorContains(t, err, strings.TrimSuffix(name, " of"))
		}
		_, _, err := c.Webhook(t.Context(), key)
		if body != "{}" && body != `{"economy":7}` {
			require.ErrorContains(t, err, "an object of webhook", body)
		}
		_, err = c.Agents().Page(t.Context(), "", 0)
		require.ErrorContains(t, err, "not what was expected, a list: an object with items")
		_, err = c.Backup(t.Context(), io.Discard)
		require.ErrorContains(t, err, "a backup")
		for _, order := range []error{c.RemoveWebhook(t.Context(), key), c.AnchorNow(t.Context()), c.RevokeToken(t.Context(), l402.TokenID{})} {
			require.ErrorContains(t, order, "one without a content")
		}
	}
	for body, want := range map[string]string{
		`{"economy":7}`:           "not what was expected, an object of info: its economy is a JSON number, not a string",
		`[]`:                      "not what was expected, an object of info: it is a JSON array",
		`null`:                    "not what was expected, an object of info: it is null",
		`<html>`:                  "not what was expected, an object of info: it is no JSON: invalid character '<'",
		`{"clock":{"height":-1}}`: "its clock.height is a JSON number -1, not an integer of 32 bits",
	} {
		c := answering(t, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, body) }, nil)
		_, err := c.Info().Get(t.Context())
		require.ErrorContains(t, err, want)
	}
}

// No redirect is followed, whatever HTTP client is given.
func TestRedirectsAreNotFollowed(t *testing.T) {
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("followed") }))
	defer other.Close()
	for _, status := range []int{301, 302, 303, 307, 308} {
		for _, given := range []*http.Client{nil, http.DefaultClient, {CheckRedirect: func(*http.Request, []*http.Request) error { return nil }}} {
			c := answering(t, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, other.URL+r.URL.Path, status) }, given)
			_, err := c.Economy(t.Context())
			require.True(t, client.IsStatus(err, status), err)
			require.ErrorContains(t, err, "it leads to "+other.URL+"/v1/info, which is not followed")
			err = c.RemoveWebhook(t.Context(), nodetest.Key(t, 9).Public())
			require.True(t, client.IsStatus(err, status), err)
		}
	}
}

// A small answer that never ends is given up.
func TestAnAnswerThatDripsIsGivenUp(t *testing.T) {
	for _, status := range []int{http.StatusOK, http.StatusServiceUnavailable} {
		c := answering(t, func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(status)
			for r.Context().Err() == nil {
				fmt.Fprint(w, " ")
				w.(http.Flusher).Flush()
			}
		}, nil)
		_, err := c.Info().Get(context.Background())
		require.Error(t, err)
		if status == http.StatusOK {
			require.ErrorContains(t, err, "took longer than 100ms")
		}
	}
}

// A stream that was open ends where something else answers in econd's place from then on.
func TestAStreamEndsAtWhatIsNoEcond(t *testing.T) {
	first := true
	c := answering(t, func(w http.ResponseWriter, r *http.Request) {
		if !first {
			http.Error(w, "<html>", http.StatusInternalServerError)
			return
		}
		first = false
		fmt.Fprint(w, "id: 0\nevent: hello\ndata: {}\n\n")
	}, nil)
	var last error
	for _, err := range c.Events(t.Context(), 0) {
		last = err
	}
	require.True(t, client.IsStatus(last, http.StatusInternalServerError), last)
	require.False(t, first)
}

// The log ends where it was asked to.
func TestLogStopsAtItsSize(t *testing.T) {
	w := newWorld(t)
	for i := range 3 {
		w.submit(w.client(nodetest.Key(t, byte(9+i))), op.KindRegister, op.Register{Name: fmt.Sprint("n", i)})
	}
	for size := range uint64(4) {
		n := uint64(0)
		for _, err := range w.client(nodetest.Key(t, 9)).Log(t.Context(), size) {
			require.NoError(t, err)
			n++
		}
		require.Equal(t, size, n)
	}
}
