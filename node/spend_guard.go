package node

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/econd/econd/node/breaker"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/refusal"
	"github.com/econd/econd/node/view"
)

// spendGuard holds new spends back where something looks wrong. What is about the sats becomes a
// fact, which the ledger holds to until it is reset; what is about means heals by itself.
type spendGuard struct {
	mu       sync.Mutex
	breakers *breaker.Breakers
	held     map[held]bool        // open by the log
	inWork   map[op.PublicKey]int // spends of an agent
}

type held struct {
	scope   breaker.Scope
	subject string
}

// breakerConfig are the thresholds of econd. The whole node is stopped by nothing that agents can
// bring about: one payment that the log does not know, a Lightning node out of sync, a clock that
// jumped, a write that failed.
func breakerConfig() breaker.Config {
	c := breaker.Default()
	c.Node = breaker.Limits{}
	return c
}

func newSpendGuard() spendGuard {
	b, err := breaker.New(breakerConfig())
	if err != nil {
		panic("node: " + err.Error())
	}
	return spendGuard{breakers: b, held: map[held]bool{}, inWork: map[op.PublicKey]int{}}
}

// enter lets an agent's spend be worked on, if not too many of its are; leave ends that.
func (g *spendGuard) enter(agent op.PublicKey) (leave func(), err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.inWork[agent] >= spendsOfOne {
		return nil, &laterError{why: "other spends of the same agent are in work"}
	}
	g.inWork[agent]++
	return func() {
		g.mu.Lock()
		defer g.mu.Unlock()
		if g.inWork[agent]--; g.inWork[agent] == 0 {
			delete(g.inWork, agent)
		}
	}, nil
}

// follow takes over what the log says of breakers.
func (g *spendGuard) follow(trips []view.Trip) {
	open := map[held]bool{}
	for _, t := range trips {
		if t.Closed == 0 {
			open[held{breaker.Scope(t.Scope), t.Subject}] = true
		}
	}
	for h := range g.held {
		if !open[h] {
			g.breakers.Reset(h.scope, h.subject)
		}
	}
	for h := range open {
		if !g.held[h] {
			g.breakers.Hold(breaker.Trip{Scope: h.scope, Subject: h.subject})
		}
	}
	g.held = open
}

// steadyMs is a clock that never jumps, in milliseconds.
func (n *Node) steadyMs() int64 { return n.cfg.Steady().Milliseconds() }

// observe takes what was seen, and records the breakers that opened by it.
func (n *Node) observe(ctx context.Context, o breaker.Observation) {
	o.AtMs = n.steadyMs()
	n.spends.mu.Lock()
	n.spends.follow(n.trips())
	opened := n.spends.breakers.Observe(o)
	n.spends.mu.Unlock()
	for _, t := range opened {
		n.cfg.Log.Warn("breaker opened", "event", "breaker-opened", "scope", string(t.Scope), "subject", t.Subject, "cause", string(t.Cause), "figures", t.Figures)
		if t.Cause.OfMeans() {
			continue
		}
		err := n.fact(ctx, op.KindBreakerTripped, op.BreakerTripped{Scope: string(t.Scope), Subject: t.Subject, Cause: string(t.Cause), Figures: t.Figures})
		if err != nil {
			n.cfg.Log.Error("a breaker is open and not on the record", "event", "breaker-unrecorded", "scope", string(t.Scope), "subject", t.Subject, "error", err.Error())
		}
	}
}

func (n *Node) trips() (list []view.Trip) {
	n.mu.RLock()
	defer n.mu.RUnlock()
	for i := range n.state.Trips() {
		list = append(list, n.state.TripAt(i))
	}
	return list
}

// seeMeans looks at what this node needs to spend: a Lightning node in sync, a clock and a file.
func (n *Node) seeMeans(ctx context.Context) {
	problems := n.Ready()
	for _, m := range []struct {
		cause breaker.Cause
		parts []string
	}{
		{breaker.OutOfSync, []string{"lnd", "recovery"}}, {breaker.ClockJump, []string{"clock"}}, {breaker.WriteFailed, []string{"writer", "files"}},
	} {
		sight := breaker.Good
		if slices.ContainsFunc(problems, func(p string) bool { return slices.Contains(m.parts, PartOf(p)) }) {
			sight = breaker.Bad
		}
		n.observe(ctx, breaker.Observation{Sight: sight, Cause: m.cause})
	}
}

