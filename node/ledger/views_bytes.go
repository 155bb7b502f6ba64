package ledger

import "reflect"

// numberBytes is about the length of a number or a boolean, its separators included.
const numberBytes = 12

// shownBytes is about the length of a view as JSON, all of its members included, in
// protobuf it is shorter. It costs one look at each member and at each byte of a text.
func shownBytes(v any) int { return bytesOf(reflect.ValueOf(v)) }

func bytesOf(v reflect.Value) (n int) {
	switch v.Kind() {
	case reflect.String:
		return textBytes(v.String())
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() {
			return bytesOf(v.Elem())
		}
	case reflect.Array, reflect.Slice:
		switch {
		case v.Type().Elem().Kind() != reflect.Uint8:
			for i := range v.Len() {
				n += 1 + bytesOf(v.Index(i))
			}
			return n
		case v.Kind() == reflect.Array: // an id or a key, in hex
			return 2*v.Len() + 2
		}
		return v.Len()
	case reflect.Struct:
		t := v.Type()
		for i := range v.NumField() {
			n += len(t.Field(i).Name) + 4 + bytesOf(v.Field(i))
		}
		return n
	}
	return numberBytes
}

// textBytes is the length of a text as JSON, where some characters take six bytes.
func textBytes(s string) int {
	n := len(s) + 2
	for _, c := range []byte(s) {
		switch {
		case c == '"', c == '\\', c == '\n', c == '\r', c == '\t':
			n++
		case c < ' ':
			n += 5
		}
	}
	return n
}
