package grpcapi

import (
	"fmt"
	"reflect"
	"strings"
	"sync"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/view"
)

// Answers are plain structs (node/view), which HTTP writes as JSON. The messages of
// econd.v1 show the same under the same names: a member fills the field that is called
// as it is called in JSON. Ids, hashes and keys fill bytes, words the values of an enum.
// What is absent in JSON is unset.

// otherwise has the members, by message and name, that do not go by that rule, and the
// fields that they fill instead: none, or one of another field's message.
var otherwise = map[string]string{
	"Ballot.ballot":                 "filled",
	"Proposal.close_seq":            "outcome.close_seq",
	"GetInfoResponse.epoch.closed":  "epochs_closed",
	"GetInfoResponse.epoch.next_ms": "next_epoch_ms",

	"Outcome.proposal":                   "",
	"Outcome.conviction":                 "",
	"JurySeat.committed":                 "", // seen from the commitment
	"ListDelegationsResponse.statements": "", // a call of their own

	// What was asked for.
	"Budget.agent":                     "",
	"DelegateStatement.agent":          "",
	"QuoteExitResponse.proposal":       "",
	"QuoteExitResponse.agent":          "",
	"GetReputationResponse.pubkey":     "",
	"GetParticipationResponse.agent":   "",
	"GetDelegateReportResponse.agent":  "",
	"ListTurnoutResponse.track":        "",
	"GetConsistencyProofResponse.old":  "",
	"GetConsistencyProofResponse.size": "",
}

// encode fills a message from a struct, or a pointer to one, and shares bytes with it.
func encode(from any, to proto.Message) {
	from = shaped(from)
	f, t := reflect.ValueOf(from), reflect.ValueOf(to).Elem()
	if f.Kind() != reflect.Pointer {
		at := reflect.New(f.Type()) // arrays are read where they stand
		at.Elem().Set(f)
		f = at
	}
	planFor(f.Type().Elem(), t.Type()).fill(f.Elem(), t)
}

// shaped is an answer as messages have it.
func shaped(from any) any {
	if v, ok := from.(view.Operation); ok {
		return operationShape{v.Receipt, entryShape{v.Receipt.Seq, uint32(v.Kind), v.Operation, v.Entry}}
	}
	return from
}

type operationShape struct {
	Receipt view.Receipt `json:"receipt"`
	Entry   entryShape   `json:"entry"`
}

type entryShape struct {
	Seq       uint64 `json:"seq"`
	Kind      uint32 `json:"kind"`
	Operation string `json:"operation"`
	Line      []byte `json:"line"`
}

// plan says how a struct fills that of a message. It does not change once it is made.
type plan []step

// step fills one field from one member.
type step struct {
	member []int // see reflect.Value.FieldByIndex
	field  int
	set    setter
}

// setter fills a value from another.
type setter func(from, to reflect.Value)

func (p plan) fill(from, to reflect.Value) {
	for i := range p {
		s := &p[i]
		s.set(from.FieldByIndex(s.member), to.Field(s.field))
	}
}

// pair is what a plan is for.
type pair struct{ from, to reflect.Type }

var plans sync.Map // of plan, by pair

// planFor panics where a struct does not fit its message; of reads methodsOf has found that.
func planFor(from, to reflect.Type) plan {
	if p, ok := plans.Load(pair{from, to}); ok {
		return p.(plan)
	}
	p, err := answerPlan(from, to)
	if err != nil {
		panic("grpcapi: " + err.Error())
	}
	plans.Store(pair{from, to}, p)
	return p
}

// answerPlan plans for an answer: where its message has but one field, and that is a
// message, it is the one that shows the struct.
func answerPlan(from, to reflect.Type) (plan, error) {
	fields := schemaOf(to).Fields()
	if fields.Len() != 1 || fields.Get(0).Message() == nil || fields.Get(0).IsList() {
		return newPlan(from, to, nil)
	}
	i := fieldsOf(to)[string(fields.Get(0).Name())]
	set, err := setterOf(from, to.Field(i).Type, fields.Get(0), nil)
	return plan{{field: i, set: set}}, err
}

// planner makes a plan.
type planner struct {
	to     reflect.Type
	fields map[string]int // by name in the schema, their places in to
	schema protoreflect.MessageDescriptor
	fed    map[string]bool
	steps  plan
	last   plan // after all others: fields of fields
}

