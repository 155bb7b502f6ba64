package node

import (
	"fmt"
	"slices"

	"golang.org/x/mod/sumdb/note"

	"github.com/econd/econd/node/anchor"
	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/logkey"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/refusal"
	"github.com/econd/econd/node/view"
)

// The log's key: a head is signed by the key that the entries which it covers name (package
// logkey). The node has all keys that there were, for a head that was anchored is signed again
// for each proof that leads to it.

// followLogKeys takes the keys of the log's heads from a state.
func (n *Node) followLogKeys(s *ledger.State) {
	keys := s.LogKeys()
	n.logKeys.Store(&keys)
}

// signerAt is the key that signs heads over so many entries, and refusals at such a head.
func (n *Node) signerAt(size uint64) (note.Signer, error) {
	keys := n.logKeys.Load()
	if len(keys.All()) == 0 { // version 1 of the rules took any text
		return n.cfg.LogSigner, nil
	}
	key := keys.At(size)
	for _, s := range append([]note.Signer{n.cfg.LogSigner}, n.cfg.LaterLogSigners...) {
		if s.Name() == key.Name() && s.KeyHash() == key.KeyHash() {
			return s, nil
		}
	}
	return nil, fmt.Errorf("node: the log's key for heads of %d entries is %s, which the key file does not hold", size, key.Text)
}

func (n *Node) signCheckpoint(c anchor.Checkpoint) ([]byte, error) {
	signer, err := n.signerAt(uint64(c.Size))
	if err != nil {
		return nil, err
	}
	return anchor.SignCheckpoint(c, signer)
}

// LogKey is the text of the key that signs the newest heads.
func (n *Node) LogKey() (text string) {
	n.View(func(s *ledger.State, _ int64) { text = s.LogVerifier() })
	return text
}

// LogKeys are the keys of the log's heads since the genesis.
func (n *Node) LogKeys() logkey.Keys { return *n.logKeys.Load() }

// HandOver makes another key the log's, by an entry stamped as the last one is, so that nothing
// falls due meanwhile. The key must be one of Config.LaterLogSigners, its text is name+hash+base64. The
// node must not be running: then the heads that were signed are of the entries before this one.
// Errors: *refusal.Refusal, or of the store.
func (n *Node) HandOver(text string) (view.Receipt, error) {
	if err := n.refuseInRecovery(); err != nil {
		return view.Receipt{}, err
	}
	i := slices.IndexFunc(n.cfg.LaterLogSigners, func(s note.Signer) bool { return named(s, text) })
	if i < 0 {
		return view.Receipt{}, &refusal.Refusal{Kind: refusal.ErrPhase, Field: "key", Rule: "log-key-held", Text: "the key file does not hold " + text}
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	old, err := n.signerAt(n.Size())
	if err != nil {
		return view.Receipt{}, err
	}
	h := logkey.Handover{Size: n.Size(), Key: text}
	if h.Root, err = n.cfg.Store.Root(h.Size); err != nil {
		return view.Receipt{}, err
	}
	if h, err = h.Sign(n.state.LogVerifier(), old, n.cfg.LaterLogSigners[i]); err != nil {
		return view.Receipt{}, err
	}
	r, err := n.enterAlone(op.KindLogKey, op.LogKey{LogVerifier: h.Key, Size: h.Size, Root: h.Root, OldSignature: h.Old, NewSignature: h.New})
	if err == nil {
		n.followLogKeys(n.state)
	}
	return r, err
}

// named tells whether a signer has the key of that text.
func named(s note.Signer, text string) bool {
	k, err := logkey.First(text)
	return err == nil && k.Current().Name() == s.Name() && k.Current().KeyHash() == s.KeyHash()
}

// enterAlone records a fact of the operator while the node does not run, stamped as the last
// entry is. The caller holds the state.
func (n *Node) enterAlone(kind op.Kind, content any) (view.Receipt, error) {
	at := n.state.StampAt(n.state.Clock())
	e, err := n.signFact(kind, content, at.TimeMs)
	if err != nil {
		return view.Receipt{}, err
	}
	w := batchWriter{n: n, b: Batch{First: n.size.Load()}}
	entry := &op.Entry{Seq: n.state.Next(), Stamp: at, Event: e}
	if err := w.apply(entry); err != nil {
		return view.Receipt{}, err
	}
	if _, err := n.cfg.Store.Append(w.b); err != nil {
		return view.Receipt{}, fmt.Errorf("%w: %w", ErrNotDurable, err)
	}
	n.size.Store(n.state.Next())
	n.signers.follow(n.state)
	n.signers.record(w.ids)
	return receiptFor(entry), nil
}
