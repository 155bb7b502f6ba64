package sim

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/econd/econd/node/constitution"
	"github.com/econd/econd/node/sim/crowd"
	"github.com/econd/econd/voting"
)

// dayS is one day; the crowd takes no shorter steps.
const dayS = 86_400

// mostByLedger bounds a population that is played entry by entry, mostAgents
// all populations together: votes number agents in 31 bits.
const (
	mostByLedger = 100_000
	mostAgents   = 1_000_000_000
)

// checkEngine refuses what the engine cannot play.
func (s *Scenario) checkEngine(c *constitution.Constitution) error {
	var agents int64
	for i := range s.Populations {
		n := s.Populations[i].Count
		if agents += n; agents > mostAgents {
			return invalid(fmt.Sprintf("populations[%d].count", i), "brings the agents to %d, at most %d are allowed", agents, mostAgents)
		}
		if s.Engine == "ledger" && n > mostByLedger {
			return invalid(fmt.Sprintf("populations[%d].count", i), "is %d, at most %d are allowed with the ledger; engine: crowd takes more", n, mostByLedger)
		}
	}
	if s.Engine == "ledger" {
		return nil
	}
	switch {
	case s.StepS < dayS:
		return invalid("step_s", "is %d, engine crowd needs at least a day, %d", s.StepS, dayS)
	case s.Guardians != nil:
		return invalid("guardians", "do not exist with engine crowd")
	case s.Signatures:
		return invalid("signatures", "cannot be made: engine crowd has no events")
	case s.Attack != nil && s.Attack.Want == "executed":
		return invalid("attack.want", "is \"executed\", engine crowd knows passed and defeated")
	}
	return s.checkCrowdRules(c)
}

// crowdRun is one replicate under way, played by package crowd.
type crowdRun struct {
	*crowd.Economy
	sc         *Scenario
	cell       Cell
	replicate  int
	rules      *constitution.Constitution
	price      int64 // of an operation
	votes      []poll
	turnout    map[string]uint32 // by track
	open       map[opener]int64  // proposals on their course
	collateral map[int]int64     // locked by an agent: how many
	nextEpoch  int64             // ms
	row        *Row
	delegated  int64  // shares, summed over votes
	unopened   string // what stopped the last proposal that the run is about
	series     []Moment
}

// opener is who proposes on which track.
type opener struct {
	agent int
	track string
}

// poll is a proposal that came to a vote.
type poll struct {
	of, proposer, group int
	number, startMs     int64
	voted, ended        bool
	endMs               int64 // of its course; once it is voted on
	returns             bool  // its collateral
}

func runCrowd(ctx context.Context, sc *Scenario, cell Cell, replicate int, tick func()) (*Result, error) {
	r, err := newCrowdRun(sc, cell, replicate)
	if err == nil {
		err = r.play(ctx, tick)
	}
	if err != nil {
		return nil, fmt.Errorf("cell %d, replicate %d: %w", cell.Index, replicate, err)
	}
	r.count()
	return &Result{r.row, r.series}, nil
}

func newCrowdRun(sc *Scenario, cell Cell, replicate int) (*crowdRun, error) {
	_, rules, err := sc.Constitutional()
	if err != nil {
		return nil, err
	}
	r := &crowdRun{sc: sc, cell: cell, replicate: replicate, rules: rules, turnout: map[string]uint32{}, open: map[opener]int64{}, collateral: map[int]int64{},
		nextEpoch: startMs + rules.EpochS*1000, row: &Row{Cell: cell.Index, Replicate: replicate}}
	for _, p := range rules.Prices {
		if p.Resource == constitution.ResourceOperations {
			r.price = p.Sat
		}
	}
	c := crowd.Config{Seed: uint64(sc.Seed), Cell: cell.Stream, Replicate: uint64(replicate), Params: rules.Reputation,
		Candidates: int(sc.Market.Candidates), FeePpm: uint64(sc.Market.FeePpm), OpSat: r.price,
		LeastSat: uint64(max(rules.Receipts.MinSat, int64(rules.Reputation.MinReceiptSats))), Workers: 1}
	for i := range sc.Populations {
		c.Groups = append(c.Groups, sc.crowdGroup(&sc.Populations[i]))
	}
	r.endow(&c)
	r.Economy, err = crowd.New(c)
	return r, err
}

