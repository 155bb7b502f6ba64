// Package subscriptions keeps the webhooks of agents in one bbolt file, beside
// the ballot store and apart from it: URLs are private, the log is not.
//
// What it guarantees: whatever was returned nil for is on disk, concurrent
// writes share one fsync, and there are never more webhooks than the limit.
// After a write whose outcome is doubtful it takes no further writes; opening
// the file again is the recovery.
//
// What it refuses to know: notices, and how they are delivered. The file holds
// URLs in the clear and is made readable for its owner alone.
package subscriptions
