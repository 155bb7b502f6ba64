package main

import (
	"encoding"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/econd/econd/node/constitution"
	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/view"
)

// schemas makes the schemas of Go types: shapes from the types, ranges and words from
// their schema tags, descriptions from their comments.
//
// A schema tag has parts with commas between: min and max (of a number's value, of a
// list's items, of a text's bytes), enum (words with bars between), and "is", the name
// of another schema, which of a list is that of its items. What may be left away by its
// json tag is not required, and if it is a list or a truth, neither empty nor false
// where it is there.
type schemas struct {
	comments comments
	made     map[string]reflect.Type // by the names of their schemas
	parts    object                  // of components/schemas
	whole    bool                    // lists have no pages
}

func newSchemas(root string) *schemas {
	return &schemas{comments{root, map[string]string{}, map[string]string{}, map[string]bool{}}, map[string]reflect.Type{}, nil, false}
}

const refs = "#/components/schemas/"

func ref(name string) object { return object{{"$ref", refs + name}} }

// of refers to the schema of a struct, made when it is first asked for.
func (s *schemas) of(t reflect.Type) (object, error) {
	name := s.nameOf(t)
	if was, ok := s.made[name]; ok {
		if !was.ConvertibleTo(t) { // twins have one schema
			return nil, fmt.Errorf("%v and %v would have one schema, %s", was, t, name)
		}
		return ref(name), nil
	}
	s.made[name] = t
	at := len(s.parts)
	s.parts = append(s.parts, member{key: name})
	o, err := s.object(t)
	if err != nil {
		return nil, fmt.Errorf("%v: %w", t, err)
	}
	s.parts[at].value = o
	return ref(name), nil
}

// action makes the schema of a type of action.
func (s *schemas) action(kind string) (name string, err error) {
	t := reflect.TypeOf(ledger.EmptyAction(kind)).Elem()
	o, err := s.object(t)
	if err != nil {
		return "", fmt.Errorf("%v: %w", t, err)
	}
	properties := o[len(o)-1].value.(object)
	properties[0].value = object{{"const", kind}} // the type, which is first
	name = "Action" + camel(kind)
	s.parts = append(s.parts, member{name, o})
	return name, nil
}

// camel is set-price as SetPrice.
func camel(kind string) string {
	var name string
	for part := range strings.SplitSeq(kind, "-") {
		name += strings.ToUpper(part[:1]) + part[1:]
	}
	return name
}

// actions makes the schemas of all actions, and of any.
func (s *schemas) actions() error {
	var all []any
	var mapping object
	at := len(s.parts)
	s.parts = append(s.parts, member{key: "Action"})
	for _, kind := range constitution.Actions() {
		name, err := s.action(kind)
		if err != nil {
			return err
		}
		all = append(all, ref(name))
		mapping = append(mapping, member{kind, refs + name})
	}
	s.parts[at].value = object{{"description", "One thing that a decision does, told by its type"}, {"oneOf", all},
		{"discriminator", object{{"propertyName", "type"}, {"mapping", mapping}}}}
	return nil
}

// nameOf is the name of a type's schema: its own; or that of the items and "Page", or
// "List" of one that is whole.
func (s *schemas) nameOf(t reflect.Type) string {
	switch {
	case !isPage(t):
		return t.Name()
	case s.whole:
		return s.nameOf(t.Field(0).Type.Elem()) + "List"
	}
	return s.nameOf(t.Field(0).Type.Elem()) + "Page"
}

// isPage tells whether a type is a view.Page of something.
func isPage(t reflect.Type) bool {
	return t.PkgPath() == reflect.TypeFor[view.Page[int]]().PkgPath() && bare(t) == "Page"
}

// bare is the name of a type without those that it is made of.
func bare(t reflect.Type) string {
	name, _, _ := strings.Cut(t.Name(), "[")
	return name
}

// object describes a struct.
func (s *schemas) object(t reflect.Type) (object, error) {
	text, err := s.comments.of(t, "")
	if err != nil {
		return nil, err
	}
	if s.whole && isPage(t) {
		text = "a whole list"
	}
	fields := s.fieldsOf(t)
	names := map[string]string{}
	for _, f := range fields {
		names[f.Name] = f.json
	}
	o := object{{"type", "object"}}
	if text != "" {
		o = append(o, member{"description", described(text, bare(t), names)})
	}
	var required []any
	var properties object
	for _, f := range fields {
		p, err := s.property(f, names)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", f.Name, err)
		}
		properties = append(properties, member{f.json, p})
		if !f.optional {
			required = append(required, f.json)
		}
	}
	return append(o, member{"required", required}, member{"additionalProperties", false}, member{"properties", properties}), nil
}

// field is a member of a struct in JSON.
type field struct {
	reflect.StructField
	of       reflect.Type // the struct that declares it
	json     string
	optional bool
}

