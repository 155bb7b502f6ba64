package audit

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"
	"golang.org/x/mod/sumdb/tlog"
	"pgregory.net/rapid"

	"github.com/econd/econd/node/audit/audittest"
	"github.com/econd/econd/node/constitution"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/refusal"
	"github.com/econd/econd/node/view"
)

func replayLines(lines [][]byte, o ReplayOptions) (ReplayReport, error) {
	return Replay(context.Background(), bytes.NewReader(bytes.Join(lines, []byte("\n"))), o)
}

func TestReplayRecomputesEverything(t *testing.T) {
	s := newStory(t)
	note := s.Checkpoint()
	proof := s.AnchorOf(6)
	s.oneMore()
	r, err := Replay(context.Background(), bytes.NewReader(s.Export()), ReplayOptions{Checkpoint: note, Anchor: proof})
	require.NoError(t, err)

	require.EqualValues(t, len(s.Lines), r.Entries)
	require.Equal(t, op.Hash(s.Root()), r.Root)
	require.Equal(t, audittest.EconomyID, r.Economy)
	require.Equal(t, s.Operator.Public(), r.Operator)
	byID := map[op.ID]ProposalOutcome{}
	for _, p := range r.Proposals {
		byID[p.ID] = p
	}
	require.Equal(t, "executed", byID[s.Passed].State)
	require.EqualValues(t, 5, byID[s.Passed].Ballots)
	require.EqualValues(t, 1000+2000+3000+4000, byID[s.Passed].For)
	require.Equal(t, "vetoed", byID[s.Vetoed].State)
	require.Equal(t, "too dear", byID[s.Vetoed].Reason)
	require.EqualValues(t, 2000, r.Pools[0].Sat, "40 % of the collateral")
	require.EqualValues(t, 3000, r.Pools[1].Sat)
	require.EqualValues(t, 7, r.Prices[0].Sat)
	require.EqualValues(t, 1, r.Scores.Epochs)
	require.Equal(t, 1, r.Scores.Scored, "the one who was rated")
	require.Equal(t, s.Agents[1].Public(), r.Scores.Top[0].PubKey)
	require.Len(t, r.Anchors, 1)
	require.Len(t, r.Pending, 1, "the invoice of the last stake")
	require.EqualValues(t, 1, r.Head.Beyond)
	require.Equal(t, 6, r.Head.Anchor.Confirmations)
}

// oneMore adds one more entry, after the checkpoint, with an open effect.
func (s *story) oneMore() {
	s.TB.Helper()
	s.Do(s.Agents[0], op.KindLockStake, op.LockStake{AmountSat: 500})
}

// Whatever is done to one line is caught and the line is named.
func TestReplayNamesTheLine(t *testing.T) {
	s := newStory(t)
	note := s.Checkpoint()
	at := slices.IndexFunc(s.Lines, func(l []byte) bool { return bytes.Contains(l, []byte(`"kind":3907`)) })
	require.Positive(t, at)
	edit := func(from, to string) func([][]byte) [][]byte {
		return func(lines [][]byte) [][]byte {
			lines[at] = bytes.Replace(lines[at], []byte(from), []byte(to), 1)
			return lines
		}
	}
	for name, c := range map[string]struct {
		change func([][]byte) [][]byte
		line   int // from 1
		kind   error
		says   string
	}{
		"dropped ballot": {func(l [][]byte) [][]byte { return slices.Delete(l, at, at+1) }, at + 1, ErrLog,
			fmt.Sprintf("entry %d is missing", at)},
		"dropped three": {func(l [][]byte) [][]byte { return slices.Delete(l, at, at+3) }, at + 1, ErrLog,
			fmt.Sprintf("entries %d to %d are missing", at, at+2)},
		"repeated": {func(l [][]byte) [][]byte { return slices.Insert(l, at+1, l[at]) }, at + 2, ErrLog,
			fmt.Sprintf("entry %d again", at)},
		"swapped": {func(l [][]byte) [][]byte { l[at], l[at+1] = l[at+1], l[at]; return l }, at + 1, ErrLog,
			"missing or out of place"},
		"choice changed": {edit(`for\"`, `against\"`), at + 1, ErrEntry, "id: is not the SHA-256"},
		"signature changed": {func(l [][]byte) [][]byte {
			i := bytes.Index(l[at], []byte(`"sig":"`)) + 20
			l[at] = bytes.Clone(l[at])
			l[at][i] = '0' + (l[at][i]-'0'+1)%10
			return l
		}, at + 1, ErrEntry, "sig: does not verify"},
		"blank added":     {edit(`"kind":`, `"kind": `), at + 1, ErrFormat, "canonical"},
		"empty line":      {func(l [][]byte) [][]byte { return slices.Insert(l, at, []byte{}) }, at + 1, ErrFormat, "canonical"},
		"time back":       {edit(`"time_ms":17`, `"time_ms":16`), at + 1, ErrLog, "goes back"},
		"time ahead":      {edit(`"time_ms":17`, `"time_ms":18`), at + 1, ErrLog, "created_at"},
		"genesis missing": {func(l [][]byte) [][]byte { return l[1:] }, 1, ErrLog, "entry 0 is missing"},
		"line too long": {func(l [][]byte) [][]byte { l[at] = bytes.Repeat([]byte("x"), 3<<20); return l }, at + 1,
			ErrFormat, "longer"},
	} {
		for _, o := range []ReplayOptions{{}, {Checkpoint: note}, {Workers: 1}} {
			_, err := replayLines(c.change(slices.Clone(s.Lines)), o)
			var le *LineError
			require.ErrorAs(t, err, &le, name)
			require.EqualValues(t, c.line, le.Line, name+": "+err.Error())
			require.ErrorIs(t, err, c.kind, name)
			require.Contains(t, err.Error(), c.says, name)
		}
	}
}

