// Package nodetest holds what the tests of the node and of its APIs stand on: a
// clock that tests set, a Lightning node and a chain in memory, and a real node
// on a real ballot store beside them. It is imported by tests alone.
package nodetest