// fieldsOf lists the members of a struct in JSON, those of embedded structs among them,
// but for the following page of a list that has none.
func (s *schemas) fieldsOf(t reflect.Type) []field {
	var all []field
	for i := range t.NumField() {
		f := t.Field(i)
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case f.Anonymous && name == "":
			all = append(all, s.fieldsOf(f.Type)...)
		case name != "-" && !(s.whole && isPage(t) && f.Name == "Next"):
			all = append(all, field{f, t, name, options != ""})
		}
	}
	return all
}

func (s *schemas) property(f field, names map[string]string) (object, error) {
	text, err := s.comments.of(f.of, f.Name)
	if err != nil {
		return nil, err
	}
	tag, err := parseTag(f.Tag.Get("schema"))
	if err != nil {
		return nil, err
	}
	o, err := s.value(f.Type, f.json, tag)
	if err != nil {
		return nil, err
	}
	if f.optional {
		o = notEmpty(o)
	}
	if text != "" {
		o = append(o, member{"description", described(text, f.Name, names)})
	}
	return o, nil
}

// notEmpty says of a value that is left away where it is empty that it is not.
func notEmpty(o object) object {
	if o[0].key != "type" {
		return o
	}
	least := slices.ContainsFunc(o, func(m member) bool { return m.key == "minItems" })
	switch {
	case o[0].value == "array" && !least:
		return slices.Insert(o, 1, member{"minItems", 1})
	case o[0].value == "boolean":
		return append(o, member{"const", true})
	}
	return o
}

// value describes a value of a type, in a member of a name.
func (s *schemas) value(t reflect.Type, name string, tag tag) (object, error) {
	switch {
	case t.Kind() == reflect.Pointer:
		return s.value(t.Elem(), name, tag)
	case t == reflect.TypeFor[op.Scores]():
		return object{{"type", "array"}, {"items", ref("Decimal")}}, nil
	case t.Kind() == reflect.Slice && t != reflect.TypeFor[op.Raw]():
		return s.array(t, name, tag)
	case tag.is != "":
		return ref(tag.is), nil
	case t == reflect.TypeFor[op.Raw]():
		return nil, fmt.Errorf("its schema tag must say what it is")
	case t == reflect.TypeFor[op.Weight]():
		return ref("Weight"), nil
	case t.Kind() == reflect.Array && t.Implements(reflect.TypeFor[encoding.TextMarshaler]()):
		return hex(t.Len()), nil
	case t.Kind() == reflect.Struct:
		return s.of(t)
	case t.Kind() == reflect.Bool:
		return object{{"type", "boolean"}}, nil
	case t.Kind() == reflect.String:
		return tag.constrain(object{{"type", "string"}}, "minLength", "maxLength"), nil
	}
	return integer(name, tag), nil
}

// array describes a list; minimum and maximum are of its length, words of its items.
func (s *schemas) array(t reflect.Type, name string, of tag) (object, error) {
	items, err := s.value(t.Elem(), name, tag{is: of.is, enum: of.enum})
	if err != nil {
		return nil, err
	}
	of.enum = nil
	return append(of.constrain(object{{"type", "array"}}, "minItems", "maxItems"), member{"items", items}), nil
}

// hex is n bytes.
func hex(n int) object {
	if n == 32 {
		return ref("Hex32")
	}
	return object{{"type", "string"}, {"pattern", fmt.Sprintf("^[0-9a-f]{%d}$", 2*n)}}
}

// units are the schemas of numbers by how the names of their members end.
var units = []struct{ ending, name string }{{"seq", "Seq"}, {"_ms", "Millis"}, {"sat", "Sat"}, {"sats", "Sat"}, {"_ppm", "Ppm"}}

// integer describes a number, which is not negative unless a tag says so.
func integer(name string, tag tag) object {
	if tag.least == nil && tag.most == nil {
		for _, u := range units {
			if strings.HasSuffix(name, u.ending) {
				return ref(u.name)
			}
		}
	}
	if tag.least == nil {
		tag.least = new(int64(0))
	}
	return tag.constrain(object{{"type", "integer"}}, "minimum", "maximum")
}

// tag is what a schema tag says.
type tag struct {
	least, most *int64
	enum        []string
	is          string
}

func parseTag(text string) (t tag, err error) {
	if text == "" {
		return t, nil
	}
	for part := range strings.SplitSeq(text, ",") {
		name, value, _ := strings.Cut(part, "=")
		n, notNumber := strconv.ParseInt(value, 10, 64)
		switch {
		case name == "min" && notNumber == nil:
			t.least = &n
		case name == "max" && notNumber == nil:
			t.most = &n
		case name == "enum":
			t.enum = strings.Split(value, "|")
		case name == "is" && value != "":
			t.is = value
		default:
			return t, fmt.Errorf("schema tag %q", part)
		}
	}
	return t, nil
}

func (t tag) constrain(o object, least, most string) object {
	if t.enum != nil {
		return append(o, member{"enum", list(t.enum)})
	}
	if t.least != nil {
		o = append(o, member{least, *t.least})
	}
	if t.most != nil {
		o = append(o, member{most, *t.most})
	}
	return o
}
