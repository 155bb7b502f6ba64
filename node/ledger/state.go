package ledger

import (
	"github.com/econd/econd/node/constitution"
	"github.com/econd/econd/node/ledger/internal/deadlines"
	"github.com/econd/econd/node/ledger/internal/history"
	"github.com/econd/econd/node/ledger/internal/idindex"
	"github.com/econd/econd/node/ledger/internal/keyorder"
	"github.com/econd/econd/node/ledger/internal/passing"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/view"
	"github.com/econd/econd/reputation"
	"github.com/econd/econd/stake"
	"github.com/econd/econd/voting"
)

// slot is the dense number of an agent, in order of registration.
type slot = uint32

// State is everything the log has brought about. The zero value is not usable;
// call New.
type State struct {
	economy      string
	network      string
	operator     op.PublicKey
	logVerifier  string
	constitution *constitution.Constitution
	versions     []constitutionVersion // that in force is the last
	knows        int64                 // newest rules that are known: constitution.NewestRules

	next  uint64   // sequence number of the next entry
	clock op.Stamp // stamp of the last entry
	ids   idindex.Index

	agents  []agent
	agentAt map[op.PublicKey]slot
	keys    [][32]byte // of the agents, by slot; only ever appended to
	nodeAt  map[op.NodeKey]slot
	classes []weightClass
	weighed []int // of them, those that are kept up
	ballots map[trackClass]int

	holds     []hold
	holdAt    map[op.ID]int
	offeredAt map[op.Hash]int // by payment hash
	unpaid    int64           // holds that nobody paid yet, renewals apart

	unpaidOrder []int // they, in order, and some that were paid since

	proposals    []proposal
	proposalAt   map[op.ID]int
	turnout      map[string]uint32            // track -> average turnout, ppm
	openOn       map[string]int               // track -> proposals on their course, drafts included
	openBy       map[agentTrack]ownOpen       // the same of one agent
	startedOn    map[string]int64             // track -> those with their collateral locked
	crowds       map[string]*crowding         // by track
	gathering    []int                        // proposals that gather conviction
	behind       map[string]*voting.HighWater // track -> stake behind its proposals
	lockedSat    history.History              // the same, with its past
	locked       voting.HighWater             // all locked stake
	stakeChanges uint64                       // of the two

	lockedChanges uint64            // of all locked stake
	behindChanges map[string]uint64 // of that behind the proposals of each track

	records  []trackRecord  // of closed votes, in order of the first on each track
	recordAt map[string]int // by track

	departed    []departure    // agents that left, in order
	going, left goneSums       // of who leaves or left; of who left, those who blocked a decision apart
	leavingSat  uint64         // locked stake of those that leave when a decision is executed
	delegators  []slot         // who ever delegated, in order of the first time
	expiring    deadlines.Heap // of delegations, by agent
	leadSums    []leadSums     // of those who delegate
	raises      []raise        // of stakes, in order
	number      []uint32       // of the agents in the graph of a close; all 0 between
	shared      bool           // somebody ever delegated a part

	book     *reputation.Book
	hashes   map[op.Hash]hashUse
	claims   map[paymentKey][]claim
	epoch    int64         // number of epochs closed
	epochMs  int64         // when the next one ends
	epochs   []epochRecord // those closed, by number
	poolSats []int64       // parallel to constitution.Pools
	inflows  []inflows     // likewise
	dustMsat int64         // that came in and made no sat yet, 0 to 999
	ownMsat  int64         // that routes cost beyond their limits: the operator's own

	ahead     []paidAhead
	foundMsat int64              // booked by decisions of the operator
	decided   map[op.Hash]string // by payment hash or txid: what the log did not know
	restored  []Restoration

	lostAnchors []LostAnchor // until the log goes on

	grants  []grant
	grantAt map[string]int // by id

	registry   []registryEntry
	registryAt map[registryKey]int

	payouts   []payout
	payoutAt  map[string]int // by id
	webhooks  []webhookCall
	webhookAt map[string]int // by effect

	disputes  []dispute
	disputeAt map[op.ID]int
	jurors    []juror
	roll      []int        // offers, by rising index; some are gone
	struck    int          // of them, those that are gone
	askedOut  []int        // offers of who asked to leave; some are gone
	jurorAt   map[slot]int // the last offer of each
	juryless  []int        // disputes that wait for a jury

	series   []series       // reported metrics, in order of the first report
	seriesAt map[string]int // by name
	rules    []rule         // in force, in order of adding
	ruleLeft string         // the one to look at first at the next figure; "": the first

	voided map[op.PublicKey]signed // up to which each made void what is not recorded

	pauses   []pause                 // in order of entry
	pauseAt  map[string]int          // the last of each track
	awaiting passing.List            // decisions that wait for their execution
	pausedBy map[op.PublicKey]signed // each guardian's last word on pauses
	motions  []pauseMotion           // not yet agreed on by enough guardians

	anchors  []view.Anchor
	anchorAt map[op.Hash]int // txid

	due       deadlines.Heap
	heights   deadlines.Heap // by block height
	pending   []Effect
	pendingAt map[string]int

	undoable deadlines.Heap // decisions that ended and may still be undone

	phaseChanges []occurrence // proposals that changed their phase
	draws        []occurrence // disputes whose juries were drawn, by round
	reopened     []occurrence // payouts that can be claimed again

	voices []op.PublicKey // see Voices
	spoken map[op.PublicKey]bool

	ready ready // see Due

	// Of the entry being applied.
	read     *prepared
	emitted  []Effect
	answered []string
	touched  []int // proposals whose phase it may have changed
	work     int64 // units that it cost so far
	workMost int64 // that it may cost; 0: no bound
}

