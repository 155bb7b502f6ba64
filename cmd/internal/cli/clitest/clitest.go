// Package clitest holds the tests that the command trees of all programs pass:
// help that reads well, examples that are right, and hints that name commands
// which exist.
package clitest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"github.com/stretchr/testify/require"

	"github.com/econd/econd/cmd/internal/cli"
	"github.com/econd/econd/docs/schemas"
)

// Check looks at every command of a tree that newRoot makes anew.
func Check(t *testing.T, newRoot func() *cobra.Command) {
	t.Helper()
	root := newRoot()
	pages := manPages(t, newRoot())
	described := document(t, newRoot())
	visit(root, func(c *cobra.Command) {
		t.Run(strings.ReplaceAll(c.CommandPath(), " ", "/"), func(t *testing.T) {
			require.NotEmpty(t, c.Short)
			page := pages[strings.ReplaceAll(c.CommandPath(), " ", "-")+".1"]
			require.Contains(t, page, roff(c.Short), "its man page")
			require.NotContains(t, c.Short, "`")
			c.LocalFlags().VisitAll(func(f *pflag.Flag) { checkFlag(t, f) })
			if c.Parent() == root && len(root.Groups()) > 0 {
				require.NotEmpty(t, c.GroupID, "a command of the root stands in a group")
			}
			if cli.IsGroup(c) {
				return
			}
			require.NotEmpty(t, c.Example, "every command has an example")
			checkDescribed(t, c, described)
			for _, line := range Lines(c.Example, root.Name()) {
				Parses(t, newRoot(), line)
			}
			require.Contains(t, c.Example, c.CommandPath(), "an example is of its own command")
		})
	})
	require.Contains(t, root.Long, "Exit codes: 0 ")
}

// manPages writes the man pages and returns their texts by their names.
func manPages(t *testing.T, root *cobra.Command) map[string]string {
	t.Helper()
	dir := t.TempDir()
	root.SetArgs([]string{"man", "--dir", dir})
	require.NoError(t, root.Execute())
	list, err := os.ReadDir(dir)
	require.NoError(t, err)
	pages := map[string]string{}
	for _, f := range list {
		text, err := os.ReadFile(filepath.Join(dir, f.Name()))
		require.NoError(t, err)
		pages[f.Name()] = unescaped(text)
	}
	return pages
}

