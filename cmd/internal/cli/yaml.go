package cli

import (
	"errors"
	"fmt"
	"reflect"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"
)

// YAML says what is wrong with a configuration, by line and key, in place of the
// parser's words about Go's types. Other errors stay as they are.
func YAML(err error) error {
	var wrong *yaml.TypeError
	var large *yaml.OverflowError
	var node *yaml.UnexpectedNodeTypeError
	switch {
	case errors.As(err, &wrong):
		return typed(wrong.Token, kindOf(wrong.DstType))
	case errors.As(err, &large):
		return typed(large.Token, kindOf(large.DstType)+" that is smaller")
	case errors.As(err, &node):
		switch node.Expected {
		case ast.MappingType:
			return typed(node.Token, "a mapping of keys")
		case ast.SequenceType:
			return typed(node.Token, "a list")
		}
		return typed(node.Token, "another kind of value")
	}
	return err
}

func typed(t *token.Token, wanted string) error {
	if t == nil {
		return fmt.Errorf("must be %s", wanted)
	}
	value := t
	for t != nil && t.Type != token.MappingValueType {
		t = t.Prev
	}
	at := fmt.Sprintf("line %d: ", value.Position.Line)
	if t == nil || t.Prev == nil {
		return fmt.Errorf("%sis %q, must be %s", at, value.Value, wanted)
	}
	return fmt.Errorf("%s%s: is %q, must be %s", at, t.Prev.Value, value.Value, wanted)
}

// kindOf names values of a Go type for people.
func kindOf(t reflect.Type) string {
	if t == nil {
		return "another kind of value"
	}
	switch t.Kind() {
	case reflect.Bool:
		return "true or false"
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return "a whole number"
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return "a whole number from 0"
	case reflect.Float32, reflect.Float64:
		return "a number"
	case reflect.String:
		return "a text"
	case reflect.Slice, reflect.Array:
		return "a list"
	}
	return "a mapping of keys"
}
