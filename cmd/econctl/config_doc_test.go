package main

import (
	"bytes"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/pflag"
)

// docs/operating.md explains every key of econctl's configuration, in its order,
// and no other, with a flag that there is and its default.
func TestEveryKeyIsDocumented(t *testing.T) {
	var keys []string
	var walk func(of reflect.Type, prefix string)
	walk = func(of reflect.Type, prefix string) {
		for i := range of.NumField() {
			f := of.Field(i)
			if key := prefix + f.Tag.Get("yaml"); f.Type.Kind() == reflect.Struct {
				walk(f.Type, key+".")
			} else {
				keys = append(keys, key)
			}
		}
	}
	walk(reflect.TypeFor[config](), "")

	flags := pflag.NewFlagSet("", pflag.ContinueOnError)
	newApp(&bytes.Buffer{}, &bytes.Buffer{}, &bytes.Buffer{}).addFlags(flags)
	page, err := os.ReadFile("../../docs/operating.md")
	if err != nil {
		t.Fatal(err)
	}
	_, part, _ := strings.Cut(string(page), "\n## econctl's configuration\n")
	part, _, _ = strings.Cut(part, "\n## ")
	var documented []string
	for _, m := range regexp.MustCompile("(?m)^\\| `([a-z_.]+)` \\| `--([a-z-]+)` \\| [^|]+ \\| ([^|]+) \\|$").FindAllStringSubmatch(part, -1) {
		key, name, fallback := m[1], m[2], m[3]
		documented = append(documented, key)
		f := flags.Lookup(name)
		if f == nil {
			t.Errorf("%s: there is no flag --%s", key, name)
			continue
		}
		if f.DefValue != "" && fallback != "`"+f.DefValue+"`" {
			t.Errorf("%s: the page has the default %s, econctl has %s", key, fallback, f.DefValue)
		}
	}
	if !slices.Equal(keys, documented) {
		t.Errorf("keys:\n%q\ndocumented:\n%q", keys, documented)
	}
}
