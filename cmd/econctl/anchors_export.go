package main

import (
	"bufio"
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/econd/econd/node/atomicfile"
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
	f, err := atomicfile.Open(path)
	if err != nil {
		return err
	}
	defer f.Abandon()
	v := fileView{File: path}
	out := bufio.NewWriter(f)
	for p, err := range a.econd.AnchorProofs().All(ctx) {
		if err != nil {
			return err
		}
		if _, err := out.Write(append(p.Proof, '\n')); err != nil {
			return err
		}
		v.Bytes += int64(len(p.Proof) + 1)
		v.Entries++
	}
	if err := out.Flush(); err != nil {
		return err
	}
	if err := f.Chmod(0o644); err != nil {
		return err
	}
	if err := f.Replace(); err != nil {
		return err
	}
	v.PaidSat = a.paidSat()
	return a.print(v, fmt.Sprintf("%s written, %d proofs, %d bytes\n", path, v.Entries, v.Bytes))
}
