package cli

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"
	"github.com/stretchr/testify/require"
)

func tree() *cobra.Command {
	root := &cobra.Command{Use: "prog", Short: "A program", Long: "A program.\n\n" + CodesText(Codes("failed"))}
	lock := &cobra.Command{Use: "lock AMOUNT", Short: "Lock it", Args: cobra.ExactArgs(1), Example: "  prog stake lock 5",
		RunE: func(*cobra.Command, []string) error { return errors.New("failed") }}
	lock.Flags().Int64("limit", 0, "at most `N`")
	lock.Flags().Uint8("small", 0, "")
	lock.Flags().Duration("every", time.Second, "")
	lock.Flags().String("title", "", "")
	lock.Flags().String("track", "", "")
	_ = lock.MarkFlagRequired("title")
	_ = lock.MarkFlagRequired("track")
	root.AddCommand(Group("stake", "Stakes", lock))
	Prepare(root, About{Codes: Codes("failed")})
	root.SetOut(io.Discard)
	return root
}

// A wrong call is told what is wrong and what would be right, and ends with 2; a
// command that fails ends with 1.
func TestWrongCalls(t *testing.T) {
	const good = "stake lock 5 --title x --track y"
	for line, want := range map[string]string{
		"":                            "",
		"--help":                      "",
		good:                          "failed",
		"nonsense":                    `prog has no command "nonsense"`,
		"stak":                        `prog has no command "stak"; did you mean stake?`,
		"stake":                       "prog stake needs a command: lock",
		"stake lok":                   `prog stake has no command "lok"; did you mean lock?`,
		"stake lock":                  "it got 0 arguments, and is called as: prog stake lock AMOUNT [flags]",
		"stake lock 5 6":              "it got 2 arguments, and is called as: prog stake lock AMOUNT [flags]",
		"stake lock 5":                "--title and --track must be given",
		"stake lock 5 --title x":      "--track must be given",
		"stake lock -5":               "-5: a number here must not be negative; it is called as: prog stake lock AMOUNT [flags]",
		"stake pay governance -7":     `prog stake has no command "pay"`,
		"stake -7":                    "-7: a number here must not be negative; it is called as: prog stake [flags]",
		"completion klingon":          `prog completion has no command "klingon"`,
		"completion":                  "prog completion needs a command: bash, fish, powershell, zsh",
		"stake lock -.5":              "-.5: a number here must not be negative; it is called as: prog stake lock AMOUNT [flags]",
		"recover --reason x":          `prog has no command "recover"`,
		"stake lok --title x --x":     `prog stake has no command "lok"; did you mean lock?`,
		"--x recover":                 "there is no flag --x",
		"stake lock 5 --titel x":      "there is no flag --titel; did you mean --title?",
		"stake lock 5 --x":            "there is no flag --x",
		"stake lock 5 -xy":            "there is no flag -x",
		"stake lock 5 --title":        "--title needs a value",
		good + " --limit x":           `--limit: is "x", must be a whole number`,
		good + " --small -1":          `--small: is "-1", must be a whole number from 0`,
		good + " --small 256":         `--small: is "256", must be smaller`,
		good + " --every 5":           `--every: is "5", must be a duration such as 90s, 15m or 24h`,
		good + " --limit 1 --limit y": `--limit: is "y", must be a whole number`,
	} {
		root := tree()
		root.SetArgs(strings.Fields(line))
		err := root.Execute()
		switch {
		case want == "":
			require.NoError(t, err, line)
			require.Equal(t, ExitOK, Code(err))
			continue
		case want == "failed":
			require.Equal(t, ExitFailed, Code(err), line)
		default:
			require.Equal(t, ExitUsage, Code(err), line)
		}
		require.EqualError(t, err, want, line)
	}
}

func TestUsageKeepsTheError(t *testing.T) {
	require.NoError(t, Usage(nil))
	require.ErrorIs(t, Usagef("x: %w", os.ErrNotExist), os.ErrNotExist)
}

// The pages have the texts of the help, one for each command, and their date from
// the environment.
func TestManPages(t *testing.T) {
	t.Setenv("SOURCE_DATE_EPOCH", "1700000000")
	dir := filepath.Join(t.TempDir(), "man1")
	root := tree()
	root.CompletionOptions.HiddenDefaultCmd = true
	root.SetArgs([]string{"man", "--dir", dir})
	require.NoError(t, root.Execute())
	var names []string
	list, err := os.ReadDir(dir)
	require.NoError(t, err)
	for _, f := range list {
		names = append(names, f.Name())
	}
	require.Equal(t, []string{"prog-man.1", "prog-schema.1", "prog-stake-lock.1", "prog-stake.1", "prog.1"}, names)
	page, err := os.ReadFile(filepath.Join(dir, "prog-stake-lock.1"))
	require.NoError(t, err)
	for _, want := range []string{"Nov 2023", "Lock it", "prog stake lock 5", "--limit"} {
		require.Contains(t, string(page), want)
	}
}
