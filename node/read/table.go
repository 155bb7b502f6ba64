package read

import "slices"

// table is the table, in the order of the OpenAPI document.
var table = slices.Concat(economy, operations, agents, standings, proposals, disputes, treasury, wallets, figures, logs, service)

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

// words are the texts of a list of words.
func words[W ~string](list []W) []string {
	texts := make([]string, len(list))
	for i, w := range list {
		texts[i] = string(w)
	}
	return texts
}
