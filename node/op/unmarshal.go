package op

import (
	"errors"
	"reflect"
	"slices"
	"strconv"

	"github.com/econd/econd/node/spelling"
)

// Raw is a JSON value kept as its text, for a part that somebody else decodes.
type Raw []byte

// MarshalJSON returns the text itself.
func (r Raw) MarshalJSON() ([]byte, error) { return r, nil }

// Unmarshal decodes one strict JSON value into the struct that dst points to.
// field is the path that errors start with, e.g. "content".
//
// Members are named by the json tag; all are required unless the tag says
// "omitempty" or "omitzero"; unknown ones are refused. Fields may be string,
// bool, int64, int, uint8 to uint64 (0 to 2^53), [N]byte and []byte as
// lower-case hex, Base64, Raw, structs, slices and pointers of these, and maps from
// strings to strings.
func Unmarshal(in []byte, field string, dst any) error {
	v, err := parseJSON(in, field)
	if err != nil {
		return err
	}
	into := reflect.ValueOf(dst).Elem()
	err = assign(into, v, field)
	var bad *FieldError
	if errors.As(err, &bad) && bad.Rule == missing {
		// A member with another name is why it is missing, as a rule.
		if unknown := unknownMember(into.Type(), v, field); unknown != nil {
			return unknown
		}
	}
	return err
}

// missing is the rule of a member that must be there.
const missing = "missing"

// unknownMember finds the first member that no type has, in the order of the text,
// or nil.
func unknownMember(t reflect.Type, v value, field string) error {
	switch {
	case t.Kind() == reflect.Pointer:
		return unknownMember(t.Elem(), v, field)
	case v.kind == kindArray && t.Kind() == reflect.Slice && t != rawType && t != scoresType:
		for i, item := range v.items {
			if err := unknownMember(t.Elem(), item, field+"["+strconv.Itoa(i)+"]"); err != nil {
				return err
			}
		}
	case v.kind == kindObject && t.Kind() == reflect.Struct:
		for i, have := range v.names {
			at, _ := memberOf(t, have)
			if at < 0 {
				return unknownOf(t, v, have, field)
			}
			if err := unknownMember(t.Field(at).Type, v.items[i], join(field, have)); err != nil {
				return err
			}
		}
	}
	return nil
}

// unknownOf says that a type has no member of that name, and which one of those
// that are not there was perhaps meant.
func unknownOf(t reflect.Type, v value, name, field string) error {
	var absent []string
	for _, m := range membersOf(t) {
		if !slices.Contains(v.names, m.name) {
			absent = append(absent, m.name)
		}
	}
	if near := spelling.Nearest(name, absent); near != "" {
		return malformed(join(field, name), "unknown member; did you mean %s?", near)
	}
	return malformed(join(field, name), "unknown member")
}

var (
	rawType    = reflect.TypeFor[Raw]()
	weightType = reflect.TypeFor[Weight]()
	scoresType = reflect.TypeFor[Scores]()
	base64Type = reflect.TypeFor[Base64]()
)

func assign(dst reflect.Value, v value, field string) error {
	if dst.Type() == rawType {
		dst.SetBytes(append([]byte(nil), v.raw...))
		return nil
	}
	if dst.Type() == weightType {
		return assignWeight(dst, v, field)
	}
	if dst.Type() == scoresType {
		return assignScores(dst, v, field)
	}
	if dst.Type() == base64Type {
		return assignBase64(dst, v, field)
	}
	switch dst.Kind() {
	case reflect.Pointer:
		dst.Set(reflect.New(dst.Type().Elem()))
		return assign(dst.Elem(), v, field)
	case reflect.String:
		if v.kind != kindString {
			return malformed(field, "must be a string, is a %v", v.kind)
		}
		dst.SetString(v.str)
	case reflect.Bool:
		if v.kind != kindBool {
			return malformed(field, "must be true or false, is a %v", v.kind)
		}
		dst.SetBool(v.boolean)
	case reflect.Int, reflect.Int64, reflect.Int32, reflect.Int8:
		return assignInt(dst, v, field)
	case reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return assignUint(dst, v, field)
	case reflect.Array, reflect.Slice:
		return assignList(dst, v, field)
	case reflect.Struct:
		return assignStruct(dst, v, field)
	case reflect.Map:
		return assignTexts(dst, v, field)
	default:
		panic("op: cannot decode into " + dst.Type().String())
	}
	return nil
}

