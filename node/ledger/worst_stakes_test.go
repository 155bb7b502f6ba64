package ledger

// setStake gives an agent a stake behind which there are no holds.
func (s *State) setStake(at slot, sat uint64) {
	s.addStake(at, staked{sat: int64(sat) - int64(s.agents.list[at].stakeSat.Now())})
}
