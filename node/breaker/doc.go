// Package breaker says when nothing new may be spent, for what was seen of a wallet, an
// agent or the whole node: a burst of denials, payments that fail, fees that are too high,
// sats that leave too fast, a payment that no entry asked for; and, of the node alone, a
// Lightning node out of sync, a clock that jumped, a write that failed.
//
// The first five are about sats, and such a breaker stays open until it is reset. The
// others are about means: such a breaker closes by itself when its cause has been gone for a
// while. An open breaker holds back new spends. What is under way is tracked, settled and
// cancelled all the same, which is the caller's to do.
//
// It is pure: what is seen comes in as observations with their times, which are those of a
// clock that never jumps. Of each wallet and agent it keeps the latest MaxKept observations
// of the window, and nothing of those of whom the window saw nothing. A Breakers is not
// safe for concurrent use.
package breaker
