// Package notifier tells agents what concerns them: to whoever reads a feed, and
// by signed webhooks to the URLs that agents have set.
//
// It guarantees that
//   - a notice goes out at least once and always under the same id; the place up
//     to which a receiver took notices is durable before the next one is sent;
//   - a receiver that is slow, down or hostile holds up nobody else, least of all
//     the writer: each has its own place in the stream, and nothing is queued;
//   - one that refuses, or takes nothing for too long, is left alone until its
//     agent sets the webhook anew, and the agent can see why;
//   - no URL is in a log line or an error.
//
// It refuses to know what is told (package notify) and how it travels.
package notifier
