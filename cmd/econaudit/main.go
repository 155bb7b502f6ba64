// Econaudit checks what an economy's log says, offline: one ballot's proof
// bundle, a whole exported log, its line of anchors in Bitcoin, the proof of one
// entry, or the proof that an operator took a stake it had no right to. It contains no rule: every
// subcommand is a thin door to package audit.
//
// Exit codes: 0 proved, 1 rejected: what was checked is false, 2 usage, 3 not judged: a file
// that cannot be read or is not of the kind that it has to be, or rules that this version does
// not know, where nothing that needs none is wrong.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/spf13/cobra"

	tree "github.com/econd/econd/cmd/internal/cli"
	"github.com/econd/econd/node/audit"
	"github.com/econd/econd/node/buildinfo"
	"github.com/econd/econd/node/witness"
)

// Exit codes.
const (
	exitOK       = tree.ExitOK
	exitRejected = tree.ExitFailed
	exitUsage    = tree.ExitUsage
	exitUnjudged = 3
)

func main() {
	tree.Main(func(ctx context.Context) int { return run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr) })
}

// run executes the command line and returns the exit code.
func run(ctx context.Context, args []string, in io.Reader, out, progress io.Writer) int {
	c := &cli{out: out, progress: progress}
	root := newRoot(c)
	root.SetArgs(args)
	root.SetIn(in)
	root.SetOut(out)
	root.SetErr(progress)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return exitOK
	}
	if errors.Is(err, errAnswers) {
		return exitRejected // it is printed
	}
	code := codeOf(err)
	c.fail(err, code)
	return code
}

// codeOf tells a verdict from what could not be judged, and both from a wrong call.
func codeOf(err error) int {
	var r *audit.Rejection
	var l *audit.LineError
	var file *fs.PathError
	var policy *witness.PolicyError
	switch {
	case errors.As(err, &l):
		// What does not begin as a log is none; one with a line that is no entry was changed.
		if errors.Is(err, audit.ErrRules) || l.Line == 1 && errors.Is(l.Kind, audit.ErrFormat) {
			return exitUnjudged
		}
		return exitRejected
	case errors.Is(err, audit.ErrOptions):
		return exitUsage
	case errors.Is(err, audit.ErrRules):
		return exitUnjudged
	case errors.As(err, &r):
		if errors.Is(r.Kind, audit.ErrFormat) {
			return exitUnjudged
		}
		return exitRejected
	case errors.As(err, &file), errors.As(err, &policy):
		return exitUnjudged
	}
	return exitUsage
}

// notOfKind says that a file is not what it has to be.
func notOfKind(path string, err error) error {
	return &audit.Rejection{Kind: audit.ErrFormat, Field: path, Err: err}
}

var codes = []tree.ExitCode{
	{Code: exitOK, Name: "proved", Meaning: "proved", Next: "go on"},
	{Code: exitRejected, Name: "rejected", Meaning: "rejected: what was checked is false", Next: "keep the files as evidence"},
	{Code: exitUsage, Name: "usage", Meaning: "used wrongly: a flag or an argument", Next: "change the call"},
	{Code: exitUnjudged, Name: "unjudged", Next: "get the file anew, or a newer econaudit",
		Meaning: "not judged: a file that cannot be read or is not of the kind that it has to be, or rules that this version does not know, where nothing that can be checked without them is wrong"},
}

func newRoot(c *cli) *cobra.Command {
	root := &cobra.Command{
		Use:   "econaudit",
		Short: "Check an economy's log and proofs, offline",
		Long: "Econaudit checks ballots' proof bundles, exported logs and their anchors, entries' proofs, and proofs\n" +
			"of theft and of two histories.\n" +
			"It needs no network and no node. A file named - is standard input.\n\n" +
			tree.CodesText(codes),
		Version:           buildinfo.Read().Line(),
		CompletionOptions: cobra.CompletionOptions{HiddenDefaultCmd: true},
	}
	c.flags(root)
	root.AddCommand(newVerifyCmd(c), newReplayCmd(c), newTheftCmd(c), newProofCmd(c), newLineCmd(c), newEquivocationCmd(c), newStandingCmd(c), newAnswersCmd(c))
	tree.Prepare(root, tree.About{Codes: codes})
	return root
}

// fail prints an error as text or, with --json, as an object on standard out.
func (c *cli) fail(err error, code int) {
	if c.json {
		out := map[string]any{"ok": false, "rejected": code == exitRejected, "code": code, "error": err.Error()}
		var l *audit.LineError
		if errors.As(err, &l) {
			out["line"] = l.Line
		}
		var n *audit.NewerRules
		if errors.As(err, &n) {
			out["proved_entries"], out["entries"], out["checkpoint"], out["blocks"] = n.Seq, n.Entries, n.Head, n.Blocks
		}
		var r *audit.Rejection
		if errors.As(err, &r) {
			out["field"] = r.Field
		}
		_ = c.writeJSON(out)
		return
	}
	verdict := "REJECTED"
	if code != exitRejected {
		verdict = "econaudit"
	}
	fmt.Fprintf(c.progress, "%s: %v\n", verdict, err)
}
