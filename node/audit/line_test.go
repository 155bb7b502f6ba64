package audit

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/econd/econd/node/anchor"
	"github.com/econd/econd/node/audit/audittest"
	"github.com/econd/econd/node/merkle"
	"github.com/econd/econd/node/op"
)

func lineOf(s *story, proofs []*anchor.Proof) (LineReport, error) {
	return VerifyLine(context.Background(), bytes.NewReader(s.Export()), ReplayOptions{Options: Options{Line: proofs}})
}

// anchored is a story that was anchored three times.
func anchored(t testing.TB) (*story, *audittest.Line) {
	s := newStory(t)
	line := s.NewLine("coin")
	for i := range 3 {
		line.Anchor(6)
		s.Pass(time.Second)
		s.Agent(fmt.Sprint("one more ", i))
	}
	return s, line
}

func TestLineOfTheLog(t *testing.T) {
	s, line := anchored(t)
	r, err := lineOf(s, line.Proofs)
	require.NoError(t, err)
	require.Len(t, r.Anchors, 3)
	require.Empty(t, r.Open)
	for i, a := range r.Anchors {
		require.EqualValues(t, audittest.AnchorHeight+1+6*i, a.Height)
		require.NotZero(t, a.Size)
		require.NotZero(t, a.Seq)
	}
	require.Contains(t, r.Proved[0], "are one line")
	replayed, err := replayLines(s.Lines, ReplayOptions{Options: Options{Line: line.Proofs}})
	require.NoError(t, err)
	require.Equal(t, r, *replayed.Line)

	// An anchor that the log does not know yet, as the last one is for a while.
	line.Mine(s.Head(), 6)
	r, err = lineOf(s, line.Proofs)
	require.NoError(t, err)
	require.Zero(t, r.Anchors[3].Seq)
	require.EqualValues(t, len(s.Lines), r.Anchors[3].Size)
}

// The operator keeps two histories of one economy, and anchors each by its own line.
func TestCheatingLines(t *testing.T) {
	s, line := anchored(t)
	foreign := newEconomy(t, "demo-2")
	other := s.Head()
	other.Root[0] ^= 1

	for name, c := range map[string]struct {
		proofs func() []*anchor.Proof
		says   string
	}{
		"one kept back":       {func() []*anchor.Proof { return slices.Delete(slices.Clone(line.Proofs), 1, 2) }, "gap"},
		"the first kept back": {func() []*anchor.Proof { return line.Proofs[1:] }, "its proof is not among those given"},
		"the last kept back":  {func() []*anchor.Proof { return line.Proofs[:2] }, "its proof is not among those given"},
		"another history in line": {func() []*anchor.Proof {
			fork := *line
			fork.Mine(other, 6)
			return fork.Proofs
		}, "another history was anchored"},
		"a second line": {func() []*anchor.Proof {
			second := *s.NewLine("another coin")
			return append(slices.Clone(line.Proofs), second.Mine(s.Head(), 6))
		}, ""},
		"back to fewer entries": {func() []*anchor.Proof {
			fork := *line
			c := s.Head()
			c.Size = 3
			c.Root = tlog.Hash(merkle.Of(s.Lines[:3]).Root())
			fork.Mine(c, 6)
			return fork.Proofs
		}, "the log was taken back"},
		"of another log": {func() []*anchor.Proof { return []*anchor.Proof{foreign.NewLine("coin").Anchor(6)} }, "is of another log"},
	} {
		_, err := lineOf(s, c.proofs())
		require.ErrorIs(t, err, ErrLine, name)
		require.ErrorContains(t, err, c.says, name)
	}
	_, err := lineOf(s, nil)
	require.ErrorIs(t, err, ErrOptions)
}

// The log itself lies about its anchors.
func TestLogThatLiesAboutItsAnchors(t *testing.T) {
	for name, c := range map[string]struct {
		enter func(s *story, line *audittest.Line)
		says  string
	}{
		"final, and in no block": {func(s *story, _ *audittest.Line) {
			head, txid := s.Head(), op.Hash{9}
			s.Do(s.Operator, op.KindAnchorPublished, op.AnchorPublished{CheckpointSize: uint64(head.Size), CheckpointHash: sha256.Sum256(head.Body()), Txid: txid})
			s.Do(s.Operator, op.KindAnchorConfirmed, op.AnchorConfirmed{CheckpointSize: uint64(head.Size), Txid: txid, Block: op.Hash{1}, Height: 800})
			s.Do(s.Operator, op.KindAnchorFinal, op.AnchorFinal{CheckpointSize: uint64(head.Size), Txid: txid})
		}, "gap"},
		"in another block": {func(s *story, line *audittest.Line) {
			head := s.Head()
			line.Mine(head, 6)
			tx, err := anchor.ParseAnchorTx(line.Proofs[len(line.Proofs)-1].Tx)
			require.NoError(t, err)
			txid, size := txidOf(anchor.Result{Anchor: tx}), uint64(head.Size)
			s.Do(s.Operator, op.KindAnchorPublished, op.AnchorPublished{CheckpointSize: size, CheckpointHash: sha256.Sum256(head.Body()), Txid: txid})
			s.Do(s.Operator, op.KindAnchorConfirmed, op.AnchorConfirmed{CheckpointSize: size, Txid: txid, Block: op.Hash{1}, Height: 650})
			s.Do(s.Operator, op.KindAnchorFinal, op.AnchorFinal{CheckpointSize: size, Txid: txid})
		}, "the log says that it is final in block"},
	} {
		s, line := anchored(t)
		c.enter(s, line)
		_, err := lineOf(s, line.Proofs)
		require.ErrorIs(t, err, ErrLine, name)
		require.ErrorContains(t, err, c.says, name)
	}
}

