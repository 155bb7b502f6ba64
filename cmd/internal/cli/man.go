package cli

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"
)

// newMan is the command that `make man` runs. Its pages have the texts of the
// help. SOURCE_DATE_EPOCH, seconds since 1970, dates them (reproducible-builds.org).
func newMan(root *cobra.Command) *cobra.Command {
	var dir string
	c := &cobra.Command{
		Use:     "man [COMMAND]... [--dir DIR]",
		Short:   "Print the man page of a command, or write those of all into a folder",
		Example: "  " + root.Name() + " man | man -l -\n  " + root.Name() + " man --dir /usr/local/share/man/man1",
		// In place of that of the root: pages need no configuration.
		PersistentPreRunE: func(*cobra.Command, []string) error { return nil },
		RunE: func(c *cobra.Command, list []string) error {
			header := &doc.GenManHeader{Section: "1", Source: "econd", Manual: "econd manual"}
			of, rest, err := root.Find(list)
			switch {
			case len(list) == 0:
				of = root
			case err != nil || len(rest) > 0:
				return unknownCommand(of, list[len(list)-max(1, len(rest))])
			}
			if dir == "" {
				disableTag(root)
				return doc.GenMan(of, header, c.OutOrStdout())
			}
			if err := os.MkdirAll(dir, 0o755); err != nil {
				return err
			}
			disableTag(root)
			if err := doc.GenManTree(of, header, dir); err != nil {
				return fmt.Errorf("write man pages: %w", err)
			}
			return nil
		},
	}
	c.Flags().StringVar(&dir, "dir", "", "write the pages of the command and of those below it into the folder `DIR`")
	if groups := root.Groups(); len(groups) > 0 {
		c.GroupID = groups[0].ID
	}
	return c
}

// disableTag leaves the line "auto generated" away, and the pages of cobra's own
// command for shells.
func disableTag(root *cobra.Command) {
	each(root, func(c *cobra.Command) {
		c.DisableAutoGenTag = true
		c.Hidden = c.Hidden || c.Name() == "completion"
	})
}
