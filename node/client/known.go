package client

import (
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
// none matters once something is signed by it.
func (c *Client) meet(about view.Info) error {
	c.seen.mu.Lock()
	defer c.seen.mu.Unlock()
	s := c.seen
	var known KnownLog
	if c.cfg.Logs != nil {
		var err error
		if known, err = c.cfg.Logs.Known(c.cfg.URL, about.Economy); err != nil {
			return fmt.Errorf("what is known of the log: %w", err)
		}
	}
	named, err := notekey.LogVerifier(about.Log.VerifierKey)
	if err != nil {
		named = nil
	}
	expected := s.log
	if expected == nil && known.LogKey != "" {
		if expected, err = notekey.LogVerifier(known.LogKey); err != nil {
			return fmt.Errorf("what is known of the log: log_key: %w", err)
		}
	}
	wrong := &LogKeyError{Named: about.Log.VerifierKey}
	switch {
	case expected != nil && !sameKey(named, expected):
		wrong.Known = expected.Name()
		return wrong
	case named != nil && named.Name() != originOf(about.Economy):
		wrong.Known = originOf(about.Economy)
		return wrong
	}
	s.economy, s.log, s.known = about.Economy, named, known
	if named == nil || c.cfg.Logs == nil || known.LogKey == about.Log.VerifierKey {
		return nil
	}
	if known.Economy != about.Economy { // the caller named the key of another log than was here
		known = KnownLog{}
	}
	known.Economy, known.LogKey = about.Economy, about.Log.VerifierKey
	s.known = known
	if err := c.cfg.Logs.Keep(c.cfg.URL, known); (err != nil || expected == nil) && c.cfg.Met != nil {
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
type LogKeyError struct{ Named, Known string }

// Error says which.
func (e *LogKeyError) Error() string {
	return fmt.Sprintf("econd names the log's key %s, which is not the one of %s that is expected: it is another log, or its key was changed", e.Named, e.Known)
}

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
