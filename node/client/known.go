package client

import (
	"context"
	"fmt"

	"golang.org/x/mod/sumdb/note"

	"github.com/econd/econd/node/anchor"
	"github.com/econd/econd/node/notekey"
	"github.com/econd/econd/node/offer"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/view"
)

// KnownLog is what is known of a log from before. Whoever tells something else later
// shows another log.
type KnownLog struct {
	Economy string     `json:"economy"`
	LogKey  string     `json:"log_key"`           // name+hash+base64
	Genesis op.ID      `json:"genesis,omitzero"`  // event of entry 0, once it was proved
	NodeKey op.NodeKey `json:"node_key,omitzero"` // node whose invoices of holds are paid, once one was proved
	Head    string     `json:"head,omitempty"`    // signed note: the newest head that was proved to go on from the one before
}

// Logs keeps what is known of logs. It must be safe for concurrent use.
type Logs interface {
	// Known returns what is known of the log that was met at a URL or, where none was,
	// of the one of an economy; the zero value if nothing is.
	Known(url, economy string) (KnownLog, error)
	// Keep keeps it durably, in place of what was known.
	Keep(url string, l KnownLog) error
}

// meet takes what econd says that it is, unless it contradicts what is known. A key that is
// none matters once something is signed by it. One that the log went over to is followed.
func (c *Client) meet(ctx context.Context, about view.Info) error {
	known, from, err := c.knownOf(about.Economy)
	if err != nil {
		return err
	}
	named, err := notekey.LogVerifier(about.Log.VerifierKey)
	if err != nil {
		named = nil
	}
	if from != "" {
		if known, err = c.expected(ctx, from, known, about, named); err != nil {
			return err
		}
	} else if named != nil && named.Name() != originOf(about.Economy) {
		return &LogKeyError{Named: about.Log.VerifierKey, Known: originOf(about.Economy)}
	}
	return c.took(known, from == "", about, named)
}

// knownOf is what is known of the log, and the text of its key that counts; "": none does.
func (c *Client) knownOf(economy string) (known KnownLog, key string, err error) {
	if c.cfg.Logs != nil {
		if known, err = c.cfg.Logs.Known(c.cfg.URL, economy); err != nil {
			return known, "", fmt.Errorf("what is known of the log: %w", err)
		}
	}
	if key = c.knownKey(); key == "" {
		key = known.LogKey
	}
	return known, key, nil
}

// expected holds the key that econd names against the one that is known, and follows the log from that to
// the named one where they differ.
func (c *Client) expected(ctx context.Context, from string, known KnownLog, about view.Info, named note.Verifier) (KnownLog, error) {
	expected, err := notekey.LogVerifier(from)
	if err != nil {
		return known, fmt.Errorf("what is known of the log: log_key: %w", err)
	}
	wrong := &LogKeyError{Named: about.Log.VerifierKey, Known: expected.Name()}
	switch {
	case named != nil && named.Name() != originOf(about.Economy):
		wrong.Known = originOf(about.Economy)
		return known, wrong
	case sameKey(named, expected):
		return known, nil
	case named == nil || named.Name() != expected.Name():
		return known, wrong
	}
	present := *c
	present.at = ""
	if known, wrong.Err = present.followKey(ctx, from, known, about); wrong.Err != nil {
		return known, wrong
	}
	return known, nil
}

// took takes what econd says, and keeps the key that is new.
func (c *Client) took(known KnownLog, first bool, about view.Info, named note.Verifier) error {
	c.seen.mu.Lock()
	defer c.seen.mu.Unlock()
	s := c.seen
	s.economy, s.log, s.known = about.Economy, named, known
	if named == nil {
		return nil
	}
	s.key = about.Log.VerifierKey
	if c.cfg.Logs == nil || known.LogKey == about.Log.VerifierKey {
		return nil
	}
	if known.Economy != about.Economy { // the caller named the key of another log than was here
		known = KnownLog{}
	}
	known.Economy, known.LogKey = about.Economy, about.Log.VerifierKey
	s.known = known
	if err := c.cfg.Logs.Keep(c.cfg.URL, known); (err != nil || first) && c.cfg.Met != nil {
		c.cfg.Met(known, err)
	}
	return nil
}

// originOf is the name of an economy's log.
func originOf(economy string) string { return "econd/" + economy }

func sameKey(a, b note.Verifier) bool {
	return a != nil && b != nil && a.Name() == b.Name() && a.KeyHash() == b.KeyHash()
}

// LogKeyError is an econd whose log has another key than is expected.
type LogKeyError struct {
	Named, Known string
	Err          error // why the log is not followed from the one to the other; nil: it is of another name, or none
}

// Error says which.
func (e *LogKeyError) Error() string {
	return fmt.Sprintf("econd names the log's key %s, which is not the one of %s that is expected: it is another log, or its key was changed%s", e.Named, e.Known, e.why())
}

func (e *LogKeyError) why() string {
	if e.Err == nil {
		return ""
	}
	return ", and that the known key handed over is not shown: " + e.Err.Error()
}

// Unwrap gives errors.Is the cause.
func (e *LogKeyError) Unwrap() error { return e.Err }

// head is the newest head that is known, none if there is none.
func (l KnownLog) head() (offer.Head, error) {
	if l.Head == "" {
		return offer.Head{}, nil
	}
	c, err := anchor.Unopened([]byte(l.Head))
	if err != nil {
		return offer.Head{}, fmt.Errorf("what is known of the log: head: %w", err)
	}
	return offer.Head{Size: uint64(c.Size), Root: c.Root}, nil
}
