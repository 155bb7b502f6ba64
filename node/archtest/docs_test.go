package archtest

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// wholeFolders are listed in docs/README.md by their name, not file by file.
var wholeFolders = []string{"agents", "clients", "decisions", "schemas"}

// pageLink is a link of Markdown, with its heading if there is one.
var pageLink = regexp.MustCompile(`\]\(([^)#\s]*)(#[^)\s]*)?\)`)

// documents are the files under docs that the reading order lists, in their order:
// whole folders are one, and pictures and scenarios belong to the page beside them.
func documents(t *testing.T, docs string) (list []string) {
	t.Helper()
	err := filepath.WalkDir(docs, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := filepath.ToSlash(strings.TrimPrefix(strings.TrimPrefix(path, docs), string(filepath.Separator)))
		switch {
		case d.IsDir() && slices.Contains(wholeFolders, name):
			list = append(list, name)
			return fs.SkipDir
		case d.IsDir() || name == "README.md" || strings.HasSuffix(name, ".go"):
		case strings.Contains(name, "/") && filepath.Ext(name) != ".md":
		default:
			list = append(list, name)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// Every document stands in the reading order once, and nothing that is none.
func TestReadingOrderListsEveryDocument(t *testing.T) {
	docs := filepath.Join("..", "..", "docs")
	text, err := os.ReadFile(filepath.Join(docs, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	listed := map[string]int{}
	for _, m := range regexp.MustCompile(`(?m)^\d+\. \[[^\]]*\]\(([^)]*)\): `).FindAllStringSubmatch(string(text), -1) {
		listed[m[1]]++
	}
	all := documents(t, docs)
	if len(all) < 20 {
		t.Fatalf("only %d documents found: %v", len(all), all)
	}
	for _, name := range all {
		if listed[name] != 1 {
			t.Errorf("docs/README.md lists %s %d times, want once", name, listed[name])
		}
		delete(listed, name)
	}
	for name := range listed {
		t.Errorf("docs/README.md lists %s, which is no document", name)
	}
	readme, err := os.ReadFile(filepath.Join("..", "..", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(readme), "](docs/README.md)") {
		t.Error("README.md does not link to docs/README.md")
	}
}

// pages are the Markdown files of the project that readers start from or are led to.
func pages(t *testing.T) (list []string) {
	t.Helper()
	root := filepath.Join("..", "..")
	list = []string{filepath.Join(root, "README.md"), filepath.Join(root, "CHANGELOG.md")}
	err := filepath.WalkDir(filepath.Join(root, "docs"), func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.Name() == "node_modules":
			return fs.SkipDir
		case filepath.Ext(path) == ".md":
			list = append(list, path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// deadLinks names the links of a page that lead to no file, or to no heading of it.
func deadLinks(page string) (dead []string, links int, err error) {
	text, err := os.ReadFile(page)
	if err != nil {
		return nil, 0, err
	}
	for _, m := range pageLink.FindAllStringSubmatch(string(text), -1) {
		target, heading := m[1], m[2]
		if strings.Contains(target, ":") { // elsewhere
			continue
		}
		links++
		file := page
		if target != "" {
			file = filepath.Join(filepath.Dir(page), filepath.FromSlash(target))
		}
		at, err := os.ReadFile(file)
		if info, statErr := os.Stat(file); statErr != nil {
			dead = append(dead, target+heading)
		} else if heading != "" && (info.IsDir() || err != nil || !slices.Contains(anchors(string(at)), heading)) {
			dead = append(dead, target+heading)
		}
	}
	return dead, links, nil
}

// anchors are the headings of a page as GitHub names them.
func anchors(page string) (names []string) {
	seen := map[string]bool{}
	code := false
	for line := range strings.Lines(page) {
		if strings.HasPrefix(line, "```") {
			code = !code
		}
		title := strings.TrimLeft(line, "#")
		if code || title == line || !strings.HasPrefix(title, " ") {
			continue
		}
		name := regexp.MustCompile(`[^\p{L}\p{N}\- _]`).ReplaceAllString(strings.ToLower(strings.TrimSpace(title)), "")
		name = "#" + strings.ReplaceAll(name, " ", "-")
		if seen[name] {
			continue // a second one has a number, which no page links to
		}
		seen[name] = true
		names = append(names, name)
	}
	return names
}

func TestLinksOfPagesResolve(t *testing.T) {
	total := 0
	for _, page := range pages(t) {
		dead, links, err := deadLinks(page)
		if err != nil {
			t.Fatal(err)
		}
		total += links
		for _, link := range dead {
			t.Errorf("%s: %s leads nowhere", page, link)
		}
	}
	if total < 100 {
		t.Errorf("only %d links found", total)
	}
}

func TestPlantedDeadLinksAreFound(t *testing.T) {
	page := filepath.Join(t.TempDir(), "a.md")
	text := "# One `b`, c\n[1](#one-b-c) [2](a.md#one-b-c) [3](https://example.org/x)\n```\n# Not\n```\n[4](b.md) [5](#not) [6](a.md#two)\n"
	if err := os.WriteFile(page, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	dead, links, err := deadLinks(page)
	if err != nil || links != 5 || !slices.Equal(dead, []string{"b.md", "#not", "a.md#two"}) {
		t.Errorf("found %v in %d links, %v", dead, links, err)
	}
}

// What a page has its reader type as make is a target of the Makefile.
func TestMakeTargetsOfPagesExist(t *testing.T) {
	makefile, err := os.ReadFile(filepath.Join("..", "..", "Makefile"))
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, page := range pages(t) {
		if filepath.Base(page) == "CHANGELOG.md" { // it tells of the past
			continue
		}
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile("(?m)(?:^    |`)make ([a-z-]+)").FindAllStringSubmatch(string(text), -1) {
			found++
			if !strings.Contains(string(makefile), "\n"+m[1]+":") {
				t.Errorf("%s: make %s is no target", page, m[1])
			}
		}
	}
	if found < 10 {
		t.Errorf("only %d targets found", found)
	}
}

// ofTheOperator is a sentence on what an operator can or cannot do.
var ofTheOperator = regexp.MustCompile(`(?i)\boperator (can|cannot|can not|could)\b`)

// What the operator can try is said in docs/trust.md, where each row is a test. Other documents
// that speak of it point there.
func TestWhatTheOperatorCanDoIsSaidOnce(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("..", "..", "docs", "*.md"))
	if err != nil || len(files) < 15 {
		t.Fatalf("%d documents: %v", len(files), err)
	}
	found := 0
	for _, path := range append(files, filepath.Join("..", "..", "README.md")) {
		raw, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, part := range strings.Split(string(raw), "\n\n") {
			said := ofTheOperator.FindString(strings.ReplaceAll(part, "\n", " "))
			if said == "" {
				continue
			}
			found++
			if filepath.Base(path) != "trust.md" && !strings.Contains(part, "trust.md") {
				t.Errorf("%s says %q without a link to trust.md", path, said)
			}
		}
	}
	if found == 0 {
		t.Error("no document speaks of what the operator can do: the pattern is out of date")
	}
}
