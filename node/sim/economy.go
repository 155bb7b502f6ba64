package sim

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math/rand/v2"

	"github.com/btcsuite/btcd/btcec/v2"

	"github.com/econd/econd/node/muldiv"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/view"
	"github.com/econd/econd/reputation"
)

// run is one replicate of one cell under way.
type run struct {
	*world
	sc        *Scenario
	cell      Cell
	replicate int
	step      int64
	groups    [][]*agent // by population; empty until it joined
	first     []int      // index of each population's first agent
	bills     []bill
	payments  uint64
	row       *Row
	unopened  string // what stopped the last proposal that the run is about
	series    []Moment
	speaker   map[int]*agent // delegate of each agent that has one
}

func newRun(sc *Scenario, cell Cell, replicate int) (*run, error) {
	raw, err := sc.genesis()
	if err != nil {
		return nil, err
	}
	w, err := newWorld(raw, sc.Signatures)
	if err != nil {
		return nil, fmt.Errorf("genesis: %w", err)
	}
	r := &run{world: w, sc: sc, cell: cell, replicate: replicate, groups: make([][]*agent, len(sc.Populations)),
		row: &Row{Cell: cell.Index, Replicate: replicate}, speaker: map[int]*agent{}}
	n := 0
	for _, p := range sc.Populations {
		r.first = append(r.first, n)
		n += int(p.Count)
	}
	return r, nil
}

// stream returns an agent's random numbers for a purpose in this step.
func (r *run) stream(agent int, purpose string) *rand.Rand {
	return r.streamAt(r.step, agent, purpose)
}

// streamAt returns those of another step.
func (r *run) streamAt(step int64, agent int, purpose string) *rand.Rand {
	return Stream(Draw{Seed: uint64(r.sc.Seed), Cell: r.cell.Stream, Replicate: uint64(r.replicate),
		Step: uint64(step), Agent: uint64(agent), Purpose: purpose})
}

// stamp is the instant of a step.
func (r *run) stamp(step int64) int64 { return startMs + step*r.sc.StepS*1000 }

// play lets the scenario happen and calls tick after each step.
func (r *run) play(ctx context.Context, tick func()) error {
	for r.step = range r.sc.Steps {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := r.advance(r.stamp(r.step)); err != nil {
			return err
		}
		for _, act := range []func() error{r.arrive, r.propose, r.trade, r.delegate, r.vote, r.guard} {
			if err := act(); err != nil {
				return err
			}
		}
		r.observe()
		tick()
	}
	return r.advance(r.stamp(r.sc.Steps))
}

// arrive registers the populations whose step this is.
func (r *run) arrive() error {
	for i := range r.sc.Populations {
		p := &r.sc.Populations[i]
		if p.JoinStep != r.step || r.absent(p) {
			continue
		}
		for j := range int(p.Count) {
			a, err := r.newAgent(i, j)
			if err != nil {
				return err
			}
			if err := r.join(a, p.Sells || p.Kind == "sybil-ring"); err != nil {
				return err
			}
			if err := r.publish(a, p); err != nil {
				return err
			}
			r.groups[i] = append(r.groups[i], a)
		}
	}
	return nil
}

// absent tells whether the population is an attacker without a budget.
func (r *run) absent(p *Population) bool {
	a := r.sc.Attack
	return a != nil && a.Population == p.Name && a.BudgetSat == 0
}

func (r *run) newAgent(population, number int) (*agent, error) {
	p := &r.sc.Populations[population]
	a := &agent{index: r.first[population] + number, population: population, rated: map[int]int64{}}
	raw := secret("agent", a.index)
	key, err := op.NewSecretKey(raw[:])
	if err != nil {
		return nil, err
	}
	a.key = key
	if p.Sells || p.Kind == "sybil-ring" {
		rawNode := secret("node", a.index)
		a.node, _ = btcec.PrivKeyFromBytes(rawNode[:])
		a.nodeKey = op.NodeKey(a.node.PubKey().SerializeCompressed())
	}
	a.walletSat, a.stakeSat = r.sc.endow(p, func() *rand.Rand { return r.stream(a.index, "stake") })
	return a, nil
}

// endow is what an agent brings, and how much of it it wants locked.
func (s *Scenario) endow(p *Population, rng func() *rand.Rand) (walletSat, stakeSat int64) {
	if x := s.Attack; x != nil && x.Population == p.Name {
		walletSat = x.BudgetSat / p.Count
		return walletSat, muldiv.Floor(walletSat, x.StakePpm, ppm)
	}
	stakeSat = p.StakeSat
	if spread := muldiv.Floor(p.StakeSat, p.StakeSpreadPpm, ppm); spread > 0 {
		stakeSat += rng().Int64N(2*spread+1) - spread
	}
	return p.WalletSat + stakeSat, stakeSat
}

