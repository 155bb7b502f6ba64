package main

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/econd/econd/cmd/internal/cli"
)

// argumentAt is the argument at a place of the command line.
func argumentAt(list []cli.Argument, i int) (cli.Argument, bool) {
	if i < len(list) {
		return list[i], true
	}
	if n := len(list); n > 0 && list[n-1].Repeats {
		return list[n-1], true
	}
	return cli.Argument{}, false
}

// pathOf is a command's path without econctl.
func pathOf(c *cobra.Command) string { return strings.TrimPrefix(c.CommandPath(), "econctl ") }

// nameThings gives every command completion of its arguments and flags, and lets
// it take shortened ids.
func (a *app) nameThings(root *cobra.Command) {
	for _, c := range allOf(root) {
		c.ValidArgsFunction = a.completeArgument
		c.LocalFlags().VisitAll(func(f *pflag.Flag) { a.completeFlag(c, f) })
		if run := c.RunE; run != nil {
			c.RunE = func(c *cobra.Command, list []string) error {
				list, err := a.expandAll(c, slices.Clone(list))
				if err != nil {
					return err
				}
				return run(c, list)
			}
		}
	}
}

// allOf lists the commands of a tree.
func allOf(c *cobra.Command) []*cobra.Command {
	list := []*cobra.Command{c}
	for _, child := range c.Commands() {
		list = append(list, allOf(child)...)
	}
	return list
}
