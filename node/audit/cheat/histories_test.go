package cheat

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/econd/econd/node/audit"
	"github.com/econd/econd/node/op"
)

const (
	equivocates = "`econaudit equivocation`"
	voter       = "the voter"
)

// ofHistories are cheats with the log as a whole.
var ofHistories = []cheat{
	{name: "end-cut", tries: "hands out an export without its end", catches: replays + " with a head", holder: "whoever has a head",
		err: audit.ErrLog, says: "at the end are missing",
		play: func(_ *testing.T, s *story) verdict {
			held := s.Checkpoint()
			return rejected(replayed(s.Lines[:len(s.Lines)-3], audit.ReplayOptions{Checkpoint: held}))
		}},
	{name: "ballot-dropped", tries: "leaves a ballot out and signs everything after it anew", catches: replays + " with a head", holder: "whoever has a head",
		err: audit.ErrLog, says: "is not the line that the operator committed to",
		play: func(_ *testing.T, s *story) verdict {
			held := s.Checkpoint()
			o := s.without(s.find(s.Agents[2].Public(), s.Passed))
			o.Agent("one more")
			return o.replay(audit.ReplayOptions{Checkpoint: held})
		}},
	{name: "promise-broken", tries: "drops a ballot that it promised, and signs a log without it", catches: equivocates, holder: voter,
		says: "signed two histories",
		play: func(_ *testing.T, s *story) verdict {
			at := s.find(s.Agents[2].Public(), s.Passed)
			promise := s.upTo(at + 1).promise(at)
			o := s.without(at)
			return s.equivocation(promise, o.Export(), o.Checkpoint())
		}},
	{name: "two-heads", tries: "signs two heads of one size", catches: equivocates, holder: "the two who were shown them",
		says: "signed two histories",
		play: func(_ *testing.T, s *story) verdict {
			s.Agent("told to some")
			o := s.other()
			return s.equivocation(s.Checkpoint(), o.upTo(len(s.Lines)).Checkpoint())
		}},
	{name: "two-promises", tries: "promises the same place to two agents", catches: equivocates, holder: "the two agents",
		says: "signed two histories",
		play: func(_ *testing.T, s *story) verdict {
			at := len(s.Lines)
			o := s.other()
			s.Agent("told to some")
			a := s.promise(at)
			s.Agent("told to some more")
			return s.equivocation(a, o.promise(at))
		}},
	{name: "refusal-at-a-hidden-head", tries: "refuses one agent by a log that differs from what it promised another", catches: equivocates, holder: "the two agents",
		says: "a refusal after",
		play: func(t *testing.T, s *story) verdict {
			o := s.other()
			s.Agent("told to some")
			kept := s.refusal(s.Sign(s.Agents[0], op.KindVote, op.Vote{Proposal: op.ID{1}, Choice: "for"}), "content.proposal", "proposal")
			line, err := kept.Append(nil)
			require.NoError(t, err)
			return s.equivocation(line, o.Export(), o.Checkpoint())
		}},
	{name: "rollback", tries: "goes back to a backup in silence and writes on from there", catches: equivocates, holder: "whoever has a head from before",
		says: "signed two histories",
		play: func(_ *testing.T, s *story) verdict {
			o := s.other()
			s.Agent("in what was rolled back")
			return s.equivocation(s.Checkpoint(), o.Export(), o.Checkpoint())
		}},
	{name: "rollback-small-head", tries: "goes back to a backup and shows the old head no more", catches: replays + " with the old head", holder: "whoever has a head from before",
		err: audit.ErrLog, says: "is not the line that the operator committed to",
		play: func(_ *testing.T, s *story) verdict {
			o := s.other()
			s.Agent("in what was rolled back")
			held := s.Checkpoint()
			o.Agent("written on")
			return o.replay(audit.ReplayOptions{Checkpoint: held})
		}},
	{name: "lost-end", tries: "says that the end was lost, to be rid of what stands in it", catches: replays + ", which says so, and with the lost head", holder: "everybody: it is an entry",
		err: audit.ErrLog, says: "was lost, when the log was restored",
		play: func(_ *testing.T, s *story) verdict {
			o := s.other()
			s.Agent("in what was lost")
			held, head := s.Checkpoint(), s.Head()
			o = o.upTo(len(s.Lines) - 2)
			v := o.state(op.KindReconciled, op.Reconciled{Decision: op.DecidedRestored, Size: uint64(head.Size), Root: op.Hash(head.Root), Note: "the disk"})
			if v.err != nil {
				return v
			}
			return o.replay(audit.ReplayOptions{Checkpoint: held})
		}, trust: "that the disk was really lost"},
	{name: "head-by-another-key", tries: "signs a head with a key of its own that is not the log's", catches: replays + " with a head", holder: anybody,
		err: audit.ErrCheckpoint, says: "no verifiable signatures",
		play: func(t *testing.T, s *story) verdict {
			return s.replay(audit.ReplayOptions{Checkpoint: s.signedBy(t, "another")})
		}},
	{name: "close-too-early", tries: "states a close before its time", catches: replays, holder: anybody,
		err: audit.ErrLog, says: "refused by the ledger",
		play: func(_ *testing.T, s *story) verdict {
			id := s.open()
			s.At.TimeMs += (24*time.Hour - 10*time.Minute).Milliseconds()
			s.Due()
			return s.state(op.KindClose, op.Close{Proposal: id, Reason: "enough"})
		}},
}
