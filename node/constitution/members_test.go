package constitution

import (
	"encoding"
	"reflect"
	"strings"
	"testing"
)

// Every member has its row, once, and every row its member.
func TestEveryMemberHasItsRow(t *testing.T) {
	rows := map[string]bool{}
	for _, r := range Members() {
		if rows[r.Path] {
			t.Errorf("%s has two rows", r.Path)
		}
		rows[r.Path] = true
	}
	seen := map[string]bool{}
	var walk func(typ reflect.Type, path string)
	walk = func(typ reflect.Type, path string) {
		seen[path] = true
		switch {
		case typ.Kind() == reflect.Pointer:
			walk(typ.Elem(), path)
		case typ.Kind() == reflect.Struct:
			for i := range typ.NumField() {
				name, _, _ := strings.Cut(typ.Field(i).Tag.Get("json"), ",")
				walk(typ.Field(i).Type, strings.TrimPrefix(path+"."+name, "."))
			}
		case typ.Kind() == reflect.Slice && !typ.Implements(reflect.TypeFor[encoding.TextMarshaler]()):
			walk(typ.Elem(), path+"[]")
		case !rows[path]:
			t.Errorf("%s has no row", path)
		}
	}
	walk(reflect.TypeFor[Constitution](), "")
	for path := range rows {
		if !seen[path] {
			t.Errorf("%s has a row and is no member", path)
		}
	}
}
