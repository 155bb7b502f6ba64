package main

import (
	"context"

	"github.com/spf13/cobra"
)

func newAnchorsExport(a *app) *cobra.Command {
	var out string
	c := &cobra.Command{
		Use:   "export --out FILE",
		Short: "Fetch the proofs of all final anchors, for econaudit",
		Long: "Fetch the proofs that Bitcoin holds the anchors, those that are final, one a line. econaudit line walks them:\n" +
			"each must spend the one before. Fetch them before the log, so that the log names all of them.",
		Example: "  econctl anchors export --out anchors.ndjson && econctl export --out export.log\n" +
			"  econaudit line export.log anchors.ndjson",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return a.exportAnchors(c.Context(), out) },
	}
	c.Flags().StringVar(&out, "out", "", "file for the proofs, one per line; replaced if it is there")
	_ = c.MarkFlagRequired("out")
	return c
}

// exportAnchors writes the proofs in the order of the line.
func (a *app) exportAnchors(ctx context.Context, path string) error {
	return a.writeLines(path, "proofs", func(yield func([]byte, error) bool) {
		for p, err := range a.econd.AnchorProofs().All(ctx) {
			if !yield(p.Proof, err) {
				return
			}
		}
	})
}
