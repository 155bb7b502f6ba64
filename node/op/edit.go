package op

import (
	"bytes"
	"encoding"
	"reflect"
	"slices"
	"strings"
	"sync"
)

// A pointer leads into a struct, too: into what EncodeContent would write of it,
// without writing it. So looking at one value, or changing it, costs what that
// value is long, however large the whole is. Into a Raw no pointer leads.

// Value returns the JSON of what is at the pointer in the struct that of points
// to, or null where nothing is.
func (p Pointer) Value(of any) Raw {
	v, ok := p.find(reflect.ValueOf(of).Elem())
	if !ok {
		return Raw("null")
	}
	return Raw(EncodeContent(v.Interface()))
}

// Holds tells whether that JSON is the same value as want, which field names in
// errors.
func (p Pointer) Holds(of any, want Raw, field string) (bool, error) {
	w, err := parseJSON(want, field)
	if err != nil {
		return false, err
	}
	v, ok := p.find(reflect.ValueOf(of).Elem())
	if !ok {
		return w.kind == kindNull, nil
	}
	return encodesAs(v, w), nil
}

// Set puts a value in the place of what is at the pointer in the struct that of
// points to, adds it where nothing is, or takes away what is there if with is
// null, as Replace does in a text; what comes out fits the types as Unmarshal
// demands. Lists and pointers on the way are copied, so that another struct that
// shares them stays as it is. Errors name the struct by root and with by field;
// after one the struct may be changed in part.
func (p Pointer) Set(of any, root string, with Raw, field string) error {
	w, err := parseJSON(with, field)
	if err != nil {
		return err
	}
	return p.set(reflect.ValueOf(of).Elem(), root, w, field)
}

func (p Pointer) find(v reflect.Value) (reflect.Value, bool) {
	for _, step := range p {
		for v.Kind() == reflect.Pointer {
			v = v.Elem()
		}
		switch {
		case isObject(v.Type()):
			i, options := memberOf(v.Type(), step)
			if i < 0 || absent(v.Field(i), options) {
				return v, false
			}
			v = v.Field(i)
		case isList(v.Type()):
			i := itemNamed(v, step)
			if i < 0 {
				return v, false
			}
			v = v.Index(i)
		default:
			return v, false
		}
	}
	return v, true
}

func (p Pointer) set(dst reflect.Value, at string, w value, field string) error {
	switch t := dst.Type(); {
	case len(p) == 0:
		return assignFresh(dst, w, at)
	case t.Kind() == reflect.Pointer:
		fresh := reflect.New(t.Elem())
		fresh.Elem().Set(dst.Elem())
		dst.Set(fresh)
		return p.set(fresh.Elem(), at, w, field)
	case isObject(t):
		return p.setMember(dst, at, w, field)
	case isList(t):
		return p.setItem(dst, at, w, field)
	}
	return malformed(field, "step %+q leads into what has no members", p[0])
}

func (p Pointer) setMember(dst reflect.Value, at string, w value, field string) error {
	i, options := memberOf(dst.Type(), p[0])
	at = join(at, p[0])
	switch {
	case i < 0 && w.kind == kindNull:
		return nil
	case i < 0:
		return malformed(at, "unknown member")
	case absent(dst.Field(i), options) && w.kind == kindNull:
		return nil
	case absent(dst.Field(i), options):
		return assignFresh(dst.Field(i), p[1:].wrap(w), at)
	case len(p) == 1 && w.kind == kindNull && options == "":
		return malformed(at, "missing")
	case len(p) == 1 && w.kind == kindNull:
		dst.Field(i).SetZero()
		return nil
	}
	return p[1:].set(dst.Field(i), at, w, field)
}

func (p Pointer) setItem(dst reflect.Value, at string, w value, field string) error {
	i, n := itemNamed(dst, p[0]), dst.Len()
	at += "[" + p[0] + "]"
	if i < 0 && w.kind == kindNull {
		return nil
	}
	list := reflect.MakeSlice(dst.Type(), n, n+1)
	reflect.Copy(list, dst)
	dst.Set(list)
	switch {
	case i < 0 && (len(p) > 1 || !w.named(p[0])):
		return malformed(field, "there is no %+q; what is added there must be an object with that name", p[0])
	case i < 0:
		dst.SetLen(n + 1)
		return assignFresh(dst.Index(n), w, at)
	case len(p) == 1 && w.kind == kindNull:
		reflect.Copy(dst.Slice(i, n), dst.Slice(i+1, n))
		dst.Index(n - 1).SetZero()
		dst.SetLen(n - 1)
		return nil
	}
	return p[1:].set(dst.Index(i), at, w, field)
}

