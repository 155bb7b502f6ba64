package crowd

import (
	"errors"
	"fmt"
	"math"
	"sync"

	"github.com/econd/econd/reputation"
)

// ErrConfig is the kind of every refusal of a configuration. The sentence names
// the field.
var ErrConfig = errors.New("crowd configuration is not valid")

// Config is an economy before its first step.
type Config struct {
	Seed, Cell, Replicate uint64
	Params                reputation.Params
	Candidates            int    // sellers and delegates that an agent looks at, 1 to 64
	FeePpm                uint64 // on every payment, paid by the buyer on top
	LeastSat              uint64 // of a receipt
	OpSat                 int64  // what a receipt, a ballot or a delegation costs its author
	Groups                []Group
	Stakes                []uint64 // sats locked, by agent; groups follow each other
	Wallets               []int64  // sats at hand, by agent
	Workers               int      // goroutines; below 1 means 1
}

// Group is agents that act alike. Chances are parts per million.
type Group struct {
	Count    int
	Sells    bool
	PriceSat uint64
	FailPpm  uint64 // of its services
	Buys     int    // services bought by each agent in a step, at most 1000
	From     []int  // groups to buy from; nil: all that sell
	Ring     bool   // each buys from the next of the group, for half of its sats
	RatePpm  uint64
	ErrorPpm uint64
	Hostile  bool // praises its own group, rates all others badly
	Seeks    Seek // a delegate
	Speaks   bool // publishes a statement, so that others may delegate to it
}

// Seek is what an agent goes by that seeks a delegate.
type Seek uint8

// What an agent may go by.
const (
	SeekNobody Seek = iota
	SeekReputation
	SeekStatement
)

// Economy is a crowd under way. It is not safe for concurrent use; its methods
// run Workers goroutines by themselves.
type Economy struct {
	c      Config
	groups []group
	joined []bool // by group
	stake  []uint64
	wallet []int64
	trust  []uint64 // how much an agent's praise counts, as of the last epoch
	kept   []payee  // two by agent
	next   []uint32 // delegates; nil if nobody seeks one
	seller []seller
	days   []day
	work   []work
}

// group is a Group and its place among agents and sellers.
type group struct {
	Group
	first, seller int
	price         uint64
}

// payee is one seller that a buyer paid much, and how much of that counts.
type payee struct {
	to, sats uint32
	day      int32
}

const nobody = math.MaxUint32

// seller is what buyers look at, and what an epoch found.
type seller struct {
	quality, flow, score uint64
	agent                uint32
	group                uint16
}

// day is what happened on one day, by seller.
type day struct {
	number int32
	raters uint64   // how many praised or complained
	trust  []uint64 // sum over those who praised
	bad    []uint32 // complaints
}

// work is what one worker adds up in a step.
type work struct {
	traded []Traded // by group of the buyers
	income []int64
	trust  []uint64
	bad    []uint32
	raters uint64
}

// Traded is what the purchases of one group in one step came to. NoSats counts
// what an agent could not pay, SpentSat what went to fees and prices of
// operations.
type Traded struct {
	Purchases, Failures, Sats, Receipts, NoSats, SpentSat uint64
}

// most is how many agents an economy may have: votes number them in 31 bits.
const most = 1<<31 - 3

// New checks the configuration. The economy takes its slices over.
func New(c Config) (*Economy, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	c.Workers = max(1, c.Workers)
	n := len(c.Stakes)
	e := &Economy{c: c, joined: make([]bool, len(c.Groups)), stake: c.Stakes, wallet: c.Wallets,
		trust: make([]uint64, n), kept: make([]payee, 2*n), work: make([]work, c.Workers)}
	for i := range e.kept {
		e.kept[i].to = nobody
	}
	e.place()
	for i := range e.work {
		e.work[i] = work{traded: make([]Traded, len(e.groups)), income: make([]int64, len(e.seller)), trust: make([]uint64, len(e.seller)), bad: make([]uint32, len(e.seller))}
	}
	return e, nil
}

