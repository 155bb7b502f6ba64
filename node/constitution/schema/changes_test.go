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
	for path, m := range rows {
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
		if text := m.Description(); text != "" {
			require.Equal(t, text, node["description"], path)
			described++
		}
		if m.Enum != nil {
			require.Len(t, node["enum"], len(m.Enum)+1, path)
			require.Contains(t, node["enum"], nil, path)
		}
	}
	require.Greater(t, described, 50)
}
