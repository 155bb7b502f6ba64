package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/spf13/cobra"

	"github.com/econd/econd/cmd/internal/cli"
	"github.com/econd/econd/docs/schemas"
	"github.com/econd/econd/node/client"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/view"
)

func newConstitution(a *app) *cobra.Command {
	return cli.Group("constitution", "Look at the constitution, its past and its schema",
		constitutionShow(a),
		lists(a, "versions", "List every constitution that was in force, and the proposal that brought it", whole((*client.Client).ConstitutionVersions),
			table[view.ConstitutionVersion]{"VERSION\tFROM ENTRY\tAT\tSHA-256\tBY PROPOSAL", func(v view.ConstitutionVersion) string {
				by := "genesis"
				if v.Proposal != (op.ID{}) {
					by = v.Proposal.String()
				}
				return cells(v.Version, v.Seq, instant(v.TimeMs), v.Hash, by)
			}}),
		constitutionSchema(a))
}

func constitutionShow(a *app) *cobra.Command {
	var number int
	c := &cobra.Command{
		Use:   "show [--version N]",
		Short: "Show the constitution in force, or one that was",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			switch {
			case !c.Flags().Changed("version"):
				return a.showRules(c.Context(), a.reads().Constitution())
			case number < 1:
				return cli.Usagef("version: must be 1, for that of the genesis, or more; see econctl constitution versions")
			}
			return a.showRules(c.Context(), a.reads().ConstitutionVersion(uint64(number)))
		},
	}
	c.Flags().IntVar(&number, "version", 0, "its number; see econctl constitution versions")
	return readsState(a, c)
}

// formatNote tells the member version from the number of a constitution.
const formatNote = "# version is that of the rules; which constitution this is: econctl constitution versions\n"

// showRules prints a constitution to people as the YAML that econd init reads.
func (a *app) showRules(ctx context.Context, rules client.Document) error {
	raw, err := rules.Get(ctx)
	if err != nil {
		return err
	}
	text, err := yaml.JSONToYAML(raw)
	if err != nil {
		return fmt.Errorf("econd's constitution: %w", err)
	}
	return a.print(json.RawMessage(raw), formatNote+plain(string(text)))
}

// constitutionSchema asks nobody: the schema is that of this version.
func constitutionSchema(a *app) *cobra.Command {
	return command("schema", "Print the JSON Schema of a constitution, for editors and checkers", func(context.Context, []string) error {
		const name = "constitution.json"
		text, ok := schemas.Read(name)
		if !ok {
			return fmt.Errorf("this econctl was built without %s", name)
		}
		return a.printRaw([]byte(strings.TrimSpace(string(text))))
	})
}
