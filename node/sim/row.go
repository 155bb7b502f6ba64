package sim

import (
	"context"
	"encoding/hex"
	"fmt"

	"github.com/econd/econd/node/muldiv"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/view"
	"github.com/econd/econd/voting"
)

// Row is what one run came to. Amounts are sats, shares parts per million. A
// figure about votes has a tag "over": it is known only in runs in which the
// column that the tag names is more than 0, and in the tables it is empty in the
// others.
type Row struct {
	Cell      int `json:"cell"`
	Replicate int `json:"replicate"`

	AttackSuccess    int64 `json:"attack_success" over:"target_opened"`      // 1: the target has the outcome that the attacker wants
	AttackLockedSat  int64 `json:"attack_locked_sat"`                        // staked by the attackers at the end
	AttackSpentSat   int64 `json:"attack_spent_sat"`                         // gone for good: fees, prices, forfeits
	AttackWeightPpm  int64 `json:"attack_weight_ppm" over:"target_decided"`  // attackers' ballots on the target, of the eligible weight
	AttackScorePpm   int64 `json:"attack_score_ppm"`                         // attackers' share of all scores at the end
	TargetOpened     int64 `json:"target_opened"`                            // attacked proposals whose vote began
	TargetDecided    int64 `json:"target_decided"`                           // of them, whose vote was counted; the others were cancelled
	ProposalsTried   int64 `json:"proposals_tried"`                          // agents that set out to propose
	ProposalsOpened  int64 `json:"proposals_opened"`                         // whose vote began
	ProposalsDecided int64 `json:"proposals_decided"`                        // whose vote was counted
	ProposalsPassed  int64 `json:"proposals_passed" over:"proposals_opened"` //
	GoodOpened       int64 `json:"good_opened"`                              //
	GoodPassed       int64 `json:"good_passed" over:"good_opened"`           //
	BadOpened        int64 `json:"bad_opened"`                               //
	BadPassed        int64 `json:"bad_passed" over:"bad_opened"`             //
	Executed         int64 `json:"executed" over:"proposals_opened"`         //
	WrongOutcomes    int64 `json:"wrong_outcomes" over:"proposals_decided"`  // bad passed or good defeated
	Vetoed           int64 `json:"vetoed" over:"proposals_opened"`           //
	GoodVetoed       int64 `json:"good_vetoed" over:"good_opened"`           //
	TurnoutPpm       int64 `json:"turnout_ppm" over:"proposals_decided"`     // weight counted of weight eligible, mean over votes
	DelegatedPpm     int64 `json:"delegated_ppm" over:"proposals_decided"`   // weight counted through delegates of weight eligible, mean over votes
	CapturedPpm      int64 `json:"captured_ppm"`                             // delegating agents whose delegate is an attacker, at the end
	Ballots          int64 `json:"ballots"`                                  //
	ForfeitedSat     int64 `json:"forfeited_sat"`                            // in the pools at the end
	StakeSat         int64 `json:"stake_sat"`                                // locked by everybody at the end
	GiniPpm          int64 `json:"gini_ppm"`                                 // of weights on the target's track at the end, else the first proposal's
	Nakamoto         int64 `json:"nakamoto"`                                 // least number of agents with more than half of them
	Purchases        int64 `json:"purchases"`                                //
	Failures         int64 `json:"failures"`                                 // purchases whose service failed
	TradedSat        int64 `json:"traded_sat"`                               //
	Receipts         int64 `json:"receipts"`                                 //
	Epochs           int64 `json:"epochs"`                                   //
	RefusedByRules   int64 `json:"refused_by_rules"`                         // operations that the ledger refused
	RefusedByWallets int64 `json:"refused_by_wallets"`                       // for which an agent had no sats
	Entries          int64 `json:"entries"`                                  // of the log

	// UnopenedBy is why the vote that the run is about did not take place
	// (see Row.votes): the rule that refused the last proposal, "wallet" if
	// its agent had too few sats, "cancelled" if it was before the vote, "absent"
	// if nobody set out to make it.
	// Empty where there was a vote.
	UnopenedBy string `json:"unopened_by"`

	// LogHash is, with the crowd, SHA-256 over all wallets at the end; with the
	// ledger, SHA-256 over the id and time of every entry: two runs with
	// the same hash are the same run. Signatures are no part of an id.
	LogHash string `json:"log_hash"`
}

// Result is one run: what it came to, and how it went.
type Result struct {
	*Row   `json:"row"`
	Series []Moment `json:"series"`
}

