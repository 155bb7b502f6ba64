// Package node is the running governance node: one writer that orders
// operations and facts, applies them to the ledger, makes them durable and
// answers; and the workers that carry out the ledger's effects and report back.
//
// It guarantees that nobody is answered before the entry is durable, that the
// time and height of entries never go back, that due facts come first, and
// that an effect is carried out at least once and recorded exactly once,
// whatever crashes in between. It declares the ports it needs (ports.go) and
// refuses to know its adapters.
package node
