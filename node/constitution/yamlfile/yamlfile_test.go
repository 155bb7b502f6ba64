package yamlfile

import (
	"strings"
	"testing"

	"github.com/econd/econd/node/constitution"
)

func TestShippedFilesAreValid(t *testing.T) {
	for name, text := range map[string][]byte{"default": Default, "demo": Demo} {
		if _, err := Parse(text); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// What we ship, we would use: no collateral's hold ends before its proposal's
// course, and no binding track rewards who divides a stake among keys.
func TestDefaultNeedsNoAdvice(t *testing.T) {
	raw, err := Parse(Default)
	if err != nil {
		t.Fatal(err)
	}
	c, err := constitution.Decode(raw)
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range c.Advice() {
		t.Error(a)
	}
}

func TestParseNamesTheKey(t *testing.T) {
	for change, want := range map[[2]string]string{
		{"epoch_s: 86400", "epoch_s: 0"}:                       "constitution.epoch_s",
		{"epoch_s: 86400", "epochs: 86400"}:                    "constitution.epochs: unknown member; did you mean epoch_s?",
		{"epoch_s: 86400", ""}:                                 "constitution.epoch_s: missing",
		{"epoch_s: 86400\nseeds: []", "sedes: []"}:             "constitution.sedes: unknown member; did you mean seeds?",
		{"\nversion: ", "\nsurprise: 2\nversion: "}:            "constitution.surprise: unknown member",
		{"share_ppm: 400000", "share_ppm: 400001"}:             "constitution.pools",
		{"kind: stake", "kind: loudness"}:                      "loudness",
		{"actions: [set-price]", "actions: [launch-missiles]"}: "launch-missiles",
		{"min_sat: 1000", "min_sat: 1.5"}:                      "must be an integer",
		{"seeds: []", "seeds: [\"00\"]"}:                       "constitution.seeds[0]",
	} {
		text := strings.Replace(string(Default), change[0], change[1], 1)
		if text == string(Default) {
			t.Fatalf("%q is not in the default constitution", change[0])
		}
		if _, err := Parse([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want it to name %q", change[1], err, want)
		}
	}
}

// New economies start by the newest rules.
func TestShippedConstitutionsHaveTheNewestRules(t *testing.T) {
	for name, text := range map[string][]byte{"default": Default, "demo": Demo} {
		raw, err := Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		c, err := constitution.Decode(raw)
		if err != nil {
			t.Fatal(err)
		}
		if c.Version != constitution.NewestRules {
			t.Errorf("%s: version %d, want %d", name, c.Version, constitution.NewestRules)
		}
	}
}
