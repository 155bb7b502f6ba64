package notifier

import (
	"errors"

	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/op"
)

// put keeps a webhook, in place of the one with the least at risk where all places
// are taken. The caller holds mu.
func (n *Notifier) put(w Webhook, signed Signed) error {
	err := n.cfg.Store.Put(w, signed)
	if !errors.Is(err, ErrFull) {
		return err
	}
	least, err := n.least(w.Agent)
	if err != nil {
		return err
	}
	n.stopWorker(least.Agent)
	if err := n.cfg.Store.Evict(least.Agent); err != nil && !errors.Is(err, ErrNone) {
		return err
	}
	n.cfg.Log.Info("webhook of an agent ended for one with more stake", "agent", least.Agent.String())
	return n.cfg.Store.Put(w, signed)
}

// least is the webhook of the agent with the least stake, which must be less than
// that of the one who asks; else ErrFull. Nothing is at risk for one that is
// disabled, nor by who left.
func (n *Notifier) least(asks op.PublicKey) (Webhook, error) {
	list, err := n.cfg.Store.All()
	if err != nil {
		return Webhook{}, err
	}
	keys := []op.PublicKey{asks}
	for _, w := range list {
		keys = append(keys, w.Agent)
	}
	stakes := n.cfg.Feed.stakes(keys...)
	at, leastSat := -1, stakes[0]
	for i, w := range list {
		sat := stakes[i+1]
		if w.Disabled {
			sat = 0
		}
		if sat < leastSat {
			at, leastSat = i, sat
		}
	}
	if at < 0 {
		return Webhook{}, ErrFull
	}
	return list[at], nil
}

// stakes is the locked stake of each agent, 0 for who left.
func (f *Feed) stakes(agents ...op.PublicKey) []uint64 {
	sat := make([]uint64, len(agents))
	f.node.View(func(s *ledger.State, _ int64) {
		for i, key := range agents {
			if a, ok := s.Agent(key); ok && a.LeftMs == 0 {
				sat[i] = a.StakeSat
			}
		}
	})
	return sat
}
