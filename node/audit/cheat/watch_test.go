package cheat

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/econd/econd/node/client"
	"github.com/econd/econd/node/monitor"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/view"
)

const watches = "`econctl watch`, `econd monitor`"

// ofWatching are what only who looks all the time can tell: nothing in one log shows it.
var ofWatching = []cheat{
	{name: "entries-back-dated", tries: "stops its clock and lets votes in as of the past", catches: watches, holder: "who watched: a head without them",
		says: "signed a log without it", trust: "when the watcher saw that head: its clock is its own",
		play: func(_ *testing.T, s *story) verdict {
			w := s.watched()
			w.look(0)
			w.look(3 * time.Hour)
			s.Agent("as of three hours ago")
			return w.look(0)
		}},
	{name: "backup-in-silence", tries: "goes back to a backup and writes nothing on yet", catches: watches, holder: "who watched: the larger head",
		says: "went back to a backup, or hides the end",
		play: func(_ *testing.T, s *story) verdict {
			w := s.watched()
			w.look(0)
			s.Story = s.upTo(len(s.Lines) - 2).Story
			return w.look(0)
		}},
	{name: "entries-withheld", tries: "signs a head and gives nobody what stands under it", catches: watches, holder: "who watched: the head",
		says: "entries was shown by econd",
		play: func(_ *testing.T, s *story) verdict {
			w := s.watched()
			w.look(0)
			s.Agent("not for you")
			w.withheld = true
			w.look(0)
			return w.look(25 * time.Hour)
		}},
	{name: "proof-of-consistency-wrong", tries: "signs two heads and proves wrongly that one extends the other", catches: watches, holder: "who watched: both heads",
		says: "does not hold",
		play: func(_ *testing.T, s *story) verdict {
			w := s.watched()
			w.look(0)
			s.Agent("one more")
			w.wrong = true
			return w.look(0)
		}},
	{name: "silence", tries: "signs no head any more", catches: watches, holder: "nobody: silence leaves no signature", trust: "that its machine is not simply off",
		says: "no new head since",
		play: func(_ *testing.T, s *story) verdict {
			w := s.watched()
			w.look(0)
			return w.look(25 * time.Hour)
		}},
}

// watcher is who watches a story's log, as its econd serves it.
type watcher struct {
	s        *story
	m        *monitor.Monitor
	now      time.Time
	withheld bool
	wrong    bool // consistency proofs; else there are none
	alarms   []string
}

func (s *story) watched() *watcher {
	w := &watcher{s: s, now: time.UnixMilli(s.At.TimeMs)}
	server := httptest.NewServer(w)
	s.t.Cleanup(server.Close)
	econd, err := client.New(client.Config{URL: server.URL, RetryFor: -1})
	require.NoError(s.t, err)
	w.m, err = monitor.New(s.t.Context(), monitor.Config{Econd: econd, Dir: s.t.TempDir(), Workers: 1, Now: func() time.Time { return w.now },
		Alarm: func(a monitor.Alarm) { w.alarms = append(w.alarms, a.Text) }})
	require.NoError(s.t, err)
	s.t.Cleanup(func() { _ = w.m.Close() })
	return w
}

// look is one look after a time, and the alarms so far.
func (w *watcher) look(after time.Duration) verdict {
	w.now = w.now.Add(after)
	_, err := w.m.Round(w.s.t.Context())
	return verdict{err: err, proved: strings.Join(w.alarms, "\n")}
}

// ServeHTTP implements http.Handler.
func (w *watcher) ServeHTTP(to http.ResponseWriter, r *http.Request) {
	switch r.URL.Path {
	case "/v1/info":
		_ = json.NewEncoder(to).Encode(view.Info{Economy: w.s.ID, Log: view.Log{VerifierKey: w.s.LogKey}})
	case "/v1/checkpoints/latest":
		_, _ = to.Write(w.s.Checkpoint())
	case "/v1/checkpoints/consistency":
		if !w.wrong {
			to.WriteHeader(http.StatusNotFound)
			return
		}
		_ = json.NewEncoder(to).Encode(view.Consistency{Hashes: []op.Hash{{1}}})
	case "/v1/log":
		if w.withheld {
			to.WriteHeader(http.StatusBadRequest)
			return
		}
		var from int
		_ = json.Unmarshal([]byte(r.URL.Query().Get("from")), &from)
		_, _ = to.Write(append(bytes.Join(w.s.Lines[from:], []byte("\n")), '\n'))
	default:
		to.WriteHeader(http.StatusNotFound)
	}
}
