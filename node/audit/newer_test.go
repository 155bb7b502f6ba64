package audit

import (
	"bytes"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/econd/econd/node/audit/audittest"
	"github.com/econd/econd/node/constitution"
	"github.com/econd/econd/node/op"
)

// newerStory is a story that goes on by newer rules from an entry on.
func newerStory(t *testing.T) (s *story, from uint64) {
	s = newStory(t)
	from = s.Newer(s.Agents[0])
	s.At.TimeMs += 1000
	s.Unruled(s.Sign(s.Agents[1], 3999, struct {
		New int `json:"new"`
	}{1}))
	s.At.Height++
	s.At.BlockHash[0]++
	for i := range 6 {
		s.At.TimeMs += 1000
		s.Unruled(s.Sign(s.Agents[i%3], op.KindLockStake, op.LockStake{AmountSat: int64(500 + i)}))
	}
	return s, from
}

// What newer rules say is not judged, what needs none is checked to the end.
func TestNewerRulesEndWithoutAVerdict(t *testing.T) {
	s, from := newerStory(t)
	last := len(s.Lines) - 1
	_, err := replayLines(s.Lines, ReplayOptions{})
	var line *LineError
	require.ErrorAs(t, err, &line)
	require.EqualValues(t, from+1, line.Line)
	require.ErrorIs(t, err, ErrRules)
	require.NotErrorIs(t, err, ErrLog)
	var newer *NewerRules
	require.ErrorAs(t, err, &newer)
	require.Equal(t, []uint64{from, uint64(len(s.Lines))}, []uint64{newer.Seq, newer.Entries})
	require.Nil(t, newer.Head)
	for _, says := range []string{
		fmt.Sprintf("knows the rules up to version %d; a newer one is needed", constitution.NewestRules),
		fmt.Sprintf("Entries 0 to %d are proved", from-1),
		fmt.Sprintf("entries %d to %d were checked in form and signatures only", from, last),
		"No econd of this version lets such an entry in",
	} {
		require.Contains(t, err.Error(), says)
	}

	_, err = replayLines(s.Lines, ReplayOptions{Checkpoint: s.Checkpoint(), Headers: audittest.Headers(2), HeadersFrom: 499, Lenient: true})
	require.ErrorAs(t, err, &newer)
	require.EqualValues(t, len(s.Lines), newer.Head.Size)
	require.Equal(t, 2, len(newer.Blocks.Strange)+newer.Blocks.Found+newer.Blocks.Outside)
	require.Contains(t, err.Error(), fmt.Sprintf("The log reaches the checkpoint of size %d", len(s.Lines)))

	_, err = theftOf(s)
	require.ErrorIs(t, err, ErrRules, "a later entry may say that the hold was settled")
}

