package ledger

import "github.com/econd/econd/node/ledger/internal/deadlines"

// delegations are who delegates; what they delegate stands with each agent.
type delegations struct {
	delegators []slot         // who ever delegated, in order of the first time
	expiring   deadlines.Heap // of delegations, by agent
	leadSums   []leadSums     // of those who delegate
	number     []uint32       // of the agents in the graph of a close; all 0 between
	shared     bool           // somebody ever delegated a part
}
