package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/econd/econd/cmd/internal/cli"
	"github.com/econd/econd/node/op"
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
			id, err := parseID("PROPOSAL", list[0])
			if err != nil {
				return err
			}
			var who op.PublicKey
			if voter == "" {
				who, err = a.self()
			} else {
				who, err = parseKey("voter", voter)
			}
			if err != nil {
				return err
			}
			data, err := a.econd.BallotProof(id, who).Get(c.Context())
			return a.keepAnswer(data, err, out)
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
			id, err := parseID("OPERATION", list[0])
			if err != nil {
				return err
			}
			data, err := a.econd.OperationProof(id).Get(c.Context())
			return a.keepAnswer(data, err, out)
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
				about, err := a.econd.Info().Get(c.Context())
				if err != nil {
					return err
				}
				size = about.Size
			}
			if old > size {
				return cli.Usagef("old: is %d, must be at most the size, which is %d", old, size)
			}
			_, data, err := a.econd.Consistency(old, size).Text(c.Context())
			return a.keepAnswer(data, err, out)
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
		RunE: func(c *cobra.Command, _ []string) error {
			data, err := a.econd.Checkpoint().Get(c.Context())
			return a.keepAnswer(data, err, out)
		},
	}
	addOut(c, &out, "checkpoint")
	return c
}

func addOut(c *cobra.Command, out *string, what string) {
	c.Flags().StringVar(out, "out", "", "file for the "+what+" (default and -: the standard output)")
}

// keepAnswer stores an answer of econd as it came.
func (a *app) keepAnswer(data []byte, err error, out string) error {
	if err != nil {
		return err
	}
	if err := a.writeOut(out, data, 0o644); err != nil || out == "" || out == "-" {
		return err
	}
	v := fileView{File: out, Bytes: int64(len(data)), PaidSat: a.paidSat()}
	return a.print(v, fmt.Sprintf("%s written, %d bytes\n", out, v.Bytes))
}
