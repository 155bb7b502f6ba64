package client

import (
	"context"
	"fmt"
	"iter"
)

// Bounds of a list that is read over its pages. A page may be empty though others
// follow: where few things fit a filter, econd looks through 5,000 for each.
const (
	maxPages = 1000
	maxEmpty = 10  // empty pages in a row
	maxItems = 100 // that are asked for at once
)

// All gives the items of a list in order. It ends with the first error.
func (l ListOf[T, P]) All(ctx context.Context) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for p, err := range l.Pages(ctx, 0) {
			if err != nil {
				yield(*new(T), err)
				return
			}
			for _, item := range p.Items {
				if !yield(item, nil) {
					return
				}
			}
		}
	}
}

// Pages gives the pages of a list until they have that many items; 0 for all. It ends
// with the first error. A list that leads nowhere is one, because each page may cost
// something: a cursor that came before, too many pages, or too many empty ones.
func (l ListOf[T, P]) Pages(ctx context.Context, most int) iter.Seq2[Page[T, P], error] {
	return func(yield func(Page[T, P], error) bool) {
		through, cursor, left := pages{path: l.of.path}, "", most
		for {
			p, err := l.Page(ctx, cursor, min(left, maxItems))
			if err != nil {
				yield(p, err)
				return
			}
			if left -= len(p.Items); !yield(p, nil) || most > 0 && left <= 0 {
				return
			}
			more, err := through.more(len(p.Items), p.Next)
			if err != nil {
				yield(Page[T, P]{}, err)
			}
			if !more {
				return
			}
			cursor = p.Next
		}
	}
}

// pages follows the cursors of one list. Make a new one for each list.
type pages struct {
	path  string
	seen  map[string]bool
	empty int
}

// more tells whether another page follows one with that many items, whose next cursor
// is given; "" is the end.
func (p *pages) more(items int, next string) (bool, error) {
	if next == "" {
		return false, nil
	}
	if p.empty++; items > 0 {
		p.empty = 0
	}
	what := ""
	switch {
	case p.seen[next]:
		what = "names a page again that it named before"
	case p.empty >= maxEmpty:
		what = fmt.Sprintf("has %d pages without an item in a row", maxEmpty)
	case len(p.seen) >= maxPages-1:
		what = fmt.Sprintf("has more than %d pages", maxPages)
	}
	if what != "" {
		return false, fmt.Errorf("econd's list %s %s: given up; name one thing or a limit, or ask another econd", p.path, what)
	}
	if p.seen == nil {
		p.seen = make(map[string]bool)
	}
	p.seen[next] = true
	return true, nil
}
