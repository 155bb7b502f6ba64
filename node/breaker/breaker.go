package breaker

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/econd/econd/node/muldiv"
)

// Scope is what a breaker holds back: one wallet, all of an agent's, or all of the node's.
type Scope string

// Scopes, from the narrowest.
const (
	Wallet Scope = "wallet"
	Agent  Scope = "agent"
	Node   Scope = "node"
)

// Cause is why a breaker opened.
type Cause string

// Causes. The first five are about sats, the others about means.
const (
	Denials        Cause = "denials"
	Failures       Cause = "failures"
	Fees           Cause = "fees"
	Velocity       Cause = "velocity"
	UnknownPayment Cause = "unknown-payment"

	OutOfSync   Cause = "out-of-sync"
	ClockJump   Cause = "clock-jump"
	WriteFailed Cause = "write-failed"
)

// Causes lists those about sats; they are on the record.
func Causes() []Cause { return []Cause{Denials, Failures, Fees, Velocity, UnknownPayment} }

// MeansCauses lists those about means, which are a node's own.
func MeansCauses() []Cause { return slices.Clone(means) }

// OfMeans tells whether a breaker of this cause closes by itself.
func (c Cause) OfMeans() bool { return slices.Contains(means, c) }

var means = []Cause{OutOfSync, ClockJump, WriteFailed}

// Sight is what was seen.
type Sight uint8

// Sights. Of a payment there are Sent and later Settled or Failed.
const (
	Denied  Sight = iota // a request that the budget refused; not one that an open breaker held back
	Sent                 // a payment that leaves: Msat with its fee limit
	Failed               // and did not arrive
	Settled              // and did: Msat to the payee, and FeeMsat
	Unknown              // a payment in LND that no entry asked for: Msat
	Bad                  // a cause of means is there: Cause
	Good                 // it is gone; of a jump of the clock, which is an instant, nothing need be said
)

// Observation is something seen at an instant of a clock that never jumps.
type Observation struct {
	AtMs          int64
	Sight         Sight
	Wallet, Agent string // of Denied, Sent, Failed and Settled
	Msat, FeeMsat int64  // from 0 on
	Cause         Cause  // of Bad and Good
}

// Trip is a breaker that opened.
type Trip struct {
	Scope   Scope
	Subject string // the wallet or the agent, "" of the node
	Cause   Cause
	AtMs    int64
	Figures string // what was measured, and against what
}

// Breakers are all breakers of a node.
type Breakers struct {
	cfg    Config
	seenMs int64
	list   []subject // by scope and name
	swept  int       // subjects that the last sweep left
	means  [3]mean   // in the order of the causes
}

// mean is a cause of means.
type mean struct {
	there, ever bool
	lastMs      int64 // when it was last there
}

type subject struct {
	scope Scope
	name  string
	kept  []seen
	open  *Trip
}

type seen struct {
	atMs          int64
	sight         Sight
	msat, feeMsat int64
}

// New returns breakers that are all closed.
func New(cfg Config) (*Breakers, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	return &Breakers{cfg: cfg}, nil
}

// Observe takes what was seen and returns the breakers that opened by it.
func (b *Breakers) Observe(o Observation) (opened []Trip) {
	b.seenMs = max(b.seenMs, o.AtMs)
	switch o.Sight {
	case Bad, Good:
		return b.observeMeans(o)
	case Unknown:
		node := b.subject(Node, "")
		return node.trip(UnknownPayment, b.seenMs, fmt.Sprintf("LND sent %d msat that no entry asks for", o.Msat))
	case Denied:
		if _, open := b.Open(o.Wallet, o.Agent, o.AtMs); open {
			return nil
		}
	}
	for _, of := range []struct {
		scope  Scope
		name   string
		limits Limits
	}{{Wallet, o.Wallet, b.cfg.Wallet}, {Agent, o.Agent, b.cfg.Agent}, {Node, "", b.cfg.Node}} {
		if of.scope == Node || of.name != "" {
			opened = append(opened, b.subject(of.scope, of.name).observe(o, of.limits, b.seenMs, b.cfg.WindowMs)...)
		}
	}
	b.sweep()
	return opened
}

// Open tells whether a new spend from a wallet of an agent is held back at an instant, and
// by which breaker: of the node before the agent's before the wallet's.
func (b *Breakers) Open(wallet, agent string, nowMs int64) (Trip, bool) {
	now := max(nowMs, b.seenMs)
	for i, m := range b.means {
		if m.open(now, b.cfg.HealMs) {
			return Trip{Node, "", means[i], m.lastMs, b.meansText(m, now)}, true
		}
	}
	for _, of := range []struct {
		scope Scope
		name  string
	}{{Node, ""}, {Agent, agent}, {Wallet, wallet}} {
		if i, ok := b.find(of.scope, of.name); ok && b.list[i].open != nil {
			return *b.list[i].open, true
		}
	}
	return Trip{}, false
}

func (m mean) open(nowMs, healMs int64) bool { return m.there || m.ever && nowMs-m.lastMs < healMs }

// Means tells which causes of means hold new spends back at an instant.
func (b *Breakers) Means(nowMs int64) (open []Cause) {
	for i, m := range b.means {
		if m.open(max(nowMs, b.seenMs), b.cfg.HealMs) {
			open = append(open, means[i])
		}
	}
	return open
}

