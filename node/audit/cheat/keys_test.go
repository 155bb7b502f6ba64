package cheat

import (
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/mod/sumdb/note"

	"github.com/econd/econd/node/audit"
	"github.com/econd/econd/node/audit/audittest"
	"github.com/econd/econd/node/constitution"
	"github.com/econd/econd/node/headers"
	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/op"
)

// rotating is a log by version 2 of the rules.
func rotating(t *testing.T) *audittest.Economy {
	byVersion2(t)
	c := audittest.Constitution()
	c.Version = constitution.RulesLogKey
	e := audittest.NewEconomyBy(t, audittest.EconomyID, c)
	list := headers.Mine([32]byte{}, e.At.TimeMs/1000-12*600, 600, 12, 0)
	e.EnterHeaders(0, list)
	e.Agent("a")
	return e
}

// forced enters an entry whatever the rules say.
func forced(e *audittest.Economy, ev *op.Event) {
	entry := &op.Entry{Seq: uint64(len(e.Lines)), Stamp: e.At, Event: ev}
	e.Lines = append(e.Lines, entry.Marshal())
}

// handed lets a log go over to its second key, and returns the first one.
func handed(e *audittest.Economy) (old note.Signer) {
	ev, next := e.Rotate("second", e.Signer)
	e.Enter(ev)
	old, e.Signer = e.Signer, next
	return old
}

// ofKeys are cheats with the log's key.
var ofKeys = []cheat{
	{name: "key-without-the-old", tries: "gives the log another key without the one that it has, as who stole the operator's key alone would", catches: replays, holder: anybody,
		err: audit.ErrLog, says: "is not signed by the key that is in force",
		play: func(t *testing.T, _ *story) verdict {
			e := rotating(t)
			_, thief := e.Rotate("of a thief", e.Signer)
			ev, _ := e.Rotate("second", thief)
			forced(e, ev)
			return rejected(replayed(e.Lines, audit.ReplayOptions{}))
		}},
	{name: "key-for-another-history", tries: "has both keys sign a handover behind a history that is not this log's", catches: replays, holder: anybody,
		err: audit.ErrLog, says: "both keys signed another history",
		play: func(t *testing.T, _ *story) verdict {
			e, other := rotating(t), rotating(t)
			other.Agent("b")
			e.Agent("c")
			ev, _ := other.Rotate("second", other.Signer)
			e.Enter(ev)
			return rejected(replayed(e.Lines, audit.ReplayOptions{}))
		}},
	{name: "old-key-used-on", tries: "signs heads with the old key after the log went over to a new one, and so hides that from somebody", catches: replays + " with the head", holder: "whoever was shown the head",
		err: audit.ErrCheckpoint, says: "which is not the log's key at that size",
		play: func(t *testing.T, _ *story) verdict {
			e := rotating(t)
			e.Signer = handed(e)
			e.Agent("b")
			return rejected(replayed(e.Lines, audit.ReplayOptions{Checkpoint: e.Checkpoint()}))
		}},
	{name: "retired-key-signs", tries: "signs a head with a key that has signed its last, or lets somebody who has it sign", catches: equivocates, holder: "whoever was shown the head",
		says: "after it had signed that its last head is of",
		play: func(t *testing.T, s *story) verdict {
			e := rotating(t)
			s.Economy = e
			old := handed(e)
			next := e.Signer
			e.Signer = old
			strange := e.Checkpoint()
			e.Signer = next
			return s.equivocation(strange, e.Export(), e.Checkpoint())
		}},
	{name: "key-handed-over-twice", tries: "hands the log over to two keys, and so has a line of keys for each of two readers", catches: equivocates, holder: "the two readers",
		says: "signed two ends of its own",
		play: func(t *testing.T, s *story) verdict {
			e, other := rotating(t), rotating(t)
			other.Agent("told to others")
			other.Enter(first(other.Rotate("another", other.Signer)))
			handed(e)
			s.Economy = e
			return s.equivocation(e.Export(), e.Checkpoint(), other.Export())
		}},
	{name: "handover-hidden", tries: "hides a handover from one reader, for whom the old key signs another log on", catches: equivocates, holder: "the reader and anybody else",
		says: "after it had signed that its last head is of",
		play: func(t *testing.T, s *story) verdict {
			e, hidden := rotating(t), rotating(t)
			handed(e)
			s.Economy = e
			hidden.Agent("told to one")
			hidden.Agent("told to one, too")
			return s.equivocation(hidden.Checkpoint(), e.Export(), e.Checkpoint())
		}},
}

// A log that went over to another key is the same log to all who pinned either key.
func TestHonestHandover(t *testing.T) {
	e := rotating(t)
	first, before := e.LogKey, e.Checkpoint()
	handed(e)
	e.Agent("b")
	require.NotEqual(t, first, e.State.LogVerifier())
	for _, pinned := range []string{"", first, e.State.LogVerifier()} {
		for _, head := range [][]byte{before, e.Checkpoint()} {
			require.NoError(t, replayed(e.Lines, audit.ReplayOptions{Checkpoint: head, Options: audit.Options{LogKey: pinned}}))
		}
	}
	require.Equal(t, ledger.Origin(e.ID), e.Signer.Name())
}

func first(ev *op.Event, _ note.Signer) *op.Event { return ev }

// Whoever follows an honest handover has no proof of anything, by whatever heads and copies.
func TestAnHonestHandoverIsNoEquivocation(t *testing.T) {
	e := rotating(t)
	s := &story{&audittest.Story{Economy: e}, t}
	before, export := e.Checkpoint(), e.Export()
	handed(e)
	at := e.Checkpoint()
	e.Agent("b")
	require.ErrorIs(t, s.equivocation(before, export, at, e.Export(), e.Checkpoint(), e.Export()).err, audit.ErrNoEquivocation)
}
