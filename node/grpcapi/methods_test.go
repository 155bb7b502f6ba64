package grpcapi

import (
	"reflect"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/econd/econd/node/read"
)

// Every read shows all of its answer, and its request asks for all that it takes.
func TestEveryReadHasItsMessages(t *testing.T) {
	for name, m := range methods {
		_, err := answerPlan(reflect.TypeOf(shaped(reflect.Zero(m.route.Answer).Interface())), reflect.TypeOf(m.out.New().Interface()).Elem())
		require.NoError(t, err, name)
		want := map[string]bool{}
		for i := range m.route.Params {
			want[m.route.Params[i].ProtoField()] = true
		}
		if m.route.Past {
			want[string(atField)] = true
		}
		if m.route.Paging != read.NotPaged {
			want[string(sizeField)], want[string(tokenField)] = true, true
		}
		fields := m.in.Descriptor().Fields()
		for i := range fields.Len() {
			require.True(t, want[string(fields.Get(i).Name())], "%s does not take %s", name, fields.Get(i).Name())
		}
		require.Len(t, want, fields.Len(), "%s has no field for one of %v", name, want)
	}
}
