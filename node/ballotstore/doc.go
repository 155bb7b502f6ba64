// Package ballotstore keeps the log of one economy in a single bbolt file:
// entries, the effects they caused, and the RFC 6962 Merkle nodes over them.
//
// It guarantees:
//
//   - One batch is one bbolt transaction. Entries, effects and Merkle nodes of
//     a batch become durable together or not at all, and [Store.Append] returns
//     without error only after the file has been synced.
//   - After a write that failed, nobody knows what the disk holds. The store
//     then refuses every further write, and every read that could show the
//     doubtful part, with [ErrPoisoned]; opening the file again is the recovery.
//   - An entry, once appended, is never changed or removed. [Store.Verify]
//     recomputes every leaf and every Merkle node and names the first entry that
//     does not fit.
//   - Keys on the write path are sequential. There is no index by a random id;
//     who needs one keeps it in memory and rebuilds it with [Store.Scan].
//
// It refuses to know what an entry means, who may write one, what an effect
// does, what a checkpoint says, and what time it is. Entries are opaque bytes;
// leaf n of the tree is SHA-256(0x00 || entry n), RFC 6962 section 2.1.
//
// A [Store] may be used by many goroutines at once. Writes are serialised in
// the order in which they take the write lock; since a [Batch] names the
// sequence number it expects, there is in effect one writer of entries.
package ballotstore
