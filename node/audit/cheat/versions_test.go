package cheat

import "testing"

// playedBy2 has the names of tests that played in a log by version 2 of the rules.
var playedBy2 = map[string]bool{}

// byVersion2 notes that a test needs a log by version 2 of the rules.
func byVersion2(t *testing.T) { playedBy2[t.Name()] = true }

// sinceVersion2 are the rows whose cheat is held against what logs have from version 2 of the rules on.
var sinceVersion2 = []string{
	"anchor-in-no-block", "cancelled-and-kept", "chain-beside-the-anchors", "chain-in-the-log",
	"chain-in-the-log-known", "handover-hidden", "header-beside-the-chain", "header-not-the-newest", "header-of-less-work",
	"header-time-passed-by", "header-without-work", "headers-taken-back", "hold-beside-the-log",
	"hold-of-another-node", "invoice-of-another-node-paid", "invoice-shown-alone", "key-for-another-history", "key-handed-over-twice",
	"key-without-the-old", "lock-kept-back", "lock-misstated", "old-key-used-on", "retired-key-signs", "standing-beside-the-line",
	"standing-in-another-chain", "standing-of-another", "standing-raised", "standing-root-false",
	"statement-by-another-key", "statement-of-another-epoch", "statement-of-other-figures",
	"statement-without-proof",
}
