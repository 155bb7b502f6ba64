package node

import "time"

// Ready lists what keeps the node from doing all of its work; empty is ready.
// Like every method it must not be called from within View.
func (n *Node) Ready() []string {
	var problems []string
	for _, why := range n.Recovery() {
		problems = append(problems, "recovery: "+why)
	}
	if err := n.Health(); err != nil {
		problems = append(problems, "writer: "+err.Error())
	}
	now := time.Now()
	problems = append(problems, n.pulse.problems(now, n.cfg.Lightning.Reachable(), n.tip.Load())...)
	if late := n.watch.problem(now); late != "" {
		problems = append(problems, late)
	}
	problems = append(problems, n.headerProblems()...)
	problems = append(problems, n.clockProblems()...)
	problems = append(problems, n.unable()...)
	problems = append(problems, n.broken.problems()...)
	if why := n.headProblem(); why != "" {
		problems = append(problems, why)
	}
	if why := n.promises.problem(); why != "" {
		problems = append(problems, why)
	}
	if n.anchors != nil {
		if why, since := n.anchors.Blocked(); why != "" {
			problems = append(problems, "anchoring: has failed since "+since.UTC().Format(time.RFC3339)+": "+why)
		}
	}
	for _, fn := range n.beside {
		problems = append(problems, fn()...)
	}
	return problems
}

// UseProblems has Ready tell, with the node's own, what keeps those beside it from their
// work: each text begins with its part (see Parts). Call it before Run.
func (n *Node) UseProblems(list ...func() []string) { n.beside = append(n.beside, list...) }
