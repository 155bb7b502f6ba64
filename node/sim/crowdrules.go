package sim

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/econd/econd/node/constitution"
	"github.com/econd/econd/voting"
)

// part is what engine crowd makes of a member of the constitution.
type part uint8

const (
	crowdRefuses      part = iota // not played: refused where it says something
	crowdPlays                    // as a ledger plays it
	crowdApproximates             // played, but coarser than by a ledger; docs/simulations says how
	crowdIdle                     // without effect with either engine: nobody in a scenario does what it rules
)

// crowdParts says what becomes of every member, or of all below one where the
// name ends in a dot. What is not listed is refused.
var crowdParts = map[string]part{
	"version":     crowdIdle,
	"guardians.":  crowdIdle, // a scenario's own guardians are refused
	"operations.": crowdIdle,
	"pools[].":    crowdIdle,
	"payouts.":    crowdIdle,
	"disputes.":   crowdIdle,
	"metrics[].":  crowdIdle,
	"exit.":       crowdIdle,
	"wallets.":    crowdIdle,

	"stake.min_sat":              crowdPlays,
	"stake.max_sat":              crowdPlays,
	"stake.max_per_agent":        crowdPlays,
	"stake.cltv_blocks":          crowdApproximates, // renewals cost nothing
	"stake.invoice_expiry_s":     crowdIdle,
	"stake.max_unpaid_per_agent": crowdApproximates, // bounds what is renewed at once
	"stake.max_unpaid":           crowdApproximates,

	"receipts.min_sat":             crowdPlays,
	"receipts.max_age_s":           crowdIdle,
	"receipts.unnamed_ppm":         crowdIdle, // all invoices name their customers
	"receipts.stranger_ppm":        crowdIdle,
	"receipts.complaint_stake_sat": crowdIdle,

	"reputation.":                 crowdApproximates, // sums by day, two sellers for each buyer
	"reputation.min_receipt_sats": crowdPlays,
	"epoch_s":                     crowdApproximates, // trust flows once in a step
	"prices[].resource":           crowdPlays,
	"prices[].sat":                crowdApproximates, // what passes changes none

	"tracks[].name":                   crowdPlays,
	"tracks[].propose_reputation":     crowdPlays,
	"tracks[].propose_stake_sat":      crowdPlays,
	"tracks[].collateral_sat":         crowdPlays,
	"tracks[].max_open_per_agent":     crowdPlays,
	"tracks[].voting_delay_s":         crowdApproximates, // all vote at the first step of the vote
	"tracks[].voting_period_s":        crowdPlays,
	"tracks[].late_quorum_s":          crowdPlays, // see checkTimes
	"tracks[].weight.":                crowdPlays,
	"tracks[].weight.unconfirmed_ppm": crowdRefuses, // nobody in a crowd confirms what it locks
	"tracks[].quorum.":                crowdPlays,
	"tracks[].pass.kind":              crowdPlays,
	"tracks[].pass.share_ppm":         crowdPlays,
	"tracks[].pass.weight":            crowdPlays,
	"tracks[].final_votes":            crowdIdle, // everybody votes once
	"tracks[].honest_for_ppm":         crowdPlays,
	"tracks[].honest_turnout_ppm":     crowdPlays,
	"tracks[].veto_forfeit_ppm":       crowdIdle,
	"tracks[].vetoable":               crowdIdle,
	"tracks[].cancel_until":           crowdIdle,
	"tracks[].delegation.max_depth":   crowdPlays,
	"tracks[].delegation.cap_ppm":     crowdPlays,
	"tracks[].timelock_s":             crowdPlays,
	"tracks[].grace_s":                crowdIdle, // what is due is executed at once
	"tracks[].actions[]":              crowdPlays,
	"tracks[].parameters[]":           crowdIdle,
	"tracks[].removal_for_ppm":        crowdIdle,
	"tracks[].proposers":              crowdPlays,
	"tracks[].rage_quit":              crowdIdle,
	"tracks[].templates[]":            crowdIdle,
	"tracks[].evaluation.":            crowdIdle,
	"tracks[].dispute.":               crowdIdle,
	"tracks[].throttle.":              crowdRefuses,
	"tracks[].opposition.":            crowdRefuses,
	"tracks[].conviction.":            crowdRefuses,
	"tracks[].counting":               crowdRefuses,
	"tracks[].delegation.cooldown_s":  crowdRefuses,
	"tracks[].pass.early":             crowdRefuses,
	"tracks[].pass.super_ppm":         crowdRefuses,
	"seeds[]":                         crowdRefuses,
}

// crowdPart looks a member up, and the members above it.
func crowdPart(member string) part {
	if p, ok := crowdParts[member]; ok {
		return p
	}
	for name := member; ; {
		dot := strings.LastIndexByte(name, '.')
		if dot < 0 {
			return crowdRefuses
		}
		name = name[:dot]
		if p, ok := crowdParts[name+"."]; ok {
			return p
		}
	}
}