// Behind an entry by newer rules a forgery is a forgery.
func TestNewerRulesHideNoForgery(t *testing.T) {
	s, from := newerStory(t)
	honest := s.Checkpoint()
	at := int(from) + 3
	entry := func(change func(*op.Entry)) func([][]byte) [][]byte {
		return func(lines [][]byte) [][]byte {
			e, err := op.DecodeEntry(lines[at])
			require.NoError(t, err)
			change(e)
			lines[at] = e.Marshal()
			return lines
		}
	}
	signed := func(kind op.Kind, content any, tags ...[]string) func([][]byte) [][]byte {
		return entry(func(e *op.Entry) {
			e.Event = s.Sign(s.Operator, kind, content)
			if tags != nil {
				e.Event.Tags = tags
				require.NoError(t, e.Event.Sign(s.Operator))
			}
		})
	}
	for name, c := range map[string]struct {
		change func([][]byte) [][]byte
		kind   error
		says   string
	}{
		"signature": {entry(func(e *op.Entry) { e.Event.Sig[5] ^= 1 }), ErrEntry, "sig: does not verify"},
		"id":        {entry(func(e *op.Entry) { e.Event.ID[5] ^= 1 }), ErrEntry, "id: is not the SHA-256"},
		"content":   {entry(func(e *op.Entry) { e.Event.Content = `{"amount_sat":900}` }), ErrEntry, "id: is not the SHA-256"},
		"sequence":  {entry(func(e *op.Entry) { e.Seq += 2 }), ErrLog, "missing or out of place"},
		"dropped":   {func(l [][]byte) [][]byte { return slices.Delete(l, at, at+1) }, ErrLog, "is missing or out of place"},
		"form":      {func(l [][]byte) [][]byte { l[at] = append(bytes.Clone(l[at]), ' '); return l }, ErrFormat, "not a canonical entry"},
		"time":      {entry(func(e *op.Entry) { e.Stamp.TimeMs -= 5000 }), ErrLog, "goes back"},
		"height":    {entry(func(e *op.Entry) { e.Stamp.Height-- }), ErrLog, "goes back"},
		"block":     {entry(func(e *op.Entry) { e.Stamp.BlockHash[3] ^= 1 }), ErrLog, "one-block"},
		"economy": {signed(op.KindLockStake, op.LockStake{AmountSat: 500}, []string{op.EconomyTag, "demo-2"}), ErrLog,
			`bound to economy "demo-2"`},
		"genesis again": {signed(op.KindGenesis, op.Genesis{Economy: s.ID, Constitution: op.Raw("{}")}), ErrLog, "genesis"},
		"event of before": {entry(func(e *op.Entry) {
			old, err := op.DecodeEntry(s.Lines[3])
			require.NoError(t, err)
			e.Event = old.Event
		}), ErrLog, "already recorded as entry 3"},
		"event again": {entry(func(e *op.Entry) {
			old, err := op.DecodeEntry(s.Lines[from])
			require.NoError(t, err)
			e.Event = old.Event
		}), ErrLog, fmt.Sprintf("already recorded as entry %d", from)},
		"anchor": {signed(op.KindAnchorPublished, op.AnchorPublished{CheckpointSize: from, CheckpointHash: op.Hash{1}}), ErrLog,
			"another history was anchored"},
		"anchor ahead": {signed(op.KindAnchorPublished, op.AnchorPublished{CheckpointSize: 9999, CheckpointHash: op.Hash{1}}), ErrLog,
			"before there were so many entries"},
	} {
		_, err := replayLines(c.change(slices.Clone(s.Lines)), ReplayOptions{})
		var line *LineError
		require.ErrorAs(t, err, &line, name)
		require.EqualValues(t, at+1, line.Line, name+": "+err.Error())
		require.ErrorIs(t, err, c.kind, name)
		require.NotErrorIs(t, err, ErrRules, name)
		require.Contains(t, err.Error(), c.says, name)
	}

	// What no line shows, the checkpoint does.
	last := len(s.Lines) - 1
	_, err := replayLines(s.Lines[:last], ReplayOptions{Checkpoint: honest})
	require.ErrorIs(t, err, ErrLog)
	require.Contains(t, err.Error(), "1 at the end are missing")
	later := entry(func(e *op.Entry) { e.Stamp.TimeMs++ })(slices.Clone(s.Lines))
	_, err = replayLines(later, ReplayOptions{})
	require.ErrorIs(t, err, ErrRules)
	_, err = replayLines(later, ReplayOptions{Checkpoint: honest})
	require.ErrorIs(t, err, ErrLog)
	require.Contains(t, err.Error(), "have the root")
	_, err = replayLines(s.Lines, ReplayOptions{Checkpoint: newEconomy(t, "demo-2").Checkpoint()})
	require.ErrorIs(t, err, ErrCheckpoint)
	_, err = replayLines(s.Lines, ReplayOptions{Checkpoint: honest, Options: Options{RequireAnchor: true}})
	require.ErrorIs(t, err, ErrAnchor)
	_, err = replayLines(s.Lines, ReplayOptions{Checkpoint: honest, Anchor: s.AnchorOf(6)})
	require.ErrorIs(t, err, ErrRules, "an anchor that is right")
	other := s.AnchorOf(6)
	_, err = replayLines(s.Lines, ReplayOptions{Checkpoint: s.checkpointOf(last), Anchor: other})
	require.ErrorIs(t, err, ErrAnchor)
}

