package ledger

import (
	"crypto/sha256"
	"fmt"
	"strconv"
	"strings"

	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/refusal"
)

// maxPayoutSat is all the bitcoin there can be.
const maxPayoutSat = 2_100_000_000_000_000

type payoutState uint8

const (
	payoutClaimable payoutState = iota // waits for an invoice
	payoutSending
	payoutPaid
	payoutFailed // for good: the sats are back in the pool
)

var payoutStates = [...]string{"claimable", "sending", "paid", "failed"}

// PayoutStates lists the names of a payout's states.
func PayoutStates() []string { return payoutStates[:] }

// String returns the state's name.
func (p payoutState) String() string { return payoutStates[p] }

// stableID names something by the decision that made it, and not by its place in
// the log: the same decision in a log that was restored and went on has the same
// name, to LND and to receivers too. parts must tell it from all others of its
// kind, and be the same whenever it is made. It is the kind, "-" and the first 20
// bytes of
//
//	SHA-256("econd/" || kind || 0 || part || 0 || part ...)
//
// in hexadecimal.
func stableID(kind string, parts ...string) string {
	sum := sha256.Sum256([]byte("econd/" + kind + "\x00" + strings.Join(parts, "\x00")))
	return fmt.Sprintf("%s-%x", kind, sum[:20])
}

// actionID is the stableID of what an action of a proposal led to.
func (s *proposals) actionID(kind string, from actionRef) string {
	return stableID(kind, s.list[from.proposal].id.String(), strconv.Itoa(from.action))
}

// owe makes a payout of sats that have left the pool, feeSat among them, under an
// id that stableID made. With a node it is sent at once by keysend; else the agent
// claims it.
func (s *State) owe(id string, to slot, pool int, amountSat, feeSat int64, purpose string, from actionRef, node op.NodeKey) string {
	claimMs := s.constitution.Payouts.ClaimMs()
	if purpose == purposeReturned {
		claimMs = returnedClaimMs
	}
	if _, ok := s.treasury.payoutAt[id]; ok {
		panic("ledger: payout " + id + " is made twice")
	}
	i := s.treasury.owe(payout{id: id, agent: to, pool: pool, amountSat: amountSat, feeSat: feeSat, purpose: purpose,
		from: from, node: node, untilMs: s.clock.TimeMs + claimMs, seq: s.next})
	if from.proposal >= 0 {
		s.proposals.pendingAction(from, id)
	}
	p := &s.treasury.payouts[i]
	if p.ofPool() {
		p.setPaidBack(s.payBack(to, pool, amountSat+feeSat))
	}
	if s.madeAhead(p) {
		return id
	}
	if node == (op.NodeKey{}) {
		s.agenda.add(p.untilMs, op.KindClaimLapse, i)
		return id
	}
	p.send()
	s.emit(Effect{Kind: EffectKeysend, Payout: id, Node: node, AmountSat: amountSat, FeeLimitSat: feeSat, Memo: purpose})
	return id
}

func (s *treasury) payoutByID(field, id string) (*payout, error) {
	i, ok := s.payoutAt[id]
	if !ok {
		return nil, refusal.New(refusal.ErrNotFound, field, "payout", "no payout %+q", id)
	}
	return &s.payouts[i], nil
}

// claim names the invoice that a payout is paid by.
func (s *State) claim(e *op.Entry, c *op.Claim) error {
	at, err := s.agents.signer(e)
	if err != nil {
		return err
	}
	p, err := s.treasury.payoutByID("content.payout", c.Payout)
	switch {
	case err != nil:
		return err
	case p.agent != at:
		return refusal.New(refusal.ErrForbidden, "content.payout", "own-payout", "it goes to %s", s.agents.list[p.agent].key)
	case p.state != payoutClaimable:
		return refusal.New(refusal.ErrPhase, "content.payout", "claim", "it is %s", p.state)
	}
	hash, err := s.claimInvoice(p, c.Invoice)
	if err != nil {
		return err
	}
	p.claim(hash)
	s.payments.paidOut(hash, e.Seq)
	s.emit(Effect{Kind: EffectPay, Payout: p.id, Invoice: c.Invoice, PaymentHash: hash, AmountSat: p.amountSat, FeeLimitSat: p.feeSat, Memo: p.purpose})
	return nil
}

// minClaimLifeS is how long an invoice must still be payable when it is named.
const minClaimLifeS = 120

// claimInvoice holds an invoice against the payout. Its payment hash may serve
// nothing else: a payout is no receipt, and no invoice is paid twice.
func (s *State) claimInvoice(p *payout, text string) (op.Hash, error) {
	inv, err := s.decodeInvoice("content.invoice", text)
	if err != nil {
		return op.Hash{}, err
	}
	if inv.amountMsat != p.amountSat*1000 {
		return op.Hash{}, refusal.New(refusal.ErrRule, "content.invoice", "claim-amount", "is over %d msat, the payout is of %d", inv.amountMsat, p.amountSat*1000)
	}
	if left := inv.expiresUnix - s.clock.TimeMs/1000; left < minClaimLifeS {
		return op.Hash{}, refusal.New(refusal.ErrRule, "content.invoice", "claim-expiry", "is payable for %d s more, at least %d are needed", left, minClaimLifeS)
	}
	if use, ok := s.payments.hashes[inv.hash]; ok {
		return op.Hash{}, refusal.New(refusal.ErrDuplicate, "content.invoice", "claim-once", "payment hash %s was used by entry %d", inv.hash, use.seq)
	}
	if i, ok := s.wallets.paying[inv.hash]; ok {
		return op.Hash{}, refusal.New(refusal.ErrDuplicate, "content.invoice", "claim-once", "payment hash %s is that of spend %s", inv.hash, s.wallets.spends[i].id)
	}
	if i, ok := s.holds.offeredAt[inv.hash]; ok {
		return op.Hash{}, refusal.New(refusal.ErrDuplicate, "content.invoice", "claim-hold", "payment hash %s is that of hold %s: econd would pay itself", inv.hash, s.holds.list[i].id)
	}
	return inv.hash, nil
}

