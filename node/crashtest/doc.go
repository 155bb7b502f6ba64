// Package crashtest drives a wallet through what goes wrong in the world, and holds what it
// did against the budget: ten callers that say the same at once, answers that are lost,
// payments that stay under way or fail, a wallet that is killed at any step and started
// again, a clock that jumps. A wallet is anything with the few methods of Subject.
//
// What was asked and answered becomes a history, and the history is held against a model,
// node/budget's account, for linearizability: every answer is one that a wallet could have
// given that does one thing at a time. Two counts need no model: how often each payment
// left, and how many msat did.
//
// Imported by tests alone.
package crashtest
