package node

// Height is the best block known: the chain's tip, or that of the last entry if
// that is higher.
func (n *Node) Height() uint32 {
	n.mu.RLock()
	defer n.mu.RUnlock()
	return n.stampNow().Height
}
