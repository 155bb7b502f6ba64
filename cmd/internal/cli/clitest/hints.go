package clitest

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/stretchr/testify/require"

	"github.com/econd/econd/cmd/internal/cli"
)

// Hints looks at everything under dir that tells people to run the program: the
// string literals of Go files that are no tests, and the code of Markdown files.
// Each command and flag it names must exist. Where the program's name is the
// subject of a sentence nothing is demanded; prose has how other sentences go on.
func Hints(t *testing.T, newRoot func() *cobra.Command, dir string, prose ...string) {
	t.Helper()
	root := newRoot()
	mention := regexp.MustCompile(`\b` + root.Name() + ` ((?:--[a-z-]+(?:[ =][^\s-][^\s]*)? )?[a-z][a-z-]*[^\n]*)`)
	found := 0
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() && strings.HasPrefix(d.Name(), ".") && path != dir {
			return skipped(err)
		}
		var texts []string
		switch {
		case strings.HasSuffix(path, "_test.go") || strings.Contains(path, "clitest"):
		case strings.HasSuffix(path, ".go"):
			texts, err = literals(path)
		case strings.HasSuffix(path, ".md") && d.Name() != "CHANGELOG.md" && !strings.Contains(path, "decisions"):
			texts, err = codeOf(path)
		}
		for _, text := range texts {
			for _, at := range mention.FindAllStringSubmatchIndex(text, -1) {
				said := text[at[2]:at[3]]
				word, _, _ := strings.Cut(said, " ")
				if childOf(root, word) == nil && !leadIn.MatchString(text[:at[0]]) {
					continue
				}
				found++
				if why := wrong(root, said, prose); why != "" {
					t.Errorf("%s: %s %q: %s", path, root.Name(), said, why)
				}
			}
		}
		return err
	})
	require.NoError(t, err)
	require.Positive(t, found, "no hint was found at all")
}

// leadIn is what stands before a call that people are told to make.
var leadIn = regexp.MustCompile("(`|\\b(run|with|try|see):? )$")

func skipped(err error) error {
	if err != nil {
		return err
	}
	return fs.SkipDir
}

// literals are the string literals of a Go file, those joined by + as one.
func literals(path string) (texts []string, err error) {
	f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	ast.Inspect(f, func(n ast.Node) bool {
		e, ok := n.(ast.Expr)
		if !ok {
			return true
		}
		text, ok := joined(e)
		if ok {
			texts = append(texts, text)
		}
		return !ok
	})
	return texts, nil
}

// joined is the text of a literal or of a sum of them; what is no literal in it
// becomes a blank that stands for an argument.
func joined(e ast.Expr) (string, bool) {
	switch e := e.(type) {
	case *ast.BasicLit:
		if e.Kind != token.STRING {
			return "", false
		}
		text, err := strconv.Unquote(e.Value)
		return text, err == nil
	case *ast.BinaryExpr:
		if e.Op != token.ADD {
			return "", false
		}
		left, ok1 := joined(e.X)
		right, ok2 := joined(e.Y)
		if !ok1 {
			left = "X"
		}
		if !ok2 {
			right = "X"
		}
		return left + right, ok1 || ok2
	}
	return "", false
}

var (
	block = regexp.MustCompile("(?s)```.*?```|(?:^|\n)    [^`\n]*")
	span  = regexp.MustCompile("`[^`]+`")
)

// codeOf is the code of a Markdown file.
func codeOf(path string) (texts []string, err error) {
	text, err := os.ReadFile(path)
	rest := block.ReplaceAllStringFunc(string(text), func(code string) string {
		texts = append(texts, code)
		return "\n"
	})
	for paragraph := range strings.SplitSeq(rest, "\n\n") {
		texts = append(texts, span.FindAllString(paragraph, -1)...)
	}
	return texts, err
}

var (
	flagName = regexp.MustCompile(`^--([a-z][a-z0-9-]*)`)
	lowered  = regexp.MustCompile(`^[a-z][a-z-]*$`)
)

// wrong follows the words of a hint down the tree, up to the end of the command,
// and says what does not exist.
func wrong(root *cobra.Command, text string, prose []string) string {
	if end := strings.IndexAny(text, "`;()\n|\""); end >= 0 {
		text = text[:end]
	}
	for _, p := range prose {
		if strings.HasPrefix(text, p) {
			return ""
		}
	}
	c := root
	arguments := false
	for _, word := range strings.Fields(text) {
		last := strings.TrimRight(word, ",.:") != word
		word = strings.TrimRight(word, ",.:")
		switch flag := flagName.FindStringSubmatch(word); {
		case strings.Contains(word, "%") && c.HasSubCommands():
			return "" // a command that the program puts in
		case flag != nil:
			if c.Flags().Lookup(flag[1]) == nil && c.InheritedFlags().Lookup(flag[1]) == nil && flag[1] != "help" && flag[1] != "version" {
				return c.CommandPath() + " has no flag --" + flag[1]
			}
		case c.HasSubCommands() && !arguments && lowered.MatchString(word):
			child := childOf(c, word)
			if child == nil && (c == root || !c.Runnable() || cli.IsGroup(c)) {
				return c.CommandPath() + " has no command " + word
			}
			if child == nil {
				return ""
			}
			c = child
		default:
			arguments = true
		}
		if last {
			break
		}
	}
	return ""
}

func childOf(c *cobra.Command, name string) *cobra.Command {
	for _, child := range c.Commands() {
		for part := range strings.SplitSeq(name, "|") {
			if child.Name() == part {
				return child
			}
		}
	}
	return nil
}
