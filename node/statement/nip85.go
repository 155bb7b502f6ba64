package statement

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/econd/econd/node/op"
)

// kindAssertion is NIP-85's kind of a trusted assertion about a public key. It
// is addressable: of several with one d tag, relays keep the newest.
const kindAssertion op.Kind = 30382

// tags of the event. d and rank are NIP-85's, expiration (seconds) is NIP-40's,
// the others are econd's.
func (s Statement) tags() [][]string {
	return [][]string{
		{"d", s.Subject.String()},
		{"rank", strconv.FormatUint(s.Rank(), 10)},
		{"expiration", strconv.FormatInt(s.UntilMs/1000, 10)},
		{op.EconomyTag, s.Economy},
		{"epoch", strconv.FormatInt(s.Epoch, 10)},
		{"seq", strconv.FormatUint(s.Seq, 10)},
		{"time_ms", strconv.FormatInt(s.TimeMs, 10)},
		{"until_ms", strconv.FormatInt(s.UntilMs, 10)},
		{"score", FormatShare(s.Score)},
		{"flow", FormatShare(s.Flow)},
		{"quality", FormatShare(s.Quality)},
		{"positive", FormatEvidence(s.Positive)},
		{"negative", FormatEvidence(s.Negative)},
	}
}

func (s Statement) signEvent(key op.SecretKey) ([]byte, error) {
	e := op.Event{CreatedAt: s.TimeMs / 1000, Kind: kindAssertion, Tags: s.tags(), Content: s.Proof}
	if err := e.Sign(key); err != nil {
		return nil, err
	}
	return e.Marshal(), nil
}

// eventWire is a NIP-01 event, whose tags package op would not take: they are
// not an operation's.
type eventWire struct {
	ID        op.ID        `json:"id"`
	PubKey    op.PublicKey `json:"pubkey"`
	CreatedAt int64        `json:"created_at"`
	Kind      uint16       `json:"kind"`
	Tags      [][]string   `json:"tags"`
	Content   string       `json:"content"`
	Sig       [64]byte     `json:"sig"`
}

// openEvent takes white space and order of members as they come, for relays
// write events anew; everything signed has one encoding.
func openEvent(data []byte) (Statement, error) {
	if len(data) > maxStatement {
		return Statement{}, fmt.Errorf("%w: longer than %d bytes", ErrForm, maxStatement)
	}
	var w eventWire
	if err := op.Unmarshal(data, "event", &w); err != nil {
		return Statement{}, fmt.Errorf("%w: %w", ErrForm, err)
	}
	s, err := readTags(w.Tags)
	if err != nil {
		return s, err
	}
	s.Issuer, s.Proof = w.PubKey, w.Content
	if err := s.check(); err != nil {
		return s, err
	}
	if op.Kind(w.Kind) != kindAssertion || w.CreatedAt != s.TimeMs/1000 ||
		!slices.EqualFunc(w.Tags, s.tags(), slices.Equal) {
		return s, fmt.Errorf("%w: an event of kind %d whose tags or time do not agree with each other", ErrForm, w.Kind)
	}
	e := op.Event{ID: w.ID, PubKey: w.PubKey, CreatedAt: w.CreatedAt, Kind: kindAssertion, Tags: w.Tags, Content: w.Content, Sig: w.Sig}
	if err := e.Verify(); err != nil {
		return s, fmt.Errorf("%w: %w", ErrSignature, err)
	}
	return s, nil
}

// readTags takes the values from tags; the caller compares the tags that these
// values give with those read.
func readTags(tags [][]string) (s Statement, err error) {
	if len(tags) != len(s.tags()) {
		return s, fmt.Errorf("%w: %d tags, want %d", ErrForm, len(tags), len(s.tags()))
	}
	for i, tag := range tags {
		if len(tag) != 2 {
			return s, fmt.Errorf("%w: tags[%d]: want a name and a value", ErrForm, i)
		}
		if err := s.readTag(tag[0], tag[1]); err != nil {
			return s, fmt.Errorf("%w: tag %q: %w", ErrForm, tag[0], err)
		}
	}
	return s, nil
}

func (s *Statement) readTag(name, value string) (err error) {
	switch name {
	case "d":
		s.Subject, err = op.ParsePublicKey(value)
	case op.EconomyTag:
		s.Economy = value
	case "epoch":
		s.Epoch, err = strconv.ParseInt(value, 10, 64)
	case "seq":
		s.Seq, err = strconv.ParseUint(value, 10, 64)
	case "time_ms":
		s.TimeMs, err = strconv.ParseInt(value, 10, 64)
	case "until_ms":
		s.UntilMs, err = strconv.ParseInt(value, 10, 64)
	case "score":
		s.Score, err = parseShare(value)
	case "flow":
		s.Flow, err = parseShare(value)
	case "quality":
		s.Quality, err = parseShare(value)
	case "positive":
		s.Positive, err = parseEvidence(value)
	case "negative":
		s.Negative, err = parseEvidence(value)
	}
	return err
}
