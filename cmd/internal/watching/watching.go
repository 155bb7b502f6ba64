// Package watching tells people and programs what a monitor finds, in one way for all commands that watch. It
// knows neither how a monitor is set up nor what an alarm means.
package watching

import (
	"encoding/json"
	"errors"
	"io"
	"strings"
	"sync"
	"unicode"

	"github.com/econd/econd/cmd/internal/cli"
	"github.com/econd/econd/node/monitor"
)

// Teller tells alarms and reports. To programs each is an object a line on Out, with the one member alarm or report; to
// people alarms go to Err, and reports to Out. It may be used by several goroutines.
type Teller struct {
	JSON     bool
	Out, Err io.Writer

	mu   sync.Mutex
	told string // line of the last report
}

// Alarm tells an alarm.
func (t *Teller) Alarm(a monitor.Alarm) { t.tell(t.Err, "alarm", a, a.String()+"\n") }

// Whole tells all of a report.
func (t *Teller) Whole(r monitor.Report) { t.tell(t.Out, "report", r, r.Text()) }

// Line tells a report by its line where that differs from the one before.
func (t *Teller) Line(r monitor.Report) {
	line := r.Line()
	t.mu.Lock()
	again := line == t.told
	t.told = line
	t.mu.Unlock()
	if !again {
		t.tell(t.Out, "report", r, line+"\n")
	}
}

// tell writes to whoever reads; who closed the pipe is told no more.
func (t *Teller) tell(to io.Writer, name string, v any, text string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.JSON {
		_ = json.NewEncoder(t.Out).Encode(map[string]any{name: v})
		return
	}
	_, _ = io.WriteString(to, strings.Map(printable, text))
}

// printable keeps from a terminal what it would take for orders: an operator has a part in these texts.
func printable(r rune) rune {
	if r != '\n' && !unicode.IsPrint(r) {
		return '?'
	}
	return r
}

// Code gives what a monitor returned its exit code: a configuration that cannot work is a usage error.
func Code(err error) error {
	if errors.Is(err, monitor.ErrConfig) {
		return cli.Usage(err)
	}
	if code := monitor.ExitCode(err); code != 0 {
		return cli.WithCode(code, err)
	}
	return err
}
