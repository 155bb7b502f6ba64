// Package clients holds programs in other languages that the documentation shows, and,
// behind the build tag clients, the test that runs them: make test-clients.
package clients
