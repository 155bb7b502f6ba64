package audit

import (
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/econd/econd/node/anchor"
)

func TestVerifyProofOfEveryEntry(t *testing.T) {
	s := newStory(t)
	note, p := s.checkpoint(), s.anchorOf(6)
	for seq := range s.lines {
		in := anchor.Inclusion{Index: int64(seq), Checkpoint: note}
		for _, h := range s.path(uint64(seq)) {
			in.Path = append(in.Path, tlog.Hash(h))
		}
		text := in.Encode()
		r, err := VerifyProof(text, s.lines[seq], "regtest", p, Options{LogKey: s.logKey})
		require.NoError(t, err)
		require.EqualValues(t, seq, r.Seq)
		require.Equal(t, 6, r.Anchor.Confirmations)
		r, err = VerifyProof(text, s.lines[seq], "", nil, Options{LogKey: s.logKey})
		require.NoError(t, err)
		require.Nil(t, r.Anchor)

		other := s.lines[(seq+1)%len(s.lines)]
		_, err = VerifyProof(text, other, "", nil, Options{LogKey: s.logKey})
		require.ErrorIs(t, err, ErrInclusion)
		in.Index = int64((seq + 1) % len(s.lines))
		_, err = VerifyProof(in.Encode(), s.lines[seq], "", nil, Options{LogKey: s.logKey})
		require.ErrorIs(t, err, ErrInclusion)
	}
}

func TestVerifyProofNeedsTheRightKey(t *testing.T) {
	s := newStory(t)
	in := anchor.Inclusion{Index: 0, Checkpoint: s.checkpoint()}
	for _, h := range s.path(0) {
		in.Path = append(in.Path, tlog.Hash(h))
	}
	_, err := VerifyProof(in.Encode(), s.lines[0], "", nil, Options{})
	require.ErrorIs(t, err, ErrOptions)
	_, err = VerifyProof(in.Encode(), s.lines[0], "", nil, Options{LogKey: newEconomy(t, "demo-2").logKey})
	require.ErrorIs(t, err, anchor.ErrCheckpoint)
	_, err = VerifyProof(in.Encode(), s.lines[0], "", nil, Options{LogKey: s.logKey, RequireAnchor: true})
	require.ErrorIs(t, err, ErrAnchor)
}
