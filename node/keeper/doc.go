// Package keeper renews an agent's holds before they end.
//
// It guarantees that
//   - a hold is renewed only while this Lightning node has its payment in flight,
//     by one over no more sats, and while the hold before it was let go: nobody
//     who runs an econd can talk a Keeper into locking more than was locked, but
//     for the moment of a renewal;
//   - an invoice is paid only if it is proved that the log offers it, to the node of the
//     economy: its way to econd gives it nothing else (package offer);
//   - nothing is paid twice: what became of a payment is looked up by its hash
//     before it is sent, and the node pays a hash once;
//   - nothing has to be remembered: a Keeper that was stopped at any instant goes
//     on where econd and the node stand.
//
// It refuses to know HTTP, keys and files: it has ports for them. A Keeper is for
// one goroutine.
package keeper
