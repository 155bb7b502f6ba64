package ledger

import (
	"slices"
	"strconv"
)

// effects are what has to be done outside and was not answered yet.
type effects struct {
	pending   []Effect
	pendingAt map[string]int
	emitted   []Effect // by the last entry
	answered  []string // likewise
}

// begin forgets what the entry before did.
func (s *effects) begin() { s.emitted, s.answered = nil, nil }

// emit makes an effect of entry seq and returns its id.
func (s *effects) emit(seq uint64, e Effect) string {
	e.ID = strconv.FormatUint(seq, 10) + "/" + strconv.Itoa(len(s.emitted))
	s.emitted = append(s.emitted, e)
	s.pendingAt[e.ID] = len(s.pending)
	s.pending = append(s.pending, e)
	return e.ID
}

// grow makes room for n more.
func (s *effects) grow(n int) {
	s.emitted, s.pending = slices.Grow(s.emitted, n), slices.Grow(s.pending, n)
}