// Hold opens a breaker about sats that is on the record already.
func (b *Breakers) Hold(t Trip) {
	s := b.subject(t.Scope, t.Subject)
	s.open, s.kept = &t, nil
}

// Reset closes a breaker about sats. What was counted before counts no more.
func (b *Breakers) Reset(scope Scope, name string) {
	s := b.subject(scope, name)
	s.open, s.kept = nil, nil
	b.sweep()
}

func (b *Breakers) meansText(m mean, nowMs int64) string {
	if m.there {
		return "the cause is there still"
	}
	return fmt.Sprintf("gone for %d ms of %d", nowMs-m.lastMs, b.cfg.HealMs)
}

func (b *Breakers) observeMeans(o Observation) []Trip {
	i := slices.Index(means, o.Cause)
	if i < 0 || o.Sight == Good && !b.means[i].there {
		return nil
	}
	m := &b.means[i]
	fresh := !m.there && (!m.ever || b.seenMs-m.lastMs >= b.cfg.HealMs)
	*m = mean{there: o.Sight == Bad && o.Cause != ClockJump, ever: true, lastMs: b.seenMs}
	if o.Sight == Good || !fresh {
		return nil
	}
	return []Trip{{Node, "", o.Cause, b.seenMs, b.meansText(*m, b.seenMs)}}
}

func (b *Breakers) find(scope Scope, name string) (int, bool) {
	return slices.BinarySearchFunc(b.list, subject{scope: scope, name: name}, func(s, want subject) int {
		return cmp.Or(cmp.Compare(s.scope, want.scope), cmp.Compare(s.name, want.name))
	})
}

func (b *Breakers) subject(scope Scope, name string) *subject {
	i, ok := b.find(scope, name)
	if !ok {
		b.list = slices.Insert(b.list, i, subject{scope: scope, name: name})
	}
	return &b.list[i]
}

// sweep forgets those that are closed and of whom the window saw nothing, each time that
// the list has doubled.
func (b *Breakers) sweep() {
	if len(b.list) < max(64, 2*b.swept) {
		return
	}
	b.list = slices.DeleteFunc(b.list, func(s subject) bool {
		return s.open == nil && (len(s.kept) == 0 || b.seenMs-s.kept[len(s.kept)-1].atMs >= b.cfg.WindowMs)
	})
	b.swept = len(b.list)
}

func (s *subject) observe(o Observation, l Limits, nowMs, windowMs int64) []Trip {
	if s.open != nil {
		return nil
	}
	s.kept = append(s.kept, seen{nowMs, o.Sight, bounded(o.Msat), bounded(o.FeeMsat)})
	first := max(0, len(s.kept)-MaxKept)
	for nowMs-s.kept[first].atMs >= windowMs {
		first++
	}
	s.kept = s.kept[first:]
	cause, figures := l.exceeded(s.kept, windowMs)
	if cause == "" {
		return nil
	}
	return s.trip(cause, nowMs, figures)
}

func (s *subject) trip(cause Cause, nowMs int64, figures string) []Trip {
	if s.open != nil {
		return nil
	}
	t := Trip{s.scope, s.name, cause, nowMs, figures}
	s.open, s.kept = &t, nil
	return []Trip{t}
}

// bounded keeps sums of MaxKept amounts within 64 bits.
func bounded(msat int64) int64 { return max(0, min(msat, 1<<49)) }

// exceeded tells which limit what was seen is beyond.
func (l Limits) exceeded(kept []seen, windowMs int64) (Cause, string) {
	var n [Bad]int64
	var paid, fees, sent int64
	for _, k := range kept {
		n[k.sight]++
		switch k.sight {
		case Settled:
			paid, fees = paid+k.msat, fees+k.feeMsat
		case Sent:
			sent += k.msat
		}
	}
	ended := n[Failed] + n[Settled]
	switch {
	case l.Denials > 0 && n[Denied] >= l.Denials:
		return Denials, fmt.Sprintf("%d requests refused in %d ms, the limit is %d", n[Denied], windowMs, l.Denials)
	case l.Outcomes > 0 && ended >= l.Outcomes && above(n[Failed], ended, l.FailurePPM):
		return Failures, fmt.Sprintf("%d of %d payments failed in %d ms, the limit is %d ppm", n[Failed], ended, windowMs, l.FailurePPM)
	case l.PaidMsat > 0 && paid >= l.PaidMsat && above(fees, paid, l.FeePPM):
		return Fees, fmt.Sprintf("%d msat of fees for %d msat in %d ms, the limit is %d ppm", fees, paid, windowMs, l.FeePPM)
	case l.Sends > 0 && n[Sent] > l.Sends:
		return Velocity, fmt.Sprintf("%d payments sent in %d ms, the limit is %d", n[Sent], windowMs, l.Sends)
	case l.SentMsat > 0 && sent > l.SentMsat:
		return Velocity, fmt.Sprintf("%d msat sent in %d ms, the limit is %d", sent, windowMs, l.SentMsat)
	}
	return "", ""
}

// above tells whether part/whole is more than so many ppm, which are at most a million.
func above(part, whole, ppm int64) bool {
	if part >= whole {
		return part > whole || ppm < million
	}
	quo, rem := muldiv.FloorRem(uint64(part), million, uint64(whole))
	return quo > uint64(ppm) || quo == uint64(ppm) && rem > 0
}
