package node

// KeepPast changes how many past states a node keeps.
func (n *Node) KeepPast(most int) { n.past.most = most }

// SweepPast lets go of the past states that nobody looked at lately.
func (n *Node) SweepPast() { n.sweepPast() }
