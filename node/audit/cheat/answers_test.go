package cheat

import (
	"bytes"
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/econd/econd/node/anchor"
	"github.com/econd/econd/node/audit"
	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/promise"
)

// ofAnswers are what an operator signs in an answer and does not keep.
var ofAnswers = []cheat{
	{name: "refusal-unjust", tries: "refuses a ballot that the rules let in, and names a rule", catches: answered, holder: "the agent: it keeps the refusal",
		says: "proof of censorship",
		play: func(t *testing.T, s *story) verdict {
			ev := s.Sign(s.Agents[0], op.KindStatement, op.Statement{Text: "let me in"})
			kept := s.refusal(ev, "created_at", "max-age")
			s.Do(s.Agents[1], op.KindStatement, op.Statement{Text: "the log goes on without it"})
			return s.answers(kept, s.Lines)
		}},
	{name: "promise-dropped", tries: "drops an entry that it promised from the log that it shows", catches: answered, holder: "the agent: it keeps the promise",
		says: "another stands there",
		play: func(t *testing.T, s *story) verdict {
			s.Do(s.Agents[0], op.KindStatement, op.Statement{Text: "promised"})
			at := len(s.Lines) - 1
			kept := s.promised(at)
			o := newStory(t)
			o.Do(o.Agents[1], op.KindStatement, op.Statement{Text: "instead"})
			return s.answers(kept, o.Lines)
		}},
	{name: "refusal-by-another-history", tries: "refuses by a log that it shows to nobody else", catches: answered, holder: "the agent: it keeps the refusal",
		says: "judged by a log whose first",
		play: func(t *testing.T, s *story) verdict {
			o := newStory(t)
			for _, of := range []*story{s, o} {
				of.Do(of.Agents[1], op.KindStatement, op.Statement{Text: map[bool]string{true: "hidden", false: "shown"}[of == s]})
			}
			return s.answers(s.refusal(s.Sign(s.Agents[0], op.KindVote, op.Vote{Proposal: op.ID{1}, Choice: "for"}), "content.proposal", "proposal"), o.Lines)
		}},
	{name: "refusal-as-of-later", tries: "refuses a ballot as too late, by a stamp ahead of the time", catches: answered, holder: "the agent: it keeps the refusal",
		says: "so that was not the time",
		play: func(_ *testing.T, s *story) verdict {
			ev := s.Sign(s.Agents[0], op.KindVote, op.Vote{Proposal: s.open(), Choice: "against"})
			kept := s.refusalAt(s.At.TimeMs+2*3600_000, ev, "created_at", "max-age")
			s.Pass(time.Minute)
			s.Agent("the log goes on")
			return s.answers(kept, s.Lines)
		}},
	{name: "refusal-by-a-due-fact", tries: "refuses a ballot because it has not entered what is due", catches: answered, holder: "the agent: it keeps the refusal",
		says: "about the stamp and the facts of the operator",
		play: func(_ *testing.T, s *story) verdict {
			ev := s.Sign(s.Agents[0], op.KindLockStake, op.LockStake{AmountSat: 500})
			ev.CreatedAt += 3 * 3600
			require.NoError(s.t, ev.Sign(s.Agents[0]))
			return s.answers(s.refusalAt(s.At.TimeMs+3*3600_000, ev, "", "deadline"), s.Lines)
		}},
	{name: "refusal-by-its-own-stamp", tries: "refuses an operation because of the stamp that it gave it", catches: answered, holder: "the agent: it keeps the refusal",
		says: "about the stamp and the facts of the operator",
		play: func(_ *testing.T, s *story) verdict {
			ev := s.Sign(s.Agents[0], op.KindLockStake, op.LockStake{AmountSat: 500})
			return s.answers(s.refusalAt(s.At.TimeMs-1, ev, "time_ms", "sequence"), s.Lines)
		}},
	{name: "refusal-of-what-stands", tries: "refuses what stands in the log, as if it had never come", catches: answered, holder: "the agent: it keeps the refusal",
		says: "it stands in the log",
		play: func(_ *testing.T, s *story) verdict {
			ev := s.Sign(s.Agents[0], op.KindStatement, op.Statement{Text: "in"})
			s.Enter(ev)
			return s.answers(s.refusal(ev, "created_at", "max-age"), s.Lines)
		}},
	{name: "refusal-at-no-log", tries: "refuses by a log of more entries than it ever has", catches: answered, holder: "the agent: it keeps the refusal",
		says: "so it never comes to that",
		play: func(_ *testing.T, s *story) verdict {
			ev := s.Sign(s.Agents[0], op.KindStatement, op.Statement{Text: "let me in"})
			kept := s.refusalOf(promise.Refusal{Event: ev.ID, Size: 1 << 40, Root: [32]byte{1}, At: s.At, Rule: "max-age"}, ev)
			s.Pass(time.Second)
			s.Agent("the log goes on")
			return s.answers(kept, s.Lines)
		}},
	{name: "refusal-before-the-genesis", tries: "refuses by a log without entries", catches: answered, holder: "the agent: it keeps the refusal",
		says: "before the genesis",
		play: func(_ *testing.T, s *story) verdict {
			ev := s.Sign(s.Agents[0], op.KindStatement, op.Statement{Text: "let me in"})
			return s.answers(s.refusalOf(promise.Refusal{Event: ev.ID, At: s.At, Rule: "max-age"}, ev), s.Lines)
		}},
	{name: "promise-of-an-end-cut", tries: "cuts off what it promised, and shows a log that is later already", catches: answered, holder: "the agent: it keeps the promise",
		says: "so it never comes to that",
		play: func(t *testing.T, s *story) verdict {
			s.Agent("one more")
			s.Do(s.Agents[0], op.KindStatement, op.Statement{Text: "promised"})
			kept := s.promised(len(s.Lines) - 1)
			o := newStory(t)
			o.Pass(30 * time.Minute)
			o.Agent("in their place")
			return s.answers(kept, o.Lines)
		}},
	{name: "refusal-behind-a-due-fact", tries: "keeps a due fact back and refuses a ballot by another rule meanwhile", catches: answered, holder: "the agent: it keeps the refusal",
		says: "proof of censorship",
		play: func(_ *testing.T, s *story) verdict {
			ev := s.Sign(s.Agents[0], op.KindLockStake, op.LockStake{AmountSat: 500})
			ev.CreatedAt += 3 * 3600
			require.NoError(s.t, ev.Sign(s.Agents[0]))
			return s.answers(s.refusalAt(s.At.TimeMs+3*3600_000, ev, "created_at", "max-age"), s.Lines)
		}},
	{name: "refusal-at-a-block-of-its-own", tries: "stamps a refusal with a block that nobody has, by which no rule lets anything in", catches: answered, holder: "the agent: it keeps the refusal",
		says: "proof of censorship",
		play: func(_ *testing.T, s *story) verdict {
			ev := s.Sign(s.Agents[0], op.KindStatement, op.Statement{Text: "let me in"})
			at := s.At
			at.BlockHash[0] ^= 1
			return s.answers(s.refusalOf(promise.Refusal{Event: ev.ID, Size: uint64(len(s.Lines)), Root: s.Root(), At: at, Field: "created_at", Rule: "max-age"}, ev), s.Lines)
		}},
	{name: "promise-lost-otherwise", tries: "breaks a promise and says that another end of the log was lost", catches: answered, holder: "the agent: it keeps the promise",
		says: "another stands there",
		play: func(t *testing.T, s *story) verdict {
			o := newStory(t)
			s.Do(s.Agents[0], op.KindStatement, op.Statement{Text: "promised"})
			kept := s.promised(len(s.Lines) - 1)
			o.Do(o.Operator, op.KindReconciled, op.Reconciled{Decision: op.DecidedRestored, Size: uint64(len(s.Lines)), Root: op.Hash{1}, Note: "disk died"})
			o.Pass(time.Second)
			o.Agent("life goes on")
			return s.answers(kept, o.Lines)
		}},
}

