package ledger

import (
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// Readers share the state: what explains an open vote resolves its delegations and
// leaves alone what closes keep for themselves.
func TestReadersShareTheState(t *testing.T) {
	sc := newScenario(t)
	for _, line := range []string{"set tracks.signal.weight {kind: stake}", "agent a b", "a stake x 20000", "b stake y 10000", "lock x", "lock y",
		"wait 1s", "b delegate a on signal", "a propose p signal", "wait 3s", "a vote p for"} {
		sc.command(strings.Fields(line))
	}
	require.Empty(t, sc.s.delegations.number)
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for range 50 {
				x, ok := sc.s.Explain(sc.labels["p"], sc.s.Clock().TimeMs)
				if !ok || x.Vote == nil || x.Vote.Delegated != 10000 {
					t.Errorf("explained %+v", x.Vote)
				}
			}
		})
	}
	all.Wait()
	require.Empty(t, sc.s.delegations.number)
}
