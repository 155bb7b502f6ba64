package main

import (
	"context"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"github.com/econd/econd/cmd/internal/cli"
	"github.com/econd/econd/node/client"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/view"
)

func newRegistry(a *app) *cobra.Command {
	return cli.Group("registry", "Look up models, tools and providers, and what was decided about them", registryList(a), registryShow(a))
}

func registryList(a *app) *cobra.Command {
	var f client.RegistryFilter
	c := listing(a, "list", "List the entries, in the order in which they came", cobra.NoArgs, func(ctx context.Context, _ []string, limit int) error {
		return shownList(ctx, a, a.reads().Registry(f), limit, "STATUS\tKIND\tNAME\tVERSION\tSHA-256\tURL", registryRow)
	})
	c.Flags().StringVar(&f.Kind, "kind", "", "only model, tool or provider")
	c.Flags().StringVar(&f.Status, "status", "", "only published, allowed or denied ones")
	return c
}

func registryRow(e view.RegistryEntry) string {
	sum := ""
	if e.SHA256 != (op.Hash{}) {
		sum = e.SHA256.String()
	}
	return fmt.Sprintf("%s\t%s\t%s\t%s\t%s\t%s", oneLine(e.Status), oneLine(e.Kind), oneLine(e.Name), oneLine(e.Version), sum, oneLine(e.URL))
}

func registryShow(a *app) *cobra.Command {
	return reading(a, "show (model NAME VERSION | tool NAME VERSION | provider AGENT)", "Show an entry and every decision about it", cobra.RangeArgs(2, 3),
		func(ctx context.Context, list []string) error {
			kind, name := list[0], list[1]
			var f client.RegistryEntryFilter
			switch {
			case !slices.Contains([]string{"model", "tool", "provider"}, kind):
				return cli.Usagef("kind: must be model, tool or provider")
			case (kind == "provider") != (len(list) == 2):
				return cli.Usagef("a model or a tool is asked for with its version, a provider without")
			case kind == "provider":
				key, err := parseKey("AGENT", name)
				if err != nil {
					return err
				}
				name = key.String()
			default:
				f.Version = list[2]
			}
			return shownWhole(ctx, a, a.reads().RegistryEntry(kind, name, f))
		})
}
