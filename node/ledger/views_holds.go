package ledger

import (
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/stake"
)

// RenewalView says when a locked hold has to be renewed.
type RenewalView struct {
	// DueHeight is the block height from which it should be renewed.
	DueHeight uint32 `json:"due_height"`
	// EndHeight is that at which it ends if it was not: the renewal must be
	// locked before.
	EndHeight  uint32 `json:"end_height"`
	BlocksLeft uint32 `json:"blocks_left"` // until DueHeight, 0 once it is reached
	// EstimateMs is when DueHeight may be reached, at ten minutes a block from
	// the last entry on. No more than an estimate: blocks come as they come.
	EstimateMs int64 `json:"estimate_ms"`
	// AtRisk says that the sats are forfeited if it is not renewed, as things
	// stand, instead of returned.
	AtRisk bool `json:"at_risk"`
}

// endHeight is the height at which a locked hold ends that was not renewed.
func (h *hold) endHeight() uint32 {
	if h.purpose == forStake {
		return stake.LapseHeight(h.expiryHeight)
	}
	return stake.ForfeitHeight(h.expiryHeight)
}

func (s *State) renewalView(h *hold) RenewalView {
	if h.state != stake.Locked || h.purpose == forDeposit {
		return RenewalView{}
	}
	due := stake.RenewHeight(h.lockedHeight, h.expiryHeight)
	left := due - min(due, s.clock.Height)
	return RenewalView{DueHeight: due, EndHeight: h.endHeight(), BlocksLeft: left,
		EstimateMs: s.clock.TimeMs + int64(left)*blockS*1000, AtRisk: s.takenUnrenewed(h)}
}

// HoldsPage lists at most limit of an agent's holds that have not ended, in order
// of their entries, from entry from on. next is where the following page starts,
// or 0; ok is false if no agent has the key. It walks the holds of the agent.
func (s *State) HoldsPage(of op.PublicKey, from uint64, limit int) (list []HoldView, next uint64, ok bool) {
	at, ok := s.agentAt[of]
	if !ok {
		return nil, 0, false
	}
	for _, i := range s.agents[at].holds {
		h := &s.holds[i]
		switch {
		case h.seq < from || h.state.Ended():
		case len(list) == limit:
			return list, h.seq, true
		default:
			list = append(list, s.holdView(i))
		}
	}
	return list, 0, true
}
