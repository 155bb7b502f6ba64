// Package kms keeps an agent's key in a file, sealed under a key of a cloud's key service: a custodian
// of node/signer/custody. No such service signs by BIP-340, and none sees the agent's key: it makes
// and opens the data key under which the file is sealed here.
//
// It guarantees that
//   - the file alone opens nothing: each opening asks the service, which logs it, and may say no;
//   - what is sealed is bound to what it is for: the agent, and the economy where one is named, are
//     the encryption context of the service and the associated data of the seal;
//   - nothing of a file can be exchanged for another's; and
//   - a file is never overwritten.
//
// A Service is the part of a cloud: two calls. node/signer/kms/awskms is that of AWS.
//
// # The file
//
// One JSON object, all members required, no others:
//
//	envelope  1
//	service   the name of the Service, like "aws"
//	key       the service's name of the key that wraps the data key, like an ARN
//	context   an object of texts: "agent", 64 hex digits, and where it is bound "economy"
//	wrapped   the data key as the service wrapped it, base64
//	sealed    the nonce of 12 bytes, then AES-256-GCM of the payload, base64
//
// The payload is that of a key file: custody.Key's encoding. The associated data are the lines
// "econd envelope 1", service, key, NAME=VALUE for each member of the context in the order of names,
// and wrapped, each with a line feed after it.
package kms
