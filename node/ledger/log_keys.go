package ledger

import (
	"errors"

	"github.com/econd/econd/node/constitution"
	"github.com/econd/econd/node/logkey"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/refusal"
)

// firstLogKey holds the genesis' key of the log against the version of its rules: by version 1
// any text of the right name was taken, and there are no keys of one that is none.
func firstLogKey(text string, version int64) (logkey.Keys, error) {
	keys, err := logkey.First(text)
	if err != nil && version >= constitution.RulesLogKey {
		return keys, refusal.New(refusal.ErrInvalid, "content.log_verifier", "log-key", "%v", err)
	}
	return keys, nil
}

// handOver gives the log another key. That the root is the one of the entries before is for
// those to check who have the tree: the ledger has none.
func (s *State) handOver(e *op.Entry, c *op.LogKey) error {
	if err := s.knownSince(constitution.RulesLogKey, "kind", e.Event.Kind.String()); err != nil {
		return err
	}
	if c.Size != e.Seq {
		return refusal.New(refusal.ErrFact, "content.size", "log-key-size", "is %d, this is entry %d: the old key's last head is over all entries before it", c.Size, e.Seq)
	}
	if len(s.logKeys.All()) == 0 {
		return refusal.New(refusal.ErrRule, "content.log_verifier", "log-key", "the genesis names no key that could hand over: %+q", s.logVerifier)
	}
	if err := s.handTo(HandoverOf(c)); err != nil {
		return refuseHandover(err)
	}
	return nil
}

// HandoverOf is the statement of both keys that an entry has.
func HandoverOf(c *op.LogKey) logkey.Handover {
	return logkey.Handover{Size: c.Size, Root: c.Root, Key: c.LogVerifier, Old: c.OldSignature, New: c.NewSignature}
}

// LogKeyOf is the content of the entry that has a statement of both keys.
func LogKeyOf(h logkey.Handover) op.LogKey {
	return op.LogKey{LogVerifier: h.Key, Size: h.Size, Root: h.Root, OldSignature: h.Old, NewSignature: h.New}
}

func refuseHandover(err error) error {
	for _, r := range []struct {
		kind        error
		field, rule string
	}{
		{logkey.ErrMost, "kind", "log-keys-most"},
		{logkey.ErrUsed, "content.log_verifier", "log-key-once"},
		{logkey.ErrOld, "content.old_signature", "log-key-old"},
		{logkey.ErrNew, "content.new_signature", "log-key-new"},
		{logkey.ErrSize, "content.size", "log-key-size"},
	} {
		if errors.Is(err, r.kind) {
			return refusal.New(refusal.ErrFact, r.field, r.rule, "%v", err)
		}
	}
	return refusal.New(refusal.ErrInvalid, "content.log_verifier", "log-key", "%v", err)
}

// LogVerifier is the note verifier key of the log's checkpoints: that of its newest heads.
func (s *State) LogVerifier() string {
	if len(s.logKeys.All()) == 0 {
		return s.logVerifier
	}
	return s.logKeys.Current().Text
}

// LogKeyAtGenesis is the key that the genesis names.
func (s *State) LogKeyAtGenesis() string { return s.logVerifier }

// LogKeys are the keys of the log's heads since the genesis; none where that names, by rules of
// version 1, a text that is no key.
func (s *State) LogKeys() logkey.Keys { return s.logKeys }
