package audit

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/econd/econd/node/anchor"
	"github.com/econd/econd/node/audit/audittest"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/promise"
)

// twins are two histories of one economy, the same for so many entries, told apart by
// one agent's name.
func twins(t testing.TB) (a, b *story, same int) {
	a, b = newStory(t), newStory(t)
	same = len(a.Lines)
	require.Equal(t, a.Lines, b.Lines)
	for i := range 12 { // 64 of them, and one more
		a.Agent(fmt.Sprint("told to some ", i))
		b.Agent(fmt.Sprint("told to others ", i))
	}
	return a, b, same
}

// promised is an entry with the proof that an answer carries.
func (s *story) promised(seq int) []byte {
	p := anchor.Inclusion{Index: int64(seq), Checkpoint: s.Checkpoint()}
	for _, h := range s.Path(uint64(seq)) {
		p.Path = append(p.Path, tlog.Hash(h))
	}
	return slices.Concat(s.Lines[seq], []byte("\n"), p.Encode())
}

// refusal is a signed refusal of some event at the present head.
func (s *story) refusal(rule string) []byte {
	ev := s.Sign(s.Agents[0], op.KindStatement, op.Statement{Text: "let me in"})
	text, err := promise.Refusal{Origin: s.Head().Origin, Event: ev.ID, Size: uint64(len(s.Lines)), Root: s.Root(), At: s.At, Rule: rule}.Sign(s.Signer)
	require.NoError(s.TB, err)
	return text
}

// kept are answers as an agent keeps them: the promise of an entry, and a refusal.
func (s *story) kept(seq int, refusal []byte) []byte {
	e, err := op.DecodeEntry(s.Lines[seq])
	require.NoError(s.TB, err)
	block := op.Hash(e.Stamp.BlockHash)
	_, proof, _ := bytes.Cut(s.promised(seq), []byte("\n"))
	out, err := promise.Kept{Event: json.RawMessage(e.Event.Marshal()), Seq: uint64(seq), TimeMs: e.Stamp.TimeMs, Height: e.Stamp.Height,
		Block: &block, Promise: string(proof)}.Append(nil)
	require.NoError(s.TB, err)
	ev := s.Sign(s.Agents[0], op.KindStatement, op.Statement{Text: "let me in"})
	out, err = promise.Kept{Event: json.RawMessage(ev.Marshal()), Refusal: string(refusal)}.Append(out)
	require.NoError(s.TB, err)
	return out
}

// upTo is the story as it was when it had so many entries.
func (s *story) upTo(n int) *story {
	e := *s.Economy
	e.Lines = e.Lines[:n:n]
	past := *s.Story
	past.Economy = &e
	return &story{&past}
}

func TestEquivocation(t *testing.T) {
	a, b, same := twins(t)
	bundle := func(s *story) []byte {
		data, err := s.bundle(s.Passed, s.Agents[0].Public(), nil).Marshal()
		require.NoError(t, err)
		return data
	}
	short := b.upTo(same + 3)
	for name, c := range map[string]struct {
		files [][]byte
		kind  string
	}{
		"two heads of one size":            {[][]byte{a.Checkpoint(), b.Checkpoint()}, SameSize},
		"a head and a promise of one size": {[][]byte{a.Checkpoint(), b.promised(3)}, SameSize},
		"two bundles of one size":          {[][]byte{bundle(a), bundle(b)}, SameSize},
		"two exports and their heads":      {[][]byte{a.Export(), short.Export(), a.Checkpoint(), short.Checkpoint()}, Prefix},
		"an export and an older head":      {[][]byte{a.Export(), a.Checkpoint(), short.Checkpoint()}, Prefix},
		"an export and an older promise":   {[][]byte{short.promised(same + 1), a.Export(), a.Checkpoint()}, Prefix},
		"an older export and a promise":    {[][]byte{short.Export(), short.Checkpoint(), a.promised(same + 1)}, Subtree},
		"two promises of one entry":        {[][]byte{short.promised(same + 1), a.promised(same + 1)}, Subtree},
		"a refusal and a head":             {[][]byte{a.refusal("max-age"), b.Checkpoint()}, SameSize},
		"two refusals and an export":       {[][]byte{short.refusal("max-age"), a.refusal("max-age"), a.Export()}, Prefix},
		"a refusal and a promise":          {[][]byte{b.upTo(64).refusal("max-age"), a.promised(same + 1)}, Subtree},
		"answers of two agents":            {[][]byte{short.kept(same+1, short.refusal("x")), a.kept(same+1, a.refusal("x"))}, Subtree},
		"answers of one agent":             {[][]byte{a.kept(same+1, b.refusal("x"))}, SameSize},
		"an entry's neighbour":             {[][]byte{short.promised(same&^1 + 2), a.promised(same&^1 + 3)}, Subtree},
	} {
		q, err := FindEquivocation(c.files, Options{LogKey: a.LogKey})
		require.NoError(t, err, name)
		require.Equal(t, c.kind, q.Kind, name)
		raw, err := q.Marshal()
		require.NoError(t, err)
		q, err = DecodeEquivocation(raw)
		require.NoError(t, err, name)
		r, err := q.Verify(Options{})
		require.NoError(t, err, name)
		require.Contains(t, r.Proved[0], "signed two histories", name)

		_, err = q.Verify(Options{LogKey: newEconomy(t, "demo-2").LogKey})
		require.ErrorIs(t, err, ErrPinned, name)
		var document any
		dec := json.NewDecoder(bytes.NewReader(raw))
		dec.UseNumber()
		require.NoError(t, dec.Decode(&document))
		same, err := json.Marshal(document)
		require.NoError(t, err)
		for i, changed := range mutations(document, 7) {
			text, err := json.Marshal(changed)
			require.NoError(t, err)
			if bytes.Equal(text, same) {
				continue
			}
			q, err := DecodeEquivocation(text)
			if err == nil {
				_, err = q.Verify(Options{LogKey: a.LogKey})
			}
			require.Error(t, err, "%s: mutation %d: %s", name, i, text)
		}
	}
}

