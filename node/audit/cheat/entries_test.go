package cheat

import (
	"bytes"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/econd/econd/node/audit"
	"github.com/econd/econd/node/audit/audittest"
	"github.com/econd/econd/node/op"
)

const (
	replays = "`econaudit replay`"
	anybody = "anybody with an export"
)

// ofEntries are cheats with single entries of a log.
var ofEntries = []cheat{
	{name: "line-left-out", tries: "leaves a ballot out of the export", catches: replays, holder: anybody,
		err: audit.ErrLog, says: "is missing or out of place",
		play: func(_ *testing.T, s *story) verdict {
			at := s.find(s.Agents[2].Public(), s.Passed)
			return rejected(replayed(slices.Delete(s.Lines, at, at+1), audit.ReplayOptions{}))
		}},
	{name: "lines-exchanged", tries: "puts one ballot before another", catches: replays, holder: anybody,
		err: audit.ErrLog, says: "missing or out of place",
		play: func(_ *testing.T, s *story) verdict {
			at := s.find(s.Agents[2].Public(), s.Passed)
			s.Lines[at], s.Lines[at+1] = s.Lines[at+1], s.Lines[at]
			return s.replay(audit.ReplayOptions{})
		}},
	{name: "ballot-changed", tries: "changes what a ballot says", catches: replays, holder: anybody,
		err: audit.ErrEntry, says: "was changed or forged",
		play: func(t *testing.T, s *story) verdict {
			at := s.find(s.Agents[2].Public(), s.Passed)
			was := s.Lines[at]
			s.Lines[at] = bytes.Replace(was, []byte(`\"choice\":\"for\"`), []byte(`\"choice\":\"against\"`), 1)
			require.NotEqual(t, was, s.Lines[at])
			return s.replay(audit.ReplayOptions{})
		}},
	{name: "operation-forged", tries: "enters an operation in an agent's name", catches: replays, holder: anybody,
		err: audit.ErrEntry, says: "sig: does not verify",
		play: func(_ *testing.T, s *story) verdict {
			ev := s.Sign(s.Operator, op.KindLockStake, op.LockStake{AmountSat: 500})
			ev.PubKey = s.Agents[0].Public()
			ev.ID = ev.Hash()
			return s.enter(ev)
		}},
	{name: "operation-again", tries: "enters an agent's operation a second time", catches: replays, holder: anybody,
		err: audit.ErrLog, says: "refused by the ledger",
		play: func(t *testing.T, s *story) verdict {
			e, err := op.DecodeEntry(s.Lines[s.find(s.Agents[2].Public(), s.Passed)])
			require.NoError(t, err)
			return s.enter(e.Event)
		}},
	{name: "operation-of-elsewhere", tries: "enters what an agent signed for another economy", catches: replays, holder: anybody,
		err: audit.ErrLog, says: "economy",
		play: func(t *testing.T, s *story) verdict {
			return s.enter(audittest.NewEconomy(t, "demo-2").Sign(s.Agents[0], op.KindLockStake, op.LockStake{AmountSat: 500}))
		}},
	{name: "fact-by-another-key", tries: "has somebody else sign a fact, to deny it later", catches: replays, holder: anybody,
		err: audit.ErrLog, says: "operator",
		play: func(_ *testing.T, s *story) verdict {
			return s.enter(s.Sign(s.Agents[0], op.KindVeto, op.Veto{Proposal: s.Vetoed, Reason: "not me"}))
		}},
	{name: "stamp-taken-back", tries: "stamps a ballot with an instant before the entry in front of it", catches: replays, holder: anybody,
		err: audit.ErrLog, says: "time",
		play: func(_ *testing.T, s *story) verdict {
			id := s.open()
			ev := s.Sign(s.Agents[1], op.KindVote, op.Vote{Proposal: id, Choice: "against"})
			s.At.TimeMs -= 5000
			return s.enter(ev)
		}},
	{name: "height-taken-back", tries: "stamps an entry with a block below the one in front of it", catches: replays, holder: anybody,
		err: audit.ErrLog, says: "height",
		play: func(_ *testing.T, s *story) verdict {
			ev := s.Sign(s.Agents[1], op.KindLockStake, op.LockStake{AmountSat: 500})
			s.At.Height--
			return s.enter(ev)
		}},
	{name: "stamp-changed", tries: "gives an entry another time after it was shown to somebody", catches: replays + " with the head that was shown", holder: "whoever has a head",
		err: audit.ErrLog, says: "is not the line that the operator committed to",
		play: func(t *testing.T, s *story) verdict {
			held, last := s.Checkpoint(), len(s.Lines)-1
			e, err := op.DecodeEntry(s.Lines[last])
			require.NoError(t, err)
			e.Stamp.TimeMs++
			s.Lines[last] = e.Marshal()
			return s.replay(audit.ReplayOptions{Checkpoint: held})
		}},
	{name: "late-ballot", tries: "lets a ballot in after the deadline", catches: replays, holder: anybody,
		err: audit.ErrLog, says: "must be the close fact",
		play: func(_ *testing.T, s *story) verdict {
			id := s.open()
			s.At.TimeMs += (25 * time.Hour).Milliseconds()
			s.dueBut(op.KindClose)
			return s.enter(s.Sign(s.Agents[1], op.KindVote, op.Vote{Proposal: id, Choice: "against"}))
		}},
	{name: "close-withheld", tries: "goes on without closing a vote whose deadline has passed", catches: replays, holder: anybody,
		err: audit.ErrLog, says: "must be the close fact",
		play: func(_ *testing.T, s *story) verdict {
			s.open()
			s.At.TimeMs += (25 * time.Hour).Milliseconds()
			s.dueBut(op.KindClose)
			return s.enter(s.Sign(s.Agents[1], op.KindLockStake, op.LockStake{AmountSat: 500}))
		}},
	{name: "forgery-behind-newer-rules", tries: "speaks of rules that nobody has, and forges an entry behind that", catches: replays, holder: anybody,
		err: audit.ErrEntry, says: "sig: does not verify",
		play: func(_ *testing.T, s *story) verdict {
			s.Newer(s.Agents[0])
			ev := s.Sign(s.Operator, op.KindLockStake, op.LockStake{AmountSat: 500})
			ev.PubKey = s.Agents[1].Public()
			ev.ID = ev.Hash()
			return s.enter(ev)
		}},
}
