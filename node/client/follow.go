package client

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"math"
	"strconv"
	"strings"

	"github.com/econd/econd/node/op"
)

// Entry is one entry of the log and its line, without the line end.
type Entry struct {
	*op.Entry
	Line []byte
}

// Places to follow the log from, beside the numbers of entries.
const (
	FromStart int64 = -1            // all of it
	FromNow   int64 = math.MinInt64 // what comes next
)

// Events follows the log behind an entry, until ctx ends, which is no error, or the
// caller has enough. Each entry must come behind the one before, not earlier and not at a
// lower height, with the id of what it says and its author's signature: where one was
// left out or changed, that is the error, and the last. A connection that breaks off is
// resumed; Config.Away is told why that takes a while.
func (c *Client) Events(ctx context.Context, after int64) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		s := c.events()
		if after != FromNow {
			s.last = strconv.FormatInt(after, 10)
			if err := s.begins(s.last); err != nil {
				yield(Entry{}, err)
				return
			}
		}
		var entry Entry
		s.stream.check = func(e sseEvent) (err error) { entry, err = s.entry(e); return err }
		s.show = func(sseEvent) bool { return yield(entry, nil) }
		if err := s.follow(ctx); err != nil {
			yield(Entry{}, err)
		}
	}
}

// eventStream is the stream of the log.
type eventStream struct {
	stream
	log entryCheck
}

func (c *Client) events() *eventStream {
	s := new(eventStream)
	s.stream = stream{c: c, path: "/v1/events", begins: func(place string) error {
		after, err := strconv.ParseInt(place, 10, 64)
		if err != nil || after < -1 || after > op.MaxInteger {
			return fmt.Errorf("econd's stream begins behind %q, which is no entry", place)
		}
		return s.log.begins(after)
	}}
	return s
}

func (s *eventStream) entry(e sseEvent) (Entry, error) {
	entry, err := s.log.take([]byte(e.data))
	if err != nil {
		return Entry{}, err
	}
	if e.id != strconv.FormatUint(entry.Seq, 10) {
		return Entry{}, fmt.Errorf("entry %d comes from econd with the id %q", entry.Seq, e.id)
	}
	return Entry{entry, []byte(e.data)}, nil
}

// Notice is one thing that an agent is told.
type Notice struct {
	ID      string `json:"id"` // the same whenever it is told
	Kind    string `json:"kind"`
	Subject string `json:"subject"`         // id of the proposal, hold, payout or dispute
	Track   string `json:"track,omitempty"` // where there is one
	State   string `json:"state,omitempty"` // of a proposal, with proposal-state
	Seq     uint64 `json:"seq"`             // entry that brought the subject, or its change, about
	TimeMs  int64  `json:"time_ms"`         // since when it holds
	UntilMs int64  `json:"until_ms,omitempty"`
	Height  uint32 `json:"height,omitempty"` // at which a hold ends
	Text    string `json:"text"`             // for people

	Place string          `json:"-"` // to go on behind it, see NoticeFilter
	Line  json.RawMessage `json:"-"` // as it came
}

// NoticeFilter says which notices are wanted. The zero value wants all that come next.
type NoticeFilter struct {
	After  string   // place of the last that was seen, 0-0-0 for the beginning; "" for now
	Kinds  []string // none for all
	Tracks []string // to follow besides the agent's own
}

// Notices follows what concerns an agent, as Events follows the log.
func (c *Client) Notices(ctx context.Context, agent op.PublicKey, f NoticeFilter) iter.Seq2[Notice, error] {
	return func(yield func(Notice, error) bool) {
		var n Notice
		s := stream{c: c, path: "/v1/agents/" + agent.String() + "/notifications", last: f.After,
			query: given("kinds", strings.Join(f.Kinds, ","), "tracks", strings.Join(f.Tracks, ",")),
			check: func(e sseEvent) (err error) { n, err = noticeOf(e); return err },
			show:  func(sseEvent) bool { return yield(n, nil) }}
		if err := s.follow(ctx); err != nil {
			yield(Notice{}, err)
		}
	}
}

func noticeOf(e sseEvent) (n Notice, err error) {
	if err := json.Unmarshal([]byte(e.data), &n); err != nil {
		return n, fmt.Errorf("a notice from econd: %w", err)
	}
	if n.ID == "" || n.Kind == "" {
		return n, errors.New("econd's stream gives something that is no notice: it has no id or no kind")
	}
	n.Place, n.Line = e.id, json.RawMessage(e.data)
	return n, nil
}
