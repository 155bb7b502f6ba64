package ledger

import "github.com/econd/econd/node/op"

// treasury is the pools, and what is owed and granted out of them.
type treasury struct {
	poolSats  []int64   // parallel to constitution.Pools
	inflows   []inflows // likewise
	dustMsat  int64     // that came in and made no sat yet, 0 to 999
	ownMsat   int64     // that routes cost beyond their limits: the operator's own
	foundMsat int64     // booked by decisions of the operator

	grants   []grant
	grantAt  map[string]int // by id
	payouts  []payout
	payoutAt map[string]int // by id
	reopened []occurrence   // payouts that can be claimed again
}

// grant is sats on their way from a pool to an agent over time.
type grant struct {
	id        string // see stableID
	agent     slot
	pool      int
	totalSat  int64
	startMs   int64
	cliffMs   int64
	endMs     int64
	drawnSat  int64 // payouts under way included
	revokedMs int64 // 0: not revoked
	proposal  int   // index
	seq       uint64
}

// inflow is sats that came into a pool: a deposit, a forfeited hold, income.
type inflow struct {
	atMs  int64
	agent slot  // who brought them in, or nobody
	sat   int64 // less what the pool paid the agent; 0 once it left, or while it has announced that
}

// inflows are those of one pool, in order. What was paid out since lowers what
// each of them is worth alike; none is ever worth more than its sats.
type inflows struct {
	list  []inflow
	first int   // the first that has not aged out
	sat   int64 // sum from there on
}

// payout is sats on their way from a pool to an agent. They left the pool when
// it was made, with the most that the route may cost.
type payout struct {
	id        string // see stableID
	agent     slot
	pool      int
	amountSat int64
	feeSat    int64 // set aside for the route
	purpose   string
	from      actionRef // proposal -1: no action's
	node      op.NodeKey
	state     payoutState
	claims    int64
	untilMs   int64 // last instant to claim
	hash      op.Hash
	preimage  op.Hash
	feeMsat   int64
	reason    string
	seq       uint64
	grant     int   // index + 1 of the grant that it was drawn from; 0: none
	ownFeeSat int64 // of feeSat, out of what was drawn
	paidBack  []paidBack
}

// paidBack is a part of a contribution that its agent was paid out of the pool.
type paidBack struct {
	index int // among the agent's contributions
	sat   int64
}

// grow starts the pools that are new, empty.
func (s *treasury) grow(pools int) {
	for len(s.poolSats) < pools {
		s.poolSats = append(s.poolSats, 0)
		s.inflows = append(s.inflows, inflows{})
	}
}

// put puts sats into a pool that are no inflow: they were taken out of it before, or
// bring counts them.
func (s *treasury) put(pool int, sat int64) { s.poolSats[pool] += sat }

// draw takes sats out of a pool.
func (s *treasury) draw(pool int, sat int64) { s.poolSats[pool] -= sat }

// setPools takes over what actions left in each pool.
func (s *treasury) setPools(sats []int64) { copy(s.poolSats, sats) }

// find counts what the operator booked of a hold that the log does not know.
func (s *treasury) find(msat int64) { s.foundMsat += msat }

// gather keeps dust and returns the whole sats that it makes.
func (s *treasury) gather(msat int64) (sat int64) {
	s.dustMsat += msat
	sat = s.dustMsat / 1000
	s.dustMsat %= 1000
	return sat
}
