package read

import (
	"reflect"
	"regexp"
	"slices"
	"testing"
)

// Every row says all that its readers rely on, and no two are one.
func TestRows(t *testing.T) {
	seen := map[string]bool{}
	once := func(what string) {
		if seen[what] {
			t.Errorf("%s is there twice", what)
		}
		seen[what] = true
	}
	for _, r := range Routes() {
		once(r.Name)
		if r.Path == "" && r.RPC == "" {
			t.Errorf("%s is nowhere", r.Name)
		}
		if r.Path != "" {
			once(r.Verb() + " " + r.Path)
		}
		if r.RPC != "" {
			once(r.RPC)
		}
		if r.IsRead() != (r.Answer != nil) {
			t.Errorf("%s: has an answer and nothing that answers, or the reverse", r.Name)
		}
		if r.IsRead() && r.Path != "" && r.Summary == "" {
			t.Errorf("%s: no summary", r.Name)
		}
		if r.Paging != NotPaged && r.Item() == nil {
			t.Errorf("%s: %v is no page", r.Name, r.Answer)
		}
		if r.Keyed && (r.Resource != "" || r.Past) {
			t.Errorf("%s: asks for a key and for sats", r.Name)
		}
		if r.IsRead() {
			checkParams(t, r)
		}
	}
}

func checkParams(t *testing.T, r *Route) {
	var inPath, want []string
	for _, m := range regexp.MustCompile(`\{([^}]*)\}`).FindAllStringSubmatch(r.Path, -1) {
		want = append(want, m[1])
	}
	names := []string{"cursor", "limit", "at"}
	for _, p := range r.Params {
		if p.In == InPath && r.Path != "" {
			inPath = append(inPath, p.Name)
		}
		if slices.Contains(names, p.Name) {
			t.Errorf("%s: %s is there twice", r.Name, p.Name)
		}
		names = append(names, p.Name)
		if (p.Kind == Word) != (len(p.Words) > 0) {
			t.Errorf("%s: %s: words, and the kind of another, or the reverse", r.Name, p.Name)
		}
		if p.In != InMessage && p.Doc == "" {
			t.Errorf("%s: %s says nothing", r.Name, p.Name)
		}
	}
	if !slices.Equal(inPath, want) {
		t.Errorf("%s: path takes %v, parameters are %v", r.Name, want, inPath)
	}
}

// Rows of one path cost the same, since aperture's tokens open a path; and no path
// is two rows'.
func TestPathsAreOneRows(t *testing.T) {
	for _, r := range Routes() {
		if r.Path == "" {
			continue
		}
		at := atPath(regexp.MustCompile(`\{[^}]*\}`).ReplaceAllString(r.Path, "x"))
		if at == nil || at.Path != r.Path || at.Resource != r.Resource || at.Keyed != r.Keyed {
			t.Errorf("%s is taken for %+v", r.Path, at)
		}
	}
}

// What an aperture lets pass unasked is free, and has a body.
func TestApertureLetsPass(t *testing.T) {
	want := []string{`^/v1/agents/[0-9a-f]{64}/webhook$`, `^/v1/wallets/[^/]+/check$`}
	if got := AperturePaths(false); !reflect.DeepEqual(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	want = []string{want[0], want[1], `^/v1/operations$`, `^/v1/wallets/[^/]+/payments$`}
	if got := AperturePaths(true); !reflect.DeepEqual(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}
