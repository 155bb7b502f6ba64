package anchor

import (
	"context"
	"fmt"
	"time"

	"github.com/btcsuite/btcd/wire"
)

// keepLease renews the reservation of the newest line output.
func (p *Publisher) keepLease(ctx context.Context) error {
	var tip *record
	for _, r := range p.records {
		if r.pending() || r.settled() {
			tip = r
		}
	}
	var op wire.OutPoint
	lost := p.lostTips(tip)
	switch {
	case len(lost) > 0 && lost[0].Height == 0:
		return nil // which of them gets into a block is open
	case len(lost) > 0:
		op = lost[0].coin().OutPoint
	case tip == nil || tip.State == StateBuilt:
		return nil // nothing, or not known to the wallet yet
	default:
		op = tip.line().OutPoint
	}
	every := min(p.cfg.LeaseFor/4, 6*time.Hour)
	if at, ok := p.leased[op]; ok && time.Since(at) < every {
		return nil
	}
	err := p.cfg.Wallet.Lease(ctx, op, p.lockID, p.cfg.LeaseFor)
	if err != nil {
		return fmt.Errorf("lease line coin %v: %w", op, err)
	}
	clear(p.leased)
	p.leased[op] = time.Now()
	return nil
}