// without writes the log anew without one entry, renumbered, as a dishonest
// operator would.
func (s *story) without(drop int) [][]byte {
	var lines [][]byte
	for i, line := range s.Lines {
		if i == drop {
			continue
		}
		e, err := op.DecodeEntry(line)
		require.NoError(s.TB, err)
		e.Seq = uint64(len(lines))
		lines = append(lines, e.Marshal())
	}
	return lines
}

// A dropped ballot is caught by the close entry even if every sequence number
// is made to fit.
func TestDroppedBallotIsCaughtByTheClose(t *testing.T) {
	s := newStory(t)
	var votes, closes []int
	for i, line := range s.Lines {
		e, err := op.DecodeEntry(line)
		require.NoError(t, err)
		switch e.Event.Kind {
		case op.KindVote:
			votes = append(votes, i)
		case op.KindClose:
			closes = append(closes, i)
		}
	}
	require.Len(t, votes, 11)
	for _, at := range votes {
		_, err := replayLines(s.without(at), ReplayOptions{})
		require.ErrorIs(t, err, refusal.ErrFact)
		var le *LineError
		require.ErrorAs(t, err, &le)
		require.LessOrEqual(t, int(le.Line), closes[len(closes)-1]+1)
		require.Contains(t, err.Error(), "close")
	}
}

func TestCheckpointCatchesWhatSignaturesDoNot(t *testing.T) {
	s := newStory(t)
	s.Mine(1)
	s.oneMore()
	note := s.Checkpoint()
	last := len(s.Lines) - 1

	cut := slices.Clone(s.Lines[:last])
	_, err := replayLines(cut, ReplayOptions{})
	require.NoError(t, err, "a log that ends early is a log")
	_, err = replayLines(cut, ReplayOptions{Checkpoint: note})
	require.ErrorIs(t, err, ErrLog)
	require.Contains(t, err.Error(), "1 at the end are missing")

	// Block hashes of stamps are signed by nobody.
	restamped := slices.Clone(s.Lines)
	restamped[last] = restamp(restamped[last])
	_, err = replayLines(restamped, ReplayOptions{})
	require.NoError(t, err)
	_, err = replayLines(restamped, ReplayOptions{Checkpoint: note})
	require.ErrorIs(t, err, ErrLog)
	require.Contains(t, err.Error(), "have the root")

	// One height has one block.
	restamped = slices.Clone(s.Lines)
	restamped[last-1] = restamp(restamped[last-1])
	_, err = replayLines(restamped, ReplayOptions{})
	require.ErrorIs(t, err, refusal.ErrOrder)
	require.Contains(t, err.Error(), "one-block")

	// Further back, the log's own anchor does not fit any more.
	restamped = slices.Clone(s.Lines)
	for i := range last {
		restamped[i] = restamp(restamped[i])
	}
	_, err = replayLines(restamped, ReplayOptions{})
	require.ErrorIs(t, err, ErrLog)
	require.Contains(t, err.Error(), "another history was anchored")

	_, err = replayLines(s.Lines, ReplayOptions{Checkpoint: newEconomy(t, "demo-2").Checkpoint()})
	require.ErrorIs(t, err, ErrCheckpoint)
	forged := bytes.Replace(note, []byte("\n\n— "), []byte("\n\n— x"), 1)
	_, err = replayLines(s.Lines, ReplayOptions{Checkpoint: forged})
	require.ErrorIs(t, err, ErrCheckpoint)
}

// restamp gives a line another block of the same height.
func restamp(line []byte) []byte {
	i := bytes.Index(line, []byte(`"block":"`)) + len(`"block":"`)
	return slices.Concat(line[:i], []byte("00"), line[i+2:])
}