// newPlan fails unless every field is filled by exactly one member, or by what is around
// the struct (given), and every member fills one.
func newPlan(from, to reflect.Type, given []string) (plan, error) {
	p := &planner{to: to, fields: fieldsOf(to), fed: map[string]bool{}, schema: schemaOf(to)}
	for _, name := range given {
		p.fed[name] = true
	}
	if err := p.members(from, nil, nil); err != nil {
		return nil, err
	}
	for name := range p.fields {
		if !p.fed[name] {
			return nil, fmt.Errorf("%s.%s: nothing in %s fills it", p.schema.Name(), name, from)
		}
	}
	return append(p.steps, p.last...), nil
}

func schemaOf(message reflect.Type) protoreflect.MessageDescriptor {
	return reflect.New(message).Interface().(proto.Message).ProtoReflect().Descriptor()
}

// fieldsOf finds the fields of a message in its struct.
func fieldsOf(message reflect.Type) map[string]int {
	fields := map[string]int{}
	for i := range message.NumField() {
		for part := range strings.SplitSeq(message.Field(i).Tag.Get("protobuf"), ",") {
			if name, ok := strings.CutPrefix(part, "name="); ok {
				fields[name] = i
			}
		}
	}
	return fields
}

// members plans for the members of a struct, which is the whole or in it at index and
// under the names of path.
func (p *planner) members(from reflect.Type, index []int, path []string) error {
	for i := range from.NumField() {
		f := from.Field(i)
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name == "-" {
			continue
		}
		inside := append(path[:len(path):len(path)], name)
		if f.Anonymous && name == "" {
			name, inside = strings.ToLower(f.Type.Name()), path
		}
		at := append(index[:len(index):len(index)], i)
		field, known := p.fieldOf(append(path[:len(path):len(path)], name))
		var err error
		switch {
		case known && field == "":
		case known:
			err = p.feed(field, f.Type, at, strings.Contains(options, "omitzero"))
		case f.Type.Kind() == reflect.Struct:
			err = p.members(f.Type, at, inside)
		default:
			err = fmt.Errorf("%s: no field for %s of %s", p.schema.Name(), name, from)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// fieldOf finds the field that a member fills: by all names on the way to it, by its
// own, or with "weight" behind that.
func (p *planner) fieldOf(path []string) (field string, known bool) {
	if field, known = otherwise[string(p.schema.Name())+"."+strings.Join(path, ".")]; known {
		return field, true
	}
	own := path[len(path)-1]
	switch own {
	case "items":
		own = p.onlyList()
	case "next":
		if _, known = p.fields["next_page_token"]; known {
			return "next_page_token", true
		}
		return "", true // a list without pages
	}
	for _, name := range []string{strings.Join(path, "_"), own, own + "_weight"} {
		if _, known = p.fields[name]; known {
			return name, true
		}
	}
	return "", false
}

// onlyList is the name of the one repeated field, that of a list's items.
func (p *planner) onlyList() (name string) {
	for i := range p.schema.Fields().Len() {
		if fd := p.schema.Fields().Get(i); fd.IsList() {
			name = string(fd.Name())
		}
	}
	return name
}

// feed plans for a member.
func (p *planner) feed(field string, from reflect.Type, at []int, omitZero bool) error {
	outer, inner, deep := strings.Cut(field, ".")
	i := p.fields[outer]
	to, schema := p.to.Field(i).Type, p.schema.Fields().ByName(protoreflect.Name(outer))
	if deep {
		j := fieldsOf(to.Elem())[inner]
		set, err := setterOf(from, to.Elem().Field(j).Type, schema.Message().Fields().ByName(protoreflect.Name(inner)), nil)
		p.last = append(p.last, step{at, i, func(from, to reflect.Value) {
			if !to.IsNil() {
				set(from, to.Elem().Field(j))
			}
		}})
		return err
	}
	if p.fed[field] {
		return fmt.Errorf("%s.%s: is filled twice", p.schema.Name(), field)
	}
	p.fed[field] = true
	var given []string
	for member, other := range otherwise {
		if outer, inner, deep := strings.Cut(other, "."); deep && outer == field && strings.HasPrefix(member, string(p.schema.Name())+".") {
			given = append(given, inner)
		}
	}
	set, err := setterOf(from, to, schema, given)
	if omitZero {
		always := set
		set = func(from, to reflect.Value) {
			if !from.IsZero() {
				always(from, to)
			}
		}
	}
	p.steps = append(p.steps, step{at, i, set})
	return err
}

// setterOf makes what fills the field of a schema, or an element of it. given are the
// fields of its message that are filled from elsewhere.
func setterOf(from, to reflect.Type, schema protoreflect.FieldDescriptor, given []string) (setter, error) {
	octets := func(t reflect.Type) bool {
		return (t.Kind() == reflect.Array || t.Kind() == reflect.Slice) && t.Elem().Kind() == reflect.Uint8
	}
	switch {
	case from.Kind() == reflect.Pointer:
		set, err := setterOf(from.Elem(), to, schema, given)
		return func(from, to reflect.Value) {
			if !from.IsNil() {
				set(from.Elem(), to)
			}
		}, err
	case to.Kind() == reflect.Pointer:
		set, err := setterOf(from, to.Elem(), schema, given)
		return func(from, to reflect.Value) {
			to.Set(reflect.New(to.Type().Elem()))
			set(from, to.Elem())
		}, err
	case from.Kind() == reflect.Struct && to.Kind() == reflect.Struct:
		p, err := newPlan(from, to, given)
		return p.fill, err
	case octets(from) && octets(to):
		return func(from, to reflect.Value) { to.SetBytes(from.Bytes()) }, nil
	case from == reflect.TypeFor[op.Scores]() && to == reflect.TypeFor[[]string]():
		return func(from, to reflect.Value) { to.Set(reflect.ValueOf(op.Scores(from.String()).List())) }, nil
	case from.Kind() == reflect.Slice && to.Kind() == reflect.Slice:
		set, err := setterOf(from.Elem(), to.Elem(), schema, given)
		return func(from, to reflect.Value) {
			n := from.Len()
			to.Set(reflect.MakeSlice(to.Type(), n, n))
			for i := range n {
				set(from.Index(i), to.Index(i))
			}
		}, err
	}
	return scalarSetter(from.Kind(), to.Kind(), schema)
}

func scalarSetter(from, to reflect.Kind, schema protoreflect.FieldDescriptor) (setter, error) {
	signed := func(k reflect.Kind) bool { return k >= reflect.Int && k <= reflect.Int64 }
	unsigned := func(k reflect.Kind) bool { return k >= reflect.Uint && k <= reflect.Uint64 }
	switch {
	case from == reflect.String && schema.Enum() != nil:
		words := wordsOf(schema.Enum())
		return func(from, to reflect.Value) { to.SetInt(words[from.String()]) }, nil
	case from == reflect.String && to == reflect.String:
		return func(from, to reflect.Value) { to.SetString(from.String()) }, nil
	case from == reflect.Bool && to == reflect.Bool:
		return func(from, to reflect.Value) { to.SetBool(from.Bool()) }, nil
	case signed(from) && signed(to) && schema.Enum() == nil:
		return func(from, to reflect.Value) { to.SetInt(from.Int()) }, nil
	case signed(from) && unsigned(to):
		return func(from, to reflect.Value) { to.SetUint(uint64(from.Int())) }, nil
	case unsigned(from) && unsigned(to):
		return func(from, to reflect.Value) { to.SetUint(from.Uint()) }, nil
	}
	return nil, fmt.Errorf("%s: cannot be filled from %s", schema.FullName(), from)
}

// wordsOf maps the words that views use to the values of an enum: "juror-bond" is
// HOLD_PURPOSE_JUROR_BOND. Any other word is 0, UNSPECIFIED.
func wordsOf(e protoreflect.EnumDescriptor) map[string]int64 {
	words := map[string]int64{}
	prefix := strings.TrimSuffix(string(e.Values().ByNumber(0).Name()), "UNSPECIFIED")
	for i := range e.Values().Len() {
		v := e.Values().Get(i)
		word := strings.ToLower(strings.TrimPrefix(string(v.Name()), prefix))
		words[strings.ReplaceAll(word, "_", "-")] = int64(v.Number())
	}
	return words
}
