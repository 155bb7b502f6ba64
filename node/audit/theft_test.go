package audit

import (
	"bytes"
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/econd/econd/node/op"
)

func TestTheft(t *testing.T) {
	s := newStory(t)
	s.do(s.agents[0], op.KindLockStake, op.LockStake{AmountSat: 600}) // requested, no invoice yet
	for name, c := range map[string]struct {
		hold       op.ID
		proved     bool
		conclusive bool
		says       string
	}{
		"released stake":       {s.released, true, true, "records as released"},
		"locked stake":         {s.stolen, true, false, "hold this against an export that reaches the present"},
		"collateral returned":  {s.passed, true, true, "records as released"},
		"collateral forfeited": {s.vetoed, false, false, "was declared forfeited by entry"},
		"no hold at all":       {op.ID{1}, false, false, "the payment hash of no hold"},
	} {
		got, err := VerifyTheft(context.Background(), bytes.NewReader(s.export()), preimageOf(c.hold),
			ReplayOptions{Checkpoint: s.checkpoint()})
		if !c.proved {
			require.ErrorIs(t, err, ErrNoTheft, name)
			require.Contains(t, err.Error(), c.says, name)
			continue
		}
		require.NoError(t, err, name)
		require.Equal(t, c.hold, got.Hold.ID, name)
		require.Equal(t, c.conclusive, got.Conclusive, name)
		require.Contains(t, got.Statement, c.says, name)
	}
}

// A log from before the forfeiture must not convict anybody: the proof says
// that it is not conclusive.
func TestTheftFromACutLogIsNotConclusive(t *testing.T) {
	s := newStory(t)
	whole := preimageOf(s.vetoed)
	for size := 1; size <= len(s.lines); size++ {
		got, err := VerifyTheft(context.Background(), bytes.NewReader(bytes.Join(s.lines[:size], []byte("\n"))), whole, ReplayOptions{})
		if err != nil {
			require.ErrorIs(t, err, ErrNoTheft)
			continue
		}
		require.False(t, got.Conclusive, size)
	}
}

func TestTheftNeedsASoundLog(t *testing.T) {
	s := newStory(t)
	_, err := VerifyTheft(context.Background(), bytes.NewReader(bytes.Join(s.lines[1:], []byte("\n"))), preimageOf(s.released), ReplayOptions{})
	require.ErrorIs(t, err, ErrLog)
}
