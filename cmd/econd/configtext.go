package main

import (
	"reflect"
	"strings"

	"github.com/goccy/go-yaml"
)

// commentColumn is where comments of econd.yaml stand, where the value leaves room.
const commentColumn = 39

// text is the configuration as econd init writes it: each key with the comment that
// its field has in the tag doc.
func (c config) text() ([]byte, error) { return commented(c) }

// commented is a configuration as YAML, with the comments of its fields.
func commented(c any) ([]byte, error) {
	plain, err := yaml.Marshal(c)
	if err != nil {
		return nil, err
	}
	about := comments(reflect.TypeOf(c), "")
	var b strings.Builder
	part := ""
	for line := range strings.Lines(string(plain)) {
		line = strings.TrimSuffix(line, "\n")
		key, _, _ := strings.Cut(strings.TrimSpace(line), ":")
		if !strings.HasPrefix(line, " ") {
			part = key + "."
		} else {
			key = part + key
		}
		b.WriteString(line)
		if text := about[key]; text != "" {
			b.WriteString(strings.Repeat(" ", max(1, commentColumn-len(line))) + "# " + text)
		}
		b.WriteByte('\n')
	}
	return []byte(b.String()), nil
}

// comments maps the keys of a struct, "lnd.address" for one of a part, to what their
// fields say of them.
func comments(t reflect.Type, prefix string) map[string]string {
	all := map[string]string{}
	for i := range t.NumField() {
		f := t.Field(i)
		key, _, _ := strings.Cut(f.Tag.Get("yaml"), ",")
		all[prefix+key] = f.Tag.Get("doc")
		if f.Type.Kind() == reflect.Struct {
			for k, v := range comments(f.Type, key+".") {
				all[k] = v
			}
		}
	}
	return all
}