type agent struct {
	key          op.PublicKey
	name         string
	registered   uint64 // sequence number
	registeredMs int64
	nodes        []op.NodeKey
	stakeSat     history.History // locked stake
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
	budgets      []budget
	wastedMs     int64 // when what it withdrew before the vote is forgiven, see waste
}

type hold struct {
	id           op.ID
	agent        slot
	purpose      purpose
	subject      int    // index of what it is for: proposal, pool, ...; -1 for a stake
	amountSat    int64  // asked for
	paidSat      int64  // locked or settled, whole; 0 before
	restMsat     int64  // beside it, less than a sat
	unpaid       bool   // counts as one that nobody paid yet
	forfeited    bool   // a rule took the sats, even where it came too late to settle
	settle       string // pending effect that settles it
	state        stake.State
	paymentHash  op.Hash
	invoice      string
	leastExpiry  uint32 // lowest that an HTLC for the invoice can have
	expiryHeight uint32
	requestedMs  int64
	lockedMs     int64
	lockedHeight uint32
	reason       string
	seq          uint64
	renews       int // index + 1 of the hold that it is to take the place of
	renewal      int // index of the last hold asked for to take its place
}

type proposal struct {
	id         op.ID
	seq        uint64
	proposer   slot
	track      *voting.Track
	title      string
	text       string
	actions    []action
	raw        []op.Raw // the actions as proposed
	life       voting.Life
	hold       int      // index, or -1 without collateral
	class      int      // weight class of its track
	options    []string // of a vote between options
	ballots    []ballot
	filled     []filling // parallel to ballots where the track counts otherwise than single-choice
	ballotAt   map[slot]int
	voters     keyorder.Order // while the vote runs
	exits      exits
	conviction *convictionVote // on a conviction track
	counts     voting.Counts
	vetoes     []assent
	cancels    []assent
	quorate    bool           // quorum was reached at some point
	turnout    uint32         // average that its quorum follows, once the vote ended early
	reason     string         // of veto, cancel or failure
	results    []actionResult // parallel to actions, once executed
	close      *op.Close

	disputes     []int
	standing     []int // of them, those that are not void
	openDisputes int
	frozenMs     int64 // when the first of them stopped it
	executedMs   int64

	order    []int // of the ballots by voter key, once the close was computed of them
	closeSeq uint64
	eval     *evaluation // nil: its effect is not measured
	template string      // "": none
	terms    op.Raw
	byRule   string  // the rule that opened it; then proposer is nobody
	firing   *firing // and when
	turns    []turn

	forgotten    bool     // its texts are in the log alone
	reasonSeq    uint64   // entry that has the reason, where it is too long to keep
	kinds        []string // of the actions, once executed
	irreversible bool     // what is let go of could not be undone
	saidBytes    int32    // of the texts that are in the log alone
}

