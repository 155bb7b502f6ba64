package main

import (
	"regexp"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// argument is one argument of a command as its usage line spells it.
type argument struct {
	thing   string   // the word for it, such as PROPOSAL; "" for none
	choices []string // words that stand for themselves

	repeats, optional bool
}

var (
	aroundBar = regexp.MustCompile(`\s*\|\s*`)
	upperWord = regexp.MustCompile(`^[A-Z][A-Z_]*$`)
	lowerWord = regexp.MustCompile(`^[a-z][a-z-]*$`)
)

// argumentsOf reads the usage line of a command up to its first flag.
func argumentsOf(use string) (list []argument) {
	words := strings.Fields(aroundBar.ReplaceAllString(use, "|"))
	for _, word := range words[1:] {
		optional := strings.HasPrefix(word, "[")
		word = strings.Trim(word, "[]()")
		if strings.HasPrefix(word, "-") {
			break
		}
		a := argument{repeats: strings.HasSuffix(word, "..."), optional: optional}
		for part := range strings.SplitSeq(strings.TrimSuffix(word, "..."), "|") {
			switch {
			case upperWord.MatchString(part):
				a.thing = part
			case lowerWord.MatchString(part):
				a.choices = append(a.choices, part)
			}
		}
		list = append(list, a)
		if strings.Contains(word, "|-") {
			break // a flag may stand in its place
		}
	}
	return list
}

// argumentAt is the argument at a place of the command line.
func argumentAt(list []argument, i int) (argument, bool) {
	if i < len(list) {
		return list[i], true
	}
	if n := len(list); n > 0 && list[n-1].repeats {
		return list[n-1], true
	}
	return argument{}, false
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
