package audit

import (
	"fmt"
	"time"

	"github.com/econd/econd/node/headers"
	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/op"
)

// untimely says why an entry's time cannot be between its block and the next, by the headers
// given; "" if it can. Two hours either way are Bitcoin's own.
func (p *replayer) untimely(e *op.Entry) string {
	h, ms := e.Stamp.Height, e.Stamp.TimeMs
	if p.blockless(e) {
		return ""
	}
	if from := p.blocks.From; h < from { // the first header given is a later block
		first, _ := p.chain.TimeS(from)
		if ms > first*1000+reachMs {
			return fmt.Sprintf("%s is more than two hours after block %d, and the stamp says height %d", clock(ms), from, h)
		}
		return ""
	}
	own, ok := p.chain.TimeS(min(h, p.blocks.To))
	if ok && ms < own*1000-reachMs {
		return fmt.Sprintf("%s is more than two hours before the time of block %d, %s", clock(ms), min(h, p.blocks.To), clock(own*1000))
	}
	if e.Event.Kind == op.KindBlocks || h > p.blocks.To {
		return "" // headers come late where econd was away
	}
	if most, of := p.latest(h, own*1000); ms > most {
		return fmt.Sprintf("%s is more than two hours after %s, by which time block %d was not the newest any more", clock(ms), of, h)
	}
	return ""
}

// latest is the last instant at which a block may be the newest one, and what tells so.
func (p *replayer) latest(h uint32, ownMs int64) (ms int64, of string) {
	if next, ok := p.chain.TimeS(h + 1); ok {
		return max(next*1000, ownMs) + reachMs, fmt.Sprintf("block %d, of %s", h+1, clock(next*1000))
	}
	if now := p.now(); now != 0 {
		return max(now, ownMs) + reachMs, "now, " + clock(now)
	}
	return ownMs + reachMs, fmt.Sprintf("block %d, the last one given, of %s", h, clock(ownMs))
}

// now is the present as the auditor knows it; 0 if he did not say.
func (p *replayer) now() int64 {
	if p.o.NowMs != 0 {
		return p.o.NowMs
	}
	return p.o.ClockMs
}

// aheadOfNow says that an entry is of the future, by the instant that the auditor named.
func (p *replayer) aheadOfNow(e *op.Entry) string {
	if now := p.o.NowMs; now != 0 && e.Stamp.TimeMs > now+reachMs {
		return fmt.Sprintf("%s is more than two hours after now, %s", clock(e.Stamp.TimeMs), clock(now))
	}
	return ""
}

// early counts entries of a time that the auditor's clock has not reached, where he named no
// instant: a clock refuses nothing, for it may be the one that is wrong.
type early struct {
	count uint64
	most  int64 // ms
}

// earlyMs is how far two clocks may be apart without a word.
const earlyMs = 5 * 60 * 1000

func (y *early) note(p *replayer, e *op.Entry) {
	if ahead := e.Stamp.TimeMs - p.o.ClockMs; p.o.ClockMs != 0 && p.o.NowMs == 0 && ahead > earlyMs {
		y.count, y.most = y.count+1, max(y.most, ahead)
	}
}

func (y *early) trust() []string {
	if y.count == 0 {
		return nil
	}
	return []string{fmt.Sprintf("%d entries are stamped later than the clock of this machine, by up to %s: one of the two is wrong (--now holds the log against an instant).",
		y.count, (time.Duration(y.most) * time.Millisecond).Round(time.Second))}
}

// after refuses an anchor that is older than the entries under it: they were there before its
// block, so the last one's stamp has no height above it, but for what Bitcoin may have
// replaced, and where blocks tell time no time more than two hours after it.
func (a *AnchorReport) after(id identity, last op.Stamp) error {
	if a == nil {
		return nil
	}
	if uint64(last.Height) > uint64(a.Height)+headers.MaxFork {
		return reject(ErrAnchor, "anchor", "is in block %d, and entries under it are stamped with height %d: the stamps are ahead of the chain", a.Height, last.Height)
	}
	if n, _ := headers.NetworkOf(id.network); n.TellsTime && last.TimeMs > a.timeMs+reachMs {
		return reject(ErrAnchor, "anchor", "is in a block of %s, and entries under it are stamped %s: the stamps are ahead of the chain", clock(a.timeMs), clock(last.TimeMs))
	}
	return nil
}

// EndReport says what the log owes since its last entry: nothing in it shows whether the
// operator stopped or keeps it back.
type EndReport struct {
	NowMs      int64            `json:"now_ms"` // by what it was reckoned: --now, the headers, or the clock
	Height     uint32           `json:"height"`
	SilentS    int64            `json:"silent_s"`   // since the last entry
	Due        []ledger.Overdue `json:"due"`        // facts that no entry brought
	Unanswered []Unanswered     `json:"unanswered"` // effects, the oldest first
}

// Unanswered is an effect that no fact answered.
type Unanswered struct {
	Effect  string `json:"effect"`
	Kind    string `json:"kind"`
	SinceMs int64  `json:"since_ms"`
	AgeS    int64  `json:"age_s"`
}

// noteEffects keeps when effects were asked for, until they are answered.
func (p *replayer) noteEffects(e *op.Entry, effects []ledger.Effect) {
	for _, x := range effects {
		p.asked[x.ID] = e.Stamp.TimeMs
	}
	for _, id := range p.state.Answered() {
		delete(p.asked, id)
	}
}

// end reckons what is due since the last entry; null without an instant or headers.
func (p *replayer) end() *EndReport {
	at := p.state.Clock()
	last := at.TimeMs
	at.TimeMs = max(at.TimeMs, p.now())
	if p.chain != nil {
		_, to := p.chain.Range()
		timeS, _ := p.chain.TimeS(to)
		at.Height, at.TimeMs = max(at.Height, to), max(at.TimeMs, timeS*1000)
	} else if p.now() == 0 {
		return nil
	}
	r := &EndReport{NowMs: at.TimeMs, Height: at.Height, SilentS: (at.TimeMs - last) / 1000, Due: notNil(p.state.Overdue(at)), Unanswered: []Unanswered{}}
	for _, x := range p.state.PendingEffects() {
		since := p.asked[x.ID]
		r.Unanswered = append(r.Unanswered, Unanswered{x.ID, string(x.Kind), since, (at.TimeMs - since) / 1000})
	}
	return r
}

// trust says what the end of the log leaves open.
func (r *EndReport) trust() []string {
	if r == nil || len(r.Due) == 0 {
		return nil
	}
	return []string{fmt.Sprintf("The log has been silent for %s, and %d facts have been due since its end, the first %s: econd stopped then, or they are kept back.",
		time.Duration(r.SilentS)*time.Second, len(r.Due), r.Due[0].Text)}
}
