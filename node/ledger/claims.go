package ledger

import (
	"slices"

	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/refusal"
	"github.com/econd/econd/reputation"
)

// Who may speak for a payment? The payee knows the preimage before anybody pays,
// and every node on the route learns it. So a payment may be claimed by several
// agents; what each claim counts follows from whom the invoice names, and from
// the others:
//
//   - The agent whom the invoice names counts whole. Nobody else may praise it.
//   - Praise over an invoice that names nobody counts a part, and nothing once
//     somebody else complains over the same payment, before it or after.
//   - A complaint by somebody whom the invoice does not name counts a small part;
//     whole if the invoice names nobody and the agent has had sats locked since
//     before it was issued, or for an epoch. Praise changes nothing about a complaint.
//   - Of several complaints over one payment the heaviest counts, so one payment
//     is one complaint, and none is shut out by a lighter one.

// maxPraises is how many agents can praise a payment that names nobody. Of more,
// those with the most flow stay.
const maxPraises = 8

// verdict is what a new claim counts and which of the earlier ones it takes back:
// kept is what stays of them.
type verdict struct {
	claim
	kept, withdrawn []claim
}

// judge decides on a claim that counts whole if nothing speaks against it. At most
// maxPraises+2 claims are looked at.
func (s *State) judge(key paymentKey, p payment, made claim) (verdict, error) {
	before := s.payments.claims[key]
	for _, c := range before {
		if c.agent == made.agent {
			return verdict{}, refusal.New(refusal.ErrDuplicate, "content.invoice", "one-receipt-per-payment", "you rated the payment %s in entry %d", key.hash, c.seq)
		}
	}
	if made.praise {
		return s.judgePraise(before, p, made)
	}
	return s.judgeComplaint(before, p, made), nil
}

func (s *State) judgePraise(before []claim, p payment, made claim) (verdict, error) {
	if p.customer != (op.PublicKey{}) && !made.named {
		return verdict{}, refusal.New(refusal.ErrForbidden, "content.invoice", "receipt-named", "names %s as the customer; nobody else can praise it", p.customer)
	}
	v := verdict{claim: made, kept: before}
	v.part = uint16(reputation.PartOne)
	if !made.named {
		v.part = s.constitution.Receipts.UnnamedPart()
	}
	least, count := -1, 0
	for i, c := range before {
		switch {
		case !c.praise && (c.named || !made.named):
			v.part = 0 // contested
			return v, nil
		case c.praise && made.named && c.named:
			return verdict{}, refusal.New(refusal.ErrDuplicate, "content.invoice", "receipt-claims", "%s is named as the customer of the payment, too", s.agents.list[c.agent].key)
		case c.praise && !c.named:
			if count++; least < 0 || s.scores.flowOf(c.agent) < s.scores.flowOf(before[least].agent) {
				least = i
			}
		}
	}
	if made.named || count < maxPraises {
		return v, nil
	}
	if flow := s.scores.flowOf(before[least].agent); s.scores.flowOf(made.agent) <= flow {
		return verdict{}, refusal.New(refusal.ErrRule, "content.invoice", "receipt-claims", "%d agents praise the payment, each with a flow of %d or more; yours is %d",
			count, flow, s.scores.flowOf(made.agent))
	}
	v.withdrawn = []claim{before[least]}
	v.kept = slices.Delete(slices.Clone(before), least, least+1)
	return v, nil
}

func (s *scores) flowOf(a slot) uint64 { return s.book.Result(a).Flow }

func (s *State) judgeComplaint(before []claim, p payment, made claim) verdict {
	v := verdict{claim: made}
	v.part = s.complaintPart(p, made)
	for _, c := range before {
		switch {
		case c.praise && c.named && !made.named:
			v.kept = append(v.kept, c)
		case c.praise:
			v.withdrawn = append(v.withdrawn, c)
		case c.part > v.part || c.part == v.part && (c.named || !made.named):
			v.part, v.kept = 0, append(v.kept, c) // stands for both
		default:
			v.withdrawn = append(v.withdrawn, c)
		}
	}
	return v
}

// complaintPart is how much a complaint counts by itself.
func (s *State) complaintPart(p payment, made claim) uint16 {
	if made.named {
		return uint16(reputation.PartOne)
	}
	rules := s.constitution.Receipts
	// Locked before the second in which the invoice was issued, and ever since; or
	// for a whole epoch, whatever date the payee gave its invoice.
	since := max(p.issuedUnix*1000, s.clock.TimeMs-s.constitution.EpochS*1000)
	if p.customer == (op.PublicKey{}) && s.agents.list[made.agent].stakeSat.Least(since) >= rules.ComplaintStake() {
		return uint16(reputation.PartOne)
	}
	return rules.StrangerPart()
}

// enterClaim takes a verdict into force; the claim's own receipt is in the book.
func (s *State) enterClaim(key paymentKey, v verdict) {
	for _, c := range v.withdrawn {
		s.scores.withdraw(c, key.provider)
	}
	if v.claim.part > 0 {
		v.kept = append(slices.Clip(v.kept), v.claim)
	}
	s.payments.rated(key, v.kept, v.claim.seq)
}
