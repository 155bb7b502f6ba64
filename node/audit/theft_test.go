package audit

import (
	"bytes"
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/econd/econd/node/audit/audittest"
	"github.com/econd/econd/node/op"
)

func TestTheft(t *testing.T) {
	s := newStory(t)
	taken := s.Do(s.Agents[0], op.KindLockStake, op.LockStake{AmountSat: 650})
	s.Lock(taken)
	s.Do(s.Operator, op.KindHoldSettled, op.HoldSettled{Hold: taken})
	s.Do(s.Agents[0], op.KindLockStake, op.LockStake{AmountSat: 600}) // requested, no invoice yet
	for name, c := range map[string]struct {
		hold       op.ID
		proved     bool
		conclusive bool
		says       string
	}{
		"released stake":       {s.Released, true, true, "records as released"},
		"locked stake":         {s.Locked, true, false, "hold this against an export that reaches the present"},
		"collateral returned":  {s.Passed, true, true, "records as released"},
		"stake taken":          {taken, false, false, "is claimable"},
		"collateral forfeited": {s.Vetoed, false, false, "was declared forfeited by entry"},
		"no hold at all":       {op.ID{1}, false, false, "the payment hash of no hold"},
	} {
		got, err := VerifyTheft(context.Background(), bytes.NewReader(s.Export()), audittest.PreimageOf(c.hold),
			ReplayOptions{Checkpoint: s.Checkpoint()})
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
	whole := audittest.PreimageOf(s.Vetoed)
	for size := 1; size <= len(s.Lines); size++ {
		got, err := VerifyTheft(context.Background(), bytes.NewReader(bytes.Join(s.Lines[:size], []byte("\n"))), whole, ReplayOptions{})
		if err != nil {
			require.ErrorIs(t, err, ErrNoTheft)
			continue
		}
		require.False(t, got.Conclusive, size)
	}
}

func TestTheftNeedsASoundLog(t *testing.T) {
	s := newStory(t)
	_, err := VerifyTheft(context.Background(), bytes.NewReader(bytes.Join(s.Lines[1:], []byte("\n"))), audittest.PreimageOf(s.Released), ReplayOptions{})
	require.ErrorIs(t, err, ErrLog)
}
