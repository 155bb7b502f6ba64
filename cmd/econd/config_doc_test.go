package main

import (
	"fmt"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// docs/operating.md explains every key of econd.yaml, in the order of the file,
// and no other, with the default that econd has.
func TestEveryKeyIsDocumented(t *testing.T) {
	const dir = "/data"
	var keys []string
	defaults := map[string]string{}
	walkConfig(reflect.ValueOf(defaultConfig(dir)), "", func(key string, v reflect.Value) {
		keys = append(keys, key)
		defaults[key] = fmt.Sprint(v.Interface())
	})
	defaults["data_dir"] = "where `econd.yaml` is"
	rows := tableRows(t, "## econd.yaml", 4)
	var documented []string
	for _, row := range rows {
		key := strings.Trim(row[0], "`")
		documented = append(documented, key)
		want := defaults[key]
		switch name, inside := strings.CutPrefix(want, dir+"/"); {
		case key == "data_dir":
		case inside:
			want = "`" + name + "` in the data folder"
		case want == "":
			want = "empty"
		default:
			want = "`" + want + "`"
		}
		if row[2] != want {
			t.Errorf("%s: the page has the default %q, econd has %q", key, row[2], want)
		}
	}
	if !slices.Equal(keys, documented) {
		t.Errorf("keys:\n%q\ndocumented:\n%q", keys, documented)
	}
}

// walkConfig calls fn for every key, dotted, in order.
func walkConfig(v reflect.Value, prefix string, fn func(key string, v reflect.Value)) {
	for i := range v.NumField() {
		name, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("yaml"), ",")
		key := prefix + name
		if f := v.Field(i); f.Kind() == reflect.Struct {
			walkConfig(f, key+".", fn)
		} else {
			fn(key, f)
		}
	}
}

// tableRows are the rows of the table under a heading of docs/operating.md whose
// first cell is a key.
func tableRows(t *testing.T, heading string, cells int) [][]string {
	t.Helper()
	page, err := os.ReadFile("../../docs/operating.md")
	if err != nil {
		t.Fatal(err)
	}
	_, part, ok := strings.Cut(string(page), "\n"+heading+"\n")
	if !ok {
		t.Fatalf("docs/operating.md has no %q", heading)
	}
	part, _, _ = strings.Cut(part, "\n## ")
	var rows [][]string
	for _, line := range strings.Split(part, "\n") {
		if !regexp.MustCompile("^\\| `[A-Za-z]").MatchString(line) {
			continue
		}
		row := strings.Split(strings.Trim(line, "|"), "|")
		for i := range row {
			row[i] = strings.TrimSpace(row[i])
		}
		if len(row) != cells {
			t.Fatalf("%q has %d cells, not %d", line, len(row), cells)
		}
		rows = append(rows, row)
	}
	return rows
}