// seller is one agent that can be bought from, and how it looks today.
type seller struct {
	*agent
	quality uint64
	price   int64
}

// sellers lists who offers a service now.
func (r *run) sellers() []seller {
	var out []seller
	for i, group := range r.groups {
		if !r.sc.Populations[i].Sells {
			continue
		}
		for _, a := range group {
			v, _ := r.s.Agent(a.key.Public())
			out = append(out, seller{a, v.QualityPpm, r.sc.Populations[i].PriceSat})
		}
	}
	return out
}

// trade lets every agent buy what it buys in a step.
func (r *run) trade() error {
	all := r.sellers()
	for i, group := range r.groups {
		p := &r.sc.Populations[i]
		if p.BuysPerStep == 0 || len(group) == 0 {
			continue
		}
		offers := r.offersTo(p, all)
		for n, a := range group {
			rng := r.stream(a.index, "market")
			for range p.BuysPerStep {
				from, ok := r.choose(rng, a, offers)
				if p.Kind == "sybil-ring" {
					from, ok = r.ringNext(group, n)
				}
				if !ok {
					continue
				}
				if err := r.buy(rng, a, from); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// offersTo narrows the sellers to those that a population buys from.
func (r *run) offersTo(p *Population, all []seller) []seller {
	if len(p.BuysFrom) == 0 {
		return all
	}
	var out []seller
	for _, from := range p.BuysFrom {
		want := r.sc.population(from)
		for _, x := range all {
			if x.population == want {
				out = append(out, x)
			}
		}
	}
	return out
}

// choose looks at some random sellers and takes the one with the best quality,
// the first of equals.
func (r *run) choose(rng *rand.Rand, buyer *agent, offers []seller) (best seller, ok bool) {
	if len(offers) == 0 {
		return best, false
	}
	for range r.sc.Market.Candidates {
		x := offers[rng.IntN(len(offers))]
		if x.index != buyer.index && (!ok || x.quality > best.quality) {
			best, ok = x, true
		}
	}
	return best, ok
}

// ringNext is the member that a ring's n-th member buys from: the next one, for
// half of what the member has at hand. The money goes round.
func (r *run) ringNext(group []*agent, n int) (seller, bool) {
	next := group[(n+1)%len(group)]
	price := group[n].walletSat / 2
	least := max(r.s.Constitution().Receipts.MinSat, int64(r.s.Constitution().Reputation.MinReceiptSats))
	return seller{agent: next, price: price}, next != group[n] && price >= least
}

// buy pays for one service and may rate it.
func (r *run) buy(rng *rand.Rand, a *agent, from seller) error {
	fee := muldiv.Floor(from.price, r.sc.Market.FeePpm, ppm)
	fails := happens(rng, r.sc.Populations[from.population].FailurePpm)
	h := r.sc.Populations[a.population].habit()
	rates, errs := happens(rng, h.ratePpm), happens(rng, h.errorPpm)
	if a.walletSat < from.price+fee {
		r.refuse(byWallet)
		return nil
	}
	a.walletSat -= from.price + fee
	a.spentSat += fee
	from.walletSat += from.price
	r.row.Purchases++
	r.row.TradedSat += from.price
	if fails {
		r.row.Failures++
	}
	day := reputation.Day(r.at.TimeMs)
	if last, ok := a.rated[from.index]; !rates || ok && last == day {
		return nil
	}
	a.rated[from.index] = day
	praise := !fails
	if h.hostile { // praises its own, slanders everybody else
		praise = from.population == a.population
	}
	return r.rate(a, from, praise != errs)
}

// rate enters the receipt of a payment with its preimage.
func (r *run) rate(a *agent, from seller, praise bool) error {
	r.payments++
	preimage := op.Hash(sha256.Sum256(binary.BigEndian.AppendUint64([]byte("payment "), r.payments)))
	text, err := invoice(from.node, op.NameCustomer(a.key.Public()), sha256.Sum256(preimage[:]), from.price, r.at.TimeMs, 0)
	if err != nil {
		return err
	}
	rating := int64(5)
	if !praise {
		rating = -5
	}
	_, ok, err := r.operate(a, op.KindReceipt, op.Receipt{Provider: from.key.Public(), Invoice: text, Preimage: preimage, Rating: rating})
	if ok {
		r.row.Receipts++
	}
	return err
}

// agentView is what the ledger shows of an agent.
func (r *run) agentView(a *agent) view.Agent {
	v, _ := r.s.Agent(a.key.Public())
	return v
}