// wrap puts a value into the objects that the pointer leads through.
func (p Pointer) wrap(w value) value {
	for _, step := range slices.Backward(p) {
		raw := append(append(appendString([]byte{'{'}, step), ':'), w.raw...)
		w = value{kind: kindObject, names: []string{step}, items: []value{w}, raw: append(raw, '}')}
	}
	return w
}

func assignFresh(dst reflect.Value, w value, at string) error {
	fresh := reflect.New(dst.Type()).Elem()
	err := assign(fresh, w, at)
	dst.Set(fresh)
	return err
}

// isObject tells whether values of a type are JSON objects.
func isObject(t reflect.Type) bool { return t.Kind() == reflect.Struct && !isText(t) }

// isList tells whether values of a type are JSON arrays.
func isList(t reflect.Type) bool {
	return t.Kind() == reflect.Slice && t.Elem().Kind() != reflect.Uint8 && !isText(t)
}

func isText(t reflect.Type) bool { return t.Implements(reflect.TypeFor[encoding.TextMarshaler]()) }

// member is a field of a struct as its JSON sees it.
type member struct {
	name     string
	optional string // how the tag says that it may be absent
}

// membersOf lists the fields of a struct type in order. Tags are read once for
// each type; safe for concurrent use.
func membersOf(t reflect.Type) []member {
	if known, ok := memberTables.Load(t); ok {
		return known.([]member)
	}
	list := make([]member, t.NumField())
	for i := range list {
		list[i].name, list[i].optional, _ = strings.Cut(t.Field(i).Tag.Get("json"), ",")
	}
	memberTables.Store(t, list)
	return list
}

var memberTables sync.Map // reflect.Type -> []member

// memberOf returns the field of a struct that a member goes to, or -1, and the
// options of its tag.
func memberOf(t reflect.Type, name string) (int, string) {
	for i, m := range membersOf(t) {
		if m.name == name {
			return i, m.optional
		}
	}
	return -1, ""
}

// absent tells whether a field is left out of the JSON of its struct.
func absent(v reflect.Value, options string) bool {
	switch options {
	case "":
		return false
	case "omitempty":
		switch v.Kind() {
		case reflect.Slice, reflect.String:
			return v.Len() == 0
		case reflect.Struct, reflect.Array:
			return false
		}
		return v.IsZero()
	}
	if z, ok := v.Interface().(interface{ IsZero() bool }); ok {
		return z.IsZero()
	}
	return v.IsZero()
}

// itemNamed returns the item of a list that has the name as its member "name" or
// "resource", or -1.
func itemNamed(list reflect.Value, name string) int {
	t := list.Type().Elem()
	if !isObject(t) {
		return -1
	}
	for f, m := range membersOf(t) {
		if m.name != "name" && m.name != "resource" || t.Field(f).Type.Kind() != reflect.String {
			continue
		}
		for i := range list.Len() {
			if list.Index(i).Field(f).String() == name {
				return i
			}
		}
	}
	return -1
}

// encodesAs tells whether a value's JSON is the same as w.
func encodesAs(v reflect.Value, w value) bool {
	if v.Type() == rawType || v.Type() == scoresType {
		have, err := parseJSON([]byte(EncodeContent(v.Interface())), "")
		return err == nil && have.same(w)
	}
	if isText(v.Type()) {
		text, err := v.Interface().(encoding.TextMarshaler).MarshalText()
		return err == nil && w.kind == kindString && bytes.Equal(text, []byte(w.str))
	}
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			return w.kind == kindNull
		}
		return encodesAs(v.Elem(), w)
	case reflect.String:
		return w.kind == kindString && w.str == v.String()
	case reflect.Bool:
		return w.kind == kindBool && w.boolean == v.Bool()
	case reflect.Int, reflect.Int64, reflect.Int32, reflect.Int8:
		return w.kind == kindInt && w.integer == v.Int()
	case reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return w.kind == kindInt && w.integer >= 0 && uint64(w.integer) == v.Uint()
	case reflect.Slice:
		return listEncodesAs(v, w)
	case reflect.Struct:
		return structEncodesAs(v, w)
	}
	panic("op: cannot compare " + v.Type().String())
}

func listEncodesAs(v reflect.Value, w value) bool {
	if v.IsNil() {
		return w.kind == kindNull
	}
	if w.kind != kindArray || len(w.items) != v.Len() {
		return false
	}
	for i := range w.items {
		if !encodesAs(v.Index(i), w.items[i]) {
			return false
		}
	}
	return true
}

func structEncodesAs(v reflect.Value, w value) bool {
	if w.kind != kindObject {
		return false
	}
	members := 0
	for i, m := range membersOf(v.Type()) {
		if absent(v.Field(i), m.optional) {
			continue
		}
		members++
		at := slices.Index(w.names, m.name)
		if at < 0 || !encodesAs(v.Field(i), w.items[at]) {
			return false
		}
	}
	return members == len(w.names)
}