// sending finds the payout that a fact about a payment is about, and its
// effect.
func (s *State) sending(effect, id string) (*payout, error) {
	p, err := s.treasury.payoutByID("content.payout", id)
	if err != nil {
		return nil, err
	}
	at, ok := s.effects.pendingAt[effect]
	if !ok || s.effects.pending[at].Payout != id {
		return nil, refusal.New(refusal.ErrFact, "content.effect", "effect-answered-once", "no pending effect %+q of payout %s", effect, id)
	}
	return p, nil
}

// paymentSent: the sats arrived. What the route did not cost returns to the
// pool; its cost is rounded up to a sat. What it cost beyond its limit, where
// somebody paid by hand over a dearer route, is the operator's own.
func (s *State) paymentSent(e *op.Entry, c *op.PaymentSent) error {
	p, err := s.sending(c.Effect, c.Payout)
	if err != nil {
		return err
	}
	if c.FeeMsat < 0 || c.FeeMsat > maxPayoutSat {
		return refusal.New(refusal.ErrFact, "content.fee_msat", "fee-range", "is %d, must be between 0 and %d", c.FeeMsat, int64(maxPayoutSat))
	}
	if got := op.Hash(sha256.Sum256(c.Preimage[:])); p.hash != (op.Hash{}) && got != p.hash {
		return refusal.New(refusal.ErrFact, "content.preimage", "preimage", "hashes to %s, the invoice's payment hash is %s", got, p.hash)
	}
	s.effects.answer(c.Effect)
	s.sent(p, c.Preimage, c.FeeMsat)
	return nil
}

// sent ends a payout whose sats have arrived.
func (s *State) sent(p *payout, preimage op.Hash, feeMsat int64) {
	p.paid(preimage, feeMsat)
	within := min(feeMsat, p.feeSat*1000)
	cost := ceilDiv(within, 1000)
	s.treasury.spend(feeMsat - within)
	s.keepDust(cost*1000 - within)
	s.refill(p, p.feeSat-cost)
	s.proposals.settleAction(p.from, "")
}

// paymentFailed: the payment failed for good. While there is time and another
// claim is allowed the agent may name another invoice; else the sats return to
// the pool and the action has failed.
func (s *State) paymentFailed(e *op.Entry, c *op.PaymentFailed) error {
	p, err := s.sending(c.Effect, c.Payout)
	if err != nil {
		return err
	}
	if err := refusal.TextWithin("content.reason", c.Reason, 1, 500); err != nil {
		return err
	}
	s.effects.answer(c.Effect)
	again := p.node == (op.NodeKey{}) && (p.claims < s.constitution.Payouts.Claims() || p.purpose == purposeReturned) && s.clock.TimeMs <= p.untilMs
	p.fail(c.Reason)
	if again {
		s.agenda.add(p.untilMs, op.KindClaimLapse, s.treasury.payoutAt[p.id])
		s.treasury.reopen(s.treasury.payoutAt[p.id], e.Seq)
		return nil
	}
	s.returnPayout(p, c.Reason)
	return nil
}

// claimLapse: the time to claim is over.
func (s *State) claimLapse(e *op.Entry, c *op.ClaimLapse) error {
	p, err := s.treasury.payoutByID("content.payout", c.Payout)
	if err != nil {
		return err
	}
	s.returnPayout(p, "not claimed in time")
	return nil
}

// returnPayout ends a payout with its sats back in the pool, or in the grant that
// they were drawn from.
func (s *State) returnPayout(p *payout, reason string) {
	s.notPaidBack(p.agent, p.paidBack)
	p.giveUp(reason)
	if p.grant > 0 {
		s.treasury.undrawn(p)
		return
	}
	s.refill(p, p.amountSat+p.feeSat)
	s.proposals.settleAction(p.from, reason)
}

// refill returns sats of a payout to its pool. Those that were of somebody else
// than the pool belong to nobody there.
func (s *State) refill(p *payout, sat int64) {
	if !p.ofPool() {
		s.bring(p.pool, nobody, sat)
		return
	}
	s.treasury.put(p.pool, sat)
}

// ofPool tells whether the sats were the pool's: not those of a share of who left,
// of a dispute's bonds, or of a hold that nobody forfeited.
func (p *payout) ofPool() bool {
	switch p.purpose {
	case purposeExit, purposeReturned, purposeWon, purposeSat:
		return false
	}
	return true
}

// purposeExit is the purpose of the payouts of who left.
const purposeExit = "exit"

// deposit asks for a hold invoice over sats for a pool.
func (s *State) deposit(e *op.Entry, c *op.Deposit) error {
	at, err := s.agents.signer(e)
	if err != nil {
		return err
	}
	pool, err := s.poolByName("content.pool", c.Pool)
	if err != nil {
		return err
	}
	if most := s.constitution.Stake.MaxSat; c.AmountSat < 1 || c.AmountSat > most {
		return refusal.New(refusal.ErrRule, "content.amount_sat", "deposit-range", "is %d, must be between 1 and %d", c.AmountSat, most)
	}
	if err := s.holdRoom(at); err != nil {
		return err
	}
	s.openHold(e, at, c.AmountSat, forDeposit, pool)
	return nil
}
