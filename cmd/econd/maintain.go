package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/econd/econd/node/ballotstore"
)

// newVerify recomputes the ballot store's Merkle tree.
func newVerify() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:     "verify BALLOTS.DB",
		Short:   "Recompute every Merkle node of a ballot store; econd must not be running on it",
		Example: "  econd verify ~/.econd/ballots.db",
		Args:    cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			store, err := ballotstore.Open(ballotstore.Config{Path: args[0], ReadOnly: true})
			if err != nil {
				return err
			}
			defer store.Close()
			if err := store.Verify(progress(c.ErrOrStderr(), "verified")); err != nil {
				return err
			}
			root, err := store.Root(store.Size())
			if err != nil {
				return err
			}
			return sayStore(c.OutOrStdout(), asJSON, "intact", store.Size(), root)
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return c
}

// newRestore turns a backup into a ballot store.
func newRestore() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:     "restore BACKUP BALLOTS.DB",
		Short:   "Make a ballot store from a backup (econctl admin backup), after checking all of it",
		Example: "  econd restore ballots.backup ~/.econd/ballots.db",
		Args:    cobra.ExactArgs(2),
		RunE: func(c *cobra.Command, args []string) error {
			in, err := os.Open(args[0])
			if err != nil {
				return err
			}
			defer in.Close()
			size, root, err := ballotstore.Restore(in, args[1])
			if err != nil {
				return err
			}
			if err := ballotstore.MarkRestored(args[1], size, root); err != nil {
				return err
			}
			fmt.Fprintln(c.ErrOrStderr(), "The next start serves reads only: econd reconcile says what LND did that this log does not know.")
			return sayStore(c.OutOrStdout(), asJSON, "restored", size, root)
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return c
}

func sayStore(out io.Writer, asJSON bool, what string, size uint64, root [32]byte) error {
	if asJSON {
		return json.NewEncoder(out).Encode(map[string]any{"result": what, "size": size, "root": fmt.Sprintf("%x", root)})
	}
	_, err := fmt.Fprintf(out, "%s: %d entries, root %x\n", what, size, root)
	return err
}

// progress prints a line that counts up, at most once a percent.
func progress(out io.Writer, what string) func(done, total uint64) {
	last := uint64(0)
	return func(done, total uint64) {
		if total == 0 {
			return
		}
		if percent := done * 100 / total; percent != last {
			last = percent
			fmt.Fprintf(out, "\r%s %d of %d entries (%d %%)", what, done, total, percent)
			if done == total {
				fmt.Fprintln(out)
			}
		}
	}
}
