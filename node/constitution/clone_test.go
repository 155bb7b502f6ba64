package constitution

import (
	"fmt"
	"reflect"
	"testing"

	"github.com/stretchr/testify/require"
)

// A copy says the same and shares nothing that can be changed: no pointer, slice or map,
// whatever members there are.
func TestCloneSharesNothing(t *testing.T) {
	c := new(Constitution)
	fill(t, reflect.ValueOf(c).Elem())
	d := c.Clone()
	require.Equal(t, c, d)
	require.Empty(t, shared("constitution", reflect.ValueOf(c), reflect.ValueOf(d)))
}

// What shared finds, it finds where it is planted.
func TestSharedFindsWhatIsShared(t *testing.T) {
	c := new(Constitution)
	fill(t, reflect.ValueOf(c).Elem())
	d := c.Clone()
	d.Tracks[0].Dispute, d.Seeds = c.Tracks[0].Dispute, c.Seeds
	require.Equal(t, []string{"constitution.Seeds", "constitution.Tracks[0].Dispute"}, shared("constitution", reflect.ValueOf(c), reflect.ValueOf(d)))
	require.NotEmpty(t, shared("constitution", reflect.ValueOf(c), reflect.ValueOf(c)))
}

// fill gives every pointer a target, and every slice and map an element.
func fill(t *testing.T, v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(t, v.Elem())
	case reflect.Struct:
		for i := range v.NumField() {
			require.True(t, v.Field(i).CanSet(), "%s.%s", v.Type(), v.Type().Field(i).Name)
			fill(t, v.Field(i))
		}
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		fill(t, v.Index(0))
	case reflect.Array:
		for i := range v.Len() {
			fill(t, v.Index(i))
		}
	case reflect.Map, reflect.Interface, reflect.Func, reflect.Chan, reflect.UnsafePointer:
		t.Fatalf("%s: this test does not know how to fill it", v.Type())
	}
}

// shared names what two values of one type have in common.
func shared(at string, a, b reflect.Value) (list []string) {
	switch a.Kind() {
	case reflect.Pointer, reflect.Slice:
		if a.Pointer() == b.Pointer() {
			return []string{at}
		}
	}
	switch a.Kind() {
	case reflect.Pointer:
		return shared(at, a.Elem(), b.Elem())
	case reflect.Struct:
		for i := range a.NumField() {
			list = append(list, shared(at+"."+a.Type().Field(i).Name, a.Field(i), b.Field(i))...)
		}
	case reflect.Slice:
		for i := range a.Len() {
			list = append(list, shared(fmt.Sprintf("%s[%d]", at, i), a.Index(i), b.Index(i))...)
		}
	}
	return list
}
