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
		require.NoError(t, m.fits(), name)
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

// What the schema lacks is said at the start, with what to do.
func TestAReadThatTheSchemaLacksDoesNotStart(t *testing.T) {
	for missing, change := range map[string]func(*read.Route){
		"Econd/GetNothing": func(r *read.Route) { r.RPC = "Econd/GetNothing" },
		"no field nothing": func(r *read.Route) { r.Params = append(r.Params, read.Param{Name: "nothing"}) },
		"no field for nobody": func(r *read.Route) {
			r.Answer = reflect.TypeFor[struct {
				Nobody string `json:"nobody"`
			}]()
		},
	} {
		r := *methods["/econd.v1.Econd/GetInfo"].route
		change(&r)
		func() {
			defer func() {
				said, _ := recover().(string)
				require.Contains(t, said, missing)
				require.Contains(t, said, "proto/econd/v1/econd.proto")
				require.Contains(t, said, "go run ./proto/gen")
			}()
			methodsOf([]*read.Route{&r})
		}()
	}
}
