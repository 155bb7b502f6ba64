package main

import (
	"fmt"
	"net/url"
	"slices"

	"github.com/spf13/cobra"

	"github.com/econd/econd/cmd/internal/cli"
)

func newRegistry(a *app) *cobra.Command {
	return cli.Group("registry", "Look up models, tools and providers, and what was decided about them", registryList(a), registryShow(a))
}

func registryList(a *app) *cobra.Command {
	type entry struct {
		Kind    string `json:"kind"`
		Name    string `json:"name"`
		Version string `json:"version"`
		SHA256  string `json:"sha256"`
		Status  string `json:"status"`
		URL     string `json:"url"`
	}
	var kind, status string
	var limit int
	c := &cobra.Command{
		Use:   "list",
		Short: "List the entries, in the order in which they came",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			q := url.Values{}
			if kind != "" {
				q.Set("kind", kind)
			}
			if status != "" {
				q.Set("status", status)
			}
			return showList(a, c, "/v1/registry", q, limit, "STATUS\tKIND\tNAME\tVERSION\tSHA-256\tURL", func(e entry) string {
				return fmt.Sprintf("%s\t%s\t%s\t%s\t%s\t%s", oneLine(e.Status), oneLine(e.Kind), oneLine(e.Name), oneLine(e.Version), oneLine(e.SHA256), oneLine(e.URL))
			})
		},
	}
	c.Flags().StringVar(&kind, "kind", "", "only model, tool or provider")
	c.Flags().StringVar(&status, "status", "", "only published, allowed or denied ones")
	limitVar(c, &limit, "at most this many; 0 for all")
	return readsState(a, c)
}

func registryShow(a *app) *cobra.Command {
	return readsState(a, &cobra.Command{
		Use:   "show (model NAME VERSION | tool NAME VERSION | provider AGENT)",
		Short: "Show an entry and every decision about it",
		Args:  cobra.RangeArgs(2, 3),
		RunE: func(c *cobra.Command, list []string) error {
			kind, name, query := list[0], list[1], url.Values{}
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
				query.Set("version", list[2])
			}
			return a.showRawOf(c, "/v1/registry/"+kind+"/"+url.PathEscape(name), query)
		},
	})
}
