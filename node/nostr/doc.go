// Package nostr speaks with Nostr relays: encrypted payloads (NIP-44 version 2), and a
// Pool that publishes to several relays (NIP-01 OK) and subscribes at them (filters,
// EOSE, CLOSED), answers where a relay asks who is there (AUTH, NIP-42), and connects
// again with growing pauses.
//
// It guarantees that
//   - an event that it hands up matches the filter that was asked for, has the id of its
//     own text and a BIP-340 signature by its author, and comes once;
//   - a relay costs bounded work and memory: messages, waiting events and remembered ids
//     have limits, and a relay that sends what was not asked for is left for a while;
//   - a payload is decrypted after its MAC was checked in constant time, never before.
//
// It refuses to know what events mean. Relays are trusted with nothing: they may hold
// back, repeat and reorder events, and that is all.
//
// Events are op.Event: its hash, encoding and signature are those of NIP-01 for every
// kind. Only how events are read differs, for op.Decode takes the tags of one economy's
// log alone; see Decode.
package nostr
