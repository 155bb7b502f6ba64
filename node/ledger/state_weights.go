package ledger

import (
	"github.com/econd/econd/node/ledger/internal/history"
	"github.com/econd/econd/voting"
)

// weights are the sums of weight by the rules that count somewhere.
type weights struct {
	classes []weightClass
	weighed []int // of them, those that are kept up
	ballots map[trackClass]int
}

// trackClass is one track with one of the rules that it weighed by.
type trackClass struct {
	track string
	class int
}

// weightClass is one weight rule, with the total over all agents.
type weightClass struct {
	rule  voting.WeightRule
	total history.History // as long as the class is kept up
}
