// Package constitution has what governance can change: the types of a constitution, one
// row for each member with its range, words and documentation, and what must hold
// between members. The ledger validates by it, and the JSON Schema is made of it.
//
// It knows neither the ledger nor YAML. A Constitution is a plain value; whoever reads
// one that is in force must not change it.
package constitution
