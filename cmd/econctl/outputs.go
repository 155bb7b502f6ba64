package main

import (
	"encoding"
	"encoding/json"
	"reflect"
	"strings"

	"github.com/spf13/cobra"

	"github.com/econd/econd/cmd/internal/cli"
	"github.com/econd/econd/node/keeper"
	"github.com/econd/econd/node/monitor"
	"github.com/econd/econd/node/view"
)

// prints tells what a command prints with --json: a value of a type.
func prints[T any](c *cobra.Command) *cobra.Command { return printsType(c, reflect.TypeFor[T]()) }

func printsType(c *cobra.Command, t reflect.Type) *cobra.Command {
	return printsSchema(c, schemaOf(t))
}

func printsSchema(c *cobra.Command, schema map[string]any) *cobra.Command {
	text, err := json.Marshal(schema)
	if err != nil {
		panic(err) // maps of texts do not fail
	}
	cli.Mark(c, cli.MarkOutput, string(text))
	return c
}

// openAPI is where the schemas of econd's own answers stand.
const openAPI = "https://raw.githubusercontent.com/econd/econd/main/docs/openapi.yaml#/components/schemas/"

// schemaOf is the JSON Schema of a Go type: what econd answers by reference to the OpenAPI
// document, what econctl prints by its members.
func schemaOf(t reflect.Type) map[string]any {
	switch {
	case t.Kind() == reflect.Pointer:
		return schemaOf(t.Elem())
	case t == reflect.TypeFor[json.RawMessage]():
		return map[string]any{}
	case t.Kind() == reflect.Struct && t.PkgPath() == reflect.TypeFor[view.Info]().PkgPath() && !strings.Contains(t.Name(), "["):
		return map[string]any{"$ref": openAPI + t.Name()}
	case t.Implements(reflect.TypeFor[encoding.TextMarshaler]()) || reflect.PointerTo(t).Implements(reflect.TypeFor[encoding.TextMarshaler]()):
		return map[string]any{"type": "string"}
	}
	switch t.Kind() {
	case reflect.Struct:
		members, required := map[string]any{}, []string{}
		membersOf(t, members, &required)
		return map[string]any{"type": "object", "properties": members, "required": required}
	case reflect.Slice, reflect.Array:
		return map[string]any{"type": "array", "items": schemaOf(t.Elem())}
	case reflect.Map:
		return map[string]any{"type": "object", "additionalProperties": schemaOf(t.Elem())}
	case reflect.String:
		return map[string]any{"type": "string"}
	case reflect.Bool:
		return map[string]any{"type": "boolean"}
	case reflect.Interface:
		return map[string]any{}
	case reflect.Float32, reflect.Float64:
		return map[string]any{"type": "number"}
	}
	return map[string]any{"type": "integer"}
}

func membersOf(t reflect.Type, members map[string]any, required *[]string) {
	for i := range t.NumField() {
		f := t.Field(i)
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case f.Anonymous && name == "":
			membersOf(f.Type, members, required)
		case name == "-" || !f.IsExported():
		default:
			if name == "" {
				name = f.Name
			}
			members[name] = schemaOf(f.Type)
			if !strings.Contains(options, "omit") {
				*required = append(*required, name)
			}
		}
	}
}

// pageOfItems is a list as econctl prints it: the pages of econd as one.
func pageOfItems(item reflect.Type) map[string]any {
	return map[string]any{"type": "object", "required": []string{"items"}, "properties": map[string]any{
		"items": map[string]any{"type": "array", "items": schemaOf(item)},
		"next":  map[string]any{"type": "string"}}}
}

// eachLine is one JSON value on each line.
func eachLine(of map[string]any) map[string]any {
	of["description"] = "One on each line, as long as it runs"
	return of
}

// Answers of econctl that are no more than a member or two.
type (
	requested struct {
		Requested bool         `json:"requested"`
		Anchor    *view.Anchor `json:"anchor,omitempty"`
	}
	revoked struct {
		Revoked string `json:"revoked"`
	}
	removed struct {
		Removed bool `json:"removed"`
	}
	wordsView struct {
		Words string `json:"words"`
	}
	operationsView struct {
		Items []operationView `json:"items"`
	}
	partsView[T any] struct {
		Agent string `json:"agent"`
		Items []T    `json:"items"`
	}
	sumsView struct {
		Sums []monthOf `json:"sums"`
	}
	termsView struct {
		Template string `json:"template"`
		OK       bool   `json:"ok"`
	}
)