// assignTexts fills a map from names to texts.
func assignTexts(dst reflect.Value, v value, field string) error {
	if v.kind != kindObject {
		return malformed(field, "must be an object, is a %v", v.kind)
	}
	texts := make(map[string]string, len(v.names))
	for i, name := range v.names {
		if v.items[i].kind != kindString {
			return malformed(join(field, name), "must be a string, is a %v", v.items[i].kind)
		}
		texts[name] = v.items[i].str
	}
	dst.Set(reflect.ValueOf(texts).Convert(dst.Type()))
	return nil
}

func assignBase64(dst reflect.Value, v value, field string) error {
	if v.kind != kindString {
		return malformed(field, "must be a string, is a %v", v.kind)
	}
	var b Base64
	if err := b.UnmarshalText([]byte(v.str)); err != nil {
		return malformed(field, "must be standard base64")
	}
	dst.SetBytes(b)
	return nil
}

func assignInt(dst reflect.Value, v value, field string) error {
	if v.kind != kindInt {
		return malformed(field, "must be an integer, is a %v", v.kind)
	}
	if dst.OverflowInt(v.integer) {
		return malformed(field, "out of range")
	}
	dst.SetInt(v.integer)
	return nil
}

func assignUint(dst reflect.Value, v value, field string) error {
	if v.kind != kindInt {
		return malformed(field, "must be an integer, is a %v", v.kind)
	}
	if v.integer < 0 || dst.OverflowUint(uint64(v.integer)) {
		return malformed(field, "out of range: must be at least 0 and fit %d bits", dst.Type().Bits())
	}
	dst.SetUint(uint64(v.integer))
	return nil
}

// assignWeight reads the one decimal spelling of a weight.
func assignWeight(dst reflect.Value, v value, field string) error {
	n, err := strconv.ParseUint(v.str, 10, 64)
	if v.kind != kindString || err != nil || strconv.FormatUint(n, 10) != v.str {
		return malformed(field, "must be a decimal string of a 64-bit number")
	}
	dst.SetUint(n)
	return nil
}

// assignScores keeps the text of an array of strings.
func assignScores(dst reflect.Value, v value, field string) error {
	if v.kind != kindArray {
		return malformed(field, "must be an array, is a %v", v.kind)
	}
	for _, item := range v.items {
		if item.kind != kindString {
			return malformed(field, "must be an array of decimal strings")
		}
	}
	dst.SetString(string(v.raw))
	return nil
}

func assignList(dst reflect.Value, v value, field string) error {
	if dst.Type().Elem().Kind() == reflect.Uint8 {
		return assignHex(dst, v, field)
	}
	if v.kind != kindArray {
		return malformed(field, "must be an array, is a %v", v.kind)
	}
	if dst.Kind() == reflect.Array {
		panic("op: cannot decode into " + dst.Type().String())
	}
	list := reflect.MakeSlice(dst.Type(), len(v.items), len(v.items))
	for i, item := range v.items {
		if err := assign(list.Index(i), item, field+"["+strconv.Itoa(i)+"]"); err != nil {
			return err
		}
	}
	dst.Set(list)
	return nil
}

func assignHex(dst reflect.Value, v value, field string) error {
	if v.kind != kindString {
		return malformed(field, "must be a string of hex digits, is a %v", v.kind)
	}
	if dst.Kind() == reflect.Slice {
		dst.SetBytes(make([]byte, len(v.str)/2))
	}
	if err := decodeHex(dst.Slice(0, dst.Len()).Bytes(), v.str); err != nil {
		return malformed(field, "%v", err)
	}
	return nil
}

func assignStruct(dst reflect.Value, v value, field string) error {
	if v.kind != kindObject {
		return malformed(field, "must be an object, is a %v", v.kind)
	}
	t := dst.Type()
	used := 0
	for i, m := range membersOf(t) {
		at := slices.Index(v.names, m.name)
		if at < 0 {
			if m.optional == "" {
				return malformed(join(field, m.name), missing)
			}
			continue
		}
		used++
		if err := assign(dst.Field(i), v.items[at], join(field, m.name)); err != nil {
			return err
		}
	}
	if used == len(v.names) {
		return nil
	}
	for _, have := range v.names {
		if i, _ := memberOf(t, have); i < 0 {
			return unknownOf(t, v, have, field)
		}
	}
	return nil
}

// StringMember returns one string member of a JSON object, so that a caller
// can choose the type to decode the whole into.
func StringMember(in []byte, field, name string) (string, error) {
	v, err := parseJSON(in, field)
	if err != nil {
		return "", err
	}
	for i, have := range v.names {
		if have == name && v.items[i].kind == kindString {
			return v.items[i].str, nil
		}
	}
	return "", malformed(join(field, name), "must be there, as a string")
}