// SpendHeld refuses a new spend of an agent while a breaker of this node is open that the log
// knows nothing of.
func (n *Node) SpendHeld(ctx context.Context, wallet string, agent op.PublicKey) error {
	n.seeMeans(ctx)
	n.spends.mu.Lock()
	defer n.spends.mu.Unlock()
	t, open := n.spends.breakers.Open(wallet, agent.String(), n.steadyMs())
	if !open || !t.Cause.OfMeans() {
		return nil // those of the record are the ledger's
	}
	return refusal.New(refusal.ErrPhase, "wallet", "breaker", "this node holds new spends back for now (%s: %s); nothing was taken, ask again later", t.Cause, t.Figures)
}

// SpendDenied notes a spend that a budget refused.
func (n *Node) SpendDenied(ctx context.Context, wallet string, agent op.PublicKey) {
	n.observe(context.WithoutCancel(ctx), breaker.Observation{Sight: breaker.Denied, Wallet: wallet, Agent: agent.String()})
}

// sawSpend notes what became of a spend.
func (n *Node) sawSpend(ctx context.Context, s view.Payment, sight breaker.Sight, msat, feeMsat int64) {
	n.observe(ctx, breaker.Observation{Sight: sight, Wallet: s.Wallet, Agent: n.ownerOf(s.Wallet).String(), Msat: msat, FeeMsat: feeMsat})
}

func (n *Node) ownerOf(wallet string) (owner op.PublicKey) {
	n.mu.RLock()
	defer n.mu.RUnlock()
	if w, ok := n.state.Wallet(wallet, 0); ok {
		owner = w.Owner
	}
	return owner
}

// lookForStrangers compares, now and then, what LND paid with what the log asked for. A payment
// that is marked as the economy's and that no entry knows opens the breaker of the node.
func (n *Node) lookForStrangers(ctx context.Context) error {
	if n.cfg.Listing == nil || n.cfg.Spends == nil {
		return nil
	}
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(strangersEvery):
		}
		if err := n.findStrangers(ctx); err != nil && ctx.Err() == nil {
			n.cfg.Log.Info("LND's payments could not be listed", "error", err.Error())
		}
	}
}

// strangersEvery is how often LND's payments are looked through.
const strangersEvery = 10 * time.Minute

func (n *Node) findStrangers(ctx context.Context) error {
	var strangers []PaymentRecord
	err := n.cfg.Listing.ListPayments(ctx, func(r PaymentRecord) error {
		if n.strange(r) {
			strangers = append(strangers, r)
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, r := range strangers {
		n.cfg.Log.Error("LND has a payment of the economy that the log does not know", "event", "payment-unknown", "payment_hash", r.PaymentHash.String(), "label", r.Label)
		n.observe(ctx, breaker.Observation{Sight: breaker.Unknown, Msat: r.AmountMsat + r.FeeMsat})
	}
	return nil
}

// strange tells whether a payment says that it is the economy's, of something that the log does
// not know or that has failed there.
func (n *Node) strange(r PaymentRecord) bool {
	id, ours := cutLabel(r.Label, n.labelOf(""))
	if !ours || r.Status != PaymentSucceeded && r.Status != PaymentInFlight {
		return false
	}
	n.mu.RLock()
	defer n.mu.RUnlock()
	if n.state.Decided(r.PaymentHash) != "" {
		return false
	}
	if s, ok := n.state.Spend(id); ok {
		return s.State == "failed" && s.PaymentHash == r.PaymentHash
	}
	_, ok := n.state.Payout(id)
	return !ok
}

func cutLabel(label, prefix string) (id string, ours bool) {
	if len(label) <= len(prefix) || label[:len(prefix)] != prefix {
		return "", false
	}
	return label[len(prefix):], true
}

// heldBack keeps a spend that is set aside from being submitted for now.
func (n *Node) heldBack(ctx context.Context, s view.Payment) error {
	err := n.SpendHeld(ctx, s.Wallet, n.ownerOf(s.Wallet))
	var why *refusal.Refusal
	if errors.As(err, &why) {
		return &laterError{why: fmt.Sprintf("held back: %s", why.Text)}
	}
	return err
}