func TestAnchorBesideTheLineIsRefused(t *testing.T) {
	s := newStory(t)
	line := s.NewLine("coin")
	first := line.Anchor(6)
	b := s.bundle(s.Passed, s.Agents[0].Public(), line.Mine(s.Head(), 6))
	_, err := Verify(b, Options{Line: line.Proofs})
	require.NoError(t, err)
	_, err = Verify(b, Options{Line: []*anchor.Proof{first}})
	require.ErrorIs(t, err, ErrLine)
	require.ErrorContains(t, err, "stands beside it")

	o := ReplayOptions{Options: Options{Line: []*anchor.Proof{first}}, Checkpoint: s.Checkpoint(), Anchor: line.Proofs[1]}
	_, err = replayLines(s.Lines, o)
	require.ErrorIs(t, err, ErrLine)
	o.Line = line.Proofs
	_, err = replayLines(s.Lines, o)
	require.NoError(t, err)
}

// announce enters that the coin after the last anchor is gone.
func announce(t testing.TB, s *story, line *audittest.Line) op.Hash {
	tx, err := anchor.ParseAnchorTx(line.Proofs[len(line.Proofs)-1].Tx)
	require.NoError(t, err)
	after := txidOf(anchor.Result{Anchor: tx})
	c := op.Reconciled{Decision: op.DecidedNewLine, Hash: after, Note: "the wallet was lost"}
	if s.State.Constitution().Version < 2 {
		c.Decision = op.DecidedNoted
	}
	s.Do(s.Operator, op.KindReconciled, c)
	return after
}

// A second line is one only where an entry announced it, the first anchor of it commits to
// that entry, and the caller accepts it; nothing may go on from the coin that was said to be gone.
func TestSecondLine(t *testing.T) {
	s, line := anchored(t)
	old := *line
	after := announce(t, s, line)
	second := s.NewLine("another coin")
	second.Join(line)
	second.Anchor(6)
	second.Anchor(6)
	all := slices.Concat(line.Proofs, second.Proofs)
	accept := func(proofs []*anchor.Proof, list ...op.Hash) (LineReport, error) {
		return VerifyLine(context.Background(), bytes.NewReader(s.Export()), ReplayOptions{Options: Options{Line: proofs, NewLines: list}})
	}
	_, err := accept(all)
	require.ErrorIs(t, err, ErrLine)
	require.ErrorContains(t, err, "--new-line "+after.String())
	require.ErrorContains(t, err, "the wallet was lost")
	r, err := accept(all, after)
	require.NoError(t, err)
	require.Len(t, r.NewLines, 1)
	require.Equal(t, after, r.NewLines[0].After)
	require.Equal(t, r.Anchors[3].Txid, r.NewLines[0].Txid)
	require.Contains(t, r.Proved[0], "are 2 lines")
	require.Contains(t, fmt.Sprint(r.RestsOn), "is the operator's word")
	require.Len(t, r.lasts(), 2)

	_, err = accept(all, after, op.Hash{1})
	require.ErrorIs(t, err, ErrOptions)
	_, err = accept(line.Proofs, after)
	require.ErrorIs(t, err, ErrLine, "the second line is kept back")

	// The coin was not gone: the first line goes on, for others to see.
	old.Join(second)
	old.Mine(s.Head(), 6)
	_, err = accept(append(all, old.Proofs[len(old.Proofs)-1]), after)
	require.ErrorIs(t, err, anchor.ErrFork)
	require.ErrorContains(t, err, "was not gone")
}

// A second line that began before it was announced, and one that nobody announced.
func TestSecondLineThatWasNotAnnounced(t *testing.T) {
	for _, announced := range []bool{false, true} {
		s, line := anchored(t)
		head := s.Head()
		tx, err := anchor.ParseAnchorTx(line.Proofs[2].Tx)
		require.NoError(t, err)
		after, says := txidOf(anchor.Result{Anchor: tx}), "gap"
		if announced {
			announce(t, s, line)
			says = "before it was announced"
		}
		second := s.NewLine("another coin")
		second.Join(line)
		second.Mine(head, 6)
		_, err = VerifyLine(context.Background(), bytes.NewReader(s.Export()),
			ReplayOptions{Options: Options{Line: slices.Concat(line.Proofs, second.Proofs), NewLines: []op.Hash{after}}})
		require.ErrorIs(t, err, ErrLine)
		require.ErrorContains(t, err, says)
	}
}
