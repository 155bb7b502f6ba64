package op

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// A list that has to be there is there, and what is no JSON is named, not written.
func TestMarshalContent(t *testing.T) {
	for want, content := range map[string]any{
		`{"track":"signal","title":"x","text":"","actions":[]}`:        Propose{Track: "signal", Title: "x"},
		`{"track":"signal","title":"y","text":"","actions":[]}`:        &Propose{Track: "signal", Title: "y", Options: []string{}},
		`{"track":"signal","title":"z","text":"","actions":[{"a":1}]}`: Propose{Track: "signal", Title: "z", Actions: []Raw{Raw(`{"a": 1}`)}},
		`{"a":"<"}`:                              Raw(` { "a":"<"}`),
		`{"tracks":[],"until_ms":1,"reason":""}`: Pause{UntilMs: 1},
	} {
		text, err := MarshalContent(content)
		require.NoError(t, err)
		require.Equal(t, want, text)
		require.Equal(t, want, EncodeContent(content))
	}
	for want, content := range map[string]any{
		"content: not valid JSON":              Raw("{nonsense"),
		"content: missing":                     nil,
		"content.actions[1]: not valid JSON":   Propose{Actions: []Raw{Raw("{}"), nil}},
		"content.constitution: not valid JSON": Genesis{},
	} {
		_, err := MarshalContent(content)
		require.ErrorIs(t, err, ErrMalformed)
		require.EqualError(t, err, want)
	}
	_, err := MarshalContent((*Vote)(nil))
	require.EqualError(t, err, "content: missing")
	given := Propose{}
	EncodeContent(&given)
	require.Nil(t, given.Actions, "what is encoded stays as it was")
	for _, k := range Kinds() {
		text, err := MarshalContent(k.Example())
		require.NoError(t, err)
		_, err = (&Event{Kind: k, Content: text}).Decoded()
		require.NoError(t, err, k)
	}
}