// unescaped is a page without what roff escapes.
func unescaped(page []byte) string {
	return strings.NewReplacer(`\-`, "-", `\(aq`, "'", `\`, "").Replace(string(page))
}

func roff(text string) string { return strings.ReplaceAll(text, `\`, "") }

// document is what schema --all prints, which its schema takes.
func document(t *testing.T, root *cobra.Command) map[string]cli.Command {
	t.Helper()
	var out bytes.Buffer
	root.SetOut(&out)
	root.SetArgs([]string{"schema", "--all"})
	require.NoError(t, root.Execute())
	text, ok := schemas.Read("commands.json")
	require.True(t, ok)
	schema, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	require.NoError(t, err)
	compiler := jsonschema.NewCompiler()
	require.NoError(t, compiler.AddResource(cli.SchemaURL, schema))
	compiled, err := compiler.Compile(cli.SchemaURL)
	require.NoError(t, err)
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(out.Bytes()))
	require.NoError(t, err)
	require.NoError(t, compiled.Validate(value))
	var d cli.Document
	dec := json.NewDecoder(&out)
	dec.DisallowUnknownFields()
	require.NoError(t, dec.Decode(&d))
	require.Equal(t, root.Name(), d.Program)
	require.GreaterOrEqual(t, len(d.ExitCodes), 3)
	for _, c := range d.ExitCodes {
		require.Contains(t, root.Long, fmt.Sprintf("%d %s", c.Code, c.Meaning), "the help tells of each exit code")
	}
	list := map[string]cli.Command{}
	for _, c := range d.Commands {
		list[c.Path] = c
	}
	return list
}

// checkDescribed demands that the document says of a command what its help says.
func checkDescribed(t *testing.T, c *cobra.Command, all map[string]cli.Command) {
	t.Helper()
	d, ok := all[c.CommandPath()]
	require.True(t, ok, "schema --all has it")
	c.InitDefaultHelpFlag()
	require.Equal(t, []string{c.Short, c.Long, c.UseLine()}, []string{d.Summary, d.Description, d.Usage})
	require.NotEmpty(t, d.Examples)
	var have, want []string
	for _, f := range d.Flags {
		have = append(have, f.Name+" "+f.Meaning)
	}
	c.LocalNonPersistentFlags().VisitAll(func(f *pflag.Flag) {
		if _, usage := pflag.UnquoteUsage(f); f.Name != "help" && !f.Hidden {
			want = append(want, "--"+f.Name+" "+usage)
		}
	})
	require.Equal(t, want, have)
	usage := c.UsageString()
	for _, f := range d.Flags {
		require.Contains(t, usage, f.Name)
	}
}

// visit calls f with every command that help shows, without those of cobra.
func visit(c *cobra.Command, f func(*cobra.Command)) {
	if c.Hidden || c.Name() == "help" || c.Name() == "completion" {
		return
	}
	f(c)
	for _, child := range c.Commands() {
		visit(child, f)
	}
}

var valueName = regexp.MustCompile("^[A-Z][A-Z_]*$")

// checkFlag demands a description, and back-quotes only around the name of the
// value: pflag takes them for that.
func checkFlag(t *testing.T, f *pflag.Flag) {
	t.Helper()
	require.NotEmpty(t, f.Usage, "--%s", f.Name)
	name, _ := pflag.UnquoteUsage(f)
	require.NotRegexp(t, "Slice|Array", name, "--%s: a type of Go's; name the value in back-quotes", f.Name)
	if parts := strings.Split(f.Usage, "`"); len(parts) > 1 {
		require.Len(t, parts, 3, "--%s: %s", f.Name, f.Usage)
		require.Regexp(t, valueName, parts[1], "--%s", f.Name)
	}
}

// Lines are the calls of a program in an example: its comments, continued lines
// and other programs of a pipe are left away.
func Lines(example, program string) (calls []string) {
	example = strings.ReplaceAll(example, "\\\n", " ")
	for line := range strings.Lines(example) {
		for _, part := range splitPipe(strings.TrimSpace(line)) {
			if part = strings.TrimSpace(part); part == program || strings.HasPrefix(part, program+" ") {
				calls = append(calls, part)
			}
		}
	}
	return calls
}

// splitPipe splits a shell line at |, ; and && outside quotes.
func splitPipe(line string) (parts []string) {
	var quote rune
	start := 0
	for i, r := range line {
		switch {
		case quote != 0:
			if r == quote {
				quote = 0
			}
		case r == '\'' || r == '"':
			quote = r
		case r == '|' || r == ';' || r == '&':
			parts = append(parts, line[start:i])
			start = i + 1
		case r == '#' && (i == 0 || line[i-1] == ' '):
			return append(parts, line[start:i])
		}
	}
	return append(parts, line[start:])
}

// Words splits a call as a shell does, without expanding anything; what follows
// a redirection is left away.
func Words(line string) (list []string) {
	var word strings.Builder
	var quote rune
	begun := false
	end := func() {
		if begun {
			list = append(list, word.String())
		}
		word.Reset()
		begun = false
	}
	for _, r := range line {
		switch {
		case quote != 0 && r == quote:
			quote = 0
		case quote == 0 && (r == '\'' || r == '"'):
			quote, begun = r, true
		case quote == 0 && r == ' ':
			end()
		case quote == 0 && (r == '>' || r == '<'):
			end()
			return list
		default:
			word.WriteRune(r)
			begun = true
		}
	}
	end()
	return list
}

// Parses demands that a call names a command that exists, with flags that it has
// and as many arguments as it takes.
func Parses(t *testing.T, root *cobra.Command, line string) {
	t.Helper()
	c, rest, err := root.Find(Words(line)[1:])
	require.NoError(t, err, line)
	require.False(t, cli.IsGroup(c), "%s: names no command", line)
	require.NoError(t, c.ParseFlags(rest), line)
	require.NoError(t, c.ValidateArgs(c.Flags().Args()), line)
}
