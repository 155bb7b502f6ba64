package schema

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/econd/econd/node/constitution"
	"github.com/econd/econd/node/constitution/yamlfile"
	"github.com/econd/econd/node/op"
)

var update = flag.Bool("update", false, "write docs/schemas/constitution.json anew")

const schemaFile = "../../../docs/schemas/constitution.json"

func TestSchemaIsPublished(t *testing.T) {
	if *update {
		if err := os.WriteFile(schemaFile, JSON(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if have, err := os.ReadFile(schemaFile); err != nil || !bytes.Equal(have, JSON()) {
		t.Errorf("%s is out of date (%v); run: go test ./node/constitution/schema -update", schemaFile, err)
	}
}

// checker tells what the schema and the ledger say of one constitution.
type checker struct {
	t      *testing.T
	schema *jsonschema.Schema
}

func newChecker(t *testing.T) checker {
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(JSON()))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("constitution.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("constitution.json")
	if err != nil {
		t.Fatal(err)
	}
	return checker{t, s}
}

func (c checker) ask(v any) (schema, rules error) {
	raw, err := json.Marshal(v)
	if err != nil {
		c.t.Fatal(err)
	}
	instance, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
	if err != nil {
		c.t.Fatal(err)
	}
	_, rules = constitution.Decode(raw)
	return c.schema.Validate(instance), rules
}

// full is a constitution in which every member has a value.
func full(t *testing.T) map[string]any {
	raw, err := yaml.YAMLToJSON(yamlfile.Default)
	if err != nil {
		t.Fatal(err)
	}
	var c map[string]any
	if err := json.Unmarshal(raw, &c); err != nil {
		t.Fatal(err)
	}
	track := c["tracks"].([]any)[0].(map[string]any)
	track["delegation"] = map[string]any{"max_depth": 3}
	track["opposition"] = map[string]any{"r1_ppm": 100_000, "r2_ppm": 300_000, "max_delay": 200_000}
	track["throttle"] = map[string]any{"target": 5, "rise_ppm": 1, "decay_ppm": 10_000, "decay_s": 1, "max_sat": 50_000}
	track["counting"] = "fractional"
	track["dispute"] = map[string]any{"field": "law", "window_s": 60, "bond_sat": 100, "jurors": 3, "commit_s": 60,
		"reveal_s": 60, "appeal_s": 60, "max_rounds": 1}
	track["evaluation"] = map[string]any{"max_period_s": 60, "min_reporters": 3, "max_reporters": 5, "least_reports": 2,
		"pool": "performance", "max_reward_sat": 100}
	c["disputes"] = map[string]any{"juror_bond_sat": 1000, "fields": []any{"law", "general", "models"}}
	c["payouts"] = map[string]any{}
	c["metrics"] = []any{map[string]any{"name": "load", "unit": "percent", "least_reports": 1,
		"reporters": []any{"79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798"}}}
	return c
}

// fullFor has a value for the member at path, too: a track gathers conviction or
// votes.
func fullFor(t *testing.T, path string) map[string]any {
	c := full(t)
	if !strings.Contains(path, ".conviction.") {
		return c
	}
	track := c["tracks"].([]any)[0].(map[string]any)
	for _, name := range []string{"delegation", "opposition", "counting"} {
		delete(track, name)
	}
	track["weight"], track["quorum"], track["pass"] = map[string]any{"kind": "conviction"}, map[string]any{"kind": "none"}, map[string]any{"kind": "majority"}
	track["late_quorum_s"], track["actions"] = 0, []any{"pay"}
	track["conviction"] = map[string]any{"decay": 9_000_000, "rho_ppm": 10_000, "beta_ppm": 200_000, "step_s": 3600}
	return c
}

// at finds the object that holds a member, making what is missing on the way, and
// the member's name in it. Of lists it is the first item.
func at(c map[string]any, path string) (map[string]any, string) {
	steps := strings.Split(path, ".")
	for _, s := range steps[:len(steps)-1] {
		name := strings.TrimSuffix(s, "[]")
		if c[name] == nil {
			c[name] = map[string]any{}
		}
		if list, ok := c[name].([]any); ok {
			c = list[0].(map[string]any)
			continue
		}
		c = c[name].(map[string]any)
	}
	return c, steps[len(steps)-1]
}

// schemaAt is what the schema says of a member.
func schemaAt(path string) map[string]any {
	node := schemaOf(reflect.TypeFor[constitution.Constitution](), "")
	for name := range strings.SplitSeq(path, ".") {
		name, list := strings.CutSuffix(name, "[]")
		node = node["properties"].(map[string]any)[name].(map[string]any)
		if list {
			node = node["items"].(map[string]any)
		}
	}
	return node
}

// coupled are members whose bounds another member narrows: at the named bound the
// ledger refuses for the other's sake.
var coupled = map[string]string{
	"version":             "least", // the tracks list an action that came later
	"guardians.threshold": "most", "stake.cltv_blocks": "least", "stake.min_sat": "most", "stake.max_sat": "least", "pools[].share_ppm": "both",
	"tracks[].late_quorum_s": "most", "tracks[].quorum.share_ppm": "least", "tracks[].pass.share_ppm": "least",
	"tracks[].pass.super_ppm": "most", "tracks[].opposition.r1_ppm": "most", "tracks[].opposition.r2_ppm": "least",
	"tracks[].opposition.max_delay": "least", "tracks[].timelock_s": "both", "tracks[].collateral_sat": "both",
	"tracks[].throttle.max_sat": "least", "tracks[].voting_period_s": "least", "tracks[].dispute.window_s": "most",
	"tracks[].dispute.commit_s":         "most",
	"tracks[].evaluation.min_reporters": "both", "tracks[].evaluation.max_reporters": "least",
	"tracks[].conviction.step_s":        "most",
	"tracks[].evaluation.least_reports": "most", "disputes.juror_bond_sat": "both",
	"metrics[].least_reports": "most",
}

// Every range holds: a constitution is refused beyond it and taken within it, by its
// rules as by the schema.
func TestRangesHold(t *testing.T) {
	check := newChecker(t)
	if schema, rules := check.ask(full(t)); schema != nil || rules != nil {
		t.Fatal(schema, rules)
	}
	for path, m := range rows {
		if _, ok := schemaAt(path)["minimum"]; !ok {
			continue
		}
		least, most := m.Least, min(m.Most, op.MaxInteger)
		for bound, v := range map[string]int64{"least": least, "most": most} {
			c := fullFor(t, path)
			object, name := at(c, path)
			object[name] = v
			schema, rules := check.ask(c)
			if narrowed := coupled[path] == bound || coupled[path] == "both"; schema != nil || (rules != nil) != narrowed {
				t.Errorf("%s = %d, its %s: schema says %v, ledger %v", path, v, bound, schema, rules)
			}
		}
		for _, v := range []int64{least - 1, most + 1} {
			c := fullFor(t, path)
			object, name := at(c, path)
			object[name] = v
			if schema, rules := check.ask(c); schema == nil || rules == nil {
				t.Errorf("%s = %d: schema says %v, ledger %v", path, v, schema, rules)
			}
		}
	}
}

// Texts of a list of choices, and of a form, are refused by both where they are
// none of them.
func TestSchemaTexts(t *testing.T) {
	check := newChecker(t)
	for path, m := range rows {
		if m.Enum == nil && m.Form.Pattern() == "" {
			continue
		}
		c := full(t)
		if list, ok := strings.CutSuffix(path, "[]"); ok {
			object, name := at(c, list)
			object[name] = []any{"No Such Thing"}
		} else {
			object, name := at(c, path)
			object[name] = "No Such Thing"
		}
		if schema, rules := check.ask(c); schema == nil || rules == nil {
			t.Errorf("%s: schema says %v, ledger %v", path, schema, rules)
		}
	}
}

// Both refuse a member that is missing, one that is unknown and one of another
// type, wherever it stands.
func TestSchemaForm(t *testing.T) {
	check := newChecker(t)
	for path, change := range map[string]func(o map[string]any, name string){
		"epoch_s":                  func(o map[string]any, n string) { delete(o, n) },
		"stake.min_sat":            func(o map[string]any, n string) { delete(o, n) },
		"tracks[].throttle.target": func(o map[string]any, n string) { delete(o, n) },
		"surprise":                 func(o map[string]any, n string) { o[n] = 1 },
		"payouts.surprise":         func(o map[string]any, n string) { o[n] = 1 },
		"tracks[].weight.surprise": func(o map[string]any, n string) { o[n] = 1 },
		"tracks[].delegation.deep": func(o map[string]any, n string) { o[n] = nil },
		"stake.max_sat":            func(o map[string]any, n string) { o[n] = "many" },
		"tracks[].vetoable":        func(o map[string]any, n string) { o[n] = 1 },
		"tracks[].actions":         func(o map[string]any, n string) { o[n] = "set-price" },
		"stake.max_per_agent":      func(o map[string]any, n string) { o[n] = 1.5 },
		"guardians.keys":           func(o map[string]any, n string) { o[n] = []any{strings.Repeat("A", 64)} },
		"seeds":                    func(o map[string]any, n string) { o[n] = []any{"00"} },
		"tracks[].opposition":      func(o map[string]any, n string) { o[n] = []any{} },
	} {
		c := full(t)
		object, name := at(c, path)
		change(object, name)
		if schema, rules := check.ask(c); schema == nil || rules == nil {
			t.Errorf("%s: schema says %v, ledger %v", path, schema, rules)
		}
	}
}

func TestSchemaAcceptsTheShippedFiles(t *testing.T) {
	check := newChecker(t)
	for name, file := range map[string][]byte{"default": yamlfile.Default, "demo": yamlfile.Demo} {
		raw, err := yaml.YAMLToJSON(file)
		if err != nil {
			t.Fatal(err)
		}
		var c any
		if err := json.Unmarshal(raw, &c); err != nil {
			t.Fatal(err)
		}
		if schema, rules := check.ask(c); schema != nil || rules != nil {
			t.Errorf("%s: schema says %v, ledger %v", name, schema, rules)
		}
	}
	if !slices.Contains(strings.Split(string(yamlfile.Default), "\n"), "# yaml-language-server: $schema=https://raw.githubusercontent.com/econd/econd/main/docs/schemas/constitution.json") {
		t.Error("editors find no schema in the default file")
	}
}