// outputs are what commands print that are made by none of the makers in command.go, by
// their paths.
var outputs = map[string]map[string]any{
	"admin anchor":           schemaOf(reflect.TypeFor[requested]()),
	"admin backup":           schemaOf(reflect.TypeFor[fileView]()),
	"admin revoke":           schemaOf(reflect.TypeFor[revoked]()),
	"admin webhook-secret":   schemaOf(reflect.TypeFor[view.WebhookSecret]()),
	"admin pause":            schemaOf(reflect.TypeFor[pauseView]()),
	"admin unpause":          schemaOf(reflect.TypeFor[pauseView]()),
	"bind":                   schemaOf(reflect.TypeFor[boundView]()),
	"call":                   schemaOf(reflect.TypeFor[callView]()),
	"constitution show":      {"$ref": "https://raw.githubusercontent.com/econd/econd/main/docs/schemas/constitution.json"},
	"constitution schema":    {"$ref": "https://json-schema.org/draft/2020-12/schema"},
	"operation schema":       {"$ref": "https://json-schema.org/draft/2020-12/schema"},
	"operation list":         schemaOf(reflect.TypeFor[operationsView]()),
	"operation send":         schemaOf(reflect.TypeFor[done]()),
	"delegate":               schemaOf(reflect.TypeFor[done]()),
	"juror commit":           schemaOf(reflect.TypeFor[done]()),
	"juror reveal":           schemaOf(reflect.TypeFor[done]()),
	"stake confirm":          schemaOf(reflect.TypeFor[done]()),
	"payout claim":           schemaOf(reflect.TypeFor[done]()),
	"grant draw":             schemaOf(reflect.TypeFor[done]()),
	"propose":                schemaOf(reflect.TypeFor[holdView]()),
	"stake pay":              schemaOf(reflect.TypeFor[view.Hold]()),
	"dispute pay":            schemaOf(reflect.TypeFor[view.Hold]()),
	"juror pay":              schemaOf(reflect.TypeFor[view.Hold]()),
	"proposal pay":           schemaOf(reflect.TypeFor[view.Hold]()),
	"stake keep":             eachLine(schemaOf(reflect.TypeFor[keeper.Event]())),
	"delegations":            schemaOf(reflect.TypeFor[view.DelegationPage]()),
	"events":                 eachLine(map[string]any{"$ref": openAPI + "Entry"}),
	"notifications watch":    eachLine(map[string]any{"$ref": openAPI + "Notice"}),
	"exit":                   {"oneOf": []any{schemaOf(reflect.TypeFor[view.ExitQuote]()), schemaOf(reflect.TypeFor[done]())}},
	"rule list":              pageOfItems(reflect.TypeFor[view.Rule]()),
	"figures":                {"oneOf": []any{pageOfItems(reflect.TypeFor[view.Metric]()), pageOfItems(reflect.TypeFor[view.Figure]())}},
	"info":                   schemaOf(reflect.TypeFor[view.Info]()),
	"key words":              schemaOf(reflect.TypeFor[wordsView]()),
	"proposal explain":       schemaOf(reflect.TypeFor[view.Explanation]()),
	"proposal ballots":       pageOfItems(reflect.TypeFor[view.Ballot]()),
	"proposal new":           {"oneOf": []any{schemaOf(reflect.TypeFor[termsView]()), map[string]any{"type": "object"}}},
	"pauses":                 {"oneOf": []any{pageOfItems(reflect.TypeFor[view.Pause]()), pageOfItems(reflect.TypeFor[view.PauseMotion]())}},
	"stake list":             pageOfItems(reflect.TypeFor[view.Hold]()),
	"pool list":              pageOfItems(reflect.TypeFor[view.Pool]()),
	"payout list":            pageOfItems(reflect.TypeFor[view.Payout]()),
	"budget list":            pageOfItems(reflect.TypeFor[view.Budget]()),
	"agent reputation":       {"oneOf": []any{schemaOf(reflect.TypeFor[view.Reputation]()), pageOfItems(reflect.TypeFor[view.Standing]()), schemaOf(reflect.TypeFor[fileView]())}},
	"anchors export":         schemaOf(reflect.TypeFor[fileView]()),
	"export":                 schemaOf(reflect.TypeFor[fileView]()),
	"key bunker":             schemaOf(reflect.TypeFor[keyView]()),
	"key import":             schemaOf(reflect.TypeFor[keyView]()),
	"key new":                schemaOf(reflect.TypeFor[keyView]()),
	"key show":               schemaOf(reflect.TypeFor[keyView]()),
	"nwc connect":            schemaOf(reflect.TypeFor[nwcConnection]()),
	"nwc list":               schemaOf(reflect.TypeFor[[]nwcConnection]()),
	"nwc revoke":             schemaOf(reflect.TypeFor[map[string]string]()),
	"participation":          schemaOf(reflect.TypeFor[partsView[view.Participation]]()),
	"participation delegate": schemaOf(reflect.TypeFor[partsView[view.Delegate]]()),
	"participation track":    schemaOf(reflect.TypeFor[trackTurnout]()),
	"reputation verify":      schemaOf(reflect.TypeFor[statementView]()),
	"watch":                  eachLine(schemaOf(reflect.TypeFor[monitor.Report]())),
	"wallet show":            schemaOf(reflect.TypeFor[view.Wallet]()),
	"wallet open":            schemaOf(reflect.TypeFor[done]()),
	"wallet close":           schemaOf(reflect.TypeFor[done]()),
	"wallet budget":          schemaOf(reflect.TypeFor[done]()),
	"wallet pay":             {"oneOf": []any{schemaOf(reflect.TypeFor[view.SpendResult]()), schemaOf(reflect.TypeFor[view.SpendCheck]())}},
	"wallet result":          schemaOf(reflect.TypeFor[view.SpendResult]()),
	"wallet payments":        pageOfItems(reflect.TypeFor[view.Payment]()),
	"wallet statement":       schemaOf(reflect.TypeFor[sumsView]()),
	"webhook set":            schemaOf(reflect.TypeFor[view.Webhook]()),
	"webhook show":           schemaOf(reflect.TypeFor[view.Webhook]()),
	"webhook secret":         schemaOf(reflect.TypeFor[view.WebhookSecret]()),
	"webhook remove":         schemaOf(reflect.TypeFor[removed]()),
}

