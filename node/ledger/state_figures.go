package ledger

// figures are what reporters say, and the rules that propose by it.
type figures struct {
	series   []series       // reported metrics, in order of the first report
	seriesAt map[string]int // by name
	rules    []rule         // in force, in order of adding
	ruleLeft string         // the one to look at first at the next figure; "": the first
}
