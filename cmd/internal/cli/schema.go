package cli

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// About is what a program says of itself beside its commands.
type About struct {
	Codes       []ExitCode
	Environment []Variable
	// Values are the words that an argument or flag of a command takes, "" for none; an
	// argument is named as in the usage line, a flag with its dashes.
	Values func(c *cobra.Command, name string) []string
}

// Variable is one of the environment that a program reads.
type Variable struct {
	Name    string `json:"name"`
	Meaning string `json:"meaning"`
}

// Document says all of a program that its help says, for programs; docs/schemas/commands.json
// is its schema.
type Document struct {
	Schema      string     `json:"$schema"`
	Program     string     `json:"program"`
	Version     string     `json:"version"`
	Summary     string     `json:"summary"`
	Description string     `json:"description"`
	ExitCodes   []ExitCode `json:"exit_codes"`
	Environment []Variable `json:"environment"`
	Flags       []Flag     `json:"flags"` // of every command
	Commands    []Command  `json:"commands"`
}

// Command is one that does something; groups are told by the paths.
type Command struct {
	Path        string     `json:"path"` // with the program's name
	Usage       string     `json:"usage"`
	Summary     string     `json:"summary"`
	Description string     `json:"description,omitempty"`
	Group       string     `json:"group,omitempty"`
	Arguments   []Argument `json:"arguments"`
	Flags       []Flag     `json:"flags"`
	Examples    []string   `json:"examples"`

	Signs  bool            `json:"signs,omitempty"`   // what it does is signed by a key
	Spends bool            `json:"spends,omitempty"`  // sats, beyond the price of a request
	DryRun bool            `json:"dry_run,omitempty"` // --dry-run shows what it would do
	Output json.RawMessage `json:"output,omitempty"`  // JSON Schema of what --json prints
}

// Flag is one option.
type Flag struct {
	Name      string   `json:"name"`
	Shorthand string   `json:"shorthand,omitempty"`
	Type      string   `json:"type"`
	Value     string   `json:"value,omitempty"` // what its value is called
	Default   string   `json:"default,omitempty"`
	Meaning   string   `json:"meaning"`
	Required  bool     `json:"required,omitempty"`
	Repeats   bool     `json:"repeats,omitempty"`
	Choices   []string `json:"choices,omitempty"`
}

// Argument is one argument of a command as its usage line spells it.
type Argument struct {
	Name     string   `json:"name,omitempty"`    // the word for it, such as PROPOSAL; "" for none
	Choices  []string `json:"choices,omitempty"` // words that stand for themselves
	Repeats  bool     `json:"repeats,omitempty"`
	Optional bool     `json:"optional,omitempty"`
}

var (
	aroundBar = regexp.MustCompile(`\s*\|\s*`)
	upperWord = regexp.MustCompile(`^[A-Z][A-Z_]*$`)
	lowerWord = regexp.MustCompile(`^[a-z][a-z-]*$`)
)

// Arguments reads the usage line of a command up to its first flag.
func Arguments(use string) []Argument {
	list := []Argument{}
	words := strings.Fields(aroundBar.ReplaceAllString(use, "|"))
	for _, word := range words[1:] {
		optional := strings.HasPrefix(word, "[")
		word = strings.Trim(word, "[]()")
		if strings.HasPrefix(word, "-") {
			break
		}
		a := Argument{Repeats: strings.HasSuffix(word, "..."), Optional: optional}
		for part := range strings.SplitSeq(strings.TrimSuffix(word, "..."), "|") {
			switch {
			case upperWord.MatchString(part):
				a.Name = part
			case lowerWord.MatchString(part):
				a.Choices = append(a.Choices, part)
			}
		}
		list = append(list, a)
		if strings.Contains(word, "|-") {
			break // a flag may stand in its place
		}
	}
	return list
}

// Marks of commands, which Mark sets and Document tells.
const (
	MarkSigns  = "econd-signs"
	MarkSpends = "econd-spends"
	MarkOutput = "econd-output" // its value is a JSON Schema
)

// Mark says something of a command to the document.
func Mark(c *cobra.Command, mark, value string) {
	if c.Annotations == nil {
		c.Annotations = map[string]string{}
	}
	c.Annotations[mark] = value
}

// SchemaURL is where the schema of documents stands.
const SchemaURL = "https://raw.githubusercontent.com/econd/econd/main/docs/schemas/commands.json"

