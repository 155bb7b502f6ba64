package op

// CloseConviction is the part of an outcome that conviction made: what it had
// come to at the step that decided, and what it had to be above.
type CloseConviction struct {
	Step       uint64 `json:"step"`                          // since the vote started
	Conviction string `json:"conviction" schema:"is=Digits"` // decimal; it may pass 2^64
	// Rounded down; empty where the request was too large a share of the pool for
	// any conviction.
	Threshold    string `json:"threshold" schema:"is=DigitsOrNone"`
	StakeSat     Weight `json:"stake_sat"` // the threshold was taken of
	RequestedSat int64  `json:"requested_sat"`
	FundsSat     int64  `json:"funds_sat"` // in the pool
}
