package audit

import (
	"fmt"
	"time"

	"github.com/econd/econd/node/op"
)

// LagReport is a time in which a block was there, by its own header, that the log did not
// know: what it recorded then has the stamp of an older one, and where it knew none of the last
// two hours it recorded nothing. econd had lost the chain, or its clock ran ahead, or the headers
// were kept back: the log does not tell which.
type LagReport struct {
	Seq     uint64 `json:"seq"`      // entry that brought the header
	FromMs  int64  `json:"from_ms"`  // its time, as the miner wrote it
	UntilMs int64  `json:"until_ms"` // stamp of the entry
	Shut    bool   `json:"shut"`     // nothing but headers could be recorded at its end
}

// mostLags bounds a list.
const mostLags = 100

// lagMs is how much later a header may come than its own time without a word: miners' clocks
// differ, and so do their paths to a node.
const lagMs = 20 * 60 * 1000

// lags are those of a log, from its own headers.
type lags struct {
	list    []LagReport // the first of them
	count   int
	total   time.Duration
	longest LagReport

	known bool   // whether there were headers before the entry in hand
	tip   uint32 // their last height
	most  int64  // latest stamp with them, unix ms; 0: any
}

// before keeps what an entry of headers will change.
func (l *lags) before(p *replayer, e *op.Entry) {
	l.known = false
	if e.Event.Kind != op.KindBlocks || p.newer != nil {
		return
	}
	if own := p.state.Headers(); own != nil && !own.Empty() {
		_, l.tip = own.Range()
		l.most, l.known = p.state.MostTimeMs(), true
	}
}

// after looks at when the block above the old end was there.
func (l *lags) after(p *replayer, e *op.Entry) {
	if !l.known || p.newer != nil {
		return
	}
	timeS, ok := p.state.Headers().TimeS(l.tip + 1)
	lag := LagReport{Seq: e.Seq, FromMs: timeS * 1000, UntilMs: e.Stamp.TimeMs, Shut: l.most != 0 && e.Stamp.TimeMs > l.most}
	if !ok || lag.UntilMs-lag.FromMs <= lagMs {
		return
	}
	if lag.UntilMs-lag.FromMs > l.longest.UntilMs-l.longest.FromMs {
		l.longest = lag
	}
	if l.count++; len(l.list) < mostLags {
		l.list = append(l.list, lag)
	}
	l.total += time.Duration(lag.UntilMs-lag.FromMs) * time.Millisecond
}

// trust says what they leave open.
func (l *lags) trust() []string {
	if l.count == 0 {
		return nil
	}
	text := fmt.Sprintf("Headers came more than %d minutes after their blocks' own times (%d in number), %s in all, the longest from %s to %s (entry %d)",
		lagMs/60_000, l.count, l.total.Round(time.Second), clock(l.longest.FromMs), clock(l.longest.UntilMs), l.longest.Seq)
	if l.longest.Shut {
		text += "; nothing but headers could be recorded at the end of that, while votes went on to their ends"
	}
	return []string{text + ": econd had lost the chain, or its clock ran ahead, or headers were kept back."}
}
