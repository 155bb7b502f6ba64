package audit

import (
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/econd/econd/node/anchor"
)

func TestVerifyProofOfEveryEntry(t *testing.T) {
	s := newStory(t)
	note, p := s.Checkpoint(), s.AnchorOf(6)
	for seq := range s.Lines {
		in := anchor.Inclusion{Index: int64(seq), Checkpoint: note}
		for _, h := range s.Path(uint64(seq)) {
			in.Path = append(in.Path, tlog.Hash(h))
		}
		text := in.Encode()
		r, err := VerifyProof(text, s.Lines[seq], "regtest", p, Options{LogKey: s.LogKey})
		require.NoError(t, err)
		require.EqualValues(t, seq, r.Seq)
		require.Equal(t, 6, r.Anchor.Confirmations)
		r, err = VerifyProof(text, s.Lines[seq], "", nil, Options{LogKey: s.LogKey})
		require.NoError(t, err)
		require.Nil(t, r.Anchor)

		other := s.Lines[(seq+1)%len(s.Lines)]
		_, err = VerifyProof(text, other, "", nil, Options{LogKey: s.LogKey})
		require.ErrorIs(t, err, ErrInclusion)
		in.Index = int64((seq + 1) % len(s.Lines))
		_, err = VerifyProof(in.Encode(), s.Lines[seq], "", nil, Options{LogKey: s.LogKey})
		require.ErrorIs(t, err, ErrInclusion)
	}
}

func TestVerifyProofNeedsTheRightKey(t *testing.T) {
	s := newStory(t)
	in := anchor.Inclusion{Index: 0, Checkpoint: s.Checkpoint()}
	for _, h := range s.Path(0) {
		in.Path = append(in.Path, tlog.Hash(h))
	}
	_, err := VerifyProof(in.Encode(), s.Lines[0], "", nil, Options{})
	require.ErrorIs(t, err, ErrOptions)
	_, err = VerifyProof(in.Encode(), s.Lines[0], "", nil, Options{LogKey: newEconomy(t, "demo-2").LogKey})
	require.ErrorIs(t, err, anchor.ErrCheckpoint)
	agent := s.Agents[0].Public()
	_, err = VerifyProof(in.Encode(), s.Lines[0], "", nil, Options{LogKey: s.LogKey, Operator: &agent})
	require.ErrorIs(t, err, ErrPinned)
	_, err = VerifyProof(in.Encode(), s.Lines[0], "", nil, Options{LogKey: s.LogKey, Economy: "demo-2"})
	require.ErrorIs(t, err, ErrPinned)
	_, err = VerifyProof(in.Encode(), s.Lines[0], "", nil, Options{LogKey: s.LogKey, RequireAnchor: true})
	require.ErrorIs(t, err, ErrAnchor)
}
