package budget

import (
	"slices"

	"github.com/econd/econd/node/refusal"
)

// Narrows refuses terms of a part that allow more than those of the whole: with the same
// payments behind them, no more spent than was reserved, whatever the part's terms allow the
// terms of the whole allow. It looks at both as they are, not at what was spent. The
// refusal's field is the member of the part's terms.
//
// Periods can be held against each other where the part's go into those of the whole: of
// equal length, or a fraction without remainder.
func Narrows(child, parent *Terms) error {
	for _, f := range []func(child, parent *Terms) error{narrowAmounts, narrowPeriods, narrowVelocity, narrowNames, narrowApprovals} {
		if err := f(child, parent); err != nil {
			return err
		}
	}
	return nil
}

func wider(field, format string, args ...any) error {
	return refusal.New(refusal.ErrRule, field, "narrows", format, args...)
}

func narrowAmounts(child, parent *Terms) error {
	switch {
	case child.CapMsat > parent.CapMsat:
		return wider("cap_msat", "is %d, that of the whole is %d", child.CapMsat, parent.CapMsat)
	case child.CeilingMsat > parent.CeilingMsat:
		return wider("ceiling_msat", "is %d, that of the whole is %d", child.CeilingMsat, parent.CeilingMsat)
	case child.UntilMs > parent.UntilMs:
		return wider("until_ms", "is %s, that of the whole is %s", instant(child.UntilMs), instant(parent.UntilMs))
	}
	return nil
}

func narrowPeriods(child, parent *Terms) error {
	if parent.PeriodS%child.PeriodS != 0 {
		return wider("period_s", "is %d, must divide the %d of the whole", child.PeriodS, parent.PeriodS)
	}
	periods := parent.PeriodS / child.PeriodS
	if periods == 1 && child.RefillMsat > parent.RefillMsat {
		return wider("refill_msat", "is %d, that of the whole is %d", child.RefillMsat, parent.RefillMsat)
	}
	if periods == 1 && (parent.Rollover || !child.Rollover) {
		return nil
	}
	// What the part can spend in one period of the whole, whatever went before.
	each := min(child.RefillMsat, child.CeilingMsat)
	most := each
	if child.Rollover {
		most = child.CeilingMsat
	}
	sure := min(parent.RefillMsat, parent.CeilingMsat)
	if most > sure || each > 0 && periods-1 > (sure-most)/each {
		return wider("refill_msat", "%d in each of %d periods, with what they carry over, can come to more than the %d of one period of the whole", child.RefillMsat, periods, sure)
	}
	return nil
}

func narrowVelocity(child, parent *Terms) error {
	for _, p := range parent.Velocity {
		count := slices.ContainsFunc(child.Velocity, func(c Velocity) bool { return c.WindowS >= p.WindowS && c.most() <= p.most() })
		msat := p.Msat == 0 || slices.ContainsFunc(child.Velocity, func(c Velocity) bool { return c.WindowS >= p.WindowS && c.Msat > 0 && c.Msat <= p.Msat })
		if !count || !msat {
			return wider("velocity", "has no window of at least %d s with at most %d payments and %d msat, as the whole has", p.WindowS, p.most(), p.Msat)
		}
	}
	return nil
}

func narrowNames(child, parent *Terms) error {
	for _, name := range child.Recipients {
		if !slices.ContainsFunc(parent.Recipients, func(allowed string) bool { return covers(allowed, name) }) {
			return wider("recipients", "%+q is not among those of the whole", name)
		}
	}
	if len(parent.Purposes) > 0 && len(child.Purposes) == 0 {
		return wider("purposes", "allow anything, those of the whole do not")
	}
	for _, name := range child.Purposes {
		if len(parent.Purposes) > 0 && !slices.Contains(parent.Purposes, name) {
			return wider("purposes", "%+q is not among those of the whole", name)
		}
	}
	return nil
}

func narrowApprovals(child, parent *Terms) error {
	p, c := parent.Approvals, child.Approvals
	if p == nil {
		return nil
	}
	if c == nil || c.AboveMsat > p.AboveMsat || c.M < p.M {
		return wider("approvals", "must be asked of at least %d for more than %d msat, as by the whole", p.M, p.AboveMsat)
	}
	for _, key := range c.Keys {
		if !slices.Contains(p.Keys, key) {
			return wider("approvals", "%s is not among who approves for the whole", key)
		}
	}
	return nil
}
