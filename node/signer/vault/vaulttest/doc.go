// Package vaulttest is a double of a Vault or OpenBao server, for tests: what econd's custodian
// asks of one, answered as the real one does, in memory and by a set clock. Check is the table of
// requests that the double and a real server are held against side by side.
//
// It knows tokens (create, look up, renew, revoke, leases with a longest life), AppRole, policies,
// KV of version 1 and 2 (check-and-set, versions, delete, undelete, destroy, metadata), mounts,
// health, and the states sealed, standby and busy. It knows nothing of identity, plugins, response
// wrapping, quotas, or namespaces beyond their header.
package vaulttest
