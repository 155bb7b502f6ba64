// Package custody signs with a key that somebody else keeps and lends: a secret store such as
// Vault, or a cloud's key service. No such service signs by BIP-340, so the key is read, held in
// memory, and used here; the custodian's part is to say who may have it, and to take it back.
//
// It guarantees that
//   - revocation bites: the custodian is asked again at intervals; once it says no, or the key is
//     gone from it or another one, the key is wiped and nothing is signed any more;
//   - an outage does not stop an agent at once, and not for ever: while the custodian gives no
//     answer the key is used for a stated time after the last yes, then it is wiped;
//   - signing goes on by itself when the custodian says yes again, with the same key;
//   - the key is in no error, no log and no value that prints itself.
//
// The memory that held the key is overwritten as far as Go lets a program do it. Copies that the
// runtime, TLS and HTTP made while it was read are not reached: who reads the memory of the process
// while it signs has the key, as with any key that a program uses.
package custody