// Run plays one replicate of a cell, whose scenario is sc (see Scenario.At). If
// the context ends, so does the run, after the step it is in.
func Run(ctx context.Context, sc *Scenario, cell Cell, replicate int) (*Result, error) {
	return runTicking(ctx, sc, cell, replicate, func() {})
}

// runTicking is Run; it calls tick after each step.
func runTicking(ctx context.Context, sc *Scenario, cell Cell, replicate int, tick func()) (*Result, error) {
	if sc.Engine == "crowd" {
		return runCrowd(ctx, sc, cell, replicate, tick)
	}
	r, err := newRun(sc, cell, replicate)
	if err == nil {
		err = r.play(ctx, tick)
	}
	if err == nil {
		err = r.count()
	}
	if err != nil {
		return nil, fmt.Errorf("cell %d, replicate %d: %w", cell.Index, replicate, err)
	}
	return &Result{r.row, r.series}, nil
}

// RunCell plays the replicates of a cell of the sweep, one after the other until
// there are enough.
func (s *Scenario) RunCell(ctx context.Context, cell Cell) ([]*Result, error) {
	sc, err := s.At(cell)
	if err != nil {
		return nil, err
	}
	return s.runCell(ctx, sc, cell, func() {})
}

// runCell is RunCell with the cell's scenario at hand; it calls tick after each
// step of each run.
func (s *Scenario) runCell(ctx context.Context, sc *Scenario, cell Cell, tick func()) ([]*Result, error) {
	var results []*Result
	for !s.enough(results) {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		one, err := runTicking(ctx, sc, cell, len(results), tick)
		if err != nil {
			return nil, err
		}
		results = append(results, one)
	}
	return results, nil
}

// count fills in the row at the end of a run.
func (r *run) count() error {
	if err := r.countVotes(); err != nil {
		return err
	}
	r.row.explain(r.sc, r.unopened)
	r.countAttack()
	r.countWeights()
	r.countCaptured()
	for _, p := range r.s.Pools() {
		r.row.ForfeitedSat += p.Sat
	}
	for rule, n := range r.refused {
		if rule == byWallet {
			r.row.RefusedByWallets += n
		} else {
			r.row.RefusedByRules += n
		}
	}
	r.row.Epochs, _ = r.s.Epoch()
	r.row.Entries = int64(r.s.Next())
	r.row.LogHash = hex.EncodeToString(r.digest.Sum(nil))
	return nil
}

func (r *run) countVotes() error {
	var turnout, delegated, closed int64
	for i := range r.bills {
		b := &r.bills[i]
		v, _ := r.s.Proposal(b.id, r.at.TimeMs)
		if v.Outcome == nil && v.State != voting.Cancelled.String() {
			return fmt.Errorf("%w: %s is %s", errNoClose, v.Title, v.State)
		}
		if v.Outcome == nil {
			r.countCancelled(b)
			continue
		}
		good := r.sc.Proposals[b.of].Merit == "good"
		r.row.countOutcome(good, v.Outcome.Passed)
		switch v.State {
		case voting.Executed.String():
			r.row.Executed++
		case voting.Vetoed.String():
			r.row.Vetoed++
			if good {
				r.row.GoodVetoed++
			}
		}
		if o := v.Outcome; o.Eligible > 0 {
			turnout += share(uint64(o.For+o.Against+o.Abstain), uint64(o.Eligible))
			delegated += share(uint64(o.Delegation.Delegated), uint64(o.Eligible))
		}
		closed++
		if x := r.sc.Attack; x != nil && r.sc.Proposals[b.of].Name == x.Proposal {
			r.countTarget(b.id, v.Outcome, r.wanted(v))
		}
	}
	if closed > 0 {
		r.row.TurnoutPpm, r.row.DelegatedPpm = turnout/closed, delegated/closed
	}
	return nil
}

// countCancelled counts a proposal that was cancelled, as because its collateral
// was not renewed. Where its vote had begun it did not pass, and an attack by it
// failed.
func (r *run) countCancelled(b *bill) {
	p := &r.sc.Proposals[b.of]
	if !b.opened {
		if r.sc.about(p) {
			r.unopened = byCancel
		}
		return
	}
	r.row.countOpened(p.Merit == "good")
	if x := r.sc.Attack; x != nil && p.Name == x.Proposal {
		r.row.TargetOpened++
	}
}

// votes counts the votes that began and that the run is about: on the attacked
// proposal, or without an attack on any.
func (row *Row) votes(sc *Scenario) int64 {
	if sc.Attack != nil {
		return row.TargetOpened
	}
	return row.ProposalsOpened
}

