package constitution

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/econd/econd/node/member"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/refusal"
	"github.com/econd/econd/stake"
	"github.com/econd/econd/voting"
)

// Validate holds every member against its row and names the first that does not fit.
func (c *Constitution) Validate() error {
	if err := KnownRules("constitution.version", c.Version, NewestRules); err != nil {
		return err
	}
	return c.ValidateAfter(&Constitution{})
}

// ValidateAfter is Validate for one that is to come after another, which was
// valid: lists of keys that are as they were are not checked again, for each key
// costs as much as the rest of a track. Nor is it checked that the version of the
// rules is known. The order of the checks is part of what they mean: an execution that
// fails records the first refusal.
func (c *Constitution) ValidateAfter(was *Constitution) error {
	if err := misfit("constitution.", table.MisfitOf(c, "version", "epoch_s",
		member.NoMore("version", anyVersion), member.NoMore("stake.min_sat", c.Stake.MaxSat))); err != nil {
		return err
	}
	if err := c.Reputation.Validate(); err != nil {
		return refusal.New(refusal.ErrInvalid, "constitution.reputation", "range", "%v", err)
	}
	if err := misfit("constitution.", table.MisfitAt(c, "seeds")); err != nil {
		return err
	}
	if err := CheckKeys("constitution.seeds", c.Seeds, was.Seeds); err != nil {
		return err
	}
	for _, section := range []func() error{
		func() error { return c.ValidateGuardians(was.Guardians.Keys) },
		c.ValidatePrices,
		c.validatePools,
		func() error { return misfit("constitution.payouts.", payoutTable.Misfit(&c.Payouts)) },
		func() error { return c.validateMetrics(was) },
		c.validateTracks,
		c.validateDisputes,
		c.validateExit,
		c.validateWallets,
	} {
		if err := section(); err != nil {
			return err
		}
	}
	return nil
}

// CheckKeys refuses a list that names a key twice, or what is no key. One that is
// as it was before is not checked again.
func CheckKeys(field string, keys, was []op.PublicKey) error {
	if slices.Equal(keys, was) {
		return nil
	}
	for i, k := range keys {
		if slices.Contains(keys[:i], k) {
			return refusal.New(refusal.ErrInvalid, field+"["+strconv.Itoa(i)+"]", "unique", "%s appears twice", k)
		}
		if slices.Contains(was, k) {
			continue
		}
		if _, err := op.ParsePublicKey(k.String()); err != nil {
			return refusal.New(refusal.ErrInvalid, field+"["+strconv.Itoa(i)+"]", "key", "%v", err)
		}
	}
	return nil
}

// ValidateGuardians checks who guards; the keys that did before are known to be keys.
func (c *Constitution) ValidateGuardians(was []op.PublicKey) error {
	const field = "constitution.guardians."
	g := &c.Guardians
	if err := misfit(field, guardianTable.MisfitAt(g, "keys")); err != nil {
		return err
	}
	if err := CheckKeys(field+"keys", g.Keys, was); err != nil {
		return err
	}
	if guardianTable.MisfitAt(g, "threshold", member.NoMore("threshold", max(1, int64(len(g.Keys))))) != nil {
		return refusal.New(refusal.ErrInvalid, field+"threshold", "range", "is %d of %d guardians", g.Threshold, len(g.Keys))
	}
	return misfit(field, guardianTable.MisfitAt(g, "max_pause_s"))
}

// ValidatePrices checks the price list.
func (c *Constitution) ValidatePrices() error {
	if len(c.Prices) != len(Resources()) {
		return refusal.New(refusal.ErrInvalid, "constitution.prices", "complete", "needs one price for each of %v", Resources())
	}
	for i, want := range Resources() {
		field := fmt.Sprintf("constitution.prices[%d].", i)
		if c.Prices[i].Resource != want {
			return refusal.New(refusal.ErrInvalid, field+"resource", "order", "is %+q, must be %+q", c.Prices[i].Resource, want)
		}
		if err := misfit(field, priceTable.MisfitAt(&c.Prices[i], "sat")); err != nil {
			return err
		}
	}
	return nil
}

func (c *Constitution) validatePools() error {
	if err := misfit("constitution.", table.MisfitAt(c, "pools")); err != nil {
		return err
	}
	var total int64
	for i := range c.Pools {
		p, field := &c.Pools[i], fmt.Sprintf("constitution.pools[%d]", i)
		if err := misfit(field+".", poolTable.MisfitAt(p, "name")); err != nil {
			return err
		}
		if p.Name == "" || poolTable.MisfitAt(p, "share_ppm") != nil {
			return refusal.New(refusal.ErrInvalid, field, "range", "needs a name and a share between 0 and 1000000 ppm")
		}
		if slices.ContainsFunc(c.Pools[:i], func(q PoolShare) bool { return p.Name == q.Name }) {
			return refusal.New(refusal.ErrInvalid, field+".name", "unique", "%+q appears twice", p.Name)
		}
		total += p.SharePpm
	}
	if total != voting.PPM {
		return refusal.New(refusal.ErrInvalid, "constitution.pools", "whole", "shares add up to %d ppm, must be 1000000", total)
	}
	return nil
}

