// Package admission has what every API does with a call before it answers (Door), and what
// it says where it does not: who charges, what a token still buys, how operations are
// handed in and paid for, and what an error of the node means to callers. The APIs write it down in their own words: a status of HTTP or
// a code of gRPC.
//
// It knows neither request nor connection.
package admission
