package main

import "fmt"

// Bounds of a list that is read over its pages. A page may be empty though others
// follow: where few things fit a filter, econd looks through 5,000 for each.
const (
	maxPages = 1000
	maxEmpty = 10 // empty pages in a row
)

// pages follows the cursors of one list. It refuses a list that leads nowhere, because
// each page may cost something. Make a new one for each list.
type pages struct {
	path  string
	seen  map[string]bool
	empty int
}

// more tells whether another page follows one with that many items, whose next cursor
// is given; "" is the end. A cursor that came before, too many pages or too many empty
// ones in a row are an error.
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
		return false, fmt.Errorf("econd's list %s %s: given up; name one thing or a --limit, or ask another econd", p.path, what)
	}
	if p.seen == nil {
		p.seen = make(map[string]bool)
	}
	p.seen[next] = true
	return true, nil
}
