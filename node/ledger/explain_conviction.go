package ledger

import "github.com/econd/econd/node/view"

// gatheringOpen explains a proposal that gathers conviction.
func (x *explainer) gatheringOpen(ended bool) {
	c := x.s.convictionView(x.p, x.nowMs)
	x.Conviction, x.NextMs = &c, x.p.life.DeadlineMs
	x.asksOf(&c)
	x.say("%d sat of stake are behind it. After step %d its conviction is %s; it grows while stake stays and wanes as stake leaves.",
		c.SupportedSat, c.Step, c.Conviction)
	switch {
	case c.Threshold == "":
		x.say("That is too large a share of the pool: no conviction suffices.")
	default:
		x.say("It has to be above %s, taken of %d sat of stake.", c.Threshold, c.StakeSat)
	}
	switch {
	case ended:
		x.say("The vote ended at %s; the entry that closes it is due.", atText(x.p.life.DeadlineMs))
	case c.PassesMs > 0:
		x.say("If nothing changes it passes at %s.", x.until(c.PassesMs))
	default:
		x.say("If nothing changes it does not pass in its time, which ends at %s.", x.until(x.p.life.DeadlineMs))
	}
}

// gatheringClosed explains the outcome of a conviction track.
func (x *explainer) gatheringClosed() {
	c := x.s.convictionView(x.p, x.nowMs)
	x.Conviction = &c
	x.asksOf(&c)
	switch {
	case x.p.life.Passed:
		x.say("At %s, step %d, its conviction of %s was above the %s that were needed, so it passed.", atText(x.p.life.DeadlineMs), c.Step, c.Conviction, c.Threshold)
	case c.Threshold == "":
		x.say("Its time ended at %s. It asked for too large a share of the pool for any conviction, so it was defeated.", atText(x.p.life.DeadlineMs))
	default:
		x.say("Its time ended at %s with a conviction of %s; it had to be above %s, so it was defeated.", atText(x.p.life.DeadlineMs), c.Conviction, c.Threshold)
	}
}

func (x *explainer) asksOf(c *view.Conviction) {
	x.say("It asks for %d of the %d sat in pool %s.", c.RequestedSat, c.FundsSat, c.Pool)
}
