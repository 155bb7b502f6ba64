package monitor

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// An alarm that comes again has its own evidence.
func TestEvidenceOfEachTime(t *testing.T) {
	o := newOperator(t)
	w := o.watched()
	require.True(t, w.round().OK())
	serve := func(head []byte) Report {
		o.mu.Lock()
		o.head = head
		o.mu.Unlock()
		return w.round()
	}
	seen := map[string]bool{}
	for i := range maxAgain + 2 {
		small := o.Checkpoint()
		o.Agent(fmt.Sprint("x", i))
		large := o.Checkpoint()
		require.True(t, serve(nil).OK())
		a := w.alarm(serve(small), RolledBack, "signed")
		if i >= maxAgain {
			require.Empty(t, a.Evidence)
			require.Contains(t, a.Text, "none is kept of this time")
			continue
		}
		require.NotContains(t, seen, a.Evidence)
		seen[a.Evidence] = true
		require.Len(t, a.Earlier, i)
		kept, err := os.ReadFile(filepath.Join(a.Evidence, checkpointFile))
		require.NoError(t, err)
		require.Equal(t, string(large), string(kept))
	}
}