// decided is how many of them were counted.
func (row *Row) decided(sc *Scenario) int64 {
	if sc.Attack != nil {
		return row.TargetDecided
	}
	return row.ProposalsDecided
}

// about tells whether the run is about a proposal of the scenario.
func (s *Scenario) about(p *Proposal) bool { return s.Attack == nil || s.Attack.Proposal == p.Name }

// Reasons for which a proposal is not made, beside the rules of the ledger.
const (
	byWallet = "wallet"
	byNobody = "absent"
	byCancel = "cancelled"
)

// explain says why a run had no vote; last is what stopped the last proposal.
func (row *Row) explain(sc *Scenario, last string) {
	switch {
	case row.votes(sc) > 0 || len(sc.Proposals) == 0:
	case last == "":
		row.UnopenedBy = byNobody
	default:
		row.UnopenedBy = last
	}
}

// wanted tells whether a closed proposal ended as the attacker wants.
func (r *run) wanted(v view.Proposal) bool {
	switch r.sc.Attack.Want {
	case "passed":
		return v.Outcome.Passed
	case "executed":
		return v.State == voting.Executed.String()
	}
	return !v.Outcome.Passed
}

func (row *Row) countOpened(good bool) {
	row.ProposalsOpened++
	if good {
		row.GoodOpened++
	} else {
		row.BadOpened++
	}
}

func (row *Row) countOutcome(good, passed bool) {
	row.countOpened(good)
	row.ProposalsDecided++
	if passed {
		row.ProposalsPassed++
		if good {
			row.GoodPassed++
		} else {
			row.BadPassed++
		}
	}
	if passed != good {
		row.WrongOutcomes++
	}
}

// countTarget looks at the proposal that is attacked; of several, one success
// is enough.
func (r *run) countTarget(id op.ID, outcome *op.Close, wanted bool) {
	r.row.TargetOpened++
	r.row.TargetDecided++
	if wanted {
		r.row.AttackSuccess = 1
	}
	ballots, _ := r.s.Ballots(id)
	var own uint64
	for _, b := range ballots {
		if a := r.byKey[b.Voter]; r.sc.Populations[a.population].Name == r.sc.Attack.Population {
			own += uint64(b.Weight)
		}
	}
	if outcome.Eligible > 0 {
		r.row.AttackWeightPpm = max(r.row.AttackWeightPpm, share(own, uint64(outcome.Eligible)))
	}
}

func (r *run) countAttack() {
	var own, all uint64
	for _, a := range r.agents {
		v := r.agentView(a)
		r.row.StakeSat += int64(v.StakeSat)
		all += uint64(v.Score)
		if x := r.sc.Attack; x == nil || r.sc.Populations[a.population].Name != x.Population {
			continue
		}
		own += uint64(v.Score)
		r.row.AttackLockedSat += int64(v.StakeSat)
		r.row.AttackSpentSat += a.spentSat
	}
	if all > 0 {
		r.row.AttackScorePpm = share(own, all)
	}
}

// countWeights measures how weight is spread on the track that matters most.
func (r *run) countWeights() {
	if len(r.sc.Proposals) == 0 {
		return
	}
	weights, _ := r.weights()
	c := voting.Concentrate(weights)
	r.row.GiniPpm, r.row.Nakamoto = int64(c.GiniPPM), int64(c.Nakamoto)
}

// weights are the agents' weights now on the track that matters most, and the
// sats they have locked.
func (r *run) weights() (weights []uint64, stakeSat int64) {
	weights = make([]uint64, len(r.agents))
	track := r.s.Constitution().Track(r.sc.track())
	for i, a := range r.agents {
		v := r.agentView(a)
		stakeSat += int64(v.StakeSat)
		if track != nil {
			weights[i] = track.Weight.Weight(voting.Basis{StakeSat: v.StakeSat, Reputation: uint64(v.Score)})
		}
	}
	return weights, stakeSat
}

// track names the track that matters most: the target's, else that of the first
// proposal; none without proposals.
func (s *Scenario) track() string {
	if len(s.Proposals) == 0 {
		return ""
	}
	track := s.Proposals[0].Track
	for _, p := range s.Proposals {
		if s.Attack != nil && p.Name == s.Attack.Proposal {
			track = p.Track
		}
	}
	return track
}

// share is part of whole in parts per million, rounded down; whole is positive.
func share(part, whole uint64) int64 {
	return int64(muldiv.Floor(min(part, whole), ppm, whole))
}
