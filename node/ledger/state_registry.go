package ledger

import "github.com/econd/econd/node/op"

// registry is what decisions published, allowed and denied.
type registry struct {
	list []registryEntry
	at   map[registryKey]int
}

type registryEntry struct {
	registryKey
	sha256  op.Hash
	url     string
	status  RegistryStatus
	changes []registryChange // in order
}

type registryChange struct {
	status   RegistryStatus
	seq      uint64
	timeMs   int64
	proposal int // index
}

// registryKey names an entry: a provider by its key in hex, without a version.
type registryKey struct {
	kind    string
	name    string
	version string
}

// put records an entry as a change left it.
func (s *registry) put(e registryEntry, c registryChange) {
	i, ok := s.at[e.registryKey]
	if !ok {
		i = len(s.list)
		s.at[e.registryKey] = i
		s.list = append(s.list, registryEntry{})
	}
	e.changes = append(s.list[i].changes, c)
	s.list[i] = e
}
