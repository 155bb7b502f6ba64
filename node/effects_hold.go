package node

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"fmt"

	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/view"
	"github.com/econd/econd/stake"
)

// PreimageOf derives the preimage of a hold from the operator's hold secret:
// HMAC-SHA256 over the economy and the hold's id. So it exists before the
// invoice does, it is the same after any crash and after a restore from an old
// backup, and the ballot store holds no secret.
func PreimageOf(secret [32]byte, economy string, hold op.ID) op.Hash {
	m := hmac.New(sha256.New, secret[:])
	fmt.Fprintf(m, "econd/hold/%s/%s", economy, hold)
	return op.Hash(m.Sum(nil))
}

// attemptHold opens, settles or cancels a hold once.
func (n *Node) attemptHold(ctx context.Context, e ledger.Effect) (op.Kind, any, error) {
	preimage := PreimageOf(n.cfg.HoldSecret, n.economy, e.Hold)
	hash := op.Hash(sha256.Sum256(preimage[:]))
	switch e.Kind {
	case ledger.EffectOpenHold:
		invoice, err := n.cfg.Lightning.OpenHold(ctx, HoldRequest{PaymentHash: hash, AmountSat: e.AmountSat,
			CltvBlocks: e.CltvBlocks, ExpirySec: e.ExpiryS, Memo: e.Memo})
		return op.KindHoldOffered, op.HoldOffered{Effect: e.ID, Hold: e.Hold, PaymentHash: hash, Invoice: invoice}, err
	case ledger.EffectSettleHold:
		return n.settleHold(ctx, e, preimage, hash)
	default:
		return n.cancelHold(ctx, e, hash, "cancelled as asked")
	}
}

// settleHold takes the sats of a hold if LND's own height leaves time for it: LND
// checks none, and goes to the chain for a preimage that comes too late. The
// record may not know the last block yet, so LND is asked right before. Too late,
// the sats go back.
func (n *Node) settleHold(ctx context.Context, e ledger.Effect, preimage, hash op.Hash) (op.Kind, any, error) {
	hold, err := n.cfg.Lightning.LookupHold(ctx, hash)
	if err != nil {
		return 0, nil, err
	}
	if hold.Status == HoldAccepted {
		info, err := n.cfg.Lightning.Info(ctx)
		if err != nil {
			return 0, nil, err
		}
		if !info.Synced {
			return 0, nil, &laterError{why: fmt.Sprintf("LND is not synced to the chain at height %d; it is settled by the height that LND sees", info.Height)}
		}
		if height := max(info.Height, n.Height()); height >= stake.LapseHeight(hold.ExpiryHeight) {
			return n.cancelHold(ctx, e, hash, fmt.Sprintf("too late to settle: LND is at height %d, an HTLC of the hold expires at %d", height, hold.ExpiryHeight))
		}
	}
	err = n.cfg.Lightning.SettleHold(ctx, preimage)
	if errors.Is(err, ErrHoldGone) {
		return op.KindHoldCancelled, op.HoldCancelled{Effect: e.ID, Hold: e.Hold, Reason: "LND had cancelled the hold before it could be settled"}, nil
	}
	return op.KindHoldSettled, op.HoldSettled{Effect: e.ID, Hold: e.Hold}, err
}

func (n *Node) cancelHold(ctx context.Context, e ledger.Effect, hash op.Hash, reason string) (op.Kind, any, error) {
	err := n.cfg.Lightning.CancelHold(ctx, hash)
	switch {
	case errors.Is(err, ErrHoldSettled):
		return n.foundSettled(ctx, e, hash)
	case err != nil && !errors.Is(err, ErrHoldGone):
		return 0, nil, err
	}
	return op.KindHoldCancelled, op.HoldCancelled{Effect: e.ID, Hold: e.Hold, Reason: reason}, nil
}

// foundSettled answers an effect for a hold that LND has settled.
func (n *Node) foundSettled(ctx context.Context, e ledger.Effect, hash op.Hash) (op.Kind, any, error) {
	h, err := n.cfg.Lightning.LookupHold(ctx, hash)
	if err == nil && h.Status != HoldSettled {
		err = fmt.Errorf("hold %s: LND says that it is settled, and then that it is not", e.Hold)
	}
	if err != nil {
		return 0, nil, err
	}
	n.mu.RLock()
	view, _ := n.state.Hold(e.Hold)
	n.mu.RUnlock()
	return op.KindHoldSettled, settledFact(e.ID, view, h), nil
}

// settledFact is the fact of a hold that LND has settled. It says what was paid
// where the log never saw that.
func settledFact(effect string, seen view.Hold, h Hold) op.HoldSettled {
	f := op.HoldSettled{Effect: effect, Hold: seen.ID}
	if seen.PaidSat == 0 {
		f.AmountSat, f.RestMsat = h.AmountSat, h.RestMsat
	}
	return f
}
