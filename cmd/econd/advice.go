package main

import (
	"slices"
	"strings"
)

// grouped joins warnings that say the same of several tracks ("track price: ..."), in
// the order of their first.
func grouped(advice []string) []string {
	type group struct {
		tracks []string
		text   string
	}
	var groups []*group
	for _, a := range advice {
		name, text := "", a
		if rest, ok := strings.CutPrefix(a, "track "); ok {
			if n, t, ok := strings.Cut(rest, ": "); ok {
				name, text = n, t
			}
		}
		i := slices.IndexFunc(groups, func(g *group) bool { return g.text == text && (name == "") == (len(g.tracks) == 0) })
		if i < 0 {
			groups = append(groups, &group{text: text})
			i = len(groups) - 1
		}
		if name != "" && !slices.Contains(groups[i].tracks, name) {
			groups[i].tracks = append(groups[i].tracks, name)
		}
	}
	var lines []string
	for _, g := range groups {
		switch len(g.tracks) {
		case 0:
			lines = append(lines, g.text)
		case 1:
			lines = append(lines, "track "+g.tracks[0]+": "+g.text)
		default:
			lines = append(lines, "tracks "+strings.Join(g.tracks, ", ")+": "+g.text)
		}
	}
	return lines
}
