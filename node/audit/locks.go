package audit

import (
	"fmt"

	"github.com/econd/econd/node/view"
)

// LockReport says whose word it is that sats are locked: who holds an HTLC shows at two Lightning
// nodes alone, and each side states what its own shows.
type LockReport struct {
	Sat          int64 `json:"sat"`           // of holds that are locked
	OperatorSat  int64 `json:"operator_sat"`  // of it, by the operator's word alone
	OperatorOnly int   `json:"operator_only"` // so many holds

	// Contradicted are the holds of which the agent says otherwise than the operator, those that
	// ended included.
	Contradicted []view.Hold `json:"contradicted"`
}

// locks adds up the holds after the last entry, as of the instant given if that is later.
func (p *replayer) locks() LockReport {
	r := LockReport{Contradicted: notNil(p.state.Contradictions(p.o.NowMs))}
	for _, h := range p.state.Holds() {
		if h.State != "locked" {
			continue
		}
		r.Sat += h.PaidSat
		if h.Confirmed != "agent" && h.Confirmed != "renewal" {
			r.OperatorSat += h.PaidSat
			r.OperatorOnly++
		}
	}
	return r
}

// trust says where two words stand against each other: a log does not show which is true.
func (r LockReport) trust() []string {
	var list []string
	for _, h := range r.Contradicted {
		list = append(list, fmt.Sprintf("Hold %s: %s", h.ID, ContradictionText(h)))
	}
	return list
}

// ContradictionText says in words how the word of a hold's agent stands against the operator's.
func ContradictionText(h view.Hold) string {
	said := fmt.Sprintf("its agent says by entry %d that its own node holds %d sat for it until height %d; the operator's word is ",
		h.AgentSays.Seq, h.AgentSays.AmountSat, h.AgentSays.ExpiryHeight)
	switch h.Contradicts {
	case "lock":
		return said + "that nobody has paid it."
	case "amount":
		return said + fmt.Sprintf("that %d sat are locked.", h.PaidSat)
	case "expiry":
		return said + fmt.Sprintf("that its HTLCs end at height %d.", h.ExpiryHeight)
	}
	return said + fmt.Sprintf("that it is %s.", h.State)
}