func (s *Scenario) crowdGroup(p *Population) crowd.Group {
	h := p.habit()
	g := crowd.Group{Count: int(p.Count), Sells: p.Sells, PriceSat: uint64(p.PriceSat), FailPpm: uint64(p.FailurePpm),
		Buys: int(p.BuysPerStep), Ring: p.Kind == "sybil-ring", RatePpm: uint64(h.ratePpm), ErrorPpm: uint64(h.errorPpm),
		Hostile: h.hostile, Speaks: p.Statement}
	for _, from := range p.BuysFrom {
		g.From = append(g.From, s.population(from))
	}
	if p.Kind == seeking {
		g.Seeks = crowd.SeekReputation
		if p.Seeks == "statement" {
			g.Seeks = crowd.SeekStatement
		}
	}
	return g
}

// endow gives every agent what it brings and locks its stake, at the price of
// as many operations as it takes with a ledger.
func (r *crowdRun) endow(c *crowd.Config) {
	n := 0
	for i := range r.sc.Populations {
		p := &r.sc.Populations[i]
		for range p.Count {
			wallet, want := r.sc.endow(p, func() *rand.Rand {
				return Stream(Draw{Seed: uint64(r.sc.Seed), Cell: r.cell.Stream, Replicate: uint64(r.replicate),
					Step: uint64(p.JoinStep), Agent: uint64(n), Purpose: "stake"})
			})
			operations := int64(1)
			for _, also := range []bool{p.Sells || p.Kind == "sybil-ring", p.Statement} {
				if also {
					operations++
				}
			}
			wallet -= r.price * operations
			locked := r.lock(wallet, want)
			wallet -= locked.sats + r.price*locked.holds
			c.Wallets, c.Stakes = append(c.Wallets, max(0, wallet)), append(c.Stakes, uint64(locked.sats))
			n++
		}
	}
}

type lockedStake struct{ sats, holds int64 }

// lock is what of a stake gets locked, in holds as large as the constitution
// allows and each paid for.
func (r *crowdRun) lock(wallet, want int64) (out lockedStake) {
	rules := r.rules.Stake
	for want-out.sats >= rules.MinSat && out.holds < rules.MaxPerAgent {
		part := min(want-out.sats, rules.MaxSat)
		if wallet < out.sats+part+r.price*(out.holds+1) {
			break
		}
		out.sats, out.holds = out.sats+part, out.holds+1
	}
	return out
}

func (r *crowdRun) play(ctx context.Context, tick func()) error {
	for step := range r.sc.Steps {
		if err := ctx.Err(); err != nil {
			return err
		}
		at := startMs + step*r.sc.StepS*1000
		r.end(at)
		if err := r.vote(step, at); err != nil {
			return err
		}
		for i := range r.sc.Populations {
			if p := &r.sc.Populations[i]; p.JoinStep == step && !r.absent(p) {
				r.Join(i)
			}
		}
		r.propose(step, at)
		r.trade(step, at)
		r.Delegate(step)
		r.observe(step)
		if err := r.epochs(at, at+r.sc.StepS*1000); err != nil {
			return err
		}
		tick()
	}
	r.end(math.MaxInt64)
	return nil
}

func (r *crowdRun) absent(p *Population) bool {
	a := r.sc.Attack
	return a != nil && a.Population == p.Name && a.BudgetSat == 0
}

func (r *crowdRun) attacks(group int) bool {
	a := r.sc.Attack
	return a != nil && a.Population == r.sc.Populations[group].Name
}

func (r *crowdRun) trade(step, at int64) {
	for k, t := range r.Trade(step, int32(at/1000/dayS)) {
		r.row.Purchases += int64(t.Purchases)
		r.row.Failures += int64(t.Failures)
		r.row.TradedSat += int64(t.Sats)
		r.row.Receipts += int64(t.Receipts)
		r.row.RefusedByWallets += int64(t.NoSats)
		if r.attacks(k) {
			r.row.AttackSpentSat += int64(t.SpentSat)
		}
	}
}

