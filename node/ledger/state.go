package ledger

import (
	"github.com/econd/econd/node/constitution"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/voting"
)

// slot is the dense number of an agent, in order of registration.
type slot = uint32

// State is everything the log has brought about: sub-states by subject, each in a file
// state_SUBJECT.go with the functions that may write it. What touches several of them is
// a method of State. The zero value is not usable; call New.
type State struct {
	core
	blocks blocks

	agents        agents
	leavers       leavers
	scores        scores
	stakes        stakes
	weights       weights
	delegations   delegations
	participation participation

	holds     holds
	proposals proposals
	pauses    pauses
	disputes  disputes
	jurors    jurors
	figures   figures

	payments payments
	treasury treasury
	wallets  wallets
	recovery recovery
	registry registry
	webhooks webhooks
	anchors  anchors

	agenda  agenda
	effects effects
	entry   entry
}

// New returns the state before the genesis entry.
func New() *State {
	return &State{
		core:          core{knows: constitution.NewestRules},
		agents:        newAgents(),
		stakes:        newStakes(),
		weights:       weights{ballots: map[trackClass]int{}},
		participation: participation{recordAt: map[string]int{}, turnout: map[string]uint32{}},
		holds:         holds{at: map[op.ID]int{}, offeredAt: map[op.Hash]int{}},
		proposals:     newProposals(),
		pauses:        pauses{at: map[string]int{}, by: map[op.PublicKey]signed{}},
		disputes:      disputes{at: map[op.ID]int{}},
		jurors:        jurors{at: map[slot]int{}},
		figures:       figures{seriesAt: map[string]int{}},
		payments:      payments{hashes: map[op.Hash]hashUse{}, claims: map[paymentKey][]claim{}},
		treasury:      treasury{grantAt: map[string]int{}, payoutAt: map[string]int{}},
		wallets:       newWallets(),
		recovery:      recovery{decided: map[op.Hash]string{}},
		registry:      registry{at: map[registryKey]int{}},
		webhooks:      webhooks{at: map[string]int{}},
		anchors:       anchors{at: map[op.Hash]int{}},
		effects:       effects{pendingAt: map[string]int{}},
	}
}

// Economy is the id that every event's economy tag must carry.
func (s *State) Economy() string { return s.economy }

// Network is the Bitcoin network of the economy: mainnet, testnet3, testnet4,
// signet or regtest.
func (s *State) Network() string { return s.network }

// Operator is the key that signs facts.
func (s *State) Operator() op.PublicKey { return s.operator }

// NodeKey is the identity of the operator's Lightning node, which signs the invoices of
// holds: as the genesis says, or, where that is older than version 2 of the rules, as the
// first one that was offered since. Zero: nobody is bound to any.
func (s *State) NodeKey() op.NodeKey { return s.nodeKey }

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
	return basisOf(a.stakeSat.Now(), a.confirmedSat.Now(), a.score.Now())
}

func (s *State) basisBefore(a *agent, atMs int64) voting.Basis {
	return basisOf(a.stakeSat.Before(atMs), a.confirmedSat.Before(atMs), a.score.Before(atMs))
}

func basisOf(sat, confirmedSat, score uint64) voting.Basis {
	return voting.Basis{StakeSat: sat, UnconfirmedSat: sat - confirmedSat, Reputation: score}
}