// crowdTracks are the tracks on which something happens.
func (s *Scenario) crowdTracks() (names []string) {
	for i := range s.Proposals {
		if name := s.Proposals[i].Track; !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// checkCrowdRules refuses every member of the constitution that says something
// which the engine does not play, on the tracks that the scenario uses.
func (s *Scenario) checkCrowdRules(c *constitution.Constitution) error {
	for _, member := range constitution.Paths() {
		if crowdPart(member) != crowdRefuses {
			continue
		}
		inTrack, ofTrack := strings.CutPrefix(member, "tracks[].")
		if !ofTrack {
			if err := refuseSaid("constitution", member, s.Constitution); err != nil {
				return err
			}
			continue
		}
		for _, name := range s.crowdTracks() {
			if t := c.Track(name); t != nil {
				if err := refuseSaid("constitution.tracks."+name, inTrack, t); err != nil {
					return err
				}
			}
		}
	}
	for _, name := range s.crowdTracks() {
		if t := c.Track(name); t != nil {
			if err := s.checkTimes(t); err != nil {
				return err
			}
		}
	}
	return nil
}

// refuseSaid refuses a member of v, read as JSON, that is there and says something.
func refuseSaid(above, member string, v any) error {
	raw, err := json.Marshal(v)
	if err != nil {
		return err
	}
	var tree any
	if err := json.Unmarshal(raw, &tree); err != nil {
		return err
	}
	for name := range strings.SplitSeq(strings.TrimSuffix(member, "[]"), ".") {
		o, ok := tree.(map[string]any)
		if !ok {
			return nil
		}
		tree = o[name]
	}
	switch x := tree.(type) {
	case nil:
		return nil
	case []any:
		if len(x) == 0 {
			return nil
		}
	case string:
		if x == "" || member == "counting" && x == string(voting.SingleChoice) {
			return nil
		}
	case float64:
		if x == 0 && !strings.Contains(member, ".") {
			return nil
		}
	}
	text, _ := json.Marshal(tree) // it came from JSON
	return invalid(above+"."+strings.TrimSuffix(member, "[]"), "is %s, which engine crowd does not play; engine ledger does", text)
}

// checkTimes refuses votes that could end later because the ballots came late: all
// are cast at the first step of the vote, which lasts a step at least.
func (s *Scenario) checkTimes(t *voting.Track) error {
	steps := max(1, (t.VotingDelayS+s.StepS-1)/s.StepS)
	cast, end := steps*s.StepS, t.VotingDelayS+t.VotingPeriodS
	if voting.ExtendDeadline(end, cast, t.LateQuorumS) != end {
		return invalid("constitution.tracks."+t.Name+".late_quorum_s", "is %d, and the ballots come %d s before the deadline: engine crowd does not play the extension", t.LateQuorumS, end-cast)
	}
	return nil
}

// crowdRefusal names the rule that keeps an agent from proposing on a track, by the
// ledger's name and in its order; empty if none does.
func (r *crowdRun) crowdRefusal(group, a int, t *voting.Track) string {
	switch {
	case t.Proposers == voting.ProposersGuardians:
		return "proposers"
	case len(t.Actions) > 0 && !t.Allows(constitution.ActionSetPrice):
		return "track-actions"
	case r.Score(group, a) < t.ProposeReputation:
		return "propose-reputation"
	case int64(r.Stake(a)) < t.ProposeStakeSat:
		return "propose-stake"
	case t.MaxOpenPerAgent > 0 && r.open[opener{a, t.Name}] >= t.MaxOpenPerAgent:
		return "max-open-proposals"
	case t.CollateralSat > 0 && r.holds(a) >= r.rules.Stake.MaxPerAgent:
		return "max-holds"
	case r.Wallet(a) < t.CollateralSat+r.price:
		return byWallet
	}
	return ""
}

// holds is how many holds of an agent are locked: its stake's and its collateral's.
func (r *crowdRun) holds(a int) int64 {
	most := uint64(r.rules.Stake.MaxSat)
	return int64((r.Stake(a)+most-1)/most) + r.collateral[a]
}

// end closes the votes whose deadline has passed, and ends what passed after its
// timelock: the collateral returns or is forfeited, and its proposer may open
// another.
func (r *crowdRun) end(at int64) {
	for i := range r.votes {
		v := &r.votes[i]
		if !v.voted || v.ended || v.endMs >= at {
			continue
		}
		v.ended = true
		t := r.rules.Track(r.sc.Proposals[v.of].Track)
		r.open[opener{v.proposer, t.Name}]--
		if t.CollateralSat > 0 {
			r.collateral[v.proposer]--
		}
		r.settle(v, t)
	}
}

// courseMs is the last instant of a proposal's course: the deadline of its vote, or the
// end of the timelock where an action follows.
func courseMs(t *voting.Track, startMs int64, passed bool) int64 {
	end := startMs + t.VotingPeriodS*1000
	if passed && len(t.Actions) > 0 {
		end += 1 + t.TimelockS*1000 // the close is entered in the millisecond after the deadline
	}
	return end
}

// crowdApproximated lists the members that are played more coarsely.
func crowdApproximated() (list []string) {
	for _, m := range constitution.Paths() {
		if crowdPart(m) == crowdApproximates {
			list = append(list, fmt.Sprintf("`%s`", m))
		}
	}
	return list
}