func (c *Constitution) validateMetrics(was *Constitution) error {
	if err := misfit("constitution.", table.MisfitAt(c, "metrics")); err != nil {
		return err
	}
	for i := range c.Metrics {
		m, field := &c.Metrics[i], fmt.Sprintf("constitution.metrics[%d].", i)
		if err := misfit(field, metricTable.Misfit(m, member.NoMore("least_reports", int64(len(m.Reporters))))); err != nil {
			return err
		}
		if err := CheckKeys(field+"reporters", m.Reporters, was.Reporters(m.Name)); err != nil {
			return err
		}
		if slices.ContainsFunc(c.Metrics[:i], func(other MetricRule) bool { return other.Name == m.Name }) {
			return refusal.New(refusal.ErrInvalid, field+"name", "unique", "%+q appears twice", m.Name)
		}
	}
	return nil
}

// MetricName refuses what cannot be the name of a metric.
func MetricName(field, name string) error {
	m := metricTable.MisfitAt(&MetricRule{Name: name}, "name")
	if m == nil {
		return nil
	}
	return refusal.New(refusal.ErrInvalid, field, m.Rule(), "%s", m.Sentence())
}

func (c *Constitution) validateDisputes() error {
	const field = "constitution.disputes."
	d := &c.Disputes
	if err := misfit(field, disputeTable.MisfitAt(d, "fields")); err != nil {
		return err
	}
	for i, f := range d.Fields {
		if !voting.ValidName(f) || slices.Contains(d.Fields[:i], f) {
			return refusal.New(refusal.ErrInvalid, fmt.Sprintf("%sfields[%d]", field, i), "name", "is %+q, must be another name of 1 to 40 characters of a-z, 0-9 and '-'", f)
		}
	}
	if err := misfit(field, disputeTable.MisfitAt(d, "juror_bond_sat", member.NoMore("juror_bond_sat", c.Stake.MaxSat))); err != nil {
		return err
	}
	if d.JurorBondSat == 0 && len(d.Fields) > 0 {
		return refusal.New(refusal.ErrInvalid, field+"juror_bond_sat", "range", "is 0, must be at least 1: a juror without a bond has nothing to lose")
	}
	for i := range c.Tracks {
		r := c.Tracks[i].Dispute
		if r == nil {
			continue
		}
		if !slices.Contains(d.Fields, r.Field) {
			return refusal.New(refusal.ErrInvalid, field+"fields", "known", "lacks %+q, the field of track %s", r.Field, c.Tracks[i].Name)
		}
		if life, takes := int64(stake.ForfeitHeight(c.Stake.CltvBlocks)), c.drawTakes(r); life <= takes {
			return refusal.New(refusal.ErrInvalid, "constitution.tracks", "hold-life", "jurors of track %s are drawn %d blocks after the challenge and have %d s to commit, %d blocks in all; a bond lasts %d: nobody could be drawn",
				c.Tracks[i].Name, c.DrawBlocks(), r.CommitS, takes, life)
		}
	}
	return nil
}

// drawTakes is how many blocks a bond must last, and one more, to be drawn if it was
// locked with the challenge: to the draw, and as long as its juror has to commit.
func (c *Constitution) drawTakes(r *voting.DisputeRule) int64 {
	return c.DrawBlocks() + Blocks(r.CommitS)
}

// DrawBlocks is how many blocks after the lock a jury is drawn at most. The ledger waits for
// fewer on networks whose blocks come when somebody makes them.
func (c *Constitution) DrawBlocks() int64 {
	if c.Version >= RulesHeaders {
		return voting.DrawBlocksLagging
	}
	return voting.DrawBlocks
}

// validateExit checks the pools that can be shared, and that tracks which let
// agents leave have something to share and time to leave.
func (c *Constitution) validateExit() error {
	for i, name := range c.Exit.Pools {
		field := fmt.Sprintf("constitution.exit.pools[%d]", i)
		if !c.hasPool(name) {
			return refusal.New(refusal.ErrInvalid, field, "pool", "no pool %+q in the constitution", name)
		}
		if slices.Contains(c.Exit.Pools[:i], name) {
			return refusal.New(refusal.ErrInvalid, field, "unique", "%+q appears twice", name)
		}
	}
	if err := misfit("constitution.exit.", exitTable.Misfit(&c.Exit)); err != nil {
		return err
	}
	for i := range c.Tracks {
		t := &c.Tracks[i]
		if t.RageQuit && len(c.Exit.Pools) == 0 {
			return refusal.New(refusal.ErrInvalid, fmt.Sprintf("constitution.tracks[%d].rage_quit", i), "exit-pools", "track %s lets agents leave with a share of the pools in exit.pools, and there are none", t.Name)
		}
	}
	return nil
}

func (c *Constitution) hasPool(name string) bool {
	return slices.ContainsFunc(c.Pools, func(p PoolShare) bool { return p.Name == name })
}
