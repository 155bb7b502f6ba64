package cheat

import (
	"bytes"
	"context"
	"crypto/sha256"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/econd/econd/node/anchor"
	"github.com/econd/econd/node/audit"
	"github.com/econd/econd/node/audit/audittest"
	"github.com/econd/econd/node/op"
)

// story is a log and what others hold of it.
type story struct {
	*audittest.Story
	t *testing.T
}

func newStory(t *testing.T) *story { return &story{audittest.NewStory(t), t} }

func replayed(lines [][]byte, o audit.ReplayOptions) error {
	_, err := audit.Replay(context.Background(), bytes.NewReader(bytes.Join(lines, []byte("\n"))), o)
	return err
}

// replay is econaudit replay of the log as it is now.
func (s *story) replay(o audit.ReplayOptions) verdict { return rejected(replayed(s.Lines, o)) }

// enter puts an event into the log past the rules, and replays it.
func (s *story) enter(ev *op.Event) verdict {
	s.Unruled(ev)
	return s.replay(audit.ReplayOptions{})
}

// state has the operator state a fact.
func (s *story) state(kind op.Kind, content any) verdict {
	return s.enter(s.Sign(s.Operator, kind, content))
}

// find is the entry of an agent's last ballot on a proposal.
func (s *story) find(voter op.PublicKey, proposal op.ID) int {
	for seq, line := range slices.Backward(s.Lines) {
		e, err := op.DecodeEntry(line)
		require.NoError(s.t, err)
		if v, err := op.DecodeVote(e.Event.Content); err == nil && e.Event.PubKey == voter && v.Proposal == proposal {
			return seq
		}
	}
	s.t.Fatal("no ballot")
	return 0
}

// promise is what the caller of an entry holds: its line and the proof under a head.
func (s *story) promise(seq int) []byte {
	p := anchor.Inclusion{Index: int64(seq), Checkpoint: s.Checkpoint()}
	for _, h := range s.Path(uint64(seq)) {
		p.Path = append(p.Path, tlog.Hash(h))
	}
	return slices.Concat(s.Lines[seq], []byte("\n"), p.Encode())
}

// without is the log with an entry left out: the operator signs everything after it anew.
func (s *story) without(left int) *story {
	e := audittest.NewEconomy(s.t, s.ID)
	for seq, line := range s.Lines[1:] {
		if seq++; seq == left {
			continue
		}
		old, err := op.DecodeEntry(line)
		require.NoError(s.t, err)
		e.At = old.Stamp
		ev := old.Event
		if ev.Kind.IsFact() {
			ev = s.restate(e, ev, left)
		}
		e.Enter(ev)
	}
	past := *s.Story
	past.Economy = e
	return &story{&past, s.t}
}

var effectID = regexp.MustCompile(`"effect":"(\d+)/`)

// restate is a fact as it has to be in a log that lacks an entry.
func (s *story) restate(e *audittest.Economy, ev *op.Event, left int) *op.Event {
	content := effectID.ReplaceAllStringFunc(ev.Content, func(text string) string {
		n, err := strconv.Atoi(effectID.FindStringSubmatch(text)[1])
		require.NoError(s.t, err)
		if n > left {
			n--
		}
		return `"effect":"` + strconv.Itoa(n) + `/`
	})
	if due := e.State.Due(e.At); due != nil {
		require.Equal(s.t, due.Kind, ev.Kind)
		content = op.EncodeContent(due.Content)
	}
	if ev.Kind == op.KindAnchorPublished {
		content = op.EncodeContent(op.AnchorPublished{CheckpointSize: uint64(len(e.Lines)), CheckpointHash: sha256.Sum256(e.Head().Body()),
			Txid: sha256.Sum256([]byte("txid"))})
	}
	again := &op.Event{CreatedAt: ev.CreatedAt, Kind: ev.Kind, Tags: ev.Tags, Content: content}
	require.NoError(s.t, again.Sign(s.Operator))
	return again
}

// upTo is the story as it was when it had so many entries.
func (s *story) upTo(n int) *story {
	e := *s.Economy
	e.Lines = e.Lines[:n:n]
	past := *s.Story
	past.Economy = &e
	return &story{&past, s.t}
}

