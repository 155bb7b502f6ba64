package main

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/spf13/cobra"

	"github.com/econd/econd/cmd/internal/cli"
	"github.com/econd/econd/docs/schemas"
)

func newConstitution(a *app) *cobra.Command {
	return cli.Group("constitution", "Look at the constitution, its past and its schema",
		constitutionShow(a), constitutionVersions(a), constitutionSchema(a))
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
				return a.showRules(c, "/v1/constitution")
			case number < 1:
				return cli.Usagef("version: must be 1, for that of the genesis, or more; see econctl constitution versions")
			}
			return a.showRules(c, "/v1/constitution/versions/"+strconv.Itoa(number))
		},
	}
	c.Flags().IntVar(&number, "version", 0, "its number; see econctl constitution versions")
	return readsState(a, c)
}

// formatNote tells the member version from the number of a constitution.
const formatNote = "# version is that of the rules; which constitution this is: econctl constitution versions\n"

// showRules prints a constitution to people as the YAML that econd init reads.
func (a *app) showRules(c *cobra.Command, path string) error {
	var whole json.RawMessage
	raw, err := a.get(c.Context(), path, nil, &whole)
	if err != nil {
		return err
	}
	text, err := yaml.JSONToYAML(raw)
	if err != nil {
		return fmt.Errorf("econd's constitution: %w", err)
	}
	return a.print(raw, formatNote+plain(string(text)))
}

func constitutionVersions(a *app) *cobra.Command {
	type version struct {
		Version  int    `json:"version"`
		Seq      uint64 `json:"seq"`
		TimeMs   int64  `json:"time_ms"`
		Hash     string `json:"hash"`
		Proposal string `json:"proposal"`
	}
	var limit int
	c := &cobra.Command{
		Use:   "versions",
		Short: "List every constitution that was in force, and the proposal that brought it",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return showList(a, c, "/v1/constitution/versions", nil, limit, "VERSION\tFROM ENTRY\tAT\tSHA-256\tBY PROPOSAL", func(v version) string {
				by := "genesis"
				if v.Proposal != "" {
					by = oneLine(v.Proposal)
				}
				return fmt.Sprintf("%d\t%d\t%s\t%s\t%s", v.Version, v.Seq, instant(v.TimeMs), oneLine(v.Hash), by)
			})
		},
	}
	limitVar(c, &limit, "at most this many; 0 for all")
	return readsState(a, c)
}

// constitutionSchema asks nobody: the schema is that of this version.
func constitutionSchema(a *app) *cobra.Command {
	const name = "constitution.json"
	c := &cobra.Command{
		Use:   "schema",
		Short: "Print the JSON Schema of a constitution, for editors and checkers",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			text, ok := schemas.Read(name)
			if !ok {
				return fmt.Errorf("this econctl was built without %s", name)
			}
			return a.printRaw([]byte(strings.TrimSpace(string(text))))
		},
	}
	return c
}
