package ledger

import (
	"fmt"

	"github.com/econd/econd/node/op"
)

// Apply checks the entry's signature, applies the entry and returns the
// effects that it asks for. On an error the state is as it was.
func Apply(s *State, e *op.Entry) ([]Effect, error) {
	if err := e.Event.Verify(); err != nil {
		return nil, err
	}
	return ApplyVerified(s, e)
}

// ApplyVerified is Apply for an entry whose event's Verify the caller has
// already seen to succeed: the daemon and the auditor do that in parallel.
func ApplyVerified(s *State, e *op.Entry) ([]Effect, error) {
	s.emitted, s.answered, s.touched = nil, nil, s.touched[:0]
	s.meter(e)
	if err := s.admit(e); err != nil {
		return nil, err
	}
	last := s.clock
	s.clock = e.Stamp
	err := s.spend(0)
	if err == nil {
		err = s.dispatch(e)
	}
	if err != nil {
		s.clock = last
		return nil, err
	}
	s.ageInflows()
	s.foreseeConviction()
	s.noteTurns()
	s.ids.put(e.Event.ID, e.Seq)
	s.next++
	return s.emitted, nil
}

// Answered lists the effects that the last applied entry answered.
func (s *State) Answered() []string { return s.answered }

// admit checks what holds for every entry: order, economy, clock, duplicate,
// signer of facts, and that no due fact is passed over.
func (s *State) admit(e *op.Entry) error {
	ev := e.Event
	if e.Seq != s.next {
		return refuse(ErrOrder, "seq", "sequence", "is %d, the next entry is %d", e.Seq, s.next)
	}
	if e.Stamp.TimeMs < s.clock.TimeMs || e.Stamp.Height < s.clock.Height {
		return refuse(ErrOrder, "time_ms", "sequence", "stamp %d/%d goes back behind %d/%d",
			e.Stamp.TimeMs, e.Stamp.Height, s.clock.TimeMs, s.clock.Height)
	}
	if e.Stamp.Height == s.clock.Height && e.Stamp.BlockHash != s.clock.BlockHash && e.Seq != 0 {
		// Else whoever stamps could try hashes until a draw suits him.
		return refuse(ErrOrder, "block", "one-block", "is %x at height %d, entries before had %x", e.Stamp.BlockHash, e.Stamp.Height, s.clock.BlockHash)
	}
	if !ev.Kind.Known() {
		return refuse(ErrUnknownKind, "kind", "known-kind", "%d is no operation of this version", ev.Kind)
	}
	if (e.Seq == 0) != (ev.Kind == op.KindGenesis) {
		return refuse(ErrOrder, "kind", "genesis-first", "the genesis is entry 0 and nothing else is")
	}
	if e.Seq == 0 {
		return nil
	}
	if got := ev.Economy(); got != s.economy {
		return refuse(ErrEconomy, "tags", "economy", "event is bound to economy %q, this is %q", got, s.economy)
	}
	if seq, ok := s.ids.get(ev.ID); ok {
		return refuse(ErrDuplicate, "id", "once", "already recorded as entry %d", seq)
	}
	if ev.Kind.IsFact() && ev.PubKey != s.operator {
		return refuse(ErrForbidden, "pubkey", "operator-only", "%s is a fact that only the operator may state", ev.Kind)
	}
	if err := s.admitTime(e); err != nil {
		return err
	}
	if err := s.admitSigned(ev); err != nil {
		return err
	}
	return s.admitDue(e)
}

// admitTime holds the author's claim of time against the entry's.
func (s *State) admitTime(e *op.Entry) error {
	rules, now := s.constitution.Operations, e.Stamp.TimeMs/1000
	if age := now - e.Event.CreatedAt; age > rules.MaxAgeS {
		return refuse(ErrClock, "created_at", "max-age", "is %d s old, at most %d s are allowed; sign it anew", age, rules.MaxAgeS)
	}
	if ahead := e.Event.CreatedAt - now; ahead > rules.MaxFutureS {
		return refuse(ErrClock, "created_at", "max-future", "is %d s in the future, at most %d s are allowed; check the clock", ahead, rules.MaxFutureS)
	}
	return nil
}

