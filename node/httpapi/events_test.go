package httpapi

import (
	"bufio"
	"context"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/econd/econd/node/admission"
	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/nodetest"
	"github.com/econd/econd/node/op"
)

// stream is an open event stream.
type stream struct {
	t      *testing.T
	res    *http.Response
	r      *bufio.Reader
	cancel context.CancelFunc
}

func (w *world) stream(t *testing.T, query string, header ...string) *stream {
	t.Helper()
	return w.streamOf(t, "/v1/events"+query, header...)
}

func (w *world) streamOf(t *testing.T, path string, header ...string) *stream {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	t.Cleanup(cancel)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, w.url+path, nil)
	require.NoError(t, err)
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	res, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	t.Cleanup(func() { res.Body.Close() })
	require.Equal(t, 200, res.StatusCode)
	require.Equal(t, "text/event-stream", res.Header.Get("Content-Type"))
	return &stream{t, res, bufio.NewReader(res.Body), cancel}
}

// next reads up to the next event after hello; comment is set where a comment came first.
func (s *stream) next() (id, event, data string, comment bool) {
	s.t.Helper()
	if id, event, data, comment = s.any(); event == "hello" {
		return s.any()
	}
	return id, event, data, comment
}

// any reads up to the next event.
func (s *stream) any() (id, event, data string, comment bool) {
	s.t.Helper()
	for {
		line, err := s.r.ReadString('\n')
		require.NoError(s.t, err)
		name, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), ": ")
		switch name {
		case "id":
			id = value
		case "event":
			event = value
		case "data":
			data = value
		case "":
			if data != "" {
				return id, event, data, comment
			}
			comment = comment || value != ""
		}
	}
}

// Entries come in order, each once, with the canonical bytes, also over a
// reconnect; new ones come as they are recorded.
func TestEventsResumeWhereTheyWere(t *testing.T) {
	w := newWorld(t, nil)
	w.submit(nodetest.Key(t, 11), op.KindRegister, op.Register{Name: "alice"})
	w.submit(nodetest.Key(t, 12), op.KindRegister, op.Register{Name: "bob"})

	s := w.stream(t, "?after=-1")
	id, event, data, _ := s.next()
	require.Equal(t, "0", id)
	require.Equal(t, "genesis", event)
	_, line, err := w.Node.Entry(0)
	require.NoError(t, err)
	require.Equal(t, string(line), data)
	s.cancel()

	// The URL is repeated by clients that reconnect; Last-Event-ID counts more.
	s = w.stream(t, "?after=-1", "Last-Event-ID", "1")
	id, event, _, _ = s.next()
	require.Equal(t, "2", id)
	require.Equal(t, "register", event)
	w.submit(nodetest.Key(t, 13), op.KindRegister, op.Register{Name: "carol"})
	id, _, data, _ = s.next()
	require.Equal(t, "3", id)
	require.Contains(t, data, "carol")
}

// The first event says where a stream begins, with data, so that no client misses
// what comes between a break before any entry and the next stream.
func TestEventsBeginWithTheirPlace(t *testing.T) {
	w := newWorld(t, nil)
	w.submit(nodetest.Key(t, 11), op.KindRegister, op.Register{Name: "alice"})
	for query, want := range map[string]string{"": "1", "?after=0": "0", "?after=-1": "-1"} {
		s := w.stream(t, query)
		id, event, data, _ := s.any()
		require.Equal(t, []string{want, "hello", `{"after":` + want + `}`}, []string{id, event, data})
		s.cancel()
	}
	s := w.stream(t, "")
	id, _, _, _ := s.any()
	s.cancel()
	w.submit(nodetest.Key(t, 12), op.KindRegister, op.Register{Name: "bob"})
	s = w.stream(t, "", "Last-Event-ID", id)
	_, event, data, _ := s.any()
	require.Equal(t, "hello", event)
	require.Equal(t, `{"after":1}`, data)
	_, _, data, _ = s.any()
	require.Contains(t, data, "bob", "it came while nobody listened")
	s = w.stream(t, "", "Last-Event-ID", "-1")
	id, _, _, _ = s.next()
	require.Equal(t, "0", id)
}

func TestEventsStartWithWhatComesNext(t *testing.T) {
	w := newWorld(t, nil)
	w.submit(nodetest.Key(t, 11), op.KindRegister, op.Register{Name: "alice"})
	s := w.stream(t, "")
	w.submit(nodetest.Key(t, 12), op.KindRegister, op.Register{Name: "bob"})
	id, _, data, _ := s.next()
	require.Equal(t, "2", id)
	require.Contains(t, data, "bob")
}

