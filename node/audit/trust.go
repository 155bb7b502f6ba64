package audit

import (
	"fmt"

	"github.com/econd/econd/node/anchor"
)

// span is a run of block heights of which headers were given.
type span struct{ first, last uint32 }

func (s span) has(height uint32) bool { return s.first <= height && height <= s.last }

// proofSpans are the heights of the headers in anchor proofs.
func proofSpans(line []*anchor.Proof, one *anchor.Proof) (list []span) {
	for _, p := range append(line[:len(line):len(line)], one) {
		if p != nil {
			list = append(list, span{p.Height, p.Height + uint32(len(p.Following))})
		}
	}
	return list
}

// reached refuses a trusted block that none of what is verified has a header for: who names
// one would take the verdict as held against it.
func (o Options) reached(spans ...span) error {
	for _, t := range o.Trusted {
		met := false
		for _, s := range spans {
			met = met || s.has(t.Height)
		}
		if !met {
			return reject(ErrAnchor, "trusted header", "%v is not among the headers given, so nothing was held against it: their heights are %v", t, spans)
		}
	}
	return nil
}

// String says the heights.
func (s span) String() string { return fmt.Sprintf("%d to %d", s.first, s.last) }

// sameNetwork tells whether two names are of one network.
func sameNetwork(a, b string) bool {
	x, err := anchor.Params(a)
	if err != nil {
		return false
	}
	y, err := anchor.Params(b)
	return err == nil && x == y
}

// demand refuses an anchor that is not known to be in Bitcoin's chain, where that is asked for.
func (o Options) demand(a *AnchorReport) error {
	switch {
	case !o.RequireTrust:
		return nil
	case a == nil:
		return reject(ErrAnchor, "anchor", "missing: nothing reaches a block that you trust")
	case a.Unanchored:
		return reject(ErrAnchor, "anchor", "%s", a.Statement)
	}
	return nil
}

// ChainName says within a sentence which chain a network has. Only one of them is Bitcoin.
func ChainName(network string) string {
	if network == "mainnet" {
		return "Bitcoin"
	}
	return network + ", which is not Bitcoin,"
}
