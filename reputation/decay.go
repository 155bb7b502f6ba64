package reputation

// decay gives the weight of a receipt by its age in days.
type decay struct {
	table []uint32 // nil: no decay
}

// newDecay selects the table of a half-life that [Params.Validate] accepted.
func newDecay(halfLifeDays int64) decay {
	return decay{table: decayTable(halfLifeDays)}
}

// at returns round(2^16 * 2^(-age/half-life)), and zero past ten half-lives.
// At exactly ten half-lives a receipt still counts, 64/65536.
func (d decay) at(ageDays int32) uint64 {
	if d.table == nil {
		return DecayOne
	}
	if int(ageDays) >= len(d.table) {
		return 0
	}
	return uint64(d.table[ageDays])
}