const answered = "`econaudit answers`"

// promised is what an agent keeps of the answer to an entry.
func (s *story) promised(seq int) promise.Kept {
	e, err := op.DecodeEntry(s.Lines[seq])
	require.NoError(s.t, err)
	block := op.Hash(e.Stamp.BlockHash)
	return promise.Kept{Event: json.RawMessage(e.Event.Marshal()), Seq: uint64(seq), TimeMs: e.Stamp.TimeMs, Height: e.Stamp.Height, Block: &block,
		Promise: string(anchor.AppendInclusion(nil, int64(seq), s.Path(uint64(seq)), s.Checkpoint()))}
}

// refusal is what an agent keeps of a refusal at the present head.
func (s *story) refusal(ev *op.Event, field, rule string) promise.Kept {
	return s.refusalAt(s.At.TimeMs, ev, field, rule)
}

func (s *story) refusalAt(ms int64, ev *op.Event, field, rule string) promise.Kept {
	at := s.At
	at.TimeMs = ms
	return s.refusalOf(promise.Refusal{Event: ev.ID, Size: uint64(len(s.Lines)), Root: s.Root(), At: at, Field: field, Rule: rule}, ev)
}

// refusalOf is what an agent keeps of any refusal that the log's key signs.
func (s *story) refusalOf(r promise.Refusal, ev *op.Event) promise.Kept {
	r.Origin = ledger.Origin(s.ID)
	text, err := r.Sign(s.Signer)
	require.NoError(s.t, err)
	return promise.Kept{Event: json.RawMessage(ev.Marshal()), Refusal: string(text)}
}

// answers is econaudit answers of what an agent kept and a log.
func (s *story) answers(kept promise.Kept, lines [][]byte) verdict {
	line, err := kept.Append(nil)
	require.NoError(s.t, err)
	k, ev, err := promise.ParseKept(bytes.TrimSuffix(line, []byte("\n")))
	require.NoError(s.t, err)
	r, err := audit.VerifyAnswers(context.Background(), bytes.NewReader(bytes.Join(lines, []byte("\n"))), []audit.Answer{{Event: ev, Kept: k}}, audit.ReplayOptions{})
	if err != nil || !r.Proven {
		return rejected(err)
	}
	return verdict{proved: r.Answers[0].Statement}
}

// What is promised and refused rightly is held against nobody.
func TestHonestAnswersAreKept(t *testing.T) {
	s := newStory(t)
	s.Do(s.Agents[0], op.KindStatement, op.Statement{Text: "promised"})
	vote := s.Sign(s.Agents[0], op.KindVote, op.Vote{Proposal: op.ID{1}, Choice: "for"})
	for _, kept := range []promise.Kept{s.promised(len(s.Lines) - 1), s.refusal(vote, "content.proposal", "proposal")} {
		require.Equal(t, verdict{}, s.answers(kept, s.Lines))
	}
}
