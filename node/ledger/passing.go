package ledger

import "slices"

// passing is a list whose members end without anybody looking at the list: votes
// that an agent has a ballot in, decisions that wait. Those that have ended are let
// go of when the list has grown to twice what was left the last time, so that it
// costs no more than adding to it.
type passing struct {
	list []int // in the order of adding
	left int   // when some were let go of the last time
}

func (l *passing) add(i int, ended func(int) bool) {
	if len(l.list) >= 2*l.left+16 {
		l.list = slices.DeleteFunc(l.list, ended)
		l.left = len(l.list)
	}
	l.list = append(l.list, i)
}
