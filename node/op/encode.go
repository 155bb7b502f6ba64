package op

import (
	"bytes"
	"encoding/json"
	"reflect"
	"sync"
)

// MarshalContent writes v, one of the content types of this package or a Raw, as the
// content of an event. A list that is nil is written as [], since Unmarshal refuses null
// for it. A Raw that holds no JSON value is an error, which names its path.
func MarshalContent(v any) (string, error) {
	given := reflect.ValueOf(v)
	if !given.IsValid() || given.Kind() == reflect.Pointer && given.IsNil() {
		return "", malformed("content", "missing")
	}
	if mayNeedCare(given.Type()) {
		careful, err := withCare(given, called("content"))
		if err != nil {
			return "", err
		}
		v = careful.Interface()
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return "", malformed("content", "does not encode: %v", err)
	}
	return string(bytes.TrimRight(b.Bytes(), "\n")), nil
}

// EncodeContent is MarshalContent of a value that is known to encode.
func EncodeContent(v any) string {
	text, err := MarshalContent(v)
	if err != nil {
		panic("op: " + err.Error())
	}
	return text
}

var careTypes sync.Map // reflect.Type -> bool

// mayNeedCare tells whether a value of a type may hold a list or a Raw. Types are looked
// through once. Safe for concurrent use.
func mayNeedCare(t reflect.Type) bool {
	if known, ok := careTypes.Load(t); ok {
		return known.(bool)
	}
	care := false
	switch {
	case t == rawType:
		care = true
	case encodesItself(t):
	case t.Kind() == reflect.Slice:
		care = t.Elem().Kind() != reflect.Uint8
	case t.Kind() == reflect.Pointer:
		care = mayNeedCare(t.Elem())
	case t.Kind() == reflect.Struct:
		for i := range t.NumField() {
			care = care || t.Field(i).IsExported() && mayNeedCare(t.Field(i).Type)
		}
	}
	careTypes.Store(t, care)
	return care
}

func encodesItself(t reflect.Type) bool {
	return t.Implements(reflect.TypeFor[json.Marshaler]()) || isText(t)
}

// withCare copies a value with its nil lists made empty, but for those that an option of
// their member leaves out, and looks at each Raw.
func withCare(v reflect.Value, at *place) (reflect.Value, error) {
	t := v.Type()
	if !mayNeedCare(t) {
		return v, nil
	}
	switch {
	case t == rawType:
		if !json.Valid(v.Bytes()) {
			return v, at.malformed("not valid JSON")
		}
		return v, nil
	case t.Kind() == reflect.Pointer:
		if v.IsNil() {
			return v, nil
		}
		inner, err := withCare(v.Elem(), at)
		if err != nil {
			return v, err
		}
		p := reflect.New(t.Elem())
		p.Elem().Set(inner)
		return p, nil
	case t.Kind() == reflect.Slice:
		return listWithCare(v, at)
	}
	return structWithCare(v, at)
}

func listWithCare(v reflect.Value, at *place) (reflect.Value, error) {
	list := reflect.MakeSlice(v.Type(), v.Len(), v.Len())
	for i := range v.Len() {
		item, err := withCare(v.Index(i), &place{in: at, index: i})
		if err != nil {
			return v, err
		}
		list.Index(i).Set(item)
	}
	return list, nil
}

func structWithCare(v reflect.Value, at *place) (reflect.Value, error) {
	s := reflect.New(v.Type()).Elem()
	s.Set(v)
	for i, m := range membersOf(v.Type()) {
		if !v.Type().Field(i).IsExported() || !mayNeedCare(v.Field(i).Type()) || absent(v.Field(i), m.optional) {
			continue
		}
		field, err := withCare(v.Field(i), &place{in: at, name: m.name, member: true})
		if err != nil {
			return v, err
		}
		s.Field(i).Set(field)
	}
	return s, nil
}
