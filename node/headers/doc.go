// Package headers keeps a run of Bitcoin's block headers as a log has it: each names the
// one before it, has the work that its bits ask for, and the bits that the network's rules
// demand, as far as the headers there tell. What it finds is part of what an entry means, so it is
// code of its own: no other package's release changes it. It knows no clock, and cannot
// tell whether a chain is the one with the most work in the world: who has headers from
// elsewhere can.
//
// Hashes are in the byte order that explorers print.
package headers
