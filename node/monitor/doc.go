// Package monitor watches one log for somebody who does not trust its operator: an agent, or
// a third party. It keeps the heads and promises that it sees until its copy of the log, which it recomputed,
// bears them out under a later head; it raises an alarm where they contradict each other, with files that econaudit takes.
//
// It guarantees that
//   - a head or promise is on disk before anything is done about it, so that what was signed once can
//     be held against the operator after any crash;
//   - the log is recomputed entry by entry, once: after a restart from the monitor's own copy;
//   - silence, a broken connection or an answer that makes no sense is no alarm by itself: it is said, and
//     becomes one where it lasts longer than the configuration allows;
//   - an operator fills neither disk nor memory beyond the bounds of Config, and no request waits for ever.
//
// It refuses to know what entries mean (node/audit does), how requests are paid for (node/client
// does), and whom to tell: that is for its caller.
package monitor
