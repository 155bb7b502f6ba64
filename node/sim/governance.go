package sim

import (
	"errors"
	"fmt"

	"github.com/econd/econd/node/constitution"
	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/voting"
)

// bill is a proposal that was made.
type bill struct {
	id      op.ID
	of      int // index in the scenario
	step    int64
	opened  bool         // its vote began
	decided map[int]bool // agents that made up their minds
	judged  map[int]bool // guardians that did
}

// propose makes the proposals of this step.
func (r *run) propose() error {
	for i := range r.sc.Proposals {
		p := &r.sc.Proposals[i]
		if !p.dueAt(r.step, r.sc.lastStep(r.s.Constitution().Track(p.Track))) {
			continue
		}
		group := r.groups[r.sc.population(p.By)]
		for n := range p.Count {
			if len(group) == 0 {
				break
			}
			round := int64(0)
			if p.Every > 0 {
				round = (r.step - p.Step) / p.Every
			}
			r.row.ProposalsTried++
			if err := r.proposeBy(group[int(round*p.Count+n)%len(group)], i, n); err != nil {
				return err
			}
		}
	}
	return nil
}

// dueAt tells whether the proposal is made in a step; one that could not come to
// its end any more, after the last step, is not.
func (p *Proposal) dueAt(step, last int64) bool {
	if step == p.Step {
		return true
	}
	return p.Every > 0 && step > p.Step && (step-p.Step)%p.Every == 0 && step <= last
}

func (r *run) proposeBy(a *agent, i int, n int64) error {
	p := &r.sc.Proposals[i]
	content := op.Propose{Track: p.Track, Title: fmt.Sprintf("%s %d.%d", p.Name, r.step, n), Actions: []op.Raw{}}
	if t := r.s.Constitution().Track(p.Track); t.Allows(constitution.ActionSetPrice) {
		price := r.s.PriceSat(constitution.ResourceOperations)
		content.Actions = append(content.Actions, op.Raw(op.EncodeContent(ledger.SetPrice{Type: constitution.ActionSetPrice,
			Resource: constitution.ResourceOperations, Sat: price + 1, ExpectSat: price})))
	}
	id, ok, err := r.operate(a, op.KindPropose, content)
	if err != nil {
		return err
	}
	if ok { // unless its collateral was not paid
		v, _ := r.s.Proposal(id, r.at.TimeMs)
		ok = v.State != voting.Cancelled.String()
	}
	if !ok {
		if r.sc.about(p) {
			r.unopened = r.stopped
		}
		return nil
	}
	r.bills = append(r.bills, bill{id: id, of: i, step: r.step, decided: map[int]bool{}, judged: map[int]bool{}})
	return nil
}

// vote lets every agent decide once on each proposal that is open.
func (r *run) vote() error {
	for i := range r.bills {
		b := &r.bills[i]
		if v, _ := r.s.Proposal(b.id, r.at.TimeMs); v.State != voting.Active.String() {
			continue
		}
		b.opened = true
		for _, a := range r.agents {
			if b.decided[a.index] {
				continue
			}
			b.decided[a.index] = true
			if err := r.cast(a, i); err != nil {
				return err
			}
		}
	}
	return nil
}

// cast draws an agent's decision and enters its ballot, if it votes.
func (r *run) cast(a *agent, i int) error {
	b, p := &r.bills[i], &r.sc.Populations[a.population]
	h := p.habit()
	rng := r.stream(a.index, fmt.Sprintf("vote %d", i))
	votes, errs := happens(rng, h.turnoutPpm), happens(rng, h.errorPpm)
	if h.sharedPpm > 0 && happens(r.streamAt(b.step, r.first[a.population], fmt.Sprintf("misread %d", i)), h.sharedPpm) {
		errs = !errs
	}
	if !votes {
		return nil
	}
	inFavour := (r.sc.Proposals[b.of].Merit == "good") != h.hostile
	if x := r.sc.Attack; x != nil && x.Population == p.Name && x.Proposal == r.sc.Proposals[b.of].Name {
		inFavour = x.Want != "defeated"
	}
	choice := ledger.Against
	if inFavour != errs {
		choice = ledger.For
	}
	_, ok, err := r.operate(a, op.KindVote, op.Vote{Proposal: b.id, Choice: choice.String()})
	if ok {
		r.row.Ballots++
	}
	return err
}

// errNoClose is a fault of this package: a vote was left open.
var errNoClose = errors.New("a vote is still open after the last step")
