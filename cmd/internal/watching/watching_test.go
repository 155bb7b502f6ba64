package watching

import (
	"bytes"
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/econd/econd/cmd/internal/cli"
	"github.com/econd/econd/node/monitor"
)

// People read alarms beside reports, once and without what a terminal obeys; programs read objects in one stream.
func TestTeller(t *testing.T) {
	for _, asJSON := range []bool{false, true} {
		var out, errs bytes.Buffer
		tell := Teller{JSON: asJSON, Out: &out, Err: &errs}
		tell.Alarm(monitor.Alarm{Kind: monitor.Silent, Text: "no new \x1b[2Jhead"})
		r := monitor.Report{Due: []string{"a close \x07"}}
		tell.Line(r)
		tell.Line(r)
		tell.Whole(r)
		if asJSON {
			require.Empty(t, errs.String())
			require.Equal(t, 3, bytes.Count(out.Bytes(), []byte("\n")))
			require.Contains(t, out.String(), `{"alarm":{"kind":"silent"`)
			require.Equal(t, 2, bytes.Count(out.Bytes(), []byte(`{"report":{`)))
			continue
		}
		require.Equal(t, "ALARM silent: no new ?[2Jhead\n", errs.String())
		require.Equal(t, 2, bytes.Count(out.Bytes(), []byte("nothing is known of the log yet\n")))
		require.Contains(t, out.String(), "has been due for long: a close ?\n")
	}
}

func TestCode(t *testing.T) {
	require.NoError(t, Code(nil))
	for err, code := range map[error]int{monitor.ErrAlarm: 3, monitor.ErrUnreached: 4, errors.New("disk"): 1, fmt.Errorf("%w: x", monitor.ErrConfig): 2} {
		require.Equal(t, code, cli.Code(Code(err)), err)
	}
}
