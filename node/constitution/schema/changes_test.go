package schema

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestChangesSayWhatTheSchemaSays: every member has its description and its range in
// both, none is demanded of changes, and each may be null there.
func TestChangesSayWhatTheSchemaSays(t *testing.T) {
	described := 0
	changes := Changes()
	for path, m := range members {
		node := changes
		for name := range strings.SplitSeq(path, ".") {
			name, list := strings.CutSuffix(name, "[]")
			node = node["properties"].(map[string]any)[name].(map[string]any)
			require.Contains(t, node["type"], "null", path)
			require.NotContains(t, node, "required", path)
			if list {
				node = node["items"].(map[string]any)
			}
		}
		if m.doc != "" {
			require.Equal(t, m.doc, node["description"], path)
			described++
		}
		if m.least != nil {
			require.Equal(t, []any{*m.least, *m.most}, []any{node["minimum"], node["maximum"]}, path)
		}
		if m.enum != nil {
			require.Len(t, node["enum"], len(m.enum)+1, path)
			require.Contains(t, node["enum"], nil, path)
		}
	}
	require.Greater(t, described, 50)
}
