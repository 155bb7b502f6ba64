package main

import (
	"context"
	"encoding/json"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"github.com/econd/econd/node/client"
)

// shown prints one thing that econd knows: with --json as it came, else as text says.
func shown[T any](ctx context.Context, a *app, r client.One[T], text func(T) string) error {
	v, raw, err := r.Text(ctx)
	if err != nil {
		return err
	}
	return a.print(raw, text(v))
}

// shownWhole prints one thing with all that econd says of it.
func shownWhole[T any](ctx context.Context, a *app, r client.One[T]) error {
	_, raw, err := r.Text(ctx)
	if err != nil {
		return err
	}
	text, err := forPeople(raw)
	if err != nil {
		return err
	}
	return a.print(raw, text)
}

// listed is a list as it is printed as JSON.
type listed struct {
	Items []json.RawMessage `json:"items"`
	Next  string            `json:"next,omitempty"`

	Statements []json.RawMessage `json:"statements,omitempty"` // beside delegations
}

// collected is a list over its pages, at most limit items, 0 for all, and its last page.
func collected[T any, P interface{ Listed() ([]T, string) }](ctx context.Context, l client.ListOf[T, P], limit int) (all listed, items []T, last client.Page[T, P], err error) {
	all.Items = []json.RawMessage{}
	for p, err := range l.Pages(ctx, limit) {
		if err != nil {
			return all, nil, last, err
		}
		all.Items, items = append(all.Items, p.Texts...), append(items, p.Items...)
		all.Next, last = p.Next, p
	}
	return all, items, last, nil
}

// shownList prints a list as a table.
func shownList[T any, P interface{ Listed() ([]T, string) }](ctx context.Context, a *app, l client.ListOf[T, P], limit int, heads string, row func(T) string) error {
	all, items, _, err := collected(ctx, l, limit)
	if err != nil {
		return err
	}
	return a.print(all, tableOf(heads, items, row))
}

// tableOf makes a table for people, or says that there is nothing in it. Heads and
// rows have a tab between their columns. Lines of a row after its first are
// remarks about it and stand below, indented.
func tableOf[T any](heads string, items []T, row func(T) string) string {
	if len(items) == 0 {
		return "none\n"
	}
	rows := []string{heads}
	for _, item := range items {
		rows = append(rows, row(item))
	}
	var widths []int
	for _, text := range rows {
		first, _, _ := strings.Cut(text, "\n")
		for i, cell := range strings.Split(first, "\t") {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	var b strings.Builder
	for _, text := range rows {
		first, remarks, _ := strings.Cut(text, "\n")
		line := ""
		for i, cell := range strings.Split(first, "\t") {
			line += cell + strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell)+2)
		}
		b.WriteString(strings.TrimRight(line, " ") + "\n")
		for remark := range strings.Lines(remarks) {
			b.WriteString("  " + strings.TrimRight(remark, "\n") + "\n")
		}
	}
	return b.String()
}

// limitVar adds the flag --limit, which is refused below 0 before econd is asked.
func limitVar(c *cobra.Command, to *int, usage string) {
	c.Flags().Var((*countFlag)(to), "limit", usage)
}

// countFlag is a flag for a number from 0.
type countFlag int

// Set implements pflag.Value.
func (n *countFlag) Set(text string) error {
	v, err := strconv.ParseUint(text, 10, 31)
	if err != nil {
		return err
	}
	*n = countFlag(v)
	return nil
}

func (n *countFlag) String() string { return strconv.Itoa(int(*n)) }

// Type implements pflag.Value; it names what is wanted.
func (n *countFlag) Type() string { return "uint" }