func (s *State) dispatch(e *op.Entry) error {
	switch e.Event.Kind {
	case op.KindGenesis:
		return s.genesis(e)
	case op.KindRegister:
		return with(e, s.register)
	case op.KindBindNode:
		return with(e, s.bindNode)
	case op.KindLockStake:
		return with(e, s.lockStake)
	case op.KindReleaseStake:
		return with(e, s.releaseStake)
	case op.KindReceipt:
		return with(e, s.receipt)
	case op.KindPropose:
		return with(e, s.propose)
	case op.KindVote:
		return s.voteEntry(e)
	case op.KindCancel:
		return with(e, s.cancel)
	case op.KindVeto:
		return with(e, s.veto)
	case op.KindDelegate:
		return with(e, s.delegate)
	case op.KindUndelegate:
		return with(e, s.undelegate)
	case op.KindStatement:
		return with(e, s.statement)
	case op.KindPause:
		return with(e, s.pause)
	case op.KindClaim:
		return with(e, s.claim)
	case op.KindDeposit:
		return with(e, s.deposit)
	case op.KindExit:
		return with(e, s.exit)
	case op.KindDrawGrant:
		return with(e, s.drawGrant)
	case op.KindDispute:
		return with(e, s.disputeOp)
	case op.KindAppeal:
		return with(e, s.appeal)
	case op.KindJuror:
		return with(e, s.jurorOffer)
	case op.KindJurorLeave:
		return with(e, s.jurorLeave)
	case op.KindJuryCommit:
		return with(e, s.juryCommit)
	case op.KindJuryReveal:
		return with(e, s.juryReveal)
	case op.KindReport:
		return with(e, s.report)
	case op.KindRenew:
		return with(e, s.renew)
	case op.KindVoid:
		return with(e, s.void)
	}
	return s.dispatchFact(e)
}

func (s *State) dispatchFact(e *op.Entry) error {
	switch e.Event.Kind {
	case op.KindHoldOffered:
		return with(e, s.holdOffered)
	case op.KindHoldLocked:
		return with(e, s.holdLocked)
	case op.KindHoldSettled:
		return with(e, s.holdSettled)
	case op.KindHoldCancelled:
		return with(e, s.holdCancelled)
	case op.KindHoldLapse:
		return with(e, s.holdLapse)
	case op.KindEpoch:
		return with(e, s.closeEpoch)
	case op.KindClose:
		return with(e, s.closeVote)
	case op.KindExecute:
		return with(e, s.execute)
	case op.KindExpire:
		return with(e, s.expire)
	case op.KindAnchorPublished:
		return with(e, s.anchorPublished)
	case op.KindAnchorConfirmed:
		return with(e, s.anchorConfirmed)
	case op.KindAnchorFinal:
		return with(e, s.anchorFinal)
	case op.KindAnchorReorged:
		return with(e, s.anchorReorged)
	case op.KindDraw:
		return with(e, s.draw)
	case op.KindRuling:
		return with(e, s.ruling)
	case op.KindDisputeClose:
		return with(e, s.disputeClose)
	case op.KindReconciled:
		return with(e, s.reconciled)
	case op.KindPaymentSent:
		return with(e, s.paymentSent)
	case op.KindPaymentFailed:
		return with(e, s.paymentFailed)
	case op.KindClaimLapse:
		return with(e, s.claimLapse)
	case op.KindWebhookDelivered:
		return with(e, s.webhookDelivered)
	case op.KindWebhookFailed:
		return with(e, s.webhookFailed)
	case op.KindEvaluate:
		return with(e, s.evaluate)
	}
	panic(fmt.Sprintf("ledger: known kind %d without a rule", e.Event.Kind))
}

// with decodes the event's content strictly and hands it to its rule.
func with[C any](e *op.Entry, rule func(*op.Entry, *C) error) error {
	content := new(C)
	if err := op.Unmarshal([]byte(e.Event.Content), "content", content); err != nil {
		return err
	}
	return rule(e, content)
}

// signer returns the registered agent who signed the entry.
func (s *State) signer(e *op.Entry) (slot, error) {
	at, ok := s.agentAt[e.Event.PubKey]
	if !ok {
		return 0, refuse(ErrForbidden, "pubkey", "registered", "%s is not registered; send a register operation first", e.Event.PubKey)
	}
	if a := &s.agents[at]; a.leftSeq != 0 && !outlivesExit(e.Event.Kind) {
		return 0, refuse(ErrForbidden, "pubkey", "left", "%s left the economy by entry %d", e.Event.PubKey, a.leftSeq)
	}
	return at, nil
}

func textWithin(field, text string, least, most int) error {
	if len(text) < least || len(text) > most {
		return refuse(ErrInvalid, field, "length", "has %d bytes, must have %d to %d", len(text), least, most)
	}
	return nil
}
