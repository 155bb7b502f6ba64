package sim

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/require"

	"github.com/econd/econd/node/constitution/schema"
)

func gallery(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("../../docs/simulations/*.yaml")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	return files
}

// Each of these changes to the small scenario is refused, by the reader with a
// message that names the key and what is allowed, and, where the fault lies in
// the form, by the published schema too.
func TestRefusals(t *testing.T) {
	schema := compile(t)
	for _, c := range []struct {
		old, new string
		want     string
		form     bool
	}{
		{"seed: 7", "seed: 7\nsede: 8", "sede: unknown key; known are version, name, question, engine, seed", true},
		{"kind: honest", "kind: hones", `populations[0].kind: is "hones", must be one of honest, lazy, malicious, noisy, llm-noisy, delegate-seeking, whale, sybil-ring`, true},
		{"count: 3", "cuont: 3", "populations[0].cuont: unknown key", true},
		{"count: 3, ", "", "populations[0].count: missing", true},
		{"count: 3", "count: 0", "populations[0].count: is 0, must be between 1 and 100000", true},
		{"count: 3", "count: 1.5", "populations[0].count: needs a whole number, got 1.5", true},
		{"count: 3", "count: many", `populations[0].count: needs a whole number, got "many"`, true},
		{"seed: 7", "seed: 7\nsignatures: 1", "signatures: needs true or false, got 1", true},
		{"version: 1", "version: 2", "version: is 2, must be 1", true},
		{"merit: bad", "merit: fair", `proposals[0].merit: is "fair", must be one of good, bad`, true},
		{"by: ring", "by: rong", `proposals[0].by: is "rong", which is no population`, false},
		{"track: price", "track: prize", `proposals[0].track: is "prize", which is no track`, false},
		{"step: 2", "step: 4", "proposals[0].step: is 4, must be at most 3", false},
		{"proposal: dearer", "proposal: x", `attack.proposal: is "x"`, false},
		{"seed: 7", "seed: 7\nconstitution: {epoch: 5}", "constitution.epoch: unknown member", true},
		{"seed: 7", "seed: 7\nconstitution: {epoch_s: 0}", "constitution.epoch_s: range: is 0, must be between 1", false},
		{"seed: 7", "seed: 7\nconstitution: {tracks: [{name: price, weight: {kind: wealth}}]}", `"wealth" is not one of one, reputation`, false},
		{"name: small", "name: small\nname: large", "not valid YAML", false},
		{"seed: 7", "seed: 7\nsweep: {method: grid, parameters: []}", "sweep.parameters: needs at least 1 entries", true},
		{"seed: 7", "seed: 7\nsweep: {method: grid, parameters: [{path: attack.budget, values: [1]}]}", "attack.budget: unknown key", false},
		{"seed: 7", "seed: 7\nsweep: {method: grid, parameters: [{path: attack.budget_sat, values: [-1]}]}", "attack.budget_sat: is -1, must be between 0", false},
		{"seed: 7", "seed: 7\nsweep: {method: grid, parameters: [{path: populations.x.count, values: [1]}]}", "populations.x: no entry of that name", false},
		{"seed: 7", "seed: 7\nsweep: {method: sobol, parameters: [{path: attack.budget_sat, max: 9}]}", "sweep.samples: is 0", false},
		{"steps: 8", "steps: 10000\nstep_s: 31622400", "steps: is 10000, must be at most 100", false},
		{"count: 3, stake_sat: 20000", "count: 100000, wallet_sat: 2100000000000000", "populations[0]: stakes and wallets of the scenario exceed all bitcoin", false},
		{"replicates: 3", "replicates: 100000\nsweep: {method: grid, parameters: [{path: attack.budget_sat, values: [1,2,3,4,5,6,7,8,9,10,11]}]}", "are 1100000 runs, at most 1000000", false},
	} {
		file := strings.Replace(small, c.old, c.new, 1)
		require.NotEqual(t, small, file, c.new)
		_, err := Load([]byte(file))
		require.ErrorIs(t, err, ErrScenario, c.new)
		require.ErrorContains(t, err, c.want, c.new)
		if c.form {
			require.Error(t, schema.Validate(instance(t, []byte(file))), "the schema accepts %s", c.new)
		}
	}
}

