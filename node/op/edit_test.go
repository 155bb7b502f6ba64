package op

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

type editedRule struct {
	Kind  string   `json:"kind"`
	Share uint32   `json:"share,omitempty"`
	Of    []string `json:"of,omitempty"`
}

type editedTrack struct {
	Name   string       `json:"name"`
	Sat    int64        `json:"sat"`
	Final  bool         `json:"final"`
	Rule   editedRule   `json:"rule"`
	Other  *editedRule  `json:"other,omitempty"`
	Method editedMethod `json:"method,omitempty"`
	Acts   []string     `json:"acts"`
}

type editedMethod string

type edited struct {
	Version int64         `json:"version"`
	Keys    []PublicKey   `json:"keys"`
	Prices  []editedPrice `json:"prices"`
	Extra   []editedTrack `json:"extra,omitempty"`
	Opt     editedRule    `json:"opt,omitzero"`
	Hash    Hash          `json:"hash,omitzero"`
	Data    Raw           `json:"data"`
	Tracks  []editedTrack `json:"tracks"`
}

type editedPrice struct {
	Resource string `json:"resource"`
	Sat      int64  `json:"sat"`
}

const editedText = `{"version":1,"keys":["` + editedKey + `"],"prices":[{"resource":"events","sat":1},{"resource":"proofs","sat":0}],"data":{"a":[1]},` +
	`"tracks":[{"name":"a","sat":5,"final":true,"rule":{"kind":"x","share":7},"acts":[]},` +
	`{"name":"b/c","sat":0,"final":false,"rule":{"kind":"","of":["p","q"]},"other":{"kind":"y"},"method":"m","acts":["pay"]}]}`

const editedKey = "79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798"

var (
	editedSteps = []string{"version", "keys", "prices", "extra", "opt", "hash", "data", "tracks", "a", "b~1c", "d", "events", "proofs", "sat", "final",
		"rule", "other", "method", "acts", "kind", "share", "of", "name", "nothing"}
	editedValues = []string{`null`, `0`, `1`, `-1`, `5000000000`, `true`, `""`, `"x"`, `"d"`, `[]`, `["p"]`, `{}`, `{"kind":"z"}`, `{"share":2}`,
		`{"kind":"","share":0}`, `{"kind":"y"}`, `"` + editedKey + `"`, `["` + editedKey + `"]`, `{"resource":"d","sat":3}`, `{"a":[1]}`,
		`{"name":"d","sat":1,"final":false,"rule":{"kind":"k"},"acts":["x"]}`, `{"name":"e","sat":1,"final":false,"rule":{"kind":"k"},"acts":[]}`,
		`[{"resource":"events","sat":1},{"sat":0,"resource":"proofs"}]`, `{"kind":"","of":["p","q"]}`, `1.5`, `{`}
)

// Editing a struct is editing its text: the same values are found, the same
// changes are taken and refused, and the same comes out. Whoever shares lists and
// pointers with the struct sees no change.
func TestEditAsText(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	taken, found, held := 0, 0, 0
	for range 20_000 {
		steps := make([]string, 1+rnd.IntN(4))
		for i := range steps {
			steps[i] = editedSteps[rnd.IntN(len(editedSteps))]
		}
		if rnd.IntN(2) == 0 {
			steps = append([]string{"tracks", []string{"a", "b~1c"}[rnd.IntN(2)]}, steps...)
		}
		if slices.Contains(steps[:len(steps)-1], "data") {
			continue // a pointer ends at what is kept as text
		}
		path := "/" + strings.Join(steps, "/")
		p, err := ParsePointer(path, "path")
		if err != nil {
			t.Fatal(err)
		}
		with := Raw(editedValues[rnd.IntN(len(editedValues))])
		s := editedOf(t, editedText)
		text := []byte(EncodeContent(s))

		was, err := p.lookup(text)
		if err != nil {
			t.Fatal(err)
		}
		if got := p.Value(s); string(got) != string(was) {
			t.Fatalf("%s: found %s, in the text %s", path, got, was)
		}
		wantHolds, wantErr := sameJSON(was, with, "value")
		holds, err := p.Holds(s, with, "value")
		if holds != wantHolds || (err != nil) != (wantErr != nil) {
			t.Fatalf("%s holds %s: %v %v, in the text %v %v", path, with, holds, err, wantHolds, wantErr)
		}

		want := new(edited)
		out, wantErr := p.replace(text, with, "value")
		if wantErr == nil {
			wantErr = Unmarshal(out, "root", want)
		}
		changed := *s
		err = p.Set(&changed, "root", with, "value")
		if (err != nil) != (wantErr != nil) {
			t.Fatalf("%s = %s: %v, in the text %v", path, with, err, wantErr)
		}
		if err == nil && EncodeContent(&changed) != EncodeContent(want) {
			t.Fatalf("%s = %s:\n%s, in the text\n%s", path, with, EncodeContent(&changed), EncodeContent(want))
		}
		if EncodeContent(s) != string(text) {
			t.Fatalf("%s = %s changed a struct that shares with it:\n%s", path, with, EncodeContent(s))
		}
		if err == nil {
			taken++
		}
		if string(was) != "null" {
			found++
		}
		if holds {
			held++
		}
	}
	if taken < 500 || found < 500 || held < 500 {
		t.Fatalf("%d changes taken, %d values found, %d compared as equal: the cases miss their aim", taken, found, held)
	}
}

func editedOf(t *testing.T, text string) *edited {
	t.Helper()
	s := new(edited)
	if err := Unmarshal([]byte(text), "root", s); err != nil {
		t.Fatal(err)
	}
	return s
}
