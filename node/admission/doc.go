// Package admission has what every API does before it answers a call, and what it says
// where it does not: who charges, what a token still buys, and what an error of the
// node means to callers. The APIs write it down in their own words: a status of HTTP or
// a code of gRPC.
//
// It knows neither request nor connection.
package admission
