package ledger

// exits explains who may still leave, and what that would do.
func (x *explainer) exits() {
	v := x.s.exitsView(x.p)
	if v.MarkSat == 0 {
		return
	}
	x.say("Who voted against may announce to leave when it is executed, with a share of the pools %v.", x.s.constitution.Exit.Pools)
	if v.Count > 0 || v.ElsewhereSat > 0 || x.s.constitution.Exit.RetentionPpm > 0 {
		x.say("%d leave by it with %d sat of stake, others left with %d since the vote started; with more than %d of the %d sat gone the execution fails, and where these alone are more they leave without a share.",
			v.Count, v.LeftSat, v.ElsewhereSat, v.MostSat, v.MarkSat)
	}
}
