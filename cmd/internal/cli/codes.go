package cli

import (
	"fmt"
	"strings"
)

// ExitCode is what a program's exit status says. The first three are those of every
// program of this repository.
type ExitCode struct {
	Code    int    `json:"code"`
	Name    string `json:"name"`
	Meaning string `json:"meaning"` // after "3: ", without a full stop
	Next    string `json:"next"`    // what a program does then
}

// Codes are the exit codes of a program: those of every one, failed being what its code 1
// means, and its own.
func Codes(failed string, own ...ExitCode) []ExitCode {
	return append([]ExitCode{
		{ExitOK, "ok", "done", "go on"},
		{ExitFailed, "failed", failed, "read the message"},
		{ExitUsage, "usage", "used wrongly: a flag, an argument or the configuration; nothing was done", "change the call"},
	}, own...)
}

// CodesText is the paragraph of a root's help about its exit codes: a sentence for the few
// of a small program, lines for many.
func CodesText(codes []ExitCode) string {
	var b strings.Builder
	for i, c := range codes {
		switch {
		case i == 0:
			b.WriteString("Exit codes: ")
		case len(codes) > 4:
			b.WriteString("\n            ")
		default:
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "%d %s", c.Code, c.Meaning)
	}
	if len(codes) <= 4 {
		b.WriteString(".")
	}
	return b.String()
}