// An honest log says the same at every size.
func TestNoEquivocationOfAnHonestLog(t *testing.T) {
	s, _, same := twins(t)
	files := [][]byte{s.Export(), s.upTo(same).Export(), s.Checkpoint()}
	for n := 1; n <= len(s.Lines); n += 5 {
		past := s.upTo(n)
		files = append(files, past.Checkpoint(), past.promised(n/2), past.promised(n-1), past.refusal("x"), past.kept(n/3, past.refusal("y")))
	}
	for _, given := range [][][]byte{files, files[2:]} {
		_, err := FindEquivocation(given, Options{LogKey: s.LogKey})
		require.ErrorIs(t, err, ErrNoEquivocation)
	}
}

// Nobody makes an equivocation out of what the key did not sign.
func TestFramedOperator(t *testing.T) {
	a, b, _ := twins(t)
	foreign := newEconomy(t, "demo-2")
	broken := slices.Clone(b.promised(3))
	broken[len(b.Lines[3])-10] ^= 1
	other := slices.Concat(b.Lines[4], b.promised(3)[len(b.Lines[3]):])
	for name, c := range map[string]struct {
		files [][]byte
		kind  error
	}{
		"exports without heads":    {[][]byte{a.Export(), b.Export()}, ErrNoEquivocation},
		"an export of nobody":      {[][]byte{a.Checkpoint(), b.Export()}, ErrNoEquivocation},
		"the same twice":           {[][]byte{a.Checkpoint(), a.Checkpoint(), a.Export()}, ErrNoEquivocation},
		"another log":              {[][]byte{a.Checkpoint(), foreign.Checkpoint()}, ErrCheckpoint},
		"an export of other keys":  {[][]byte{a.Checkpoint(), foreign.Export()}, ErrPinned},
		"a changed entry":          {[][]byte{a.Checkpoint(), broken}, ErrInclusion},
		"another entry":            {[][]byte{a.Checkpoint(), other}, ErrInclusion},
		"a forged refusal":         {[][]byte{a.Checkpoint(), bytes.Replace(b.refusal("x"), []byte("\n\"x\"\n"), []byte("\n\"y\"\n"), 1)}, ErrCheckpoint},
		"a refusal of another log": {[][]byte{a.Checkpoint(), (&story{&audittest.Story{Economy: foreign, Agents: a.Agents}}).refusal("x")}, ErrCheckpoint},
		"broken answers":           {[][]byte{a.Checkpoint(), append(a.kept(3, a.refusal("x")), '{')}, ErrFormat},
		"nothing of a log":         {[][]byte{a.Checkpoint(), []byte("hello")}, ErrFormat},
	} {
		_, err := FindEquivocation(c.files, Options{LogKey: a.LogKey})
		require.ErrorIs(t, err, c.kind, name)
	}
	_, err := FindEquivocation([][]byte{a.Checkpoint(), b.Checkpoint()}, Options{})
	require.ErrorIs(t, err, ErrOptions, "no key")
	q, err := FindEquivocation([][]byte{a.Export(), a.Checkpoint(), b.Checkpoint()}, Options{})
	require.NoError(t, err, "key of the genesis")
	require.Equal(t, a.LogKey, q.LogKey)
}

// What a path shows of a tree is in the tree, at every size and place.
func TestSubtreesOfPaths(t *testing.T) {
	var big tree
	for i := range 40 {
		big.add(tlog.RecordHash([]byte{byte(i)}))
	}
	for size := uint64(1); size <= 40; size++ {
		for index := range size {
			path, err := tlog.ProveRecord(int64(size), int64(index), &big)
			require.NoError(t, err)
			shown := map[subtree]shownNode{}
			subtreesOf(big.levels[0][index], index, size, path, shown)
			require.Contains(t, shown, subtree{0, index})
			for at, n := range shown {
				require.Equal(t, big.levels[at.level][at.index], n.hash, "%v of entry %d of %d", at, index, size)
				require.NoError(t, at.check(n, size, big.root(size)), "%v of entry %d of %d", at, index, size)
			}
		}
	}
}
