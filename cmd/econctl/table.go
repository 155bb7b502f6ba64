package main

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/spf13/cobra"
)

// showList fetches a list and prints it as a table.
func showList[T any](a *app, c *cobra.Command, path string, query url.Values, limit int, heads string, row func(T) string) error {
	found, err := a.list(c.Context(), path, query, limit)
	if err != nil {
		return err
	}
	return printTable(a, found, heads, row)
}

// printTable prints a list that econd gave.
func printTable[T any](a *app, found page, heads string, row func(T) string) error {
	text, err := table(heads, found.Items, row)
	if err != nil {
		return err
	}
	return a.print(found, text)
}

// table reads the items of a list and makes a table of them.
func table[T any](heads string, items []json.RawMessage, row func(T) string) (string, error) {
	list := make([]T, len(items))
	for i, raw := range items {
		if err := json.Unmarshal(raw, &list[i]); err != nil {
			return "", fmt.Errorf("econd's list is not the JSON expected: %w", err)
		}
	}
	return tableOf(heads, list, row), nil
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
