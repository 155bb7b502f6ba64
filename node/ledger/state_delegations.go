package ledger

import (
	"github.com/econd/econd/node/ledger/internal/datedsums"
	"github.com/econd/econd/node/ledger/internal/deadlines"
	"github.com/econd/econd/node/ledger/internal/fenwick"
)

// delegations are who delegates; what they delegate stands with each agent.
type delegations struct {
	delegators []slot         // who ever delegated, in order of the first time
	expiring   deadlines.Heap // of delegations, by agent
	leadSums   []leadSums     // of those who delegate
	number     []uint32       // of the agents in the graph of a close; all 0 between
	shared     bool           // somebody ever delegated a part
}

// leadSums are sums over the agents that delegate in one scope, by a weight
// class. Who delegates for all tracks is in the sums of "" alone; who delegates
// for a track only, in those of the track. Who is known to stop or to begin that
// by an expiry is in them as things stood before it, and the change is in ahead.
type leadSums struct {
	class  int
	track  string
	weight fenwick.Sums // present weight
	heads  fenwick.Sums // 1 each if that is above 0
	ahead  datedsums.Sums
}
