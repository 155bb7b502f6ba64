package main

import (
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// No entry is earlier or at a lower height than the one before it.
func TestStampsDoNotRunBackwards(t *testing.T) {
	for want, c := range map[string]struct{ was, now string }{
		"entry 1 was changed: its time":   {`"time_ms":\d+`, `"time_ms":4102444800000`},
		"entry 1 was changed: its height": {`"height":\d+`, `"height":999999`},
	} {
		s := newEcond(t)
		g := newAgent(t, s)
		for i := range 3 {
			g.json("register", "--name", strings.Repeat("x", i+1))
		}
		s.tamper = func(i int, line []byte) []byte {
			if i != 0 {
				return line
			}
			return regexp.MustCompile(c.was).ReplaceAll(line, []byte(c.now))
		}
		out := filepath.Join(t.TempDir(), "log")
		for _, line := range [][]string{{"events", "--after", "-1", "--count", "3"}, {"export", "--out", out}} {
			o := g.run(line...)
			require.Equal(t, exitFailed, o.code)
			require.Contains(t, o.err, want, line)
		}
		require.NoFileExists(t, out)
	}
}
