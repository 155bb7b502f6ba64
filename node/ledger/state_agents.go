package ledger

import (
	"github.com/econd/econd/node/ledger/internal/history"
	"github.com/econd/econd/node/ledger/internal/passing"
	"github.com/econd/econd/node/op"
)

// agents are all that ever registered, and the keys that speak.
type agents struct {
	list   []agent
	at     map[op.PublicKey]slot
	keys   [][32]byte // by slot; only ever appended to
	nodeAt map[op.NodeKey]slot

	voices []op.PublicKey // see Voices
	spoken map[op.PublicKey]bool
	voided map[op.PublicKey]signed // up to which each made void what is not recorded
}

func newAgents() agents {
	return agents{at: map[op.PublicKey]slot{}, nodeAt: map[op.NodeKey]slot{}, spoken: map[op.PublicKey]bool{}, voided: map[op.PublicKey]signed{}}
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
