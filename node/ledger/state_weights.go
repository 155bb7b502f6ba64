package ledger

import (
	"slices"

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

// change follows a change of one agent's weight.
func (c *weightClass) change(nowMs int64, was, now uint64) {
	if was != now {
		c.total.Set(nowMs, c.total.Now()-was+now)
	}
}

// start starts a class with the totals right before an instant and at it, and returns
// its place.
func (s *weights) start(rule voting.WeightRule, nowMs int64, before, total uint64) int {
	c := weightClass{rule: rule}
	c.total.Set(nowMs-1, before) // of a vote that starts in this very millisecond
	c.total.Set(nowMs, total)
	s.classes = append(s.classes, c)
	s.weighed = append(s.weighed, len(s.classes)-1)
	return len(s.classes) - 1
}

// closeBallot counts a vote out, and tells whether it was the last of its track and class.
func (s *weights) closeBallot(x trackClass) bool {
	if s.ballots[x]--; s.ballots[x] > 0 {
		return false
	}
	delete(s.ballots, x)
	return true
}

// dropClasses keeps up no longer the classes that are not needed.
func (s *weights) dropClasses(gone func(class int) bool) {
	s.weighed = slices.DeleteFunc(s.weighed, gone)
}
