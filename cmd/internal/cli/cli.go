// Package cli is what econd, econctl, econsim and econaudit have in common as
// commands: exit codes, what a wrong call is told, and man pages. It knows
// nothing of what the commands do.
package cli

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// The exit codes. Those of a command that failed are its own affair from 3 on.
const (
	ExitOK     = 0
	ExitFailed = 1 // refused or failed; of econaudit: rejected
	ExitUsage  = 2 // used wrongly: nothing was tried
)

// usageError is a call that cannot be meant.
type usageError struct{ err error }

func (e usageError) Error() string { return e.err.Error() }
func (e usageError) Unwrap() error { return e.err }

// Usage marks an error as one of the call: a wrong flag, argument or
// configuration. Nil stays nil.
func Usage(err error) error {
	if err == nil {
		return nil
	}
	return usageError{err}
}

// Usagef makes a usage error; the verbs are those of fmt.Errorf.
func Usagef(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

// codedError is a failure that has an exit code of its own.
type codedError struct {
	error
	code int
}

func (e codedError) Unwrap() error { return e.error }

// WithCode gives an error an exit code of the command's own, 3 or above.
func WithCode(code int, err error) error { return codedError{err, code} }

// Code is the exit code for what a command returned.
func Code(err error) int {
	var usage usageError
	var coded codedError
	switch {
	case err == nil:
		return ExitOK
	case errors.As(err, &coded):
		return coded.code
	case errors.As(err, &usage):
		return ExitUsage
	}
	return ExitFailed
}

// Prepare makes every wrong call of a finished command tree a usage error that
// says in plain words what is wrong, and adds the commands that print it for others: man
// pages, and a document for programs. The root without a command shows its help.
func Prepare(root *cobra.Command, about About) {
	root.SilenceUsage, root.SilenceErrors = true, true
	root.SetFlagErrorFunc(flagError)
	root.AddCommand(newMan(root))
	addSchema(root, about)
	refuseUnknownShells(root)
	plainForShells(root)
	if !root.Runnable() {
		root.Args = cobra.ArbitraryArgs
		root.RunE = func(c *cobra.Command, list []string) error {
			if len(list) > 0 {
				return unknownCommand(c, list[0])
			}
			return c.Help()
		}
	}
	each(root, func(c *cobra.Command) {
		if !IsGroup(c) {
			c.Args = plainArgs(c.Args)
		}
	})
}

// Group is a command that only holds others.
func Group(use, short string, children ...*cobra.Command) *cobra.Command {
	c := asGroup(&cobra.Command{Use: use, Short: short})
	c.AddCommand(children...)
	return c
}

func asGroup(c *cobra.Command) *cobra.Command {
	c.Args, c.Annotations = cobra.ArbitraryArgs, map[string]string{groupMark: ""}
	c.RunE = func(c *cobra.Command, list []string) error {
		if len(list) > 0 {
			return unknownCommand(c, list[0])
		}
		return Usagef("%s needs a command: %s", c.CommandPath(), strings.Join(names(c), ", "))
	}
	return c
}

// plainForShells takes the back-quotes, by which the help finds the name of a flag's
// value, out of the descriptions that shells show.
func plainForShells(root *cobra.Command) {
	before := root.PersistentPreRunE
	root.PersistentPreRunE = func(c *cobra.Command, list []string) error {
		if c.Name() == cobra.ShellCompRequestCmd {
			each(root, func(c *cobra.Command) {
				c.LocalFlags().VisitAll(func(f *pflag.Flag) { _, f.Usage = pflag.UnquoteUsage(f) })
			})
			return nil
		}
		if before != nil {
			return before(c, list)
		}
		return nil
	}
}

// refuseUnknownShells makes cobra's command "completion" a group like others: by
// itself it shows its help for a shell that it does not know, and succeeds.
func refuseUnknownShells(root *cobra.Command) {
	root.InitDefaultCompletionCmd()
	for _, c := range root.Commands() {
		if c.Name() == "completion" {
			asGroup(c)
		}
	}
}

const groupMark = "econd-group"

// IsGroup tells whether a command does nothing without one of its own.
func IsGroup(c *cobra.Command) bool {
	_, is := c.Annotations[groupMark]
	return is || !c.HasParent() || !c.Runnable()
}

func names(c *cobra.Command) (list []string) {
	for _, child := range c.Commands() {
		if child.IsAvailableCommand() {
			list = append(list, child.Name())
		}
	}
	return list
}

// each calls f with every command of a tree.
func each(c *cobra.Command, f func(*cobra.Command)) {
	f(c)
	for _, child := range c.Commands() {
		each(child, f)
	}
}

func unknownCommand(c *cobra.Command, name string) error {
	if c.SuggestionsMinimumDistance <= 0 {
		c.SuggestionsMinimumDistance = 2
	}
	hint := ""
	if near := c.SuggestionsFor(name); len(near) > 0 {
		hint = "; did you mean " + strings.Join(near, " or ") + "?"
	}
	return Usagef("%s has no command %q%s", c.CommandPath(), name, hint)
}

// plainArgs says which arguments a command takes when it got others, and names
// required flags that are missing before anything is read or asked.
func plainArgs(check cobra.PositionalArgs) cobra.PositionalArgs {
	return func(c *cobra.Command, list []string) error {
		if check != nil {
			if err := check(c, list); err != nil {
				return Usagef("it got %s, and is called as: %s", counted(len(list), "argument"), c.UseLine())
			}
		}
		if missing := missingFlags(c); len(missing) > 0 {
			return Usagef("%s must be given", strings.Join(missing, " and "))
		}
		return nil
	}
}

func counted(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
