package crowd

import (
	"encoding/binary"
	"fmt"

	"github.com/econd/econd/reputation"
)

// millisecondsOfDay turns days into the times that receipts carry.
const millisecondsOfDay = 86_400_000

// counts is what a payment of some days ago still counts, in sats rounded down.
func (e *Economy) counts(p payee, today int32) uint64 {
	if p.to == nobody {
		return 0
	}
	if p.day == today {
		return uint64(p.sats)
	}
	up, _ := e.c.Params.Decay(int64(today - p.day))
	return uint64(p.sats) * up / reputation.DecayOne
}

// judge computes every seller's evidence and quality as of a day, and forgets
// days that no longer count. Scores change at epochs only.
func (e *Economy) judge(today int32, epoch bool) {
	ages := e.ages(today)
	for len(ages) > 0 {
		if up, down := e.c.Params.Decay(ages[0]); up+down > 0 {
			break
		}
		ages, e.days = ages[1:], e.days[1:]
	}
	for s := range e.seller {
		var positive, negative uint64
		for i := range e.days {
			d := &e.days[i]
			if d.trust[s] == 0 && d.bad[s] == 0 {
				continue
			}
			up, down := e.c.Params.Evidence(ages[i], d.trust[s], uint64(d.bad[s]))
			positive, negative = positive+up, negative+down
		}
		r := reputation.ResultOf(e.seller[s].flow, positive, negative)
		e.seller[s].quality = r.Quality
		if epoch {
			e.seller[s].score = r.Score
		}
	}
}

// ages is how old each day's receipts are. As in a book, a day with few raters
// counts in part, where the rules say so.
func (e *Economy) ages(today int32) []int64 {
	full := e.c.Params.FullDayConsumers
	ages := make([]int64, len(e.days))
	var passed int64
	for i := len(e.days) - 1; i >= 0; i-- {
		ages[i] = int64(today - e.days[i].number)
		if full > 0 {
			if e.days[i].number < today {
				passed += min(int64(e.days[i].raters), full)
			}
			ages[i] = passed / full
		}
	}
	return ages
}

// Epoch lets trust flow anew from the stakes of those who have joined, by a
// book of reputation, and takes over flows and trust.
func (e *Economy) Epoch(today int32) error {
	book, err := e.book(today)
	if err != nil {
		return err
	}
	stakes := e.stake
	if e.Agents() < len(e.stake) {
		stakes = make([]uint64, len(e.stake))
		for k := range e.groups {
			if g := &e.groups[k]; e.joined[k] {
				copy(stakes[g.first:g.first+g.Count], e.stake[g.first:g.first+g.Count])
			}
		}
	}
	keys := make([][32]byte, len(e.stake))
	for i := range keys {
		binary.BigEndian.PutUint32(keys[i][:], uint32(i))
	}
	s := reputation.Snapshot{Params: e.c.Params, Day: int64(today), Keys: keys, Stakes: stakes, Workers: e.c.Workers}
	if err := book.Epoch(s); err != nil {
		return fmt.Errorf("epoch on day %d: %w", today, err)
	}
	e.each(func(_, _, from, to int) {
		for i := from; i < to; i++ {
			e.trust[i] = e.c.Params.Trust(book.Result(uint32(i)).Flow)
		}
	})
	for s := range e.seller {
		e.seller[s].flow = book.Result(e.seller[s].agent).Flow
	}
	e.judge(today, true)
	return nil
}

// book holds what buyers remember of their payments, as receipts of today.
func (e *Economy) book(today int32) (*reputation.Book, error) {
	p := e.c.Params
	p.MinReceiptSats = 1 // what is left of a payment may be less than it was
	loader, err := reputation.NewLoader(p)
	if err != nil {
		return nil, err
	}
	for i := range e.stake {
		a, b := e.kept[2*i], e.kept[2*i+1]
		if b.to < a.to {
			a, b = b, a
		}
		for _, x := range []payee{a, b} {
			sats := e.counts(x, today)
			if sats == 0 {
				continue
			}
			r := reputation.Receipt{Consumer: uint32(i), Provider: x.to, Sats: sats, Rating: 1, TimeMs: int64(today) * millisecondsOfDay}
			if err := loader.Put(r); err != nil {
				return nil, fmt.Errorf("agent %d: %w", i, err)
			}
		}
	}
	return loader.Book(), nil
}
