package node

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/refusal"
)

// clockReach is how far the clock may be ahead of what is known of the time: of the last
// entry at the start, and of the newest block's header, each with the time that passed since
// by the machine's steady clock. A header may be two hours ahead of the time, or behind it
// by the wait for the block; see docs/decisions/0033.
const clockReach = 2 * time.Hour

// noTime is the network whose blocks come when somebody asks for one and so tell no time.
const noTime = "regtest"

// ErrDoubtfulClock says that the clock is far ahead of what the log and the chain tell of the time.
// Nothing that others signed is stamped by it.
var ErrDoubtfulClock = errors.New("doubtful clock")

// ClockText is what everybody is told who sends something meanwhile.
const ClockText = "econd's clock is far ahead of its log and of the newest block, so that it stamps no operations: its operator must set the clock, or a new block must confirm it; /readyz says more. Send it again later"

// timekeeper is the node's clock: that of the machine, unless it is further ahead than
// clockReach. An entry stamped ahead of the time closes the economy until the time has come, because
// stamps never go back. In doubt it goes on from what is known, at the pace
// of the steady clock. It may be used concurrently.
type timekeeper struct {
	clock  Clock
	steady func() time.Duration // since any instant; it never jumps

	mu      sync.Mutex
	trusted bool          // the clock, whatever it says
	knownMs int64         // the latest instant that is known to have come
	at      time.Duration // when it was learnt, of steady
}

// known takes an instant that has come, where it is later than what is known.
func (k *timekeeper) known(ms int64) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if at := k.steady(); ms > k.line(at) {
		k.knownMs, k.at = ms, at
	}
}

// trust believes what the clock says now.
func (k *timekeeper) trust() { k.known(k.clock.NowMs()) }

// believe ends all doubt.
func (k *timekeeper) believe() { k.mu.Lock(); k.trusted = true; k.mu.Unlock() }

// line is what is known with what has passed since. The caller holds k.
func (k *timekeeper) line(at time.Duration) int64 { return k.knownMs + (at - k.at).Milliseconds() }

// NowMs implements Clock.
func (k *timekeeper) NowMs() int64 { ms, _ := k.read(); return ms }

// doubt is how far the clock is ahead of what is known, where that is too far.
func (k *timekeeper) doubt() time.Duration { _, d := k.read(); return d }

func (k *timekeeper) read() (ms int64, doubt time.Duration) {
	k.mu.Lock()
	defer k.mu.Unlock()
	now := k.clock.NowMs()
	line := k.line(k.steady())
	if ahead := now - line; !k.trusted && ahead > clockReach.Milliseconds() {
		return line, time.Duration(ahead) * time.Millisecond
	}
	return now, 0
}

// startClock takes what the log tells of the time, and the operator's word.
func (n *Node) startClock(state *ledger.State) {
	n.time.known(state.Clock().TimeMs)
	if n.cfg.ClockIsRight {
		n.time.trust()
	}
	if state.Network() == noTime {
		n.time.believe()
	}
}

// refuseInDoubt is ErrDoubtfulClock as a refusal that says what to do.
func (n *Node) refuseInDoubt() error {
	if n.time.doubt() == 0 {
		return nil
	}
	return &refusal.Refusal{Kind: ErrDoubtfulClock, Rule: "doubtful-clock", Text: ClockText}
}

// LogAhead is how far the stamp of what comes next is ahead of the clock, at least 0: stamps never
// go back, and by version 2 of the rules the newest blocks lift them. It must not be called from
// within View.
func (n *Node) LogAhead() time.Duration {
	return time.Duration(max(n.stampedNext()-n.time.NowMs(), 0)) * time.Millisecond
}

// stampedNext is the time of the stamp that what comes next has, in unix milliseconds.
func (n *Node) stampedNext() int64 {
	n.mu.RLock()
	defer n.mu.RUnlock()
	return max(n.arrivals.stamped(), n.state.StampAt(n.stampNow()).TimeMs)
}

// clockProblems says that the clock and the log do not fit.
func (n *Node) clockProblems() (problems []string) {
	if d := n.time.doubt(); d > 0 {
		problems = append(problems, fmt.Sprintf("clock: is %s ahead of the last entry and of the newest block, and of the time that has passed since: operations are refused until a block confirms it or the clock is set; if it is right, start econd with --clock-is-right",
			d.Round(time.Second)))
	}
	maxAge := n.maxAge()
	if ahead := n.LogAhead(); ahead > maxAge {
		problems = append(problems, fmt.Sprintf("clock: the last stamp is %s ahead of this clock: operations are refused until %s; set the clock if it is behind, else wait (docs/operating.md)",
			ahead.Round(time.Second), instant(n.time.NowMs()+(ahead-maxAge).Milliseconds())))
	}
	return problems
}

func (n *Node) maxAge() time.Duration {
	return time.Duration(n.signers.constitution.Load().Operations.MaxAgeS) * time.Second
}

// explainAge says of an event that the ledger found too old that its signer's clock is not
// to blame, where the log is ahead of the time: what is signed anew is refused as well.
func (n *Node) explainAge(e *op.Event, err error) error {
	var r *refusal.Refusal
	now, maxAge := n.time.NowMs(), n.maxAge()
	if !errors.As(err, &r) || r.Rule != "max-age" || now/1000-e.CreatedAt > int64(maxAge/time.Second) {
		return err
	}
	last := n.arrivals.stamped()
	if last-now <= maxAge.Milliseconds() {
		return err // what is signed anew is let in
	}
	return &refusal.Refusal{Kind: r.Kind, Field: r.Field, Rule: r.Rule,
		Text: fmt.Sprintf("is %d s behind the log's time, at most %d s are allowed; the log's last stamp is %d s ahead of econd's clock, which does not find the event too old: signing it anew does not help before %s",
			last/1000-e.CreatedAt, int64(maxAge/time.Second), (last-now)/1000, instant(last-maxAge.Milliseconds()))}
}

// instant spells unix milliseconds for people.
func instant(ms int64) string {
	return time.UnixMilli(ms).UTC().Format("2006-01-02 15:04:05") + " UTC"
}