// signing are the commands that sign and are made by none of the makers in command.go; with
// true they also move sats beyond the price of a request.
var signing = map[string]bool{
	"admin anchor": false, "admin backup": false, "admin revoke": false, "admin webhook-secret": false, "admin pause": false, "admin unpause": false,
	"bind": false, "call": true, "operation send": false, "delegate": false, "juror commit": false, "juror reveal": false, "stake confirm": false,
	"payout claim": false, "grant draw": false, "propose": true, "stake pay": true, "dispute pay": true, "juror pay": true, "proposal pay": true,
	"stake keep": true, "exit": false, "wallet open": false, "wallet close": false, "wallet budget": false, "wallet pay": true, "wallet result": false, "webhook set": false, "webhook show": false, "webhook secret": false, "webhook remove": false,
}

// markAll tells of each command of the tables above what it prints, and gives those that sign
// or spend the flag --dry-run.
func markAll(a *app, root *cobra.Command) {
	find := func(path string) *cobra.Command {
		c, _, err := root.Find(strings.Fields(path))
		if err != nil || c.CommandPath() != "econctl "+path {
			panic("econctl: a table has " + path + ", which is no command")
		}
		return c
	}
	for path, schema := range outputs {
		printsSchema(find(path), schema)
	}
	for path, spends := range signing {
		signs(a, find(path), spends)
	}
}

// signs gives a command that signs or spends the flag --dry-run, unless it has its own.
func signs(a *app, c *cobra.Command, spends bool) *cobra.Command {
	cli.Mark(c, cli.MarkSigns, "")
	if spends {
		cli.Mark(c, cli.MarkSpends, "")
	}
	if c.Flags().Lookup("dry-run") != nil {
		return c
	}
	c.Flags().BoolVar(&a.dryRun, "dry-run", false, "show what would be signed, sent and paid, and do nothing of it")
	return c
}

// valuesOf are the words that an argument or flag takes.
func valuesOf(c *cobra.Command, name string) []string {
	if flag, is := strings.CutPrefix(name, "--"); is {
		if list := choices[pathOf(c)+" "+name]; list != nil {
			return list
		}
		return things[flagThings[flag]].values
	}
	return things[name].values
}
