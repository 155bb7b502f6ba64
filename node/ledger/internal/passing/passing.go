// Package passing keeps lists whose members end.
package passing

import "slices"

// List is a list whose members end without anybody looking at the list: votes
// that an agent has a ballot in, decisions that wait. Those that have ended are let
// go of when the list has grown to twice what was left the last time, so that it
// costs no more than adding to it.
type List struct {
	Members []int // those that have not ended and some that have, in the order of adding
	left    int   // when some were let go of the last time
}

// Add adds a member, and lets go of those that have ended when it is time.
func (l *List) Add(i int, ended func(int) bool) {
	if len(l.Members) >= 2*l.left+16 {
		l.Members = slices.DeleteFunc(l.Members, ended)
		l.left = len(l.Members)
	}
	l.Members = append(l.Members, i)
}