// epochs lets trust flow once for all epochs that end in a step.
func (r *crowdRun) epochs(from, to int64) error {
	last := int64(0)
	for ; r.nextEpoch < to; r.nextEpoch += r.rules.EpochS * 1000 {
		last = r.nextEpoch
		r.row.Epochs++
	}
	if last < from {
		return nil
	}
	return r.Epoch(int32(last / 1000 / dayS))
}

// propose makes the proposals of a step, by who can pay the collateral.
func (r *crowdRun) propose(step, at int64) {
	for i := range r.sc.Proposals {
		p := &r.sc.Proposals[i]
		t, group := r.rules.Track(p.Track), r.sc.population(p.By)
		if !p.dueAt(step, r.sc.lastStep(t)) || r.absent(&r.sc.Populations[group]) || r.sc.Populations[group].JoinStep > step {
			continue
		}
		round := int64(0)
		if p.Every > 0 {
			round = (step - p.Step) / p.Every
		}
		for n := range p.Count {
			r.row.ProposalsTried++
			r.proposeBy(group, int((round*p.Count+n)%r.sc.Populations[group].Count), i, t, at)
		}
	}
}

func (r *crowdRun) proposeBy(group, member, i int, t *voting.Track, at int64) {
	a := r.First(group) + member
	if by := r.crowdRefusal(group, a, t); by != "" {
		if r.sc.about(&r.sc.Proposals[i]) {
			r.unopened = by
		}
		if by == byWallet {
			r.row.RefusedByWallets++
		} else {
			r.row.RefusedByRules++
		}
		return
	}
	r.Pay(a, t.CollateralSat+r.price)
	if r.attacks(group) {
		r.row.AttackSpentSat += r.price
	}
	r.open[opener{a, t.Name}]++
	if t.CollateralSat > 0 {
		r.collateral[a]++
	}
	r.votes = append(r.votes, poll{of: i, proposer: a, group: group, number: int64(len(r.votes)), startMs: at + t.VotingDelayS*1000})
}

// vote holds the votes that have begun since the step before.
func (r *crowdRun) vote(step, at int64) error {
	for i := range r.votes {
		v := &r.votes[i]
		if v.voted || v.startMs > at {
			continue
		}
		p := &r.sc.Proposals[v.of]
		t := r.rules.Track(p.Track)
		out, err := r.Poll(crowd.Vote{Number: v.number, Step: step, Groups: r.opinions(v), Weight: t.Weight, Quorum: t.Quorum,
			Pass: t.Pass, Limits: t.DelegationLimits, Turnout: r.turnout[t.Name]})
		if err != nil {
			return err
		}
		v.voted, v.endMs = true, courseMs(t, v.startMs, out.Passed)
		v.returns = out.Passed || t.Honest(voting.Counts{For: out.For, Against: out.Against}, out.Eligible)
		r.turnout[t.Name] = voting.NextTurnout(r.turnout[t.Name], out.For+out.Against, out.Eligible)
		r.countVote(v, t, out)
	}
	return nil
}

// opinions is what each population thinks of a proposal.
func (r *crowdRun) opinions(v *poll) []crowd.Opinion {
	out := make([]crowd.Opinion, len(r.sc.Populations))
	for k := range out {
		h := r.sc.Populations[k].habit()
		inFavour := (r.sc.Proposals[v.of].Merit == "good") != h.hostile
		if x := r.sc.Attack; r.attacks(k) && x.Proposal == r.sc.Proposals[v.of].Name {
			inFavour = x.Want != "defeated"
		}
		misread := Stream(Draw{Seed: uint64(r.sc.Seed), Cell: r.cell.Stream, Replicate: uint64(r.replicate),
			Step: uint64(v.number), Agent: uint64(r.First(k)), Purpose: "misread"})
		if h.sharedPpm > 0 && happens(misread, h.sharedPpm) {
			inFavour = !inFavour
		}
		out[k] = crowd.Opinion{TurnoutPpm: uint64(h.turnoutPpm), ErrorPpm: uint64(h.errorPpm), For: inFavour}
	}
	return out
}

// settle returns or forfeits the collateral, as a ledger does.
func (r *crowdRun) settle(v *poll, t *voting.Track) {
	if v.returns {
		r.Pay(v.proposer, -t.CollateralSat)
		return
	}
	r.row.ForfeitedSat += t.CollateralSat
	if r.attacks(v.group) {
		r.row.AttackSpentSat += t.CollateralSat
	}
}

