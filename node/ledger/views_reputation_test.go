package ledger

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/refusal"
)

func TestReputationRefusals(t *testing.T) {
	sc := newScenario(t)
	sc.begin()
	require.NoError(t, sc.enter("a", op.KindRegister, op.Register{Name: "a"}))
	for name, want := range map[string]error{"a": refusal.ErrPhase, "stranger": refusal.ErrNotFound} {
		key := secretOf(name).Public()
		_, err := sc.s.Reputation(key)
		require.ErrorIs(t, err, want)
		_, err = sc.s.Evidence(key)
		require.ErrorIs(t, err, want)
		_, _, err = sc.s.ReputationHistory(key, 0, 1)
		require.ErrorIs(t, err, want)
		var r *refusal.Refusal
		require.True(t, errors.As(err, &r))
		require.Equal(t, "pubkey", r.Field)
	}
}

func TestHistoryIsPaged(t *testing.T) {
	sc := newScenario(t)
	sc.begin()
	require.NoError(t, sc.enter("a", op.KindRegister, op.Register{Name: "a"}))
	for range 3 {
		sc.at.TimeMs += 4_001
		sc.enterDue()
	}
	key := secretOf("a").Public()
	all, more, err := sc.s.ReputationHistory(key, 0, 3)
	require.NoError(t, err)
	require.False(t, more)
	require.Len(t, all, 3)
	for i, v := range all {
		require.EqualValues(t, i, v.Epoch)
		require.Equal(t, sc.log[v.Seq].Stamp.TimeMs, v.TimeMs)
		require.Equal(t, op.KindEpoch, sc.log[v.Seq].Event.Kind)
	}
	one, more, err := sc.s.ReputationHistory(key, 1, 1)
	require.NoError(t, err)
	require.True(t, more)
	require.Equal(t, all[1:2], one)
	none, more, err := sc.s.ReputationHistory(key, 9, 1)
	require.NoError(t, err)
	require.False(t, more)
	require.Empty(t, none)
}

// Records are dropped only when no epoch of the window needs them, however
// seldom a standing changes.
func TestTrimmedStandingsTellTheSame(t *testing.T) {
	for _, every := range []int64{1, 2, 7, keptEpochs, keptEpochs + 1} {
		var all, kept []standing
		for epoch := range every * 3 * keptEpochs {
			if epoch%every != 0 {
				continue
			}
			all = append(all, standing{epoch: epoch, flow: uint64(epoch)})
			kept = trimStandings(append(kept, all[len(all)-1]), epoch-keptEpochs)
			require.Less(t, len(kept), 2*keptEpochs)
			for e := max(0, epoch-keptEpochs+1); e <= epoch; e += keptEpochs / 4 {
				require.Equal(t, standingAt(all, e), standingAt(kept, e), "every %d: epoch %d at %d", every, e, epoch)
			}
		}
	}
}

func standingAt(list []standing, epoch int64) (s standing) {
	for _, x := range list {
		if x.epoch <= epoch {
			s = x
		}
	}
	return s
}
