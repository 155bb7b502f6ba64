package ledger

import (
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/refusal"
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
	s.effects.begin()
	s.entry.begin()
	s.entry.meter(e)
	if err := s.admit(e); err != nil {
		return nil, err
	}
	last := s.clock
	s.setClock(e.Stamp)
	err := s.entry.spend(0)
	if err == nil {
		err = s.dispatch(e)
	}
	if err != nil {
		s.setClock(last)
		return nil, err
	}
	s.ageInflows()
	s.foreseeConviction()
	s.endDelegations()
	s.noteTurns()
	s.forget(e)
	s.entry.end()
	s.applied(e)
	return s.effects.emitted, nil
}

// Answered lists the effects that the last applied entry answered.
func (s *State) Answered() []string { return s.effects.answered }

// admit checks what holds for every entry: order, economy, clock, duplicate,
// signer of facts, and that no due fact is passed over.
func (s *State) admit(e *op.Entry) error {
	ev := e.Event
	if e.Seq != s.next {
		return refusal.New(refusal.ErrOrder, "seq", "sequence", "is %d, the next entry is %d", e.Seq, s.next)
	}
	if e.Stamp.TimeMs < s.clock.TimeMs || e.Stamp.Height < s.clock.Height {
		return refusal.New(refusal.ErrOrder, "time_ms", "sequence", "its stamp, %s and height %d, goes back behind %s and height %d",
			atText(e.Stamp.TimeMs), e.Stamp.Height, atText(s.clock.TimeMs), s.clock.Height)
	}
	if e.Stamp.Height == s.clock.Height && e.Stamp.BlockHash != s.clock.BlockHash && e.Seq != 0 {
		// Else whoever stamps could try hashes until a draw suits him.
		return refusal.New(refusal.ErrOrder, "block", "one-block", "is %x at height %d, entries before had %x", e.Stamp.BlockHash, e.Stamp.Height, s.clock.BlockHash)
	}
	if err := knownKind(ev); err != nil {
		return err
	}
	if (e.Seq == 0) != (ev.Kind == op.KindGenesis) {
		return refusal.New(refusal.ErrOrder, "kind", "genesis-first", "the genesis is entry 0 and nothing else is")
	}
	if e.Seq == 0 {
		return nil
	}
	if got := ev.Economy(); got != s.economy {
		return refusal.New(refusal.ErrEconomy, "tags", "economy", "event is bound to economy %+q, this is %+q", got, s.economy)
	}
	if seq, ok := s.ids.Get(ev.ID); ok {
		return refusal.New(refusal.ErrDuplicate, "id", "once", "already recorded as entry %d", seq)
	}
	if err := s.admitSigner(ev); err != nil {
		return err
	}
	if err := s.admitStamp(e); err != nil {
		return err
	}
	if err := s.admitTime(e); err != nil {
		return err
	}
	if err := s.agents.admitSigned(ev); err != nil {
		return err
	}
	if e.Event.Kind == op.KindBlocks {
		return nil // it ends no deadline and moves none: what is due by time comes after it as before
	}
	return s.admitDue(e)
}

// admitTime holds the author's claim of time against the entry's.
func (s *State) admitTime(e *op.Entry) error {
	rules, now := s.constitution.Operations, e.Stamp.TimeMs/1000
	if age := now - e.Event.CreatedAt; age > rules.MaxAgeS {
		return refusal.New(refusal.ErrClock, "created_at", "max-age", "is %d s before the stamp of its entry, at most %d s are allowed; sign it anew", age, rules.MaxAgeS)
	}
	if ahead := e.Event.CreatedAt - now; ahead > rules.MaxFutureS {
		return refusal.New(refusal.ErrClock, "created_at", "max-future", "is %d s in the future, at most %d s are allowed; check the clock", ahead, rules.MaxFutureS)
	}
	return nil
}

// dispatch hands the entry's content to the rule of its kind.
func (s *State) dispatch(e *op.Entry) error {
	if err := Prepare(e.Event); err != nil {
		return err
	}
	content, err := e.Event.Decoded()
	if err != nil {
		return err
	}
	read, _ := e.Event.Kept().(*prepared)
	s.entry.keep(read)
	defer s.entry.keep(nil)
	return ruleFor(e.Event.Kind).apply(s, e, content)
}