// ballot is one agent's vote as it counts.
type ballot struct {
	voter  slot
	choice Choice
	weight uint64
	seq    uint64 // entry of the vote
	signed signed
}

// New returns the state before the genesis entry.
func New() *State {
	return &State{
		knows:      constitution.NewestRules,
		agentAt:    map[op.PublicKey]slot{},
		nodeAt:     map[op.NodeKey]slot{},
		holdAt:     map[op.ID]int{},
		offeredAt:  map[op.Hash]int{},
		proposalAt: map[op.ID]int{},
		hashes:     map[op.Hash]hashUse{}, claims: map[paymentKey][]claim{},
		anchorAt:   map[op.Hash]int{},
		turnout:    map[string]uint32{},
		behind:     map[string]*voting.HighWater{},
		openOn:     map[string]int{},
		openBy:     map[agentTrack]ownOpen{},
		startedOn:  map[string]int64{},
		recordAt:   map[string]int{},
		crowds:     map[string]*crowding{},
		pendingAt:  map[string]int{},
		seriesAt:   map[string]int{},
		payoutAt:   map[string]int{},
		registryAt: map[registryKey]int{},
		grantAt:    map[string]int{},
		webhookAt:  map[string]int{},
		disputeAt:  map[op.ID]int{},
		jurorAt:    map[slot]int{},
		decided:    map[op.Hash]string{},
		ballots:    map[trackClass]int{},
		pauseAt:    map[string]int{},

		behindChanges: map[string]uint64{},
		voided:        map[op.PublicKey]signed{},
		spoken:        map[op.PublicKey]bool{},
		pausedBy:      map[op.PublicKey]signed{},
	}
}

// agentTrack is one agent on one track.
type agentTrack struct {
	agent slot
	track string
}

// ownOpen is what an agent has on its course on a track, and the stake that it must
// keep for that.
type ownOpen struct {
	count    int64
	stakeSat int64
}

// Economy is the id that every event's economy tag must carry.
func (s *State) Economy() string { return s.economy }

// Network is the Bitcoin network of the economy: mainnet, testnet3, testnet4,
// signet or regtest.
func (s *State) Network() string { return s.network }

// Operator is the key that signs facts.
func (s *State) Operator() op.PublicKey { return s.operator }

// LogVerifier is the note verifier key of the log's checkpoints.
func (s *State) LogVerifier() string { return s.logVerifier }

// Next is the sequence number that the next entry must carry; also the number
// of entries applied.
func (s *State) Next() uint64 { return s.next }

// Clock is the stamp of the last entry.
func (s *State) Clock() op.Stamp { return s.clock }

// Constitution is the one in force. The caller must not change it.
func (s *State) Constitution() *constitution.Constitution { return s.constitution }

// PriceSat is the price in force for a resource.
func (s *State) PriceSat(resource string) int64 { return s.constitution.PriceSat(resource) }

// Lookup returns the sequence number of the entry with that event id.
func (s *State) Lookup(id op.ID) (uint64, bool) { return s.ids.Get(id) }

// EventIDs calls fn with the first eight bytes, big-endian, of the id of each event
// that the log has, in no order.
func (s *State) EventIDs(fn func(first uint64)) { s.ids.Each(fn) }

// Basis and weights.

func (s *State) basisNow(a *agent) voting.Basis {
	return voting.Basis{StakeSat: a.stakeSat.Now(), Reputation: a.score.Now()}
}

func (s *State) basisBefore(a *agent, atMs int64) voting.Basis {
	return voting.Basis{StakeSat: a.stakeSat.Before(atMs), Reputation: a.score.Before(atMs)}
}
