package view_test

import (
	"encoding/json"
	"math"
	"reflect"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/view"
)

// What an API writes of a view, a program that reads it has again, to the last bit.
func TestViewsAreReadAgain(t *testing.T) {
	for _, v := range []any{
		new(view.Agent), new(view.Anchor), new(view.Ballot), new(view.Budget), new(view.ClosedVote), new(view.ConstitutionVersion),
		new(view.Delegate), new(view.Delegation), new(view.Dispute), new(view.ExitQuote), new(view.Explanation), new(view.Figure),
		new(view.Grant), new(view.Hold), new(view.Juror), new(view.Metric), new(view.Participation), new(view.Pause), new(view.PauseMotion),
		new(view.Payout), new(view.Pool), new(view.Proposal), new(view.RegistryEntry), new(view.Reputation), new(view.Rule), new(view.Source),
		new(view.Standing), new(view.Statement), new(view.TrackParticipation),
	} {
		t.Run(reflect.TypeOf(v).Elem().Name(), func(t *testing.T) {
			fill(t, reflect.ValueOf(v).Elem())
			text, err := json.Marshal(v)
			require.NoError(t, err)
			got := reflect.New(reflect.TypeOf(v).Elem()).Interface()
			require.NoError(t, json.Unmarshal(text, got), "%s", text)
			require.Equal(t, v, got)
		})
	}
}

// fill sets everything that is written to something.
func fill(t *testing.T, v reflect.Value) {
	switch v.Interface().(type) {
	case op.Raw:
		v.SetBytes([]byte(`{"a":1}`))
		return
	case op.Scores:
		v.SetString(`["1","2"]`)
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString("text")
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int8, reflect.Int64:
		v.SetInt(int64(math.MaxInt64) >> (64 - v.Type().Bits()))
	case reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		v.SetUint(uint64(math.MaxUint64) >> (64 - v.Type().Bits()))
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(t, v.Elem())
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		fallthrough
	case reflect.Array:
		for i := range v.Len() {
			fill(t, v.Index(i))
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).Tag.Get("json") != "-" {
				fill(t, v.Field(i))
			}
		}
	default:
		t.Fatalf("%s is of a kind that no view has yet: extend this test", v.Type())
	}
}