func TestIdleStreamBeats(t *testing.T) {
	w := newWorld(t, func(_ *world, c *Config) { c.Limits.Heartbeat = 20 * time.Millisecond })
	s := w.stream(t, "")
	line := ""
	for line != ": beat\n" {
		var err error
		line, err = s.r.ReadString('\n')
		require.NoError(t, err)
	}
	w.submit(nodetest.Key(t, 11), op.KindRegister, op.Register{Name: "alice"})
	id, _, _, _ := s.next()
	require.Equal(t, "1", id)
}

// A stream ends after its lifetime and at shutdown, in a way that clients take
// for a reason to reconnect.
func TestStreamsEnd(t *testing.T) {
	w := newWorld(t, func(_ *world, c *Config) { c.Limits.StreamLifetime = 50 * time.Millisecond })
	s := w.stream(t, "")
	_, err := s.r.ReadString('x')
	require.Error(t, err, "the lifetime is over")

	w = newWorld(t, nil)
	s = w.stream(t, "")
	w.api.StopStreams()
	_, err = s.r.ReadString('x')
	require.Error(t, err, "the server stops")
}

func TestStreamsAtOnceAreLimited(t *testing.T) {
	w := newWorld(t, func(_ *world, c *Config) { c.Limits.Streams = 1 })
	s := w.stream(t, "")
	a := w.get("/v1/events")
	require.Equal(t, 503, a.status)
	require.Equal(t, "streams", a.problem(t).Rule)
	s.cancel()
	w.Until("the place is free again", func(*ledger.State, int64) bool { return w.api.rooms.streams.Places.Used() == 0 })
	w.stream(t, "")
}

// A reader that takes nothing is dropped, and holds no memory beyond one write.
func TestSlowReaderIsDropped(t *testing.T) {
	// The same log a thousand times over, more than the buffers of a
	// connection hold.
	w := newWorld(t, func(_ *world, c *Config) {
		c.Limits.Stall = 100 * time.Millisecond
		c.Node = longLog{c.Node}
	})
	text := strings.Repeat("long ", 3000)
	w.submit(nodetest.Key(t, 11), op.KindRegister, op.Register{Name: "alice"})
	w.stake(nodetest.Key(t, 11), 20_000)
	w.submit(nodetest.Key(t, 11), op.KindPropose, op.Propose{Track: "signal", Title: "Long", Text: text, Actions: []op.Raw{}})
	s := w.stream(t, "?after=-1")
	w.Until("the stream is gone", func(*ledger.State, int64) bool { return w.api.rooms.streams.Places.Used() == 0 })
	require.Contains(t, string(w.get("/metrics").body), "econd_http_event_streams_dropped_total 1")
	s.cancel()
}

// A reader that leaves is no reader that was dropped, also where it leaves in the
// middle of what is written to it.
func TestAReaderThatLeavesIsNotDropped(t *testing.T) {
	w := newWorld(t, func(_ *world, c *Config) { c.Node = longLog{c.Node} })
	w.submit(nodetest.Key(t, 11), op.KindRegister, op.Register{Name: strings.Repeat("a", 60)})
	for _, query := range []string{"", "?after=-1"} {
		s := w.stream(t, query)
		s.any()
		s.cancel()
		w.Until("the stream is gone", func(*ledger.State, int64) bool { return w.api.rooms.streams.Places.Used() == 0 })
	}
	require.Contains(t, string(w.get("/metrics").body), "econd_http_event_streams_dropped_total 0")
}

// longLog repeats the entries of a log.
type longLog struct{ admission.Node }

func (l longLog) Size() uint64 { return 1000 * l.Node.Size() }

func (l longLog) WaitSize(context.Context, uint64) (uint64, error) { return l.Size(), nil }

func (l longLog) Entries(from, to uint64, fn func(uint64, []byte) error) error {
	for seq := from; seq < to; seq++ {
		_, line, err := l.Node.Entry(seq % l.Node.Size())
		if err == nil {
			err = fn(seq, line)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// The event's name is read off the canonical bytes.
func TestKindOfCanonicalEntry(t *testing.T) {
	for _, k := range op.Kinds() {
		e := &op.Entry{Seq: 7, Event: &op.Event{Kind: k, Tags: [][]string{{"economy", nodetest.Economy}}, Content: `{"a":",\"kind\":1,"}`}}
		require.Equal(t, k, admission.KindOf(e.Marshal()), strconv.Itoa(int(k)))
	}
	require.Equal(t, op.Kind(0), admission.KindOf([]byte("{}")))
}
