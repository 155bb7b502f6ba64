package node

// KeepPast changes how many past states a node keeps.
func (n *Node) KeepPast(most int) { n.past.most = most }
