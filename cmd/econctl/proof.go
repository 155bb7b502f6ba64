package main

import (
	"context"

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
	var voter string
	c := fetches(a, "ballot PROPOSAL --out FILE", "Fetch the bundle that proves a ballot was counted (default: your own)", "bundle",
		func(ctx context.Context, list []string) ([]byte, error) {
			id, err := parseID("PROPOSAL", list[0])
			if err != nil {
				return nil, err
			}
			who, err := a.agentOrMe("voter", voter)
			if err != nil {
				return nil, err
			}
			return a.econd.BallotProof(id, who).Get(ctx)
		})
	c.Flags().StringVar(&voter, "voter", "", "whose ballot, hex or npub")
	return c
}

func proofEntry(a *app) *cobra.Command {
	return fetches(a, "entry OPERATION --out FILE", "Fetch the proof that an operation is in the log (C2SP tlog-proof)", "proof",
		func(ctx context.Context, list []string) ([]byte, error) {
			id, err := parseID("OPERATION", list[0])
			if err != nil {
				return nil, err
			}
			return a.econd.OperationProof(id).Get(ctx)
		})
}

func proofConsistency(a *app) *cobra.Command {
	var old, size uint64
	var c *cobra.Command
	c = fetches(a, "consistency --old ENTRIES [--size ENTRIES] --out FILE",
		"Fetch the proof that the log of one size is the beginning of a later one (RFC 6962)", "proof",
		func(ctx context.Context, _ []string) ([]byte, error) {
			if !c.Flags().Changed("size") {
				about, err := a.econd.Info().Get(ctx)
				if err != nil {
					return nil, err
				}
				size = about.Size
			}
			if old > size {
				return nil, cli.Usagef("old: is %d, must be at most the size, which is %d", old, size)
			}
			_, data, err := a.econd.Consistency(old, size).Text(ctx)
			return data, err
		})
	c.Flags().Uint64Var(&old, "old", 0, "number of entries that an earlier checkpoint covers")
	c.Flags().Uint64Var(&size, "size", 0, "number of entries that a later one covers (default all)")
	return needs(c, "old")
}

func newCheckpoint(a *app) *cobra.Command {
	return fetches(a, "checkpoint --out FILE", "Fetch econd's signed checkpoint of its log (C2SP tlog-checkpoint)", "checkpoint",
		func(ctx context.Context, _ []string) ([]byte, error) { return a.econd.Checkpoint().Get(ctx) })
}
