package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/econd/econd/node/client"
)

// printWhole prints an answer with all that econd says in it.
func (a *app) printWhole(raw json.RawMessage) error {
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
func collected[T any, P pageOf[T]](ctx context.Context, l client.ListOf[T, P], limit int) (all listed, items []T, last client.Page[T, P], err error) {
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

// pageOf is a page of a list.
type pageOf[T any] interface{ Listed() ([]T, string) }

// table is how a list is shown to people; see tableOf.
type table[T any] struct {
	heads string
	row   func(T) string
}

func (t table[T]) of(items []T) string { return tableOf(t.heads, items, t.row) }

// cells is a row of a table: its columns, each in one line.
func cells(columns ...any) string {
	var texts []string
	for _, v := range columns {
		texts = append(texts, oneLine(fmt.Sprint(v)))
	}
	return strings.Join(texts, "\t")
}

// shownList prints a list as a table.
func shownList[T any, P pageOf[T]](ctx context.Context, a *app, l client.ListOf[T, P], limit int, t table[T]) error {
	all, items, _, err := collected(ctx, l, limit)
	if err != nil {
		return err
	}
	return a.print(all, t.of(items))
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
