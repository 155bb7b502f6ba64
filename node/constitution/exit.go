package constitution

import (
	"fmt"
	"slices"

	"github.com/econd/econd/node/refusal"
	"github.com/econd/econd/voting"
)

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

// longestWithinS bounds for how long what was brought in has a share.
const longestWithinS = 20 * 366 * dayS

func (r ExitRules) RestsOn() string {
	if r.Share == "" {
		return ShareStake
	}
	return r.Share
}

func (r ExitRules) WithinMs() int64 { return 1000 * orElse(r.WithinS, 365*dayS) }

// validateExit checks the pools that can be shared, and that tracks which let
// agents leave have something to share and time to leave.
func (c *Constitution) validateExit() error {
	for i, name := range c.Exit.Pools {
		field := fmt.Sprintf("constitution.exit.pools[%d]", i)
		if !slices.ContainsFunc(c.Pools, func(p PoolShare) bool { return p.Name == name }) {
			return refusal.New(refusal.ErrInvalid, field, "pool", "no pool %+q in the constitution", name)
		}
		if slices.Contains(c.Exit.Pools[:i], name) {
			return refusal.New(refusal.ErrInvalid, field, "unique", "%+q appears twice", name)
		}
	}
	if r := c.Exit.RetentionPpm; r < 0 || r > voting.PPM {
		return refusal.New(refusal.ErrInvalid, "constitution.exit.retention_ppm", "range", "is %d, must be between 0 and 1000000", r)
	}
	if y := c.Exit.SeniorityS; y < 0 || y > 366*dayS {
		return refusal.New(refusal.ErrInvalid, "constitution.exit.seniority_s", "range", "is %d, must be between 0 and %d", y, 366*dayS)
	}
	if h := c.Exit.Share; h != "" && h != ShareStake && h != ShareBroughtIn {
		return refusal.New(refusal.ErrInvalid, "constitution.exit.share", "known", "is %+q, must be %+q or %+q", h, ShareStake, ShareBroughtIn)
	}
	if w := c.Exit.WithinS; w < 0 || w > longestWithinS {
		return refusal.New(refusal.ErrInvalid, "constitution.exit.within_s", "range", "is %d, must be between 0 and %d", w, longestWithinS)
	}
	for i := range c.Tracks {
		t := &c.Tracks[i]
		if t.RageQuit && len(c.Exit.Pools) == 0 {
			return refusal.New(refusal.ErrInvalid, fmt.Sprintf("constitution.tracks[%d].rage_quit", i), "exit-pools", "track %s lets agents leave with a share of the pools in exit.pools, and there are none", t.Name)
		}
	}
	return nil
}

// What the share of who leaves rests on.
const (
	ShareStake     = "stake"      // own stake, of all that is locked
	ShareBroughtIn = "brought-in" // what it brought into the pool, of all that came in
)
