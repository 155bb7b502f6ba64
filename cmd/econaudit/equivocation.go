package main

import (
	"bytes"

	"github.com/spf13/cobra"

	"github.com/econd/econd/node/atomicfile"
	"github.com/econd/econd/node/audit"
)

func newEquivocationCmd(c *cli) *cobra.Command {
	var out string
	cmd := &cobra.Command{
		Use:   "equivocation A B... | PROOF",
		Short: "Check whether one key signed two histories",
		Long: "Look for two statements of the log's key among these files that cannot be of one log, and write a proof of it\n" +
			"that stands alone (--out). A file is a signed checkpoint, a tlog-proof (put the entry's line before it, so that\n" +
			"the entry counts too), a signed refusal, the answers that econctl keeps (answers.ndjson), a bundle, the proof of a\n" +
			"standing, or an export. An export counts as far as a checkpoint of the other files is of it: give each with its\n" +
			"checkpoint. With one file, which is such a proof, check that.",
		Example: "  econaudit equivocation yesterday.checkpoint export.log today.checkpoint --out proof.json\n" +
			"  econaudit equivocation answers.ndjson export.log today.checkpoint --out proof.json\n" +
			"  econaudit equivocation proof.json --log-key 'econd/demo-1+abcd1234+...'",
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			o, err := c.options(cmd)
			if err != nil {
				return err
			}
			var files [][]byte
			for _, path := range args {
				data, err := read(cmd, path)
				if err != nil {
					return err
				}
				files = append(files, data)
			}
			q, err := equivocationIn(files, o)
			if err != nil {
				return err
			}
			r, err := q.Verify(o)
			if err != nil {
				return err
			}
			if out != "" {
				data, err := q.Marshal()
				if err == nil {
					err = atomicfile.Write(out, data, 0o644)
				}
				if err != nil {
					return err
				}
			}
			return c.print("EQUIVOCATION PROVED", r, r.Proved, r.RestsOn)
		},
	}
	cmd.Flags().StringVar(&out, "out", "", "file for the proof")
	return cmd
}

// equivocationIn is the proof that the one file is, or that several files hold together.
func equivocationIn(files [][]byte, o audit.Options) (*audit.Equivocation, error) {
	if len(files) == 1 && !bytes.HasPrefix(files[0], []byte(`{"event":`)) { // answers may contradict each other
		return audit.DecodeEquivocation(files[0])
	}
	return audit.FindEquivocation(files, o)
}
