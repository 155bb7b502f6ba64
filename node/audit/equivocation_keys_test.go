package audit_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/mod/sumdb/note"

	"github.com/econd/econd/node/audit"
	"github.com/econd/econd/node/audit/audittest"
	"github.com/econd/econd/node/constitution"
	"github.com/econd/econd/node/headers"
	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/logkey"
	"github.com/econd/econd/node/op"
)

// rotating is a log by rules that know handovers, with agents of these names.
func rotating(t *testing.T, agents ...string) *audittest.Economy {
	c := audittest.Constitution()
	c.Version = constitution.RulesLogKey
	e := audittest.NewEconomyBy(t, audittest.EconomyID, c)
	e.EnterHeaders(0, headers.Mine([32]byte{}, e.At.TimeMs/1000-12*600, 600, 12, 0))
	for _, name := range agents {
		e.Agent(name)
	}
	return e
}

// handed lets the log go over to the key of a name, and returns the one before.
func handed(e *audittest.Economy, name string) (old note.Signer) {
	ev, next := e.Rotate(name, e.Signer)
	e.Enter(ev)
	old, e.Signer = e.Signer, next
	return old
}

// twoKeys are two histories of one log of which one went over to another key.
func twoKeys(t *testing.T) (e *audittest.Economy, files [][]byte) {
	other := rotating(t, "a", "instead")
	e = rotating(t, "a", "b")
	handed(e, "second")
	e.Agent("c")
	return e, [][]byte{other.Checkpoint(), e.Checkpoint(), e.Export()}
}

// Heads by two keys are held against each other, and the proof has the handover between them.
func TestEquivocationOverAHandover(t *testing.T) {
	e, files := twoKeys(t)
	q, err := audit.FindEquivocation(files, audit.Options{})
	require.NoError(t, err)
	require.Equal(t, audit.Prefix, q.Kind)
	require.Len(t, q.LogKeys, 1)
	for _, pinned := range []string{"", e.LogKey, e.State.LogVerifier()} {
		r, err := q.Verify(audit.Options{LogKey: pinned})
		require.NoError(t, err)
		require.Contains(t, r.Proved[0], e.State.LogVerifier())
	}
	_, err = q.Verify(audit.Options{LogKey: audittest.NewEconomy(t, "elsewhere").LogKey})
	require.ErrorIs(t, err, audit.ErrPinned)
	text, err := q.Marshal()
	require.NoError(t, err)
	again, err := audit.DecodeEquivocation(text)
	require.NoError(t, err)
	require.Equal(t, q, again)

	honest := rotating(t, "a", "b")
	before := honest.Checkpoint()
	handed(honest, "second")
	honest.Agent("c")
	_, err = audit.FindEquivocation([][]byte{before, honest.Checkpoint(), honest.Export()}, audit.Options{})
	require.ErrorIs(t, err, audit.ErrNoEquivocation)
}

// A head by a retired key over more than its last one has is a proof with the handover alone; one by a key before it took over is refused in words.
func TestHeadOfARetiredKey(t *testing.T) {
	e := rotating(t, "a")
	old := handed(e, "second")
	next := e.Signer
	e.Signer = old
	at := e.Checkpoint()
	q, err := audit.FindEquivocation([][]byte{at, e.Export()}, audit.Options{})
	require.NoError(t, err)
	require.Equal(t, audit.Retired, q.Kind)
	r, err := q.Verify(audit.Options{LogKey: e.LogKey})
	require.NoError(t, err)
	require.Equal(t, []int64{int64(len(e.Lines)) - 1, int64(len(e.Lines))}, []int64{r.SizeA, r.SizeB})
	require.Contains(t, r.RestsOn[0], "became known to somebody")

	last := rotating(t, "a")
	q.B.Checkpoint, q.B.Hash = string(last.Checkpoint()), op.Hash(last.Root())
	_, err = q.Verify(audit.Options{})
	require.ErrorIs(t, err, audit.ErrNoEquivocation, "its last head is its own")

	early := rotating(t, "a")
	early.Signer = next
	_, err = audit.FindEquivocation([][]byte{early.Checkpoint(), e.Export()}, audit.Options{})
	require.ErrorIs(t, err, audit.ErrCheckpoint)
	require.ErrorContains(t, err, "which took over later")
}

