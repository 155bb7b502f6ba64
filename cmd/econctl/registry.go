package main

import (
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
	c := lists(a, "list", "List the entries, in the order in which they came", filtered((*client.Client).Registry, &f),
		table[view.RegistryEntry]{"STATUS\tKIND\tNAME\tVERSION\tSHA-256\tURL", func(e view.RegistryEntry) string {
			sum := ""
			if e.SHA256 != (op.Hash{}) {
				sum = e.SHA256.String()
			}
			return cells(e.Status, e.Kind, e.Name, e.Version, sum, e.URL)
		}})
	c.Flags().StringVar(&f.Kind, "kind", "", "only model, tool or provider")
	c.Flags().StringVar(&f.Status, "status", "", "only published, allowed or denied ones")
	return c
}

func registryShow(a *app) *cobra.Command {
	type entry struct{ kind, name, version string }
	c := shows(a, "show (model NAME VERSION | tool NAME VERSION | provider AGENT)", "Show an entry and every decision about it",
		func(_ *app, list []string) (e entry, err error) {
			e.kind, e.name = list[0], list[1]
			switch {
			case !slices.Contains([]string{"model", "tool", "provider"}, e.kind):
				return e, cli.Usagef("kind: must be model, tool or provider")
			case (e.kind == "provider") != (len(list) == 2):
				return e, cli.Usagef("a model or a tool is asked for with its version, a provider without")
			case e.kind == "provider":
				key, err := parseKey("AGENT", e.name)
				return entry{e.kind, key.String(), ""}, err
			}
			e.version = list[2]
			return e, nil
		}, func(c *client.Client, e entry) client.One[view.RegistryEntry] {
			return c.RegistryEntry(e.kind, e.name, client.RegistryEntryFilter{Version: e.version})
		}, nil)
	c.Args = cobra.RangeArgs(2, 3)
	return c
}
