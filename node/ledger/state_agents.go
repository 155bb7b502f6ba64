package ledger

import (
	"slices"

	"github.com/econd/econd/node/ledger/internal/history"
	"github.com/econd/econd/node/ledger/internal/passing"
	"github.com/econd/econd/node/op"
)

// agents are all that ever registered, and the keys that speak.
type agents struct {
	list    []agent
	at      map[op.PublicKey]slot // by each key that an agent has or had
	keys    [][32]byte            // by slot, which registered; only ever appended to
	later   [][32]byte            // that agents went over to, by their number from 1; likewise
	nodeAt  map[op.NodeKey]slot
	handed  bool                  // some key was given up or revoked
	awaited map[op.PublicKey]slot // keys to which guardians hand over, see guard.waiting

	voices []op.PublicKey // see Voices
	spoken map[op.PublicKey]bool
	voided map[op.PublicKey]signed // up to which each made void what is not recorded
}

func newAgents() agents {
	return agents{at: map[op.PublicKey]slot{}, nodeAt: map[op.NodeKey]slot{}, spoken: map[op.PublicKey]bool{}, voided: map[op.PublicKey]signed{}, awaited: map[op.PublicKey]slot{}}
}

type agent struct {
	key          op.PublicKey // by which it speaks
	keySeq       uint64       // entry by which it went over to it; 0 for the one that registered
	number       uint32       // of the key, see agents.later; 0 likewise
	before       []formerKey  // keys that it had
	revoked      uint64       // entry that revoked the key, or 0
	guard        *guard       // who may take the key away; nil for nobody ever
	name         string
	registered   uint64 // sequence number
	registeredMs int64
	nodes        []op.NodeKey
	stakeSat     history.History // locked stake
	confirmedSat history.History // of it, what its agent confirmed
	score        history.History // reputation
	praised      history.History // the score that praise alone gives, by which jurors are drawn
	receipts     uint64          // given as provider
	earned       []earned        // the same receipts, in order; only ever appended to
	standings    []standing      // by epoch, where it changed
	holds        []int           // all that it ever asked for, in order
	openHolds    int
	unpaid       int64 // of them, those that nobody paid yet, renewals apart
	openProps    int
	votes        passing.List // that have its ballot, in order of its first there; some are over
	supports     []int        // the same on conviction tracks
	scopes       []scope      // what it delegates, by track
	backings     []backing    // who delegates to it, by track
	trustedBy    []trusted    // every delegation to it, in order of their entries
	statements   []statement
	leftSeq      uint64 // entry by which it left, or 0
	leftMs       int64
	leaving      *leaving       // announced
	brought      []contribution // into the pools, in order
	parts        []part         // in closed votes, by track
	denied       bool           // as a provider, by the registry
	budgets      []allowance
	wastedMs     int64 // when what it withdrew before the vote is forgiven, see waste
}

// guard is who may take an agent's key away, and what they said.
type guard struct {
	now    recoveryTerms
	next   recoveryTerms // in force once nextMs has passed
	nextMs int64         // 0: nothing waits

	setSigned    signed         // the agent's last word on it
	revokeSigned signed         // the recovery key's last word
	words        []recoveryWord // of guardians, one each
	waiting      *awaitedKey    // enough of them said the same
	barredMs     int64          // last instant at which guardians may not begin
}

// recoveryTerms are a recovery key and guardians; none where they are zero.
type recoveryTerms struct {
	recovery op.PublicKey
	m        int64
	keys     []op.PublicKey
	waitMs   int64
}

// recoveryWord is what one guardian said.
type recoveryWord struct {
	guardian op.PublicKey
	key      op.PublicKey // that is to speak
	seq      uint64
	signed   signed
}

// awaitedKey is a key that is to speak for an agent unless it is stopped.
type awaitedKey struct {
	key     op.PublicKey
	untilMs int64 // last instant at which it can be stopped
	sinceMs int64
	seq     uint64
}

// formerKey is a key by which an agent spoke, and the entries from which and until which it did.
type formerKey struct {
	key         op.PublicKey
	from, ended uint64 // from 0: since the registration
}

// earned is one receipt as its provider remembers it: who gave it, on which UTC
// day, in which entry, and whether it complains.
type earned struct {
	consumer  slot
	day       int32
	seq       uint64
	complaint bool
}

// standing is what an epoch said of an agent, from that epoch on until the
// next record. Quality and score follow from it.
type standing struct {
	epoch                    int64
	flow, positive, negative uint64
}

type statement struct {
	track  string
	text   string
	seq    uint64
	signed signed
}

// scope is what an agent delegates for one track, or for all.
type scope struct {
	track    string // "" is all
	edges    []edge
	placedMs int64 // when the last of them was given
	removed  bool  // something was taken back since
	signed   signed
	past     []pastEdges // what edges were, those in force the last
}

