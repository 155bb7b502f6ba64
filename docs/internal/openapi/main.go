// Command openapi writes docs/openapi.yaml, the OpenAPI document of econd's HTTP API, and of
// it the schema that docs/schemas has of a document for strangers, l402.json. In the former,
// paths of reads from the table of node/read, schemas of what they answer from the types
// of node/view, and the rest (operations, streams, webhooks, what the operator asks for)
// from base.yaml beside it. It is run from docs by go generate.
package main

import (
	_ "embed" // base.yaml
	"fmt"
	"os"
	"reflect"
	"strings"

	"github.com/econd/econd/node/view"
)

//go:embed base.yaml
var base string

func main() {
	if err := write(); err != nil {
		fmt.Fprintln(os.Stderr, "openapi:", err)
		os.Exit(1)
	}
}

func write() error {
	text, err := document("..")
	if err != nil {
		return err
	}
	if err := os.WriteFile("openapi.yaml", text, 0o644); err != nil {
		return err
	}
	if text, err = priceListSchema(text); err != nil {
		return err
	}
	return os.WriteFile("schemas/l402.json", text, 0o644)
}

// Lines of base.yaml in whose place the generated parts stand.
const (
	placeOfReads = "  # The reads.\n"
	placeOfViews = "    # What reads answer.\n"
)

// others are types that base.yaml refers to and no read answers with.
var others = []reflect.Type{reflect.TypeFor[view.Webhook](), reflect.TypeFor[view.WebhookTarget](), reflect.TypeFor[view.WebhookSecret](),
	reflect.TypeFor[view.SpendOrder](), reflect.TypeFor[view.SpendRequest](), reflect.TypeFor[view.SpendCheck](), reflect.TypeFor[view.SpendResult]()}

// document returns the OpenAPI document; root is that of the repository.
func document(root string) ([]byte, error) {
	s, words := newSchemas(root), vocabularies()
	paths, err := reads(s, words)
	if err != nil {
		return nil, err
	}
	for _, t := range others {
		if _, err := s.of(t); err != nil {
			return nil, err
		}
	}
	if err := s.actions(); err != nil {
		return nil, err
	}
	var views object
	for _, v := range words {
		views = append(views, member{v.name, v.schema()})
	}
	views = append(views, s.parts...)
	_, rest, _ := strings.Cut(base, "\n\n") // without what it says of itself
	text := "# Made by go generate ./docs; see docs/internal/openapi.\n" + rest
	for place, part := range map[string]object{placeOfReads: paths, placeOfViews: views} {
		var b strings.Builder
		part.write(&b, strings.Repeat(" ", len(place)-len(strings.TrimLeft(place, " "))))
		if strings.Count(text, place) != 1 {
			return nil, fmt.Errorf("base.yaml has no line %q, or two", place)
		}
		text = strings.Replace(text, place, b.String(), 1)
	}
	return []byte(text), nil
}
