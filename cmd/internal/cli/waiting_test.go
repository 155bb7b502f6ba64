package cli

import (
	"bytes"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// Nothing is said of what is done within a second; then what goes on now, at once
// and every ten seconds, and nothing after the end.
func TestWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for after, want := range map[time.Duration]string{
			FirstWord - 1:            "",
			FirstWord:                "step 1 (1 s)\n",
			FirstWord + NextWord - 1: "step 1 (1 s)\n",
			FirstWord + NextWord:     "step 1 (1 s)\nstep 2 (11 s)\n",
			35 * time.Second:         "step 1 (1 s)\nstep 2 (11 s)\nstep 3 (21 s)\nstep 4 (31 s)\n",
		} {
			var out bytes.Buffer
			n := 0
			stop := Waiting(&out, func() string { n++; return fmt.Sprint("step ", n) })
			time.Sleep(after)
			synctest.Wait()
			stop()
			stop()
			require.Equal(t, want, out.String(), after)
			time.Sleep(time.Minute)
			require.Equal(t, want, out.String(), "after the end")
		}
	})
}