// edge is one delegation.
type edge struct {
	to        slot
	ppm       uint32
	expiresMs int64 // last instant at which it counts; 0 is never
	sinceMs   int64
	seq       uint64
	ended     bool // its expiry was noted, see endDelegations
	place     int  // in the backing of to, unless it ended
}

// pastEdges is what a scope held from an entry on.
type pastEdges struct {
	seq   uint64
	edges []edge
}

// backing is who delegates to one agent for one track, or for all.
type backing struct {
	track string // "" is all
	from  []slot // in no order that matters; each edge knows its place, see edge.place
}

// trusted is that somebody delegated to an agent.
type trusted struct {
	seq  uint64
	from slot
}

// leaving is an exit that was announced and takes effect when the decision is
// executed.
type leaving struct {
	exit     op.ID // of the operation
	proposal int
	ownSat   uint64 // stake that counts as gone
	shares   []refundShare
	taken    []contribution // what the agent had brought in, less what it is paid since
	brought  bool           // the shares rest on that
}

// contribution is one inflow as its agent remembers it.
type contribution struct {
	pool, index int
	sat         int64 // where it was taken out
}

// part is one agent's part in the closed votes of one track.
type part struct {
	track    int // index of the record
	ballots  uint64
	agreed   uint64          // of the ballots, those that wanted what was decided
	differed uint64          // and those that wanted the opposite
	as       *delegateRecord // nil: its ballot never spoke for others, and nobody's ever against it
}

// delegateRecord is what ballots did with the weight that others gave an agent.
type delegateRecord struct {
	overrides uint64 // ballots of agents that had delegated to it
	contrary  uint64 // of them, those against a ballot of its own that was for, or the reverse

	carried        uint64 // votes in which its ballot spoke for others
	last, most     uint64 // weight of others, in the last of these and at most
	sumHigh, sumLo uint64 // of it, over these votes
	votes          []int  // numbers of the latest of these in the track's record
}

// allowance is what one agent may have spent from one pool. Its first period
// starts with the execution.
type allowance struct {
	pool     int
	terms    BudgetTerms
	sinceMs  int64
	proposal int // index
	seq      uint64
}

// refundShare is what is paid from one pool: both together are the share of it.
type refundShare struct {
	pool        int
	sat, feeSat int64
	ownSat      int64 // that the agent brought in, less what it is paid since
}

// setPraised records the score by which jurors are drawn, where it changed.
func (a *agent) setPraised(nowMs int64, praised uint64) {
	if praised != a.praised.Now() {
		a.praised.Set(nowMs, praised)
	}
}

func (a *agent) setScore(nowMs int64, score uint64) { a.score.Set(nowMs, score) }

// earn counts a receipt that the agent was given.
func (a *agent) earn(r earned) {
	a.receipts++
	a.earned = append(a.earned, r)
}

// register adds an agent.
func (s *agents) register(a agent) {
	s.at[a.key] = slot(len(s.list))
	s.keys = append(s.keys, a.key)
	s.list = append(s.list, a)
}

// handTo lets an agent speak by another key from an entry on, which nobody may have had.
func (s *agents) handTo(at slot, key op.PublicKey, seq uint64) {
	a := &s.list[at]
	s.handed = true
	ended := seq
	if a.revoked != 0 {
		ended = a.revoked
	}
	a.before = append(a.before, formerKey{a.key, a.keySeq, ended})
	s.later = append(s.later, key)
	a.key, a.keySeq, a.number, a.revoked = key, seq, uint32(len(s.later)), 0
	s.at[key] = at
	s.settleRecovery(at)
}

// revoke takes the agent's key its voice.
func (s *agents) revoke(at slot, seq uint64) {
	s.handed, s.list[at].revoked = true, seq
	s.settleRecovery(at)
}

// settleRecovery lets go of what the guardians of an agent said and began.
func (s *agents) settleRecovery(at slot) {
	g := s.list[at].guard
	if g == nil {
		return
	}
	if g.waiting != nil {
		delete(s.awaited, g.waiting.key)
	}
	g.words, g.waiting = nil, nil
}

// await begins the time in which a recovery can be stopped.
func (s *agents) await(at slot, w awaitedKey) {
	s.list[at].guard.waiting = &w
	s.awaited[w.key] = at
}

// guarded is who may take the agent's key away, to be written.
func (a *agent) guarded() *guard {
	if a.guard == nil {
		a.guard = &guard{}
	}
	return a.guard
}

// set puts terms in force, or from an instant on; what waited is void.
func (g *guard) set(now recoveryTerms, next recoveryTerms, nextMs int64) {
	g.now, g.next, g.nextMs = now, next, nextMs
}

