// Package devnet runs a real Bitcoin and Lightning economy on one machine:
// btcd on regtest, any number of lnds with funded channels between them, and
// apertures before their owners' services, all as child processes.
//
// It guarantees that
//   - nothing is simulated: every block, payment, hold and macaroon comes from
//     the real daemon, built from the versions this module pins;
//   - everything stays on 127.0.0.1 and below one directory;
//   - nothing outlives its parent: Close ends every child, and where the
//     parent dies without a chance to call it, the operating system does;
//   - a daemon that fails says so with the end of its own log.
//
// It refuses to know what the economy is about: no rule of econd is imported
// here. Money in this package is regtest money, keys are throw-away keys, and
// the lnds run without a wallet password. Never point it at another network.
//
// Start brings up a Net, which hands out one *LND per named node.
// (*Net).StartAperture and (*Net).StartWeather add paid services,
// (*Net).StartTap puts a fault-injecting wire between a client and an lnd.
// All exported methods may be called concurrently unless they say otherwise.
package devnet
