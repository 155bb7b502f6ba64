package node

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/econd/econd/node/backoff"
)

const (
	pulseEvery   = 2 * time.Second
	pulseTimeout = 5 * time.Second // an LND, or a proxy before it, that hangs is away
	behindAfter  = time.Minute
)

// pulse is what the last calls to LND said about itself.
type pulse struct {
	mu      sync.Mutex
	info    LightningInfo
	seen    bool // it has answered
	err     error
	failing time.Time // since when it does not answer; zero: it does
	behind  time.Time // since when it is at a height that no block was told of
}

// runPulse asks LND every two seconds how it is.
func (n *Node) runPulse(ctx context.Context) error {
	for {
		asking, cancel := context.WithTimeout(ctx, pulseTimeout)
		info, err := n.cfg.Lightning.Info(asking)
		cancel()
		if errors.Is(err, ErrOtherNetwork) {
			return err
		}
		if ctx.Err() == nil {
			n.sayPulse(n.pulse.note(time.Now(), info, n.tip.Load(), err))
			if n.following.due.Load() {
				n.wakeWriter()
			}
		}
		if err := backoff.Sleep(ctx, pulseEvery); err != nil {
			return err
		}
	}
}

// turn is a change of what LND does.
type turn struct {
	lost, back bool
	away       time.Duration // before it came back; 0 for the first answer
	info       LightningInfo
	err        error
}

// sayPulse logs that LND was lost or is there.
func (n *Node) sayPulse(t turn) {
	switch {
	case t.lost:
		n.cfg.Log.Warn("LND is lost: stakes and payments wait for it", "error", t.err.Error())
	case t.back && t.away > 0:
		n.cfg.Log.Info("LND is back", "away", t.away.Round(time.Millisecond).String(), "height", t.info.Height, "synced", t.info.Synced)
	case t.back:
		n.cfg.Log.Info("LND is there", "height", t.info.Height, "synced", t.info.Synced)
	}
}

// note takes one answer, or its absence, and the last block that was told, and returns
// what changed with it.
func (p *pulse) note(now time.Time, info LightningInfo, tip *Block, err error) (t turn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.err = err
	if err != nil {
		if t.lost, t.err = p.failing.IsZero(), err; t.lost {
			p.failing = now
		}
		return t
	}
	if t.back, t.info = !p.seen || !p.failing.IsZero(), info; !p.failing.IsZero() {
		t.away = max(now.Sub(p.failing), 1)
	}
	p.seen, p.info, p.failing = true, info, time.Time{}
	switch {
	case tip == nil || info.Height <= tip.Height:
		p.behind = time.Time{}
	case p.behind.IsZero():
		p.behind = now
	}
	return t
}

// ahead tells whether LND may have blocks that it has not told of: it has not told any yet, is not
// synced, or says that it is higher. Of one that is away nobody knows.
func (p *pulse) ahead(tip *Block) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case tip == nil:
		return true
	case !p.failing.IsZero():
		return false
	}
	return !p.seen || !p.info.Synced || p.info.Height > tip.Height
}

// problems says what keeps LND from its work for econd. Before the first answer
// there is nothing to say but that.
func (p *pulse) problems(now time.Time, reachable bool, tip *Block) []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	var list []string
	switch {
	case !p.failing.IsZero():
		list = append(list, fmt.Sprintf("lnd: does not answer since %s; stakes and payments wait for it: %v", p.failing.UTC().Format(time.RFC3339), p.err))
	case !reachable:
		list = append(list, "lnd: does not answer; stakes and payments wait for it")
	case !p.seen:
		list = append(list, "lnd: has not answered yet")
	case !p.info.Synced:
		list = append(list, fmt.Sprintf("lnd: is not synced to the chain at height %d; no hold is settled until it is", p.info.Height))
	}
	if tip == nil {
		return append(list, "chain: no block seen yet")
	}
	if !p.behind.IsZero() && now.Sub(p.behind) > behindAfter && p.info.Height > tip.Height {
		list = append(list, fmt.Sprintf("chain: LND is at height %d, the last block told is %d, since %s",
			p.info.Height, tip.Height, p.behind.UTC().Format(time.RFC3339)))
	}
	return list
}