// Nothing of a proof is unbound: handovers that are missing, changed, out of order, too many or not between the two are refused.
func TestHandoversOfAnEquivocation(t *testing.T) {
	e, files := twoKeys(t)
	find := func() *audit.Equivocation {
		q, err := audit.FindEquivocation(files, audit.Options{})
		require.NoError(t, err)
		return q
	}
	handed(e, "third")
	later := ledger.LogKeyOf(e.State.LogKeys().Handovers()[1])
	for name, c := range map[string]struct {
		change func(q *audit.Equivocation)
		err    error
	}{
		"missing":        {func(q *audit.Equivocation) { q.LogKeys = nil }, audit.ErrCheckpoint},
		"another size":   {func(q *audit.Equivocation) { q.LogKeys[0].Size++ }, audit.ErrCheckpoint},
		"another root":   {func(q *audit.Equivocation) { q.LogKeys[0].Root[0] ^= 1 }, audit.ErrCheckpoint},
		"the new's word": {func(q *audit.Equivocation) { q.LogKeys[0].NewSignature[9] ^= 1 }, audit.ErrCheckpoint},
		"twice":          {func(q *audit.Equivocation) { q.LogKeys = append(q.LogKeys, q.LogKeys[0]) }, audit.ErrCheckpoint},
		"out of order":   {func(q *audit.Equivocation) { q.LogKeys = []op.LogKey{later, q.LogKeys[0]} }, audit.ErrCheckpoint},
		"one too many":   {func(q *audit.Equivocation) { q.LogKeys = append(q.LogKeys, later) }, audit.ErrCheckpoint},
		"very many":      {func(q *audit.Equivocation) { q.LogKeys = make([]op.LogKey, logkey.MaxHandovers+1) }, audit.ErrFormat},
		"called retired": {func(q *audit.Equivocation) { q.Kind = audit.Retired }, audit.ErrFormat},
	} {
		q := find()
		c.change(q)
		_, err := q.Verify(audit.Options{})
		require.ErrorIs(t, err, c.err, name)
	}
}

// A key that hands the log over twice has two ends: the two handovers are a proof, whatever files they came in.
func TestTwoHandoversByOneKey(t *testing.T) {
	one, two := rotating(t, "a"), rotating(t, "a", "b")
	handed(one, "second")
	handed(two, "of another history")
	same := rotating(t, "a")
	handed(same, "third, at the same size")
	for name, other := range map[string]*audittest.Economy{"two sizes": two, "one size": same} {
		for _, files := range [][][]byte{{one.Export(), other.Export()}, {other.Checkpoint(), one.Export(), one.Checkpoint(), other.Export()}} {
			q, err := audit.FindEquivocation(files, audit.Options{})
			require.NoError(t, err, name)
			require.Equal(t, audit.Forked, q.Kind, name)
			for _, pinned := range []string{"", one.LogKey, one.State.LogVerifier(), other.State.LogVerifier()} {
				_, err = audit.FindEquivocation(files, audit.Options{LogKey: pinned})
				require.NoError(t, err, name)
				r, err := q.Verify(audit.Options{LogKey: pinned})
				require.NoError(t, err, name)
				require.Contains(t, r.Proved[0], "two ends of its own")
			}
			_, err = q.Verify(audit.Options{LogKey: audittest.NewEconomy(t, "elsewhere").LogKey})
			require.ErrorIs(t, err, audit.ErrPinned)
			text, err := q.Marshal()
			require.NoError(t, err)
			again, err := audit.DecodeEquivocation(text)
			require.NoError(t, err)
			require.Equal(t, q, again)
			for what, c := range map[string]struct {
				change func(*audit.Equivocation)
				err    error
			}{
				"one twice":      {func(q *audit.Equivocation) { q.LogKeys[1] = q.LogKeys[0] }, audit.ErrNoEquivocation},
				"out of order":   {func(q *audit.Equivocation) { q.LogKeys[0], q.LogKeys[1] = q.LogKeys[1], q.LogKeys[0] }, audit.ErrFormat},
				"one":            {func(q *audit.Equivocation) { q.LogKeys = q.LogKeys[:1] }, audit.ErrFormat},
				"another size":   {func(q *audit.Equivocation) { q.LogKeys[1].Size++ }, audit.ErrCheckpoint},
				"another root":   {func(q *audit.Equivocation) { q.LogKeys[1].Root[3] ^= 1 }, audit.ErrCheckpoint},
				"the old's word": {func(q *audit.Equivocation) { q.LogKeys[0].OldSignature[9] ^= 1 }, audit.ErrCheckpoint},
				"the new's word": {func(q *audit.Equivocation) { q.LogKeys[0].NewSignature[9] ^= 1 }, audit.ErrCheckpoint},
				"another key":    {func(q *audit.Equivocation) { q.LogKey = one.State.LogVerifier() }, audit.ErrCheckpoint},
				"a head":         {func(q *audit.Equivocation) { q.B.Checkpoint = string(one.Checkpoint()) }, audit.ErrFormat},
				"a hash":         {func(q *audit.Equivocation) { q.A.Hash[0] = 1 }, audit.ErrFormat},
				"a place":        {func(q *audit.Equivocation) { q.Index = 1 }, audit.ErrFormat},
			} {
				again, err := audit.DecodeEquivocation(text)
				require.NoError(t, err)
				c.change(again)
				_, err = again.Verify(audit.Options{})
				require.ErrorIs(t, err, c.err, what)
			}
		}
	}
	_, err := audit.FindEquivocation([][]byte{one.Export(), one.Checkpoint(), one.Export()}, audit.Options{})
	require.ErrorIs(t, err, audit.ErrNoEquivocation)
}
