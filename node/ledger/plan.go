package ledger

import (
	"slices"
	"strconv"

	"github.com/econd/econd/node/constitution"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/refusal"
)

// plan is where the actions of a proposal are tried: constitution and pools are
// copies, and what else they ask for waits until every one of them fits.
type plan struct {
	s        *State // as it is; only read
	amended  *constitution.Constitution
	poolSats []int64
	index    int // of the action being tried
	then     []func(*State, actionRef)

	// What the actions so far did.
	listed       []registryEntry
	revoked      []int // grants
	budgets      []budgetChange
	wallets      []walletChange
	paused       []string // tracks
	rules        []rule   // nil: as they are
	rewardFeeSat int64    // set aside for the route of a reward
}

// actionRef says whose action something comes from.
type actionRef struct {
	proposal int // index
	action   int // index among its actions
}

// constitution is the copy to change.
func (d *plan) constitution() *constitution.Constitution {
	if d.amended == nil {
		d.amended = d.s.constitution.Clone()
	}
	return d.amended
}

// current is the constitution as the actions so far leave it.
func (d *plan) current() *constitution.Constitution {
	if d.amended == nil {
		return d.s.constitution
	}
	return d.amended
}

// later is carried out once all actions fit. It must not fail.
func (d *plan) later(do func(*State, actionRef)) {
	i := d.index
	d.then = append(d.then, func(s *State, r actionRef) {
		r.action = i
		do(s, r)
	})
}

// take sets sats of a pool aside: a pool never pays more than it holds.
func (d *plan) take(pool string, sat int64) (int, error) {
	i, err := d.s.poolByName("pool", pool)
	if err != nil {
		return 0, err
	}
	if d.poolSats == nil {
		d.poolSats = slices.Clone(d.s.treasury.poolSats)
	}
	if d.poolSats[i] < sat {
		return 0, refusal.New(refusal.ErrRule, "pool", "pool-funds", "pool %s holds %d sat, %d are needed, what the routes may cost included", pool, d.poolSats[i], sat)
	}
	d.poolSats[i] -= sat
	return i, nil
}

// tryActions carries the actions out on copies: all or nothing.
func (s *State) tryActions(list []action) (*plan, error) {
	d := &plan{s: s}
	if err := d.tryAll(list); err != nil {
		return nil, err
	}
	return d, nil
}

// tryAll tries the actions in order. Changes to the constitution in a row count
// as one: what they make of it together must hold, so the shares of two pools can
// be changed one by one, and a list of changes costs one check.
func (d *plan) tryAll(list []action) error {
	changed := -1 // last of the changes that are not yet checked
	for i, a := range list {
		_, amends := a.(amending)
		if changed >= 0 && !amends {
			if err := d.whole(); err != nil {
				return refusedAction(list, changed, err)
			}
			changed = -1
		}
		d.index = i
		err := d.s.entry.spend(workAction)
		if err == nil {
			err = a.do(d)
		}
		if err != nil {
			return refusedAction(list, i, err)
		}
		if amends {
			changed = i
		}
	}
	if changed < 0 {
		return nil
	}
	if err := d.whole(); err != nil {
		return refusedAction(list, changed, err)
	}
	return nil
}

// whole checks that what changes in a row made is a constitution that may come
// after the one in force.
func (d *plan) whole() error {
	if err := d.s.entry.spend(workOfCheck(d.amended, d.s.constitution)); err != nil {
		return err
	}
	return d.s.successor(d.amended)
}

// refusedAction says which action is refused. That the entry costs too much is
// no fault of one action, nor that its rules are not known.
func refusedAction(list []action, i int, err error) error {
	if overWork(err) || unknownRules(err) {
		return err
	}
	return refusal.New(refusal.ErrRule, "content.actions["+strconv.Itoa(i)+"]", list[i].kind(), "%v", err)
}

// settle puts the copies of a plan in the place of what they were made of.
func (s *State) settle(d *plan, proposal op.ID) {
	if d.amended != nil {
		s.enact(d.amended, proposal)
	}
	if d.poolSats != nil {
		s.treasury.setPools(d.poolSats)
	}
	if d.rules != nil {
		s.figures.setRules(d.rules, s.next, proposal)
	}
}

// carryOut makes the plan of a proposal's actions real.
func (s *State) carryOut(d *plan, proposal int) {
	p := &s.proposals.list[proposal]
	s.settle(d, p.id)
	p.carriedOut()
	for _, do := range d.then {
		do(s, actionRef{proposal: proposal})
	}
}

// poolByName finds a pool.
func (s *State) poolByName(field, name string) (int, error) {
	for i, p := range s.constitution.Pools {
		if p.Name == name {
			return i, nil
		}
	}
	return 0, refusal.New(refusal.ErrNotFound, field, "pool", "no pool %+q in the constitution", name)
}

// actionState says how far an executed action is.
type actionState uint8

// States of an executed action. Pending ones wait for something outside.
const (
	actionPending actionState = iota
	actionDone
	actionFailed
)

var actionStates = [...]string{"pending", "done", "failed"}

// ActionStates lists the states of an executed action.
func ActionStates() []string { return append([]string{}, actionStates[:]...) }

// pendingAction marks an action that goes on outside.
func (s *proposals) pendingAction(r actionRef, ref string) {
	s.list[r.proposal].results[r.action] = actionResult{state: actionPending, ref: ref}
}

// settleAction records how an action ended outside; an empty reason is success.
func (s *proposals) settleAction(r actionRef, reason string) {
	if r.proposal < 0 {
		return
	}
	a := &s.list[r.proposal].results[r.action]
	a.state, a.reason = actionDone, reason
	if reason != "" {
		a.state = actionFailed
	}
}
