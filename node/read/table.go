package read

import "slices"

// table is the table, in the order of the OpenAPI document.
var table = slices.Concat(proposals)

// Routes returns every row. The rows must not be changed.
func Routes() []*Route {
	list := make([]*Route, len(table))
	for i := range table {
		list[i] = &table[i]
	}
	return list
}

func idParam(name, doc string) Param { return Param{Name: name, Kind: ID, Doc: doc} }

func keyParam(name, doc string) Param { return Param{Name: name, Kind: Key, Doc: doc} }

// fieldOf is a parameter that has another name in gRPC.
func fieldOf(field string, p Param) Param {
	p.Field = field
	return p
}
