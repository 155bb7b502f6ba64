package audit

import (
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/econd/econd/node/anchor"
	"github.com/econd/econd/node/audit/audittest"
	"github.com/econd/econd/node/op"
)

// A path leads from an entry to one root under several sizes. So an operator that signs the
// root of its log with another size could show bundles of a log of that size; the last entry
// under the checkpoint binds it.
func TestCheckpointOfABundleIsBoundToItsSize(t *testing.T) {
	s := newStory(t)
	good := s.bundle(s.Passed, s.Agents[0].Public(), nil)
	size, others := int64(len(s.Lines)), 0
	for n := int64(1); n <= 2*size; n++ {
		if n == size {
			continue
		}
		b := *good
		note, err := anchor.SignCheckpoint(anchor.Checkpoint{Origin: s.Head().Origin, Size: n, Root: s.Root()}, s.Signer)
		require.NoError(t, err)
		b.Checkpoint = string(note)
		if pathsHold(t, s.Story, b) {
			others++
		}
		_, err = Verify(&b, Options{})
		require.Error(t, err, n)
		if n > int64(b.Close.Seq)+1 && n < size { // an entry that is there, in the place of the last one
			b.Last = Included{Seq: uint64(n - 1), Entry: string(s.Lines[n-1]), Path: hashes(s.Path(uint64(n - 1)))}
			_, err = Verify(&b, Options{})
			require.ErrorIs(t, err, ErrInclusion, n)
		}
	}
	require.NotZero(t, others, "sizes under which all other paths hold")
}

// pathsHold tells whether all entries but the last are under the bundle's checkpoint.
func pathsHold(t *testing.T, s *audittest.Story, b Bundle) bool {
	c, err := Options{}.openCheckpoint(identityFor(t, s), []byte(b.Checkpoint))
	require.NoError(t, err)
	for _, in := range []Included{b.Genesis, b.Vote, b.Close} {
		if checkPath(in.Path, uint64(c.Size), c.Root, in.Seq, tlog.RecordHash([]byte(in.Entry))) != nil {
			return false
		}
	}
	return true
}

func identityFor(t *testing.T, s *audittest.Story) identity {
	e, err := op.DecodeEntry(s.Lines[0])
	require.NoError(t, err)
	id, newer, err := identify(e)
	require.NoError(t, err)
	require.NoError(t, newer)
	return id
}
