// Package vault keeps an agent's key in a KV store of version 2 of HashiCorp Vault or OpenBao, and
// reads it from there to sign by: a custodian of node/signer/custody.
//
// It guarantees that
//   - a key is never overwritten: it is written by check-and-set as the first version of its path
//     or not at all, and a write whose answer was lost is looked at before it is done again;
//   - what is read is one version, 1 unless another is named: a later one does not change the key;
//   - the access is kept up while it can be: tokens are renewed, and where they can be renewed no
//     more there is a new login; what a login got is revoked by Close;
//   - every wait and every body is bounded, and calls are repeated, with growing pauses, where the
//     server is busy (429), sealed or failing (5xx), or out of reach;
//   - no error shows a token, a secret, a URL with a query, or a body: errors are sentences of
//     this package.
//
// Where the key is taken from the environment or a file, that is the token or the AppRole's
// secret, not the key itself.
package vault
