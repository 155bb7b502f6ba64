package main

import (
	"context"
	"fmt"
	"regexp"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/econd/econd/cmd/internal/cli"
	"github.com/econd/econd/node/op"
)

// Ids are 64 hex digits. People may give the first ones, shortest or more, where
// only one id that econd lists begins like that.
const (
	shortest  = 6
	maxListed = 2000 // things that are looked through
)

var (
	shortID   = regexp.MustCompile(`^[0-9a-f]{1,63}$`)
	shortNpub = regexp.MustCompile(`^npub1[02-9ac-hj-np-z]{1,57}$`)
)

// expandAll replaces the shortened ids of a command line by whole ones.
func (a *app) expandAll(c *cobra.Command, list []string) (_ []string, err error) {
	arguments := cli.Arguments(c.Use)
	for i := range list {
		if arg, ok := argumentAt(arguments, i); ok && err == nil {
			list[i], err = a.expand(c, arg.Name, arg.Name, list[i])
		}
	}
	c.LocalFlags().VisitAll(func(f *pflag.Flag) {
		if name := flagThings[f.Name]; f.Changed && f.Value.Type() == "string" && err == nil {
			var whole string
			if whole, err = a.expand(c, name, "--"+f.Name, f.Value.String()); err == nil {
				err = f.Value.Set(whole)
			}
		}
	})
	return list, err
}

// expand returns the whole id for a shortened one, and everything else as it is.
// Where the command does more than read, the whole id is shown and asked about, and
// who cannot be asked must give it: what is signed is never a guess, for a stranger
// finds an id with the same beginning in a second.
func (a *app) expand(c *cobra.Command, name, label, text string) (string, error) {
	t := things[name]
	if !t.long || !shortID.MatchString(text) && !(t.key && len(text) < 63 && shortNpub.MatchString(text)) {
		return text, nil
	}
	reads := c.Flags().Lookup("at") != nil
	if a.asJSON && !reads {
		return "", cli.Usagef("%s: is %q; with --json what is signed is named by its whole id, 64 hex digits", label, text)
	}
	if len(strings.TrimPrefix(text, "npub1")) < shortest {
		return "", cli.Usagef("%s: is %q, must have at least the first %d characters of an id", label, text, shortest)
	}
	found, err := a.lookUp(c.Context(), t, text)
	switch {
	case err != nil:
		return "", fmt.Errorf("%s: look up %s: %w", label, text, err)
	case len(found) == 0:
		return "", cli.Usagef("%s: no %s begins with %s", label, t.one, text)
	case len(found) > 1:
		var b strings.Builder
		for _, n := range found {
			fmt.Fprintf(&b, "\n  %s  %s", n.id, n.about)
		}
		return "", cli.Usagef("%s: %s is the beginning of %d ids; give more of it:%s", label, text, len(found), b.String())
	}
	if !reads {
		fmt.Fprintf(a.stderr, "%s %s  %s\n", t.one, oneLine(found[0].id), oneLine(found[0].about))
		if !a.ask("Is it the one you mean? [y/N] ") {
			return "", cli.Usagef("%s: is %q; nobody agreed to the id that begins like that: give all of it", label, text)
		}
	}
	return found[0].id, nil
}

// lookUp lists what begins with a text. More things than it looks through are an
// error: then one beginning proves nothing.
func (a *app) lookUp(ctx context.Context, t thing, text string) (found []named, err error) {
	more := false
	for some, err := range t.list(ctx, a, a.reads()) {
		if err != nil {
			return nil, err
		}
		for _, n := range some.list {
			if beginsWith(n.id, text) {
				found = append(found, n)
			}
		}
		more = some.more
	}
	if more {
		return nil, fmt.Errorf("there are more than %d; give the whole id", maxListed)
	}
	return found, nil
}

// beginsWith compares an id with a beginning of it, of a key also as npub.
func beginsWith(id, text string) bool {
	if strings.HasPrefix(id, text) {
		return true
	}
	if !strings.HasPrefix(text, "npub1") {
		return false
	}
	key, err := op.ParsePublicKey(id)
	return err == nil && strings.HasPrefix(npub(key), text)
}