func (r *crowdRun) countVote(v *poll, t *voting.Track, out crowd.Outcome) {
	p := &r.sc.Proposals[v.of]
	r.row.countOutcome(p.Merit == "good", out.Passed)
	if x := r.sc.Attack; x != nil && p.Name == x.Proposal {
		r.row.TargetOpened++
		r.row.TargetDecided++
	}
	if out.Passed && t.Allows(constitution.ActionSetPrice) {
		r.row.Executed++
	}
	for k, n := range out.Ballots {
		r.row.Ballots += int64(n)
		if r.attacks(k) {
			r.row.AttackSpentSat += int64(n) * r.price
		}
	}
	if out.Eligible > 0 {
		r.row.TurnoutPpm += share(out.For+out.Against, out.Eligible)
		r.delegated += share(out.Delegated, out.Eligible)
	}
	x := r.sc.Attack
	if x == nil || p.Name != x.Proposal {
		return
	}
	if out.Passed == (x.Want == "passed") {
		r.row.AttackSuccess = 1
	}
	if own := out.Own[r.sc.population(x.Population)]; out.Eligible > 0 {
		r.row.AttackWeightPpm = max(r.row.AttackWeightPpm, share(own, out.Eligible))
	}
}

func (r *crowdRun) observe(step int64) {
	if !r.sc.observed(step) {
		return
	}
	r.series = append(r.series, newMoment(step, int64(r.Agents()), r.staked(), r.weights()))
}

// weights are those on the track that matters most.
func (r *crowdRun) weights() []uint64 {
	t := r.rules.Track(r.sc.track())
	if t == nil {
		return nil
	}
	return r.Weights(t.Weight)
}

func (r *crowdRun) staked() (sum int64) {
	for _, w := range r.Weights(voting.WeightRule{Kind: voting.WeightStake}) {
		sum += int64(w)
	}
	return sum
}

// count fills in the row at the end.
func (r *crowdRun) count() {
	row := r.row
	if n := row.ProposalsOpened; n > 0 {
		row.TurnoutPpm, row.DelegatedPpm = row.TurnoutPpm/n, r.delegated/n
	}
	row.explain(r.sc, r.unopened)
	row.StakeSat = r.staked()
	c := voting.Concentrate(r.weights())
	row.GiniPpm, row.Nakamoto = int64(c.GiniPPM), int64(c.Nakamoto)
	var own, all uint64
	for k := range r.sc.Populations {
		p := &r.sc.Populations[k]
		first := r.First(k)
		for a := first; a < first+int(p.Count); a++ {
			all += r.Score(k, a)
			if r.attacks(k) && !r.absent(p) {
				own += r.Score(k, a)
				row.AttackLockedSat += int64(r.Stake(a))
			}
		}
	}
	if all > 0 {
		row.AttackScorePpm = share(own, all)
	}
	r.countCaptured()
	row.LogHash = r.walletHash()
}

func (r *crowdRun) countCaptured() {
	x := r.sc.Attack
	if x == nil {
		return
	}
	k := r.sc.population(x.Population)
	first := r.First(k)
	var captured, seekers uint64
	r.Delegates(func(_, to int) {
		seekers++
		if to >= first && to < first+int(r.sc.Populations[k].Count) {
			captured++
		}
	})
	if seekers > 0 {
		r.row.CapturedPpm = share(captured, seekers)
	}
}

// walletHash stands for the log that a crowd has not: two runs with the same
// one came to the same.
func (r *crowdRun) walletHash() string {
	h := sha256.New()
	buf := make([]byte, 0, 1<<16)
	n := int(r.sc.agents())
	for a := range n {
		if buf = binary.BigEndian.AppendUint64(buf, uint64(r.Wallet(a))); len(buf) == cap(buf) || a == n-1 {
			h.Write(buf)
			buf = buf[:0]
		}
	}
	return hex.EncodeToString(h.Sum(nil))
}

// agents is how many the scenario has in all.
func (s *Scenario) agents() (n int64) {
	for i := range s.Populations {
		n += s.Populations[i].Count
	}
	return n
}