func compile(t *testing.T) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(Schema()))
	require.NoError(t, err)
	c := jsonschema.NewCompiler()
	require.NoError(t, c.AddResource("scenario.json", doc))
	schema, err := c.Compile("scenario.json")
	require.NoError(t, err)
	return schema
}

func instance(t *testing.T, file []byte) any {
	t.Helper()
	raw, err := yaml.YAMLToJSON(file)
	require.NoError(t, err)
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
	require.NoError(t, err)
	return v
}

// The schema accepts the gallery, and every resolved scenario: the reader's
// defaults lie in the schema's ranges.
func TestSchemaAcceptsWhatLoads(t *testing.T) {
	schema := compile(t)
	require.NoError(t, schema.Validate(instance(t, []byte(small))))
	for _, file := range gallery(t) {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		require.NoError(t, schema.Validate(instance(t, text)), file)
		s, err := Load(text)
		require.NoError(t, err)
		raw, err := json.Marshal(s)
		require.NoError(t, err)
		require.NoError(t, schema.Validate(instance(t, raw)), "resolved %s", file)
		again, err := Reload(raw)
		require.NoError(t, err)
		require.Equal(t, s, again)
	}
}

func TestMerge(t *testing.T) {
	for _, c := range []struct{ base, change, want string }{
		{`{"a":1,"b":{"c":2,"d":3}}`, `{"b":{"c":5}}`, `{"a":1,"b":{"c":5,"d":3}}`},
		{`{"a":1,"b":2}`, `{"a":null}`, `{"b":2}`},
		{`[{"name":"x","v":1},{"name":"y","v":2}]`, `[{"name":"y","v":3},{"name":"z","v":4}]`, `[{"name":"x","v":1},{"name":"y","v":3},{"name":"z","v":4}]`},
		{`["a","b"]`, `["c"]`, `["c"]`},
		{`[{"resource":"r","sat":1}]`, `[{"resource":"r","sat":7}]`, `[{"resource":"r","sat":7}]`},
		{`[]`, `[{"name":"x"}]`, `[{"name":"x"}]`},
	} {
		base, change := parseDefault(c.base), parseDefault(c.change)
		require.Equal(t, parseDefault(c.want), merge(base, change))
		require.Equal(t, parseDefault(c.base), base, "the base is left as it is")
	}
}

func FuzzLoad(f *testing.F) {
	f.Add([]byte(small))
	f.Add([]byte("version: 1"))
	f.Add([]byte("[]"))
	f.Add([]byte("populations: [{name: a}]"))
	f.Fuzz(func(t *testing.T, file []byte) {
		s, err := Load(file)
		if err != nil {
			return
		}
		raw, err := json.Marshal(s)
		require.NoError(t, err)
		again, err := Reload(raw)
		require.NoError(t, err)
		require.Equal(t, s, again)
	})
}

// The schema describes and bounds the members of a constitution as the constitution's own does.
func TestSchemaDescribesTheConstitution(t *testing.T) {
	var s struct {
		Properties struct{ Constitution json.RawMessage }
	}
	if err := json.Unmarshal(Schema(), &s); err != nil {
		t.Fatal(err)
	}
	want, err := json.Marshal(schema.Changes())
	if err != nil {
		t.Fatal(err)
	}
	var got bytes.Buffer
	if err := json.Compact(&got, s.Properties.Constitution); err != nil {
		t.Fatal(err)
	}
	if got.String() != string(want) || !strings.Contains(got.String(), "Least stake; at most max_sat.") {
		t.Errorf("%.200s", got.String())
	}
}
