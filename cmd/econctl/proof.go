package main

import (
	"fmt"
	"net/http"

	"github.com/spf13/cobra"

	"github.com/econd/econd/cmd/internal/cli"
)

// fileView is what commands that write a file print as JSON.
type fileView struct {
	File    string `json:"file"`
	Bytes   int64  `json:"bytes"`
	Entries uint64 `json:"entries,omitempty"` // of an export
	PaidSat int64  `json:"paid_sat"`
}

func newProof(a *app) *cobra.Command {
	return cli.Group("proof", "Fetch proofs that an auditor checks offline", proofBallot(a), proofEntry(a), proofConsistency(a))
}

func proofBallot(a *app) *cobra.Command {
	var voter, out string
	c := &cobra.Command{
		Use:   "ballot PROPOSAL --out FILE",
		Short: "Fetch the bundle that proves a ballot was counted (default: your own)",
		Args:  cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, list []string) error {
			if _, err := parseID("PROPOSAL", list[0]); err != nil {
				return err
			}
			if voter == "" {
				key, err := a.key()
				if err != nil {
					return err
				}
				voter = key.Public().String()
			}
			who, err := parseKey("voter", voter)
			if err != nil {
				return err
			}
			return a.fetch(c, "/v1/proposals/"+list[0]+"/ballots/"+who.String()+"/proof", out)
		},
	}
	c.Flags().StringVar(&voter, "voter", "", "whose ballot, hex or npub")
	addOut(c, &out, "bundle")
	return c
}

func proofEntry(a *app) *cobra.Command {
	var out string
	c := &cobra.Command{
		Use:   "entry OPERATION --out FILE",
		Short: "Fetch the proof that an operation is in the log (C2SP tlog-proof)",
		Args:  cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, list []string) error {
			if _, err := parseID("OPERATION", list[0]); err != nil {
				return err
			}
			return a.fetch(c, "/v1/operations/"+list[0]+"/proof", out)
		},
	}
	addOut(c, &out, "proof")
	return c
}

func proofConsistency(a *app) *cobra.Command {
	var old, size uint64
	var out string
	c := &cobra.Command{
		Use:   "consistency --old ENTRIES [--size ENTRIES] --out FILE",
		Short: "Fetch the proof that the log of one size is the beginning of a later one (RFC 6962)",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if !c.Flags().Changed("size") {
				about, err := a.info(c.Context())
				if err != nil {
					return err
				}
				size = about.Size
			}
			if old > size {
				return cli.Usagef("old: is %d, must be at most the size, which is %d", old, size)
			}
			return a.fetch(c, fmt.Sprintf("/v1/checkpoints/consistency?old=%d&size=%d", old, size), out)
		},
	}
	c.Flags().Uint64Var(&old, "old", 0, "number of entries that an earlier checkpoint covers")
	c.Flags().Uint64Var(&size, "size", 0, "number of entries that a later one covers (default all)")
	_ = c.MarkFlagRequired("old")
	addOut(c, &out, "proof")
	return c
}

func newCheckpoint(a *app) *cobra.Command {
	var out string
	c := &cobra.Command{
		Use:   "checkpoint --out FILE",
		Short: "Fetch econd's signed checkpoint of its log (C2SP tlog-checkpoint)",
		Args:  cobra.NoArgs,
		RunE:  func(c *cobra.Command, _ []string) error { return a.fetch(c, "/v1/checkpoints/latest", out) },
	}
	addOut(c, &out, "checkpoint")
	return c
}

func addOut(c *cobra.Command, out *string, what string) {
	c.Flags().StringVar(out, "out", "", "file for the "+what+" (default and -: the standard output)")
}

// fetch stores an answer of econd as it came.
func (a *app) fetch(c *cobra.Command, path, out string) error {
	data, err := a.read(c.Context(), request{method: http.MethodGet, path: path})
	if err != nil {
		return err
	}
	a.served()
	if err := a.writeOut(out, data, 0o644); err != nil || out == "" || out == "-" {
		return err
	}
	v := fileView{File: out, Bytes: int64(len(data)), PaidSat: a.paidSat()}
	return a.print(v, fmt.Sprintf("%s written, %d bytes\n", out, v.Bytes))
}
