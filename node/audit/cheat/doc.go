// Package cheat plays an operator that cheats, with the operator's and the log's real keys,
// and holds what econaudit says of what it made. It has tests alone; each row of its table is
// one kind of cheating, and stands in docs/trust.md, which "go test ./node/audit/cheat -update"
// writes. The honest log of the same story passes every check.
package cheat
