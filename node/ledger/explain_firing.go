package ledger

// openedByRule says which rule opened the proposal and on what figures.
func (x *explainer) openedByRule() {
	f := x.p.firing
	if f == nil {
		return
	}
	x.say("No agent proposed it: rule %s opened it at %s.", x.p.byRule, atText(f.timeMs))
	for _, v := range f.values {
		x.say("The last figure of %s was %d then.", v.metric, v.value)
	}
}
