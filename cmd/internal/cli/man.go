package cli

import (
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"
)

// newMan is the command that `make man` runs. Its pages have the texts of the
// help. SOURCE_DATE_EPOCH, seconds since 1970, dates them (reproducible-builds.org).
func newMan(root *cobra.Command) *cobra.Command {
	return &cobra.Command{
		Use:     "man DIR",
		Short:   "Write the man pages into a folder",
		Example: "  " + root.Name() + " man /usr/local/share/man/man1",
		Hidden:  true,
		Args:    cobra.ExactArgs(1),
		// In place of that of the root: pages need no configuration.
		PersistentPreRunE: func(*cobra.Command, []string) error { return nil },
		RunE: func(_ *cobra.Command, list []string) error {
			if err := os.MkdirAll(list[0], 0o755); err != nil {
				return err
			}
			header := &doc.GenManHeader{Section: "1", Source: "econd", Manual: "econd manual"}
			disableTag(root)
			if err := doc.GenManTree(root, header, list[0]); err != nil {
				return fmt.Errorf("write man pages: %w", err)
			}
			return nil
		},
	}
}

// disableTag leaves the line "auto generated" away, and the pages of cobra's own
// command for shells.
func disableTag(root *cobra.Command) {
	each(root, func(c *cobra.Command) {
		c.DisableAutoGenTag = true
		c.Hidden = c.Hidden || c.Name() == "completion"
	})
}

// ExitCodes is the paragraph of a root's help about exit codes, for programs
// whose codes mean what failed says.
func ExitCodes(failed string) string {
	return strings.TrimSpace("Exit codes: 0 done, 1 " + failed + ", 2 used wrongly: a flag, an argument or the configuration; nothing was done.")
}
