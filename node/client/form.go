package client

import (
	"bytes"
	"encoding"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"unicode"

	"github.com/econd/econd/node/anchor"
	"github.com/econd/econd/node/statement"
)

// form is what the text of a document looks like.
type form struct {
	called string // as an error names it
	check  func([]byte) error
}

// The forms of the documents by the name of their struct in node/view.
var (
	formConstitution   = form{"a constitution: an object with a version", object("version")}
	formCheckpoint     = form{"a signed checkpoint", checkpoint}
	formOperationProof = form{"an inclusion proof, C2SP tlog-proof", inclusion}
	formBallotProof    = form{"a bundle: an object with a version", object("version")}
	formSignedStanding = form{"a signed statement of reputation", func(text []byte) error {
		_, _, err := statement.Open(text)
		return err
	}}
)

// object is the check of one JSON object that has some members.
func object(members ...string) func([]byte) error {
	return func(text []byte) error {
		var have map[string]json.RawMessage
		if err := unmarshal(text, &have); err != nil {
			return err
		}
		for _, name := range members {
			if _, ok := have[name]; !ok {
				return fmt.Errorf("it has no %s", name)
			}
		}
		return nil
	}
}

func inclusion(text []byte) error {
	p, err := anchor.ParseInclusion(text)
	if err != nil {
		return err
	}
	return checkpoint(p.Checkpoint)
}

// checkpoint checks that a text is a signed note over a checkpoint. Under which keys is
// not looked at.
func checkpoint(text []byte) error {
	_, err := anchor.Unopened(text)
	return err
}

// aList is what a list is called.
const aList = "a list: an object with items"

// anObject says what an answer of a type is called, such as "an object of info".
func anObject[T any]() string {
	var words strings.Builder
	before := rune('A')
	for _, r := range reflect.TypeFor[T]().Name() {
		if unicode.IsUpper(r) && unicode.IsLower(before) {
			words.WriteByte(' ')
		}
		words.WriteRune(unicode.ToLower(r))
		before = r
	}
	return "an object of " + words.String()
}

// What an answer is not: a list, a thing.
var (
	errNoItems = errors.New("it has no items")
	errNull    = errors.New("it is null")
)

// decode reads an answer; want is what an error says that was expected.
func decode(path string, data []byte, dst any, want string) error {
	if err := unmarshal(data, dst); err != nil {
		return &AnswerError{path, want, err}
	}
	return nil
}

// unmarshal is json.Unmarshal that refuses null, with errors that name no type of Go.
func unmarshal(data []byte, dst any) error {
	err := json.Unmarshal(data, dst)
	var kind *json.UnmarshalTypeError
	var syntax *json.SyntaxError
	switch {
	case err == nil && string(bytes.TrimSpace(data)) == "null":
		return errNull
	case errors.As(err, &kind) && kind.Field == "":
		return fmt.Errorf("it is a JSON %s", kind.Value)
	case errors.As(err, &kind):
		return fmt.Errorf("its %s is a JSON %s, not %s", kind.Field, kind.Value, wanted(kind.Type))
	case errors.As(err, &syntax):
		return fmt.Errorf("it is no JSON: %w", err)
	}
	return err
}

// wanted says in JSON's words what a type is written as.
func wanted(t reflect.Type) string {
	if reflect.PointerTo(t).Implements(reflect.TypeFor[encoding.TextUnmarshaler]()) {
		return "a string"
	}
	switch t.Kind() {
	case reflect.String:
		return "a string"
	case reflect.Bool:
		return "true or false"
	case reflect.Slice, reflect.Array:
		return "an array"
	case reflect.Struct, reflect.Map, reflect.Pointer:
		return "an object"
	}
	if t.Bits() > 0 {
		return fmt.Sprintf("an integer of %d bits", t.Bits())
	}
	return "what it should be"
}
