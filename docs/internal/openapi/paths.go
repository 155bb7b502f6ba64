package main

import (
	"reflect"
	"slices"
	"strings"

	"github.com/econd/econd/node/constitution"
	"github.com/econd/econd/node/read"
	"github.com/econd/econd/node/view"
)

// reads are the paths of the table of reads, and make their schemas.
func reads(s *schemas, words []vocabulary) (object, error) {
	var paths object
	for _, r := range read.Routes() {
		if !r.IsRead() || r.Path == "" {
			continue
		}
		answer, err := content(s, r)
		if err != nil {
			return nil, err
		}
		gives, err := given(s, r)
		if err != nil {
			return nil, err
		}
		paths = append(paths, member{r.Path, object{{"get", operation(r, gives, answer, words)}}})
	}
	return paths, nil
}

// documents are the answers that have a format of their own.
var documents = map[reflect.Type]object{
	reflect.TypeFor[view.Constitution]():   media("application/json", ref("Constitution")),
	reflect.TypeFor[view.BallotProof]():    media("application/json", ref("Bundle")),
	reflect.TypeFor[view.Checkpoint]():     media("text/plain", object{{"type", "string"}}),
	reflect.TypeFor[view.OperationProof](): media("text/plain", object{{"type", "string"}}),
	reflect.TypeFor[view.SignedStanding](): append(media("application/json", ref("NostrAssertion")), media("application/vc+jwt", ref("CompactJWS"))...),
}

func media(of string, schema object) object { return object{{of, object{{"schema", schema}}}} }

// content is what an answer may be, by its media type.
func content(s *schemas, r *read.Route) (object, error) {
	if d, ok := documents[r.Answer]; ok {
		return d, nil
	}
	s.whole = r.Paging == read.NotPaged
	schema, err := s.of(r.Answer)
	s.whole = false
	return media("application/json", schema), err
}

// given says what an answer is.
func given(s *schemas, r *read.Route) (string, error) {
	switch {
	case r.Gives != "":
		return r.Gives, nil
	case r.Paging != read.NotPaged:
		return "One page", nil
	}
	text, err := s.comments.of(r.Answer, "")
	return described(text, bare(r.Answer), nil), err
}

func operation(r *read.Route, gives string, answer object, words []vocabulary) object {
	o := object{{"operationId", r.Name}, {"tags", []any{tagOf(r)}}, {"summary", r.Summary}, {"description", strings.TrimSpace(r.More + "\n" + price(r))}}
	if list := parameters(r, words); list != nil {
		o = append(o, member{"parameters", list})
	}
	ok := object{{"description", gives}}
	var headers object
	header := func(name string) {
		headers = append(headers, member{name, object{{"$ref", "#/components/headers/" + name}}})
	}
	if r.Past {
		header("Econd-Seq")
	}
	if r.Kept > 0 {
		header("ETag")
		header("Cache-Control")
	}
	if headers != nil {
		ok = append(ok, member{"headers", headers})
	}
	responses := object{{"200", append(ok, member{"content", answer})}}
	if r.Kept > 0 {
		responses = append(responses, member{"304", object{{"description", "It is what the caller has"}}})
	}
	if r.Resource != "" || r.Past {
		responses = append(responses, member{"402", object{{"$ref", "#/components/responses/PaymentRequired"}}})
	}
	return append(o, member{"responses", append(responses, member{"default", object{{"$ref", "#/components/responses/Problem"}}})})
}

func tagOf(r *read.Route) string {
	if r.Tag == "" {
		return "state"
	}
	return r.Tag
}

// price says what a read costs.
func price(r *read.Route) string {
	switch {
	case r.Resource == constitution.ResourceQueries:
		return "Costs a query."
	case r.Resource != "":
		return "Costs one of `" + r.Resource + "`."
	case r.Past:
		return "Free; with `at` it costs a query."
	}
	return "Always free."
}

// parameters are those of the path, of the query, and those that many reads take.
func parameters(r *read.Route, words []vocabulary) []any {
	var list []any
	for i := range r.Params {
		p := &r.Params[i]
		if p.In == read.InMessage {
			continue
		}
		o := object{{"name", p.Name}, {"in", "query"}}
		switch {
		case p.In == read.InPath:
			o = object{{"name", p.Name}, {"in", "path"}, {"required", true}}
		case p.Needed.Rule != "":
			o = append(o, member{"required", true})
		}
		list = append(list, append(o, member{"description", p.Doc}, member{"schema", form(p, words)}))
	}
	if r.Paging != read.NotPaged {
		list = append(list, shared("cursor"), shared("limit"))
	}
	if r.Past {
		list = append(list, shared("at"))
	}
	return list
}

func shared(name string) object { return object{{"$ref", "#/components/parameters/" + name}} }

// form is the schema of a parameter.
func form(p *read.Param, words []vocabulary) object {
	switch p.Kind {
	case read.ID, read.Key:
		return ref("Hex32")
	case read.Number:
		return object{{"type", "integer"}, {"minimum", p.Least}}
	case read.Word:
		for _, v := range words {
			if slices.Equal(v.words, p.Words) {
				return ref(v.name)
			}
		}
		return object{{"type", "string"}, {"enum", list(p.Words)}}
	}
	o := object{{"type", "string"}}
	if p.Pattern != "" {
		return append(o, member{"pattern", p.Pattern})
	}
	if p.Bad.Rule != "" {
		o = append(o, member{"minLength", 1})
	}
	if p.Longest > 0 {
		o = append(o, member{"maxLength", p.Longest})
	}
	return o
}
