package ledger_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/econd/econd/node/audit/audittest"
	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/refusal"
)

func refusedFact(t *testing.T, e *audittest.Economy, kind op.Kind, content any) {
	t.Helper()
	entry := &op.Entry{Seq: e.State.Next(), Stamp: e.At, Event: e.Sign(e.Operator, kind, content)}
	_, err := ledger.Apply(e.State, entry)
	require.ErrorIs(t, err, refusal.ErrFact)
}

// LND may cancel by itself just when a release was recorded: the fact that
// says so must answer the release, or that would stay pending for ever.
func TestCancellationAnswersWhatIsPending(t *testing.T) {
	e := audittest.NewEconomy(t, "demo-1")
	agent := e.Agent("a")
	id := e.Do(agent, op.KindLockStake, op.LockStake{AmountSat: 500})
	byItself := op.HoldCancelled{Hold: id, Reason: "by LND itself"}
	refusedFact(t, e, op.KindHoldCancelled, byItself)
	e.Lock(id)
	e.Do(agent, op.KindReleaseStake, op.ReleaseStake{Stake: id})
	refusedFact(t, e, op.KindHoldCancelled, byItself)
	e.Answer()
	require.Empty(t, e.State.PendingEffects())
	h, _ := e.State.Hold(id)
	require.Equal(t, "released", h.State)

	e.Pass(time.Second)
	id = e.Do(agent, op.KindLockStake, op.LockStake{AmountSat: 500})
	e.Lock(id)
	e.Do(e.Operator, op.KindHoldCancelled, op.HoldCancelled{Hold: id, Reason: "by LND itself"})
	require.Empty(t, e.State.PendingEffects())
	h, _ = e.State.Hold(id)
	require.Equal(t, "lapsed", h.State)
}

func TestPaymentHashMakesOneHold(t *testing.T) {
	e := audittest.NewEconomy(t, "demo-1")
	agent := e.Agent("a")
	id := e.Do(agent, op.KindLockStake, op.LockStake{AmountSat: 500})
	e.Lock(id)
	h, _ := e.State.Hold(id)
	e.Pass(time.Second)
	second := e.Do(agent, op.KindLockStake, op.LockStake{AmountSat: 500})
	refusedFact(t, e, op.KindHoldOffered, op.HoldOffered{Effect: e.Effects[0].ID, Hold: second,
		PaymentHash: *h.PaymentHash, Invoice: h.Invoice})
}