// other is a second history of the same economy, of at least as many entries.
func (s *story) other() *story {
	o := newStory(s.t)
	for len(o.Lines) < len(s.Lines)+1 {
		o.Agent("told to others " + strconv.Itoa(len(o.Lines)))
	}
	return o
}

func (s *story) piece(seq uint64) audit.Piece {
	return audit.Piece{Line: s.Lines[seq], Path: s.Path(seq)}
}

// bundle is the proof of the first agent's ballot under the present head.
func (s *story) bundle(p *anchor.Proof) *audit.Bundle {
	ballot, err := s.State.ProveBallot(s.Passed, s.Agents[0].Public())
	require.NoError(s.t, err)
	b, err := audit.Build(audit.Pieces{Genesis: s.piece(0), Vote: s.piece(ballot.Ballot.Seq), Close: s.piece(ballot.CloseSeq),
		Last: s.piece(uint64(len(s.Lines) - 1)), Ballot: ballot, Checkpoint: s.Checkpoint(), Anchor: p})
	require.NoError(s.t, err)
	return b
}

func verified(b *audit.Bundle, o audit.Options) verdict {
	_, err := audit.Verify(b, o)
	return rejected(err)
}

// equivocation is econaudit equivocation of what two people hold.
func (s *story) equivocation(files ...[]byte) verdict {
	q, err := audit.FindEquivocation(files, audit.Options{LogKey: s.LogKey})
	if err != nil {
		return rejected(err)
	}
	r, err := q.Verify(audit.Options{LogKey: s.LogKey})
	return verdict{err, strings.Join(r.Proved, "\n")}
}

// line is econaudit line.
func (s *story) line(proofs ...*anchor.Proof) verdict {
	_, err := audit.VerifyLine(context.Background(), bytes.NewReader(s.Export()), audit.ReplayOptions{Options: audit.Options{Line: proofs}})
	return rejected(err)
}

// open opens a vote of the agents that nobody has closed.
func (s *story) open() op.ID {
	id := s.Do(s.Agents[0], op.KindPropose, op.Propose{Track: "signal", Title: "one more", Actions: []op.Raw{}})
	s.Pass(time.Second)
	s.Vote(s.Agents[0], id, "for")
	return id
}

// dueBut enters what is due but facts of a kind.
func (s *story) dueBut(kind op.Kind) {
	for f := s.State.Due(s.At); f != nil && f.Kind != kind; f = s.State.Due(s.At) {
		s.Do(s.Operator, f.Kind, f.Content)
	}
}

// The honest log of the same story passes every check that catches a cheat.
func TestTheHonestStoryPasses(t *testing.T) {
	s := newStory(t)
	held := s.Checkpoint()
	line := s.NewLine("coin")
	first := line.Anchor(6)
	s.Pass(time.Second)
	s.open()
	second := line.Anchor(6)
	require.NoError(t, s.line(first, second).err)
	require.NoError(t, s.replay(audit.ReplayOptions{Checkpoint: held}).err)
	require.NoError(t, s.replay(audit.ReplayOptions{Checkpoint: s.Checkpoint(), Anchor: s.AnchorOf(6), Options: audit.Options{RequireAnchor: true}}).err)
	require.NoError(t, verified(s.bundle(nil), audit.Options{LogKey: s.LogKey}).err)
	require.NoError(t, verified(s.bundle(s.AnchorOf(6)), audit.Options{RequireAnchor: true}).err)
	require.ErrorIs(t, s.equivocation(held, s.promise(7), s.Checkpoint(), s.Export()).err, audit.ErrNoEquivocation)
	_, err := audit.VerifyTheft(context.Background(), bytes.NewReader(s.Export()), audittest.PreimageOf(s.Vetoed), audit.ReplayOptions{})
	require.ErrorIs(t, err, audit.ErrNoTheft, "what a rule forfeited")
	// A log from which nothing was left out is the same when it is made again.
	require.Equal(t, newStory(t).Lines, newStory(t).without(len(s.Lines)).Lines)
}
