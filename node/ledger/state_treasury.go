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

// grant records a grant.
func (s *treasury) grant(g grant) {
	s.grantAt[g.id] = len(s.grants)
	s.grants = append(s.grants, g)
}

func (g *grant) revoke(nowMs int64) { g.revokedMs = nowMs }

// draw counts sats that are drawn.
func (g *grant) draw(sat int64) { g.drawnSat += sat }

// owe records a payout and returns its place.
func (s *treasury) owe(p payout) int {
	i := len(s.payouts)
	s.payouts = append(s.payouts, p)
	s.payoutAt[p.id] = i
	return i
}

// reopen lets a payout be claimed again, by entry seq.
func (s *treasury) reopen(i int, seq uint64) {
	p := &s.payouts[i]
	p.state, p.hash = payoutClaimable, op.Hash{}
	s.reopened = append(s.reopened, occurrence{seq, i, 0})
}

// spend counts what a route cost beyond its limit.
func (s *treasury) spend(msat int64) { s.ownMsat += msat }

// drawnFrom says which grant it is drawn from, and what of its fee the grant bears.
func (p *payout) drawnFrom(grant int, ownFeeSat int64) { p.grant, p.ownFeeSat = grant+1, ownFeeSat }

func (p *payout) setPaidBack(list []paidBack) { p.paidBack = list }

// send says that it is being paid.
func (p *payout) send() { p.state = payoutSending }

// claim says that it is being paid by an invoice that its agent named.
func (p *payout) claim(hash op.Hash) {
	p.state, p.hash = payoutSending, hash
	p.claims++
}

// paid says that the sats have arrived.
func (p *payout) paid(preimage op.Hash, feeMsat int64) {
	p.state, p.preimage, p.feeMsat = payoutPaid, preimage, feeMsat
}

// fail says why a payment failed.
func (p *payout) fail(reason string) { p.reason = reason }

// giveUp ends it unpaid.
func (p *payout) giveUp(reason string) { p.state, p.reason, p.paidBack = payoutFailed, reason, nil }

// add adds what came in and returns its place.
func (in *inflows) add(x inflow) int {
	in.list = append(in.list, x)
	in.sat += x.sat
	return len(in.list) - 1
}

// age moves on what is older than an instant, or back where the instant went back.
func (in *inflows) age(oldestMs int64) {
	for in.first < len(in.list) && in.list[in.first].atMs < oldestMs {
		in.sat -= in.list[in.first].sat
		in.first++
	}
	for in.first > 0 && in.list[in.first-1].atMs >= oldestMs {
		in.first--
		in.sat += in.list[in.first].sat
	}
}