func TestReplayPremises(t *testing.T) {
	s := newStory(t)
	other := s.Agents[0].Public()
	_, err := replayLines(s.Lines, ReplayOptions{Options: Options{Economy: "demo-2"}})
	require.ErrorIs(t, err, ErrPinned)
	_, err = replayLines(s.Lines, ReplayOptions{Options: Options{Operator: &other}})
	require.ErrorIs(t, err, ErrPinned)
	_, err = replayLines(s.Lines, ReplayOptions{Options: Options{RequireAnchor: true}})
	require.ErrorIs(t, err, ErrAnchor)
	_, err = replayLines(s.Lines, ReplayOptions{Anchor: s.AnchorOf(1)})
	require.ErrorIs(t, err, ErrOptions)
	_, err = replayLines(nil, ReplayOptions{})
	require.ErrorIs(t, err, ErrLog)

	stopped, stop := context.WithCancel(context.Background())
	stop()
	_, err = Replay(stopped, bytes.NewReader(s.Export()), ReplayOptions{})
	require.ErrorIs(t, err, context.Canceled)
	_, err = Replay(context.Background(), iotest.TimeoutReader(iotest.OneByteReader(bytes.NewReader(s.Export()))), ReplayOptions{})
	require.ErrorIs(t, err, iotest.ErrTimeout)
	_, err = Replay(context.Background(), iotest.HalfReader(io.LimitReader(bytes.NewReader(s.Export()), 5000)), ReplayOptions{})
	require.ErrorIs(t, err, ErrFormat, "cut inside a line")
}

// The report does not depend on the number of workers or the shape of reads.
func TestReplayIsTheSameForAnyWorkers(t *testing.T) {
	s := newStory(t)
	want, err := replayLines(s.Lines, ReplayOptions{})
	require.NoError(t, err)
	for workers := 1; workers < 6; workers++ {
		seen := uint64(0)
		got, err := Replay(context.Background(), iotest.HalfReader(bytes.NewReader(s.Export())),
			ReplayOptions{Workers: workers, Progress: func(n uint64) { seen = n }})
		require.NoError(t, err)
		require.Equal(t, want, got)
		require.Equal(t, want.Entries/progressEvery*progressEvery, seen)
	}
}

// The tree against x/mod's, at every size.
func TestTreeIsRFC6962(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 150).Draw(t, "leaves")
		var tr tree
		var stored []tlog.Hash
		read := tlog.HashReaderFunc(func(at []int64) ([]tlog.Hash, error) {
			var out []tlog.Hash
			for _, i := range at {
				out = append(out, stored[i])
			}
			return out, nil
		})
		for i := range n {
			leaf := fmt.Append(nil, i)
			more, err := tlog.StoredHashes(int64(i), leaf, read)
			require.NoError(t, err)
			stored = append(stored, more...)
			tr.add(tlog.RecordHash(leaf))
		}
		for size := range n + 1 {
			want, err := tlog.TreeHash(int64(size), read)
			require.NoError(t, err)
			require.Equal(t, want, tr.root(uint64(size)), size)
		}
	})
}

func FuzzReplay(f *testing.F) {
	s, _ := smallStory(f)
	f.Add(s.Export())
	f.Add(bytes.Join(s.Lines[:2], []byte("\n")))
	f.Add([]byte("\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := Replay(context.Background(), bytes.NewReader(data), ReplayOptions{Workers: 1})
		if err == nil {
			if lines := strings.Count(strings.TrimSuffix(string(data), "\n"), "\n") + 1; uint64(lines) != r.Entries {
				t.Fatalf("%d lines make %d entries", lines, r.Entries)
			}
			return
		}
		if le, re := (*LineError)(nil), (*Rejection)(nil); !errors.As(err, &le) && !errors.As(err, &re) {
			t.Fatalf("unnamed error: %v", err)
		}
	})
}

// A log that went on from a backup says so for ever.
func TestReplayNamesRestorations(t *testing.T) {
	s := newStory(t)
	lost := op.Hash{7}
	s.Do(s.Operator, op.KindReconciled, op.Reconciled{Decision: op.DecidedAnchored, Hash: op.Hash{8}, Digest: op.Hash{9}, Height: 120})
	s.Do(s.Operator, op.KindReconciled, op.Reconciled{Decision: op.DecidedRestored, Size: 400, Root: lost, Note: "the disk was lost"})
	r, err := replayLines(s.Lines, ReplayOptions{})
	require.NoError(t, err)
	require.Equal(t, []view.Recovery{{Seq: uint64(len(s.Lines) - 1), TimeMs: s.At.TimeMs, Decision: op.DecidedRestored, Size: 400, Root: lost, Note: "the disk was lost",
		Anchors: []view.LostAnchor{{Seq: uint64(len(s.Lines) - 2), Txid: op.Hash{8}, Digest: op.Hash{9}, Height: 120}}}}, r.Restored)
	require.Equal(t, r.Books.Left(), r.Books.Kept())
}

// A log by rules that came later is neither proved nor rejected.
func TestReplayByNewerRules(t *testing.T) {
	e := newEconomy(t, "demo-1")
	_, err := replayLines([][]byte{e.NewerGenesis()}, ReplayOptions{})
	var le *LineError
	require.ErrorAs(t, err, &le)
	require.ErrorIs(t, err, ErrRules)
	require.NotErrorIs(t, err, ErrLog)
	require.Contains(t, err.Error(), fmt.Sprintf("cannot be judged by this program: constitution.version: rules-known: is %d, this program knows the rules up to version %d; a newer one is needed", constitution.NewestRules+1, constitution.NewestRules))
	newer, err := op.DecodeEntry(e.NewerGenesis())
	require.NoError(t, err)
	_, unknown, err := identify(newer)
	require.NoError(t, err)
	require.ErrorIs(t, unknown, refusal.ErrRules, "of a bundle")
}
