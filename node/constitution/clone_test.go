package constitution

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/econd/econd/node/op"
)

// A list of the copy is not one of the original.
func TestCloneCopiesItsLists(t *testing.T) {
	c := &Constitution{Metrics: []MetricRule{{Reporters: []op.PublicKey{{1}}}}}
	c.Disputes.Fields, c.Exit.Pools = []string{"general"}, []string{"main"}
	d := c.Clone()
	require.Equal(t, c, d)
	d.Metrics[0].Reporters[0], d.Disputes.Fields[0], d.Exit.Pools[0] = op.PublicKey{2}, "x", "x"
	require.Equal(t, op.PublicKey{1}, c.Metrics[0].Reporters[0])
	require.Equal(t, []string{"general", "main"}, append(c.Disputes.Fields, c.Exit.Pools...))
}
