package constitution

// ExitRules let agents leave before a decision that they voted against is
// executed, on tracks with rage_quit. Absent members have the defaults named.
type ExitRules struct {
	// Pools are those that whoever leaves gets a share of.
	Pools []string `json:"pools,omitempty"`
	// Share is what a share rests on: ShareStake, also where it is absent, or
	// ShareBroughtIn.
	Share string `json:"share,omitempty"`
	// WithinS is for how long what was brought in has a share, in seconds; 0 is
	// a year.
	WithinS int64 `json:"within_s,omitempty"`
	// RetentionPpm is the share of the stake that must stay for the decision
	// to be executed; 0 is none.
	RetentionPpm int64 `json:"retention_ppm,omitempty"`
	// SeniorityS is for how long before the vote stake must have been locked
	// to have a share, and to count as gone, in seconds; 0 asks for it at the
	// start of the vote only.
	SeniorityS int64 `json:"seniority_s,omitempty"`
}

// RestsOn is what a share rests on: ShareStake or ShareBroughtIn.
func (r ExitRules) RestsOn() string {
	if r.Share == "" {
		return ShareStake
	}
	return r.Share
}

// broughtInS is for how long what was brought in has a share where exit says nothing.
const broughtInS = 365 * dayS

// WithinMs is for how long what was brought in has a share, in milliseconds.
func (r ExitRules) WithinMs() int64 { return 1000 * orElse(r.WithinS, broughtInS) }

// What the share of who leaves rests on.
const (
	ShareStake     = "stake"      // own stake, of all that is locked
	ShareBroughtIn = "brought-in" // what it brought into the pool, of all that came in
)
