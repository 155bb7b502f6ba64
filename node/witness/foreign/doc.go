// Package foreign holds other people's witnesses, policies and cosignatures against
// econd's: filippo.io/torchwood and transparency-dev/witness, both ways. It is a module of
// its own, so that none of what they stand on is econd's; make test runs it.
package foreign
