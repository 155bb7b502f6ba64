package audit

import (
	"errors"
	"fmt"

	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/refusal"
)

// NewerRules stands beneath an error of kind ErrRules for a log: what was checked although
// this program does not know the rules that the log goes on by. Nothing that needs no rules is
// wrong, from the first line to the last, nor against the premises given.
type NewerRules struct {
	Seq     uint64       // of the first entry that speaks of them; those before it are proved
	Entries uint64       // of the log
	Head    *HeadReport  // nil: no checkpoint was given
	Blocks  *BlockReport // nil: no headers were given
	Err     error        // the ledger's

	name string // of the entry
}

// Error says in words what is proved and what is not.
func (n *NewerRules) Error() string {
	text := fmt.Sprintf("%s: cannot be judged by this program: %v. ", n.name, n.Err)
	if n.Seq == 0 {
		text += "Nothing is proved; "
	} else {
		text += fmt.Sprintf("%s proved; ", entriesAre("Entr", 0, n.Seq-1, "is", "are"))
	}
	text += entriesAre("entr", n.Seq, n.Entries-1, "was", "were") + " checked in form and signatures only. "
	if n.Head != nil {
		text += fmt.Sprintf("The log reaches the checkpoint of size %d. ", n.Head.Size)
	}
	if n.Blocks != nil && len(n.Blocks.Strange) > 0 {
		text += fmt.Sprintf("%d blocks of stamps are not in the chain given. ", len(n.Blocks.Strange))
	}
	return text + notLetIn
}

// notLetIn tells how an entry by newer rules cannot have come about.
const notLetIn = "No econd of this version lets such an entry in: a newer one wrote it, or a forger"

// Unwrap gives the ledger's *Refusal.
func (n *NewerRules) Unwrap() error { return n.Err }

func entriesAre(word string, first, last uint64, one, many string) string {
	if first == last {
		return fmt.Sprintf("%sy %d %s", word, first, one)
	}
	return fmt.Sprintf("%sies %d to %d %s", word, first, last, many)
}

// unruled follows a log from the first entry on that speaks of rules not known here, and
// checks what no version of the rules changes: see docs/changing-rules.md.
type unruled struct {
	err   NewerRules
	clock op.Stamp
	ids   map[op.ID]uint64
}

// apply has the ledger judge an entry, as long as its rules are known.
func (p *replayer) apply(e *op.Entry) ([]ledger.Effect, error) {
	if p.newer != nil {
		return nil, p.newer.follow(e, p.id.economy, p.state)
	}
	effects, err := ledger.ApplyVerified(p.state, e)
	if !errors.Is(err, refusal.ErrRules) {
		return effects, err
	}
	p.newer = &unruled{err: NewerRules{Seq: e.Seq, Err: err, name: nameOf(e)}, clock: e.Stamp, ids: map[op.ID]uint64{e.Event.ID: e.Seq}}
	return nil, nil
}

// follow checks what holds for every entry by any rules and is not seen in it alone. The
// state is that before the newer rules.
func (u *unruled) follow(e *op.Entry, economy string, s *ledger.State) error {
	if e.Stamp.TimeMs < u.clock.TimeMs || e.Stamp.Height < u.clock.Height {
		return fmt.Errorf("its stamp, %s and height %d, goes back behind %s and height %d",
			clock(e.Stamp.TimeMs), e.Stamp.Height, clock(u.clock.TimeMs), u.clock.Height)
	}
	if e.Stamp.Height == u.clock.Height && e.Stamp.BlockHash != u.clock.BlockHash {
		return fmt.Errorf("one-block: is stamped with %x at height %d, entries before have %x", e.Stamp.BlockHash, e.Stamp.Height, u.clock.BlockHash)
	}
	if e.Event.Kind == op.KindGenesis {
		return errors.New("the genesis is entry 0 and nothing else is")
	}
	if got := e.Event.Economy(); got != economy {
		return fmt.Errorf("is bound to economy %+q, the log is of %+q", got, economy)
	}
	seq, again := u.ids[e.Event.ID]
	if !again {
		seq, again = s.Lookup(e.Event.ID)
	}
	if again {
		return fmt.Errorf("its event is already recorded as entry %d", seq)
	}
	u.clock, u.ids[e.Event.ID] = e.Stamp, e.Seq
	return nil
}

// noteUnruled is note for an entry that was not applied: an anchor's digest and a handover of
// the log's key mean the same by any rules, if this program can read the content at all.
func (p *replayer) noteUnruled(e *op.Entry) error {
	content, err := e.Event.Decoded()
	if err != nil {
		return nil
	}
	switch c := content.(type) {
	case *op.AnchorPublished:
		return p.noteAnchor(c)
	case *op.LogKey:
		if c.Size == e.Seq {
			return p.handedOver(c)
		}
	}
	return nil
}

// noVerdict ends a replay that came upon newer rules, once the whole was checked.
func (p *replayer) noVerdict(head *HeadReport) error {
	n := p.newer.err
	n.Entries, n.Head, n.Blocks = p.tree.size(), head, p.blocks
	return &LineError{Line: n.Seq + 1, Kind: ErrRules, Err: &n}
}

// claimedIdentity takes the log's keys from a genesis entry that the ledger read and whose
// rules it does not know.
func claimedIdentity(e *op.Entry) (identity, error) {
	g := contentOf[op.Genesis](e)
	return newIdentity(identity{economy: g.Economy, network: g.Network, operator: e.Event.PubKey, logKey: g.LogVerifier})
}
