// Package notify derives what an agent should be told from the state of the
// ledger and the place up to which the agent was told before.
//
// It guarantees that
//   - a notice has the same id however often, and after whatever restart, it is
//     derived;
//   - from one place on, notices come in one order, each with the place after
//     it, so that whoever goes on from there misses nothing and is told nothing
//     twice;
//   - its work is bounded by what happened since that place and by the votes that
//     are open, never by the number of agents: it is asked about one agent at a
//     time, those who want to be told.
//
// What an entry brought about is told for ever. What is about to happen is told
// while it still is: that a vote is needed, until it is cast or too late.
//
// It refuses to know clocks, networks, and who is told by which way.
package notify