// The genesis may speak of newer rules itself: then nothing is proved, and as much checked.
func TestGenesisOfNewerRulesIsCheckedInForm(t *testing.T) {
	e := newEconomy(t, "demo-1")
	e.Lines = [][]byte{e.NewerGenesis()}
	e.At.TimeMs += int64(time.Second / time.Millisecond)
	e.Unruled(e.Sign(e.Operator, op.KindRegister, op.Register{Name: "operator"}))
	pinned := Options{Economy: "demo-1", LogKey: e.LogKey}
	_, err := replayLines(e.Lines, ReplayOptions{Options: pinned, Checkpoint: e.Checkpoint()})
	require.ErrorIs(t, err, ErrRules)
	require.Contains(t, err.Error(), "Nothing is proved; entries 0 to 1 were checked")
	_, err = replayLines(e.Lines, ReplayOptions{Options: Options{Economy: "demo-2"}})
	require.ErrorIs(t, err, ErrPinned)
	_, err = replayLines(e.Lines, ReplayOptions{Checkpoint: newEconomy(t, "demo-2").Checkpoint()})
	require.ErrorIs(t, err, ErrCheckpoint)
	_, err = replayLines(e.Lines[:1], ReplayOptions{Checkpoint: e.Checkpoint()})
	require.ErrorIs(t, err, ErrLog)
}

// A bundle whose genesis speaks of newer rules is checked in all but what it means.
func TestBundleByNewerRules(t *testing.T) {
	s := newStory(t)
	s.Lines[0] = newerGenesisOf(t, s)
	good := s.bundle(s.Passed, s.Agents[0].Public(), nil)
	_, err := Verify(good, Options{})
	require.ErrorIs(t, err, ErrRules)
	require.Contains(t, err.Error(), "No econd of this version lets such an entry in")
	forgedSig := func(in Included) Included {
		e, err := op.DecodeEntry([]byte(in.Entry))
		require.NoError(t, err)
		e.Event.Sig[5] ^= 1
		in.Entry = string(e.Marshal())
		return in
	}
	for name, c := range map[string]struct {
		change func(*Bundle)
		kind   error
	}{
		"signature":  {func(b *Bundle) { b.Vote = forgedSig(b.Vote) }, ErrEntry},
		"seq":        {func(b *Bundle) { b.Close.Seq++ }, ErrMismatch},
		"path":       {func(b *Bundle) { b.Close.Path = b.Close.Path[1:] }, ErrInclusion},
		"checkpoint": {func(b *Bundle) { b.Checkpoint = string(newEconomy(t, "demo-2").Checkpoint()) }, ErrCheckpoint},
		"root":       {func(b *Bundle) { b.Checkpoint = string(s.checkpointOf(len(s.Lines) - 1)) }, ErrInclusion},
		"economy":    {func(b *Bundle) { b.Economy = "demo-2" }, ErrMismatch},
		"voter":      {func(b *Bundle) { b.Voter = s.Agents[1].Public() }, ErrMismatch},
		"anchor":     {func(b *Bundle) { b.Anchor = newStory(t).AnchorOf(6) }, ErrAnchor},
	} {
		b := *good
		c.change(&b)
		_, err := Verify(&b, Options{})
		require.ErrorIs(t, err, c.kind, name)
		require.NotErrorIs(t, err, ErrRules, name)
	}
	_, err = Verify(good, Options{RequireAnchor: true})
	require.ErrorIs(t, err, ErrAnchor)
}

// newerGenesisOf is the genesis of a story with newer rules, at its own time.
func newerGenesisOf(t *testing.T, s *story) []byte {
	first, err := op.DecodeEntry(s.Lines[0])
	require.NoError(t, err)
	newer, err := op.DecodeEntry(s.NewerGenesis())
	require.NoError(t, err)
	newer.Stamp = first.Stamp
	return newer.Marshal()
}

// checkpointOf signs the head over the first n entries.
func (s *story) checkpointOf(n int) []byte {
	part := *s.Economy
	part.Lines = part.Lines[:n]
	return part.Checkpoint()
}

func theftOf(s *story) (Theft, error) {
	return VerifyTheft(s.TB.Context(), bytes.NewReader(s.Export()), audittest.PreimageOf(s.Released), ReplayOptions{})
}
