package yamlfile

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
)

// Every number of the shipped constitution stands in docs/constitution.md, in a row
// that names it, with its value.
func TestPageHasEveryNumber(t *testing.T) {
	page, err := os.ReadFile("../../../docs/constitution.md")
	if err != nil {
		t.Fatal(err)
	}
	_, numbers, ok := strings.Cut(string(page), "\n## The numbers\n")
	if !ok {
		t.Fatal("docs/constitution.md has no section on the numbers")
	}
	rows := strings.Split(numbers, "\n")
	var tree map[string]any
	if err := yaml.Unmarshal(Default, &tree); err != nil {
		t.Fatal(err)
	}
	delete(tree, "version")
	found := 0
	walkNumbers(tree, "", "", func(name, path, value string) {
		found++
		named := regexp.MustCompile("`([a-z_]+\\.)*" + name + "`")
		stated := regexp.MustCompile(`(^|[^0-9,])` + value + `([^0-9,]|,[^0-9]|$)`)
		if !slices.ContainsFunc(rows, func(r string) bool { return named.MatchString(r) && stated.MatchString(r) }) {
			t.Errorf("no row names `%s` and says %s, the value of %s", name, value, path)
		}
	})
	if found < 100 {
		t.Errorf("only %d numbers found", found)
	}
}

// walkNumbers calls see for each number, with the member that gives it its meaning,
// its place, and the value with commas.
func walkNumbers(v any, name, path string, see func(name, path, value string)) {
	switch x := v.(type) {
	case map[string]any:
		for key, item := range x {
			as := key
			if key == "share_ppm" || key == "sat" {
				as = name
			}
			walkNumbers(item, as, path+"/"+key, see)
		}
	case []any:
		for i, item := range x {
			walkNumbers(item, name, fmt.Sprintf("%s/%d", path, i), see)
		}
	case uint64:
		see(name, path, withCommas(x))
	}
}

func withCommas(n uint64) string {
	text := strconv.FormatUint(n, 10)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}