// Describe makes the document of a finished command tree.
func Describe(root *cobra.Command, about About) Document {
	d := Document{Schema: SchemaURL, Program: root.Name(), Version: root.Version, Summary: root.Short, Description: root.Long,
		ExitCodes: about.Codes, Environment: append([]Variable{}, about.Environment...), Flags: flagsOf(root.PersistentFlags(), root, about)}
	each(root, func(c *cobra.Command) {
		if !c.Hidden && !IsGroup(c) && c.Name() != "help" && c != root {
			d.Commands = append(d.Commands, commandOf(c, about))
		}
	})
	return d
}

func commandOf(c *cobra.Command, about About) Command {
	c.InitDefaultHelpFlag() // without which the usage line of a command without flags is another
	has := func(mark string) bool { _, is := c.Annotations[mark]; return is }
	v := Command{Path: c.CommandPath(), Usage: c.UseLine(), Summary: c.Short, Description: c.Long, Arguments: Arguments(c.Use),
		Flags: flagsOf(c.LocalNonPersistentFlags(), c, about), Examples: examplesOf(c), Signs: has(MarkSigns), Spends: has(MarkSpends),
		DryRun: c.Flags().Lookup("dry-run") != nil, Output: json.RawMessage(c.Annotations[MarkOutput])}
	top := c
	for top.Parent() != nil && top.Parent().HasParent() {
		top = top.Parent()
	}
	v.Group = top.GroupID
	for i := range v.Arguments {
		a := &v.Arguments[i]
		if about.Values != nil && a.Name != "" {
			a.Choices = append(a.Choices, about.Values(c, a.Name)...)
		}
	}
	return v
}

// examplesOf are the lines of a command's example, those that a backslash continues as one.
func examplesOf(c *cobra.Command) []string {
	list := []string{}
	for line := range strings.Lines(regexp.MustCompile(`\\\n\s*`).ReplaceAllString(c.Example, "")) {
		if line = strings.TrimSpace(line); line != "" {
			list = append(list, line)
		}
	}
	return list
}

func flagsOf(set *pflag.FlagSet, c *cobra.Command, about About) []Flag {
	list := []Flag{}
	set.VisitAll(func(f *pflag.Flag) {
		if f.Hidden || f.Name == "help" || f.Name == "version" && c == c.Root() {
			return
		}
		value, usage := pflag.UnquoteUsage(f)
		kind := f.Value.Type()
		v := Flag{Name: "--" + f.Name, Shorthand: f.Shorthand, Type: strings.TrimSuffix(strings.TrimSuffix(kind, "Array"), "Slice"), Value: value,
			Default: f.DefValue, Meaning: usage, Repeats: strings.HasSuffix(kind, "Array") || strings.HasSuffix(kind, "Slice"),
			Required: slices.Equal(f.Annotations[cobra.BashCompOneRequiredFlag], []string{"true"})}
		if v.Repeats && v.Default == "[]" {
			v.Default = ""
		}
		if about.Values != nil {
			v.Choices = about.Values(c, v.Name)
		}
		list = append(list, v)
	})
	return list
}

// addSchema gives a tree the command schema --all, or its own command schema the flag.
func addSchema(root *cobra.Command, about About) {
	own, _, err := root.Find([]string{"schema"})
	if err != nil || own == root {
		own = &cobra.Command{Use: "schema --all", Short: "Print every command, flag and exit code as JSON, for programs", Args: cobra.NoArgs,
			Long: "Print every command with its arguments, flags, examples and what it prints, every\nexit code and every variable of the environment, as one JSON document.\n" +
				"Its schema: " + SchemaURL,
			Example:           "  " + root.Name() + " schema --all",
			PersistentPreRunE: func(*cobra.Command, []string) error { return nil },
			RunE:              func(*cobra.Command, []string) error { return Usagef("--all must be given") }}
		if groups := root.Groups(); len(groups) > 0 {
			own.GroupID = groups[0].ID
		}
		root.AddCommand(own)
	}
	all := own.Flags().Bool("all", false, "print all commands of this program as one JSON document")
	before := own.RunE
	own.RunE = func(c *cobra.Command, list []string) error {
		if !*all {
			return before(c, list)
		}
		enc := json.NewEncoder(c.OutOrStdout())
		enc.SetEscapeHTML(false)
		enc.SetIndent("", "  ")
		if err := enc.Encode(Describe(root, about)); err != nil {
			return fmt.Errorf("print the commands: %w", err)
		}
		return nil
	}
}