func (c *Config) check() error {
	n := 0
	for i, g := range c.Groups {
		if g.Count < 1 || g.Count > most-n {
			return fmt.Errorf("%w: groups[%d].count: is %d, want 1 and more, and at most %d in all", ErrConfig, i, g.Count, most)
		}
		if g.Buys < 0 || g.Buys > 1000 {
			return fmt.Errorf("%w: groups[%d].buys: is %d, want 0 to 1000", ErrConfig, i, g.Buys)
		}
		for _, from := range g.From {
			if from < 0 || from >= len(c.Groups) || !c.Groups[from].sells() {
				return fmt.Errorf("%w: groups[%d].from: group %d does not sell", ErrConfig, i, from)
			}
		}
		n += g.Count
	}
	switch {
	case len(c.Stakes) != n || len(c.Wallets) != n:
		return fmt.Errorf("%w: stakes, wallets: are %d and %d, want one for each of %d agents", ErrConfig, len(c.Stakes), len(c.Wallets), n)
	case c.Candidates < 1 || c.Candidates > 64:
		return fmt.Errorf("%w: candidates: is %d, want 1 to 64", ErrConfig, c.Candidates)
	case len(c.Groups) > math.MaxUint16:
		return fmt.Errorf("%w: groups: are %d, at most %d are allowed", ErrConfig, len(c.Groups), math.MaxUint16)
	}
	if err := c.Params.Validate(); err != nil {
		return fmt.Errorf("%w: params: %w", ErrConfig, err)
	}
	return nil
}

func (g *Group) sells() bool { return g.Sells || g.Ring }

// place numbers agents and sellers.
func (e *Economy) place() {
	agents := 0
	for i, g := range e.c.Groups {
		e.groups = append(e.groups, group{Group: g, first: agents, seller: len(e.seller), price: g.PriceSat})
		if g.Seeks != SeekNobody && e.next == nil {
			e.next = make([]uint32, len(e.stake))
			for k := range e.next {
				e.next[k] = nobody
			}
		}
		if g.sells() {
			for k := range g.Count {
				quality := reputation.ResultOf(0, 0, 0).Quality
				e.seller = append(e.seller, seller{quality: quality, agent: uint32(agents + k), group: uint16(i)})
			}
		}
		agents += g.Count
	}
}

// Join lets a group take part from now on.
func (e *Economy) Join(group int) { e.joined[group] = true }

// Agents is how many have joined.
func (e *Economy) Agents() (n int) {
	for i, in := range e.joined {
		if in {
			n += e.groups[i].Count
		}
	}
	return n
}

// Wallet is what an agent has at hand, in sats.
func (e *Economy) Wallet(agent int) int64 { return e.wallet[agent] }

// Pay takes sats from an agent, or gives them if negative; false if it has too
// few.
func (e *Economy) Pay(agent int, sats int64) bool {
	if e.wallet[agent] < sats {
		return false
	}
	e.wallet[agent] -= sats
	return true
}

// Stake is what an agent that has joined has locked, in sats.
func (e *Economy) Stake(agent int) uint64 { return e.stake[agent] }

// First is the number of a group's first agent.
func (e *Economy) First(group int) int { return e.groups[group].first }

// score is an agent's weight-giving score; only sellers have one.
func (e *Economy) score(g *group, agent int) uint64 {
	if !g.sells() {
		return 0
	}
	return e.seller[g.seller+agent-g.first].score
}

// Score is an agent's score as of the last epoch, in units of
// 1/reputation.FlowOne.
func (e *Economy) Score(group, agent int) uint64 { return e.score(&e.groups[group], agent) }

// each runs the workers, each over its part of the agents: do gets the parts of
// groups that fall into it.
func (e *Economy) each(do func(worker, group, from, to int)) {
	var all sync.WaitGroup
	n, w := len(e.stake), e.c.Workers
	for i := range w {
		all.Add(1)
		go func() {
			defer all.Done()
			low, high := n/w*i+n%w*i/w, n/w*(i+1)+n%w*(i+1)/w
			for k := range e.groups {
				g := &e.groups[k]
				from, to := max(low, g.first), min(high, g.first+g.Count)
				if from < to && e.joined[k] {
					do(i, k, from, to)
				}
			}
		}()
	}
	all.Wait()
}