func (g *guard) saidSet(when signed)      { g.setSigned = when }
func (g *guard) saidRevoked(when signed)  { g.revokeSigned = when }
func (g *guard) bar(untilMs int64)        { g.barredMs = untilMs }
func (g *guard) say(words []recoveryWord) { g.words = words }

// bindNode binds a node to an agent.
func (s *agents) bindNode(at slot, node op.NodeKey) {
	s.nodeAt[node] = at
	s.list[at].nodes = append(s.list[at].nodes, node)
}

// makeVoid makes void what a key signed up to a mark and is not recorded.
func (s *agents) makeVoid(key op.PublicKey, until signed) { s.voided[key] = until }

// holdAsked counts a hold that the agent asked for.
func (a *agent) holdAsked(hold int) {
	a.openHolds++
	a.holds = append(a.holds, hold)
}

// holdEnded counts one that has ended.
func (a *agent) holdEnded() { a.openHolds-- }

func (a *agent) countUnpaid(by int64) { a.unpaid += by }

func (a *agent) countProposals(by int) { a.openProps += by }

// deny records whether the registry denies the agent as a provider.
func (a *agent) deny(denied bool) { a.denied = denied }

// setStake records the locked stake, and what is confirmed of it.
func (a *agent) setStake(nowMs int64, sat, confirmedSat uint64) {
	a.stakeSat.Set(nowMs, sat)
	if confirmedSat != a.confirmedSat.Now() {
		a.confirmedSat.Set(nowMs, confirmedSat)
	}
}

// count counts a ballot of the agent by how it stood to the outcome.
func (t *part) count(s stance) {
	t.ballots++
	switch s {
	case agrees:
		t.agreed++
	case differs:
		t.differed++
	}
}

// leave records that the agent announces to leave, or, by nil, that this is settled.
func (a *agent) leave(x *leaving) { a.leaving = x }

// take keeps what was taken out of the inflows for a leaver.
func (x *leaving) take(list []contribution) { x.taken = list }

func (x *leaving) setShares(list []refundShare) { x.shares = list }

// cut leaves a share so much.
func (r *refundShare) cut(sat, feeSat int64) { r.sat, r.feeSat = sat, feeSat }

// gone records that the agent left by an entry.
func (a *agent) gone(seq uint64, ms int64) {
	a.leftSeq, a.leftMs, a.brought = seq, ms, nil
}

// remove takes away what the agent delegates.
func (c *scope) remove() { c.removed = true }

// support notes a proposal that the agent's stake is behind, and dropSupports those
// that it is behind no more.
func (a *agent) support(proposal int) { a.supports = append(a.supports, proposal) }

func (a *agent) dropSupports(gone func(int) bool) { a.supports = slices.DeleteFunc(a.supports, gone) }

// addScope starts what the agent delegates on a track, unless it has such.
func (a *agent) addScope(track string) {
	if a.scopeOf(track) == nil {
		a.scopes = append(a.scopes, scope{track: track})
	}
}

// place records when what it delegates was last given, and takeBack that it was taken
// back.
func (c *scope) place(nowMs int64, when signed) { c.placedMs, c.removed, c.signed = nowMs, false, when }

func (c *scope) takeBack(when signed) { c.removed, c.signed = true, when }

// state publishes a statement in place of the i-th, or as a further one.
func (a *agent) state(i int, next statement) {
	if i == len(a.statements) {
		a.statements = append(a.statements, next)
		return
	}
	a.statements[i] = next
}

// bind notes a ballot of the agent in a vote, and dropVotes lets go of such.
func (a *agent) bind(proposal int, ended func(int) bool) { a.votes.Add(proposal, ended) }

func (a *agent) dropVotes(gone func(int) bool) {
	a.votes.Members = slices.DeleteFunc(a.votes.Members, gone)
}

// waste counts a proposal that was withdrawn.
func (a *agent) waste(nowMs int64) { a.wastedMs = max(a.wastedMs, nowMs) + wastedEveryMs }

// setBudget sets the budget of a pool, or takes it away where terms are nil.
func (a *agent) setBudget(b allowance, set bool) {
	var kept []allowance
	for _, x := range a.budgets {
		if x.pool != b.pool {
			kept = append(kept, x)
		}
	}
	if set {
		kept = append(kept, b)
	}
	a.budgets = kept
}

// bring notes what the agent brought into a pool.
func (a *agent) bring(c contribution) { a.brought = append(a.brought, c) }

// alter changes what the k-th contribution of a leaver counts for.
func (x *leaving) alter(k int, by int64) {
	x.taken[k].sat += by
	for i := range x.shares {
		if r := &x.shares[i]; r.pool == x.taken[k].pool {
			r.ownSat += by
		}
	}
}
