package ledger

// registry is what decisions published, allowed and denied.
type registry struct {
	list []registryEntry
	at   map[registryKey]int
}
