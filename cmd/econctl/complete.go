package main

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/econd/econd/cmd/internal/cli"
	"github.com/econd/econd/node/client"
	"github.com/econd/econd/node/op"
)

// Completion asks econd while somebody waits at a prompt: it is quick, pays
// nothing, asks for no passphrase and is silent about failures.
const (
	completeWait  = time.Second
	completePages = 3
)

// ofShell tells cobra's own commands for shells, which work without configuration.
func ofShell(c *cobra.Command) bool {
	return c.Name() == cobra.ShellCompRequestCmd || c.Name() == "completion" || c.Name() == cobra.ShellCompNoDescRequestCmd || c.HasParent() && c.Parent().Name() == "completion"
}

// completeArgument completes the argument at the end of a command line.
func (a *app) completeArgument(c *cobra.Command, have []string, begun string) ([]cobra.Completion, cobra.ShellCompDirective) {
	if list, ok := choices[pathOf(c)]; ok && len(have) == 0 {
		return beginning(list, begun), cobra.ShellCompDirectiveNoFileComp
	}
	arg, ok := argumentAt(cli.Arguments(c.Use), len(have))
	if !ok {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	if arg.Name == "FILE" {
		return nil, cobra.ShellCompDirectiveDefault
	}
	return append(beginning(arg.Choices, begun), a.completeThing(c, arg.Name, begun)...), cobra.ShellCompDirectiveNoFileComp
}

// fileFlags name files or folders, which the shell completes.
var fileFlags = []string{"config", "key", "passphrase-file", "lnd-tls", "lnd-macaroon", "tokens", "out", "text-file", "check", "payment",
	"save-payment", "data", "action", "evaluation", "terms", "ballot"}

// completeFlag completes the value of a flag.
func (a *app) completeFlag(c *cobra.Command, f *pflag.Flag) {
	if f.Value.Type() == "bool" || slices.Contains(fileFlags, f.Name) {
		return
	}
	_ = c.RegisterFlagCompletionFunc(f.Name, func(c *cobra.Command, _ []string, begun string) ([]cobra.Completion, cobra.ShellCompDirective) {
		list := beginning(choices[pathOf(c)+" --"+f.Name], begun)
		return append(list, a.completeThing(c, flagThings[f.Name], begun)...), cobra.ShellCompDirectiveNoFileComp
	})
}

func beginning(list []string, begun string) (some []cobra.Completion) {
	for _, text := range list {
		if strings.HasPrefix(text, begun) {
			some = append(some, text)
		}
	}
	return some
}

// completeThing lists what of a kind begins with a text. After a comma it goes on
// with the next of a list.
func (a *app) completeThing(c *cobra.Command, name, begun string) (list []cobra.Completion) {
	t := things[name]
	before := ""
	if at := strings.LastIndexByte(begun, ','); at >= 0 {
		before, begun = begun[:at+1], begun[at+1:]
	}
	for _, text := range beginning(t.values, begun) {
		list = append(list, before+text)
	}
	if t.list == nil || a.configure(c) != nil {
		return list
	}
	if t.mine && (!a.byKeyfile() || a.asks()) {
		return list
	}
	ctx, cancel := context.WithTimeout(cmp.Or(c.Context(), context.Background()), completeWait)
	defer cancel()
	for _, n := range a.listQuickly(ctx, t) {
		if beginsWith(n.id, begun) {
			list = append(list, cobra.CompletionWithDesc(before+spelledLike(n.id, begun), n.about))
		}
	}
	return list
}

// spelledLike spells a key as npub where what was begun is one.
func spelledLike(id, begun string) string {
	if key, err := op.ParsePublicKey(id); err == nil && strings.HasPrefix(begun, "npub1") {
		return npub(key)
	}
	return id
}

// listQuickly returns what econd lists without payment, and what it has when
// something fails.
func (a *app) listQuickly(ctx context.Context, t thing) (all []named) {
	quick, err := client.New(client.Config{URL: a.cfg.Econd, RetryFor: -1})
	if err != nil {
		return nil
	}
	pages := 0
	for some, err := range t.list(ctx, a, quick) {
		all = append(all, some.list...)
		if pages++; err != nil || pages == completePages {
			break
		}
	}
	return all
}
