package ledger

import "github.com/econd/econd/node/op"

// Overdue is a fact that is due and that no entry brought.
type Overdue struct {
	Kind   op.Kind `json:"-"`
	Name   string  `json:"kind"`
	AtMs   int64   `json:"at_ms,omitempty"`  // due after this instant
	Height uint32  `json:"height,omitempty"` // or from this height on
	Text   string  `json:"text"`
}

// Overdue lists what is due at a stamp, in the order in which it would have to be entered;
// what would become due by those entries themselves is not among it. For who reads a log that has
// ended.
func (s *State) Overdue(at op.Stamp) []Overdue {
	var list []Overdue
	for _, d := range s.agenda.pastDue(at, s.stillDue) {
		o := Overdue{Kind: d.Kind, Name: d.Kind.String(), Text: s.dueText(d)}
		if ruleFor(d.Kind).byHeight {
			o.Height = uint32(d.At)
		} else {
			o.AtMs = d.At
		}
		list = append(list, o)
	}
	return list
}
