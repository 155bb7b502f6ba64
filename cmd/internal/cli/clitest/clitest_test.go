package clitest

import (
	"testing"

	"github.com/spf13/cobra"
	"github.com/stretchr/testify/require"

	"github.com/econd/econd/cmd/internal/cli"
)

func root() *cobra.Command {
	r := &cobra.Command{Use: "prog", Short: "A program"}
	show := &cobra.Command{Use: "show ID", RunE: func(*cobra.Command, []string) error { return nil }}
	show.Flags().String("out", "", "")
	r.AddCommand(cli.Group("stake", "Stakes", show))
	cli.Prepare(r, cli.About{})
	return r
}

// A hint ends where its sentence goes on; until there every word must be right.
func TestWrongHintsAreFound(t *testing.T) {
	for text, want := range map[string]string{
		"stake show %s --out FILE":             "",
		"stake show":                           "",
		"stake show, or later":                 "",
		"stake; then show it":                  "",
		"says what it does":                    "",
		"stake shwo 5":                         "prog stake has no command shwo",
		"stak show":                            "prog has no command stak",
		"stake show X --json":                  "prog stake show has no flag --json",
		"stake show --out=x (--nothing of it)": "",
		"stake pay":                            "prog stake has no command pay",
		"stake %s --reason TEXT":               "",
	} {
		require.Equal(t, want, wrong(root(), text, []string{"says"}), text)
	}
}

func TestExamplesAreSplitAsAShellDoes(t *testing.T) {
	const example = "  # why\n  prog stake show 'a | b' --out \"x y\" > file\n  cat x | prog stake \\\n    show 4; other\n"
	calls := Lines(example, "prog")
	require.Len(t, calls, 2)
	require.Equal(t, []string{"prog", "stake", "show", "a | b", "--out", "x y"}, Words(calls[0]))
	require.Equal(t, []string{"prog", "stake", "show", "4"}, Words(calls[1]))
}
