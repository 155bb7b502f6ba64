package voting

import (
	"fmt"
	"strings"
)

// validateLimits checks the optional members that narrow what a track takes.
func (t *Track) validateLimits() error {
	if err := t.validateRageQuit(); err != nil {
		return err
	}
	for i, p := range t.Parameters {
		if !Pointer.Holds(p) {
			return fmt.Errorf("%w: parameters[%d]: %+q must start with a slash, as in /stake/min_sat", ErrTrack, i, p)
		}
	}
	if m := trackTable.MisfitOf(t, "cancel_until", "proposers"); m != nil {
		return fmt.Errorf("%w: %s: %s", ErrTrack, m.Field(), m.Sentence())
	}
	if least := t.LeastForPPM(); t.RemovalForPPM > least {
		return fmt.Errorf("%w: removal_for_ppm: is %d, but %d ppm in favour can appoint: removing must not be harder", ErrTrack, t.RemovalForPPM, least)
	}
	if t.Throttle != nil {
		return t.Throttle.Validate(t.CollateralSat)
	}
	return nil
}

// CancelUntil says how long guardians and operator may cancel a proposal.
type CancelUntil string

// CancelUntilClose lets them cancel to the close of the vote. What was decided they may veto, where
// the track has a veto, with what that means for the collateral, and not cancel.
const CancelUntilClose CancelUntil = "close"

// Proposers says who may propose on a track.
type Proposers string

// ProposersGuardians are the guardians and the operator, if they are agents.
const ProposersGuardians Proposers = "guardians"

// MayTouch tells whether actions of the track may change the value at a JSON
// pointer. A parameter of the track stands for itself and for all below it.
func (t *Track) MayTouch(pointer string) bool {
	if len(t.Parameters) == 0 {
		return true
	}
	for _, p := range t.Parameters {
		p = strings.TrimSuffix(p, "/")
		if rest, ok := strings.CutPrefix(pointer, p); ok && (rest == "" || rest[0] == '/') {
			return true
		}
	}
	return false
}

// AtLeast tells whether the rule passes nothing without that share in favour,
// parts per million of those for and against or of all.
func (r PassRule) AtLeast(ppm uint32) bool {
	return (r.Kind == PassShare || r.Kind == PassEligible) && r.SharePPM >= ppm
}

// validateRageQuit checks that somebody can be against, that there is something
// to be executed, and time to leave before it is.
func (t *Track) validateRageQuit() error {
	switch {
	case !t.RageQuit:
		return nil
	case t.Conviction != nil:
		return fmt.Errorf("%w: rage_quit: on a conviction track nobody votes against", ErrTrack)
	case t.TimelockS == 0:
		return fmt.Errorf("%w: rage_quit: timelock_s must be at least 1, else there is no time to leave", ErrTrack)
	case t.Method().HasOptions():
		return fmt.Errorf("%w: rage_quit: %s chooses between options, nobody votes against", ErrTrack, t.Method())
	}
	return nil
}
