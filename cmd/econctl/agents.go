package main

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strconv"

	"github.com/spf13/cobra"
)

// agentLine is the part of econd's view of an agent that lists show.
type agentLine struct {
	PubKey   string `json:"pubkey"`
	Name     string `json:"name"`
	StakeSat uint64 `json:"stake_sat"`
	Score    string `json:"score"`
}

func agentList(a *app) *cobra.Command {
	var limit int
	c := &cobra.Command{
		Use:   "list",
		Short: "List agents in order of registration",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return showList(a, c, "/v1/agents", nil, limit, "AGENT\tSTAKED SAT\tSCORE\tNAME", func(v agentLine) string {
				return fmt.Sprintf("%s\t%d\t%s\t%s", oneLine(v.PubKey), v.StakeSat, share(v.Score), oneLine(v.Name))
			})
		},
	}
	limitVar(c, &limit, "at most this many; 0 for all")
	return readsState(a, c)
}

func agentShow(a *app) *cobra.Command {
	return readsState(a, &cobra.Command{
		Use:   "show [AGENT]",
		Short: "Show an agent: name, nodes, stake, score; without AGENT, yours",
		Args:  cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, list []string) error {
			who, err := a.agentOrSelf(list)
			if err != nil {
				return err
			}
			return a.showRaw(c, "/v1/agents/"+who.String())
		},
	})
}

// showRaw prints an answer of econd: with --json as it came.
func (a *app) showRaw(c *cobra.Command, path string) error { return a.showRawOf(c, path, nil) }

func (a *app) showRawOf(c *cobra.Command, path string, query url.Values) error {
	var whole json.RawMessage
	raw, err := a.get(c.Context(), path, query, &whole)
	if err != nil {
		return err
	}
	if a.asJSON {
		return a.print(raw, "")
	}
	text, err := forPeople(raw)
	if err != nil {
		return err
	}
	return a.print(raw, text)
}

func newAnchors(a *app) *cobra.Command {
	type anchor struct {
		Size   uint64 `json:"checkpoint_size"`
		Txid   string `json:"txid"`
		State  string `json:"state"`
		Height uint32 `json:"height"`
	}
	var limit int
	c := &cobra.Command{
		Use:   "anchors",
		Short: "List the commitments of the log to Bitcoin, oldest first",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return showList(a, c, "/v1/anchors", nil, limit, "TRANSACTION\tSTATE\tENTRIES\tBLOCK", func(v anchor) string {
				line := fmt.Sprintf("%s\t%s\t%d\t", oneLine(v.Txid), oneLine(v.State), v.Size)
				if v.Height != 0 {
					line += strconv.FormatUint(uint64(v.Height), 10)
				}
				return line
			})
		},
	}
	limitVar(c, &limit, "at most this many; 0 for all")
	return readsState(a, c)
}

// limitVar adds the flag --limit, which is refused below 0 before econd is asked.
func limitVar(c *cobra.Command, to *int, usage string) {
	c.Flags().Var((*countFlag)(to), "limit", usage)
}

// countFlag is a flag for a number from 0.
type countFlag int

// Set implements pflag.Value.
func (n *countFlag) Set(text string) error {
	v, err := strconv.ParseUint(text, 10, 31)
	if err != nil {
		return err
	}
	*n = countFlag(v)
	return nil
}

func (n *countFlag) String() string { return strconv.Itoa(int(*n)) }

// Type implements pflag.Value; it names what is wanted.
func (n *countFlag) Type() string { return "uint" }
