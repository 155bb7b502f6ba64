package crowd

// Trade lets every agent that has joined buy what it buys in a step, on a day,
// and rate it. Days rise from call to call. It returns what each group did.
func (e *Economy) Trade(step int64, today int32) []Traded {
	e.judge(today, false)
	key := e.c.keyOf(step, market)
	offers := e.offers()
	e.each(func(worker, k, from, to int) {
		g := &e.groups[k]
		w := &e.work[worker]
		switch {
		case g.Buys == 0:
		case g.Ring:
			e.buyInRing(w, key, k, from, to, today)
		case len(offers[k]) > 0:
			e.buy(w, key, k, offers[k], from, to, today)
		}
	})
	return e.settle(today)
}

// span is a run of sellers.
type span struct{ from, to uint32 }

// offers lists, for each group, the sellers that it may buy from now.
func (e *Economy) offers() [][]span {
	out := make([][]span, len(e.groups))
	for i := range e.groups {
		from := e.groups[i].From
		for k := range e.groups {
			g := &e.groups[k]
			// A ring sells to itself alone.
			if !g.Sells || !e.joined[k] || from != nil && !contains(from, k) {
				continue
			}
			out[i] = append(out[i], span{uint32(g.seller), uint32(g.seller + g.Count)})
		}
	}
	return out
}

func contains(list []int, v int) bool {
	for _, x := range list {
		if x == v {
			return true
		}
	}
	return false
}

// pick is the n-th seller of some spans.
func pick(spans []span, n uint32) uint32 {
	for _, s := range spans {
		if n < s.to-s.from {
			return s.from + n
		}
		n -= s.to - s.from
	}
	panic("crowd: no such seller")
}

func total(spans []span) (n uint64) {
	for _, s := range spans {
		n += uint64(s.to - s.from)
	}
	return n
}

// choose looks at some random sellers and takes the one with the best quality,
// the first of equals; nobody buys from itself.
func (e *Economy) choose(d *draws, offers []span, count uint64, buyer int) uint32 {
	best := uint32(nobody)
	for range e.c.Candidates {
		s := uint32(d.below(count))
		if len(offers) > 1 {
			s = pick(offers, s)
		} else {
			s += offers[0].from
		}
		if x := &e.seller[s]; int(x.agent) != buyer && (best == nobody || x.quality > e.seller[best].quality) {
			best = s
		}
	}
	return best
}

// buy lets some agents of one group buy.
func (e *Economy) buy(w *work, key uint64, k int, offers []span, from, to int, today int32) {
	g, t := &e.groups[k], &w.traded[k]
	count := total(offers)
	var rated []uint32
	for i := from; i < to; i++ {
		d := drawsOf(key, i)
		rated = rated[:0]
		for range g.Buys {
			s := e.choose(&d, offers, count, i)
			if s == nobody {
				continue
			}
			x := &e.groups[e.seller[s].group]
			if !e.pay(w, t, i, s, x.price) {
				continue
			}
			fails := d.happens(x.FailPpm)
			if fails {
				t.Failures++
			}
			rates, errs := d.happens(g.RatePpm), d.happens(g.ErrorPpm)
			if !rates || x.price < e.c.LeastSat || seen(rated, s) {
				continue
			}
			rated = append(rated, s)
			praise := !fails
			if g.Hostile {
				praise = x == g
			}
			e.rate(w, t, i, s, x.price, praise != errs, today)
		}
	}
}

// seen tells whether a seller was rated before in the step. Few are.
func seen(rated []uint32, s uint32) bool {
	for _, x := range rated {
		if x == s {
			return true
		}
	}
	return false
}

// buyInRing lets each member buy from the next for half of its sats, once in a
// step.
func (e *Economy) buyInRing(w *work, key uint64, k, from, to int, today int32) {
	g, t := &e.groups[k], &w.traded[k]
	for i := from; i < to && g.Count > 1; i++ {
		s := uint32(g.seller + (i-g.first+1)%g.Count)
		price := uint64(max(0, e.wallet[i])) / 2
		if price < max(1, e.c.LeastSat) || !e.pay(w, t, i, s, price) {
			continue
		}
		if d := drawsOf(key, i); d.happens(g.RatePpm) {
			e.rate(w, t, i, s, price, true, today)
		}
	}
}

// pay moves a price and its fee out of a buyer's wallet.
func (e *Economy) pay(w *work, t *Traded, buyer int, s uint32, price uint64) bool {
	fee := price / 1_000_000 * e.c.FeePpm
	fee += price % 1_000_000 * e.c.FeePpm / 1_000_000
	if e.wallet[buyer] < int64(price+fee) {
		t.NoSats++
		return false
	}
	e.wallet[buyer] -= int64(price + fee)
	w.income[s] += int64(price)
	t.Purchases++
	t.Sats += price
	t.SpentSat += fee
	return true
}

// operate charges an agent for an operation; false if it cannot pay.
func (e *Economy) operate(agent int) bool {
	if e.wallet[agent] < e.c.OpSat {
		return false
	}
	e.wallet[agent] -= e.c.OpSat
	return true
}

// rate counts one rating, and remembers whom praise went to.
func (e *Economy) rate(w *work, t *Traded, buyer int, s uint32, price uint64, praise bool, today int32) {
	if !e.operate(buyer) {
		t.NoSats++
		return
	}
	t.SpentSat += uint64(e.c.OpSat)
	t.Receipts++
	w.raters++
	if !praise {
		w.bad[s]++
		return
	}
	w.trust[s] += e.trust[buyer]
	e.keep(buyer, e.seller[s].agent, price, today)
}

// keep adds a payment to the two sellers that a buyer paid most.
func (e *Economy) keep(buyer int, to uint32, sats uint64, today int32) {
	two := e.kept[2*buyer : 2*buyer+2]
	k := 0
	switch {
	case two[0].to == to:
	case two[1].to == to:
		k = 1
	default: // in place of the one that counts less
		if e.counts(two[1], today) < e.counts(two[0], today) {
			k = 1
		}
		two[k] = payee{to: to, day: today}
	}
	sum := e.counts(two[k], today) + sats
	two[k].sats, two[k].day = uint32(min(sum, 1<<32-1)), today
}

// settle adds up what the workers counted and pays the sellers.
func (e *Economy) settle(today int32) []Traded {
	all := make([]Traded, len(e.groups))
	now := day{number: today, trust: make([]uint64, len(e.seller)), bad: make([]uint32, len(e.seller))}
	for i := range e.work {
		w := &e.work[i]
		for k := range all {
			all[k].add(w.traded[k])
		}
		now.raters += w.raters
		for s := range e.seller {
			now.trust[s] += w.trust[s]
			now.bad[s] += w.bad[s]
			e.wallet[e.seller[s].agent] += w.income[s]
		}
		clear(w.trust)
		clear(w.bad)
		clear(w.income)
		clear(w.traded)
		w.raters = 0
	}
	e.days = append(e.days, now)
	return all
}

// add adds another group or worker.
func (t *Traded) add(o Traded) {
	t.Purchases += o.Purchases
	t.Failures += o.Failures
	t.Sats += o.Sats
	t.Receipts += o.Receipts
	t.NoSats += o.NoSats
	t.SpentSat += o.SpentSat
}
