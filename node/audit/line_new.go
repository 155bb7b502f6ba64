package audit

import (
	"fmt"
	"slices"
	"strings"

	"github.com/btcsuite/btcd/chaincfg/chainhash"

	"github.com/econd/econd/node/anchor"
	"github.com/econd/econd/node/op"
)

// NewLine is where a second line of anchors begins, as an entry of the log announced: by the
// operator's word, the coin of the one before was gone.
type NewLine struct {
	After op.Hash `json:"after"` // the last anchor of the line before: its output 1 is said to be gone
	Txid  op.Hash `json:"txid"`  // the first anchor of the second line
	Seq   uint64  `json:"seq"`   // the entry that announced it
	Note  string  `json:"note"`  // the reason that it gives
}

// announced are the anchors after which the log says that a second line begins.
func (p *replayer) announced() (list []op.Hash) {
	for _, r := range p.state.NewLines() {
		list = append(list, r.After)
	}
	return list
}

// newLines finds where a second line begins. Each must be accepted by the caller, and begin
// with an anchor that commits to the entry which announced it: so it was announced before.
func (p *replayer) newLines(line []anchor.Result, seen []LineAnchor) ([]NewLine, error) {
	list := []NewLine{}
	for i := 1; i < len(line); i++ {
		if err := anchor.Follows(line[i-1].Anchor, line[i].Anchor); err == nil {
			continue
		}
		after, first := seen[i-1].Txid, seen[i]
		r, ok := p.state.NewLine(after)
		switch {
		case !ok:
			return nil, reject(ErrLine, "line", "a second line begins with transaction %s, and no entry says so", first.Txid)
		case first.Size <= r.Seq:
			return nil, reject(ErrLine, "line", "a second line begins with transaction %s, which commits to %d entries and not to entry %d, which announces it: it began before it was announced",
				first.Txid, first.Size, r.Seq)
		case !slices.Contains(p.o.NewLines, after):
			return nil, reject(ErrLine, "line", "a second line begins with transaction %s: entry %d announced it, because output 1 of %s is gone (%q). That is the operator's word: "+
				"see in the chain what spends that output, and whether it begins with %s. To accept it: --new-line %s", first.Txid, r.Seq, after, r.Note, mark(line), after)
		}
		list = append(list, NewLine{After: after, Txid: first.Txid, Seq: r.Seq, Note: r.Note})
	}
	for _, txid := range p.o.NewLines {
		if !slices.ContainsFunc(list, func(l NewLine) bool { return l.After == txid }) {
			return nil, reject(ErrOptions, "new line", "no second line begins after %s", txid)
		}
	}
	return list, nil
}

// newLineTrust says what a proof alone does not show of a second line that the caller accepts.
func (o Options) newLineTrust() []string {
	if len(o.Line) == 0 || len(o.NewLines) == 0 {
		return nil
	}
	return []string{"That the log announced the second line of anchors: econaudit line shows it."}
}

// lasts are the last anchors of each line.
func (r *LineReport) lasts() (list []LineAnchor) {
	for i, a := range r.Anchors {
		if i == len(r.Anchors)-1 || slices.ContainsFunc(r.NewLines, func(l NewLine) bool { return l.After == a.Txid }) {
			list = append(list, a)
		}
	}
	return list
}

// mark is with which outputs of all anchors of the log begin.
func mark(line []anchor.Result) string { return fmt.Sprintf("6a28%x", line[0].Anchor.Payload[:8]) }

// txids are hashes of transactions as Bitcoin has them.
func txids(list []op.Hash) (out []chainhash.Hash) {
	for _, h := range list {
		slices.Reverse(h[:])
		out = append(out, chainhash.Hash(h))
	}
	return out
}

// conclude says in words what the line proves.
func (r *LineReport) conclude(most, size uint64) {
	first, last := r.Anchors[0], r.Anchors[len(r.Anchors)-1]
	lost, commits := r.lost(), "each commits"
	if lost > 0 {
		commits = fmt.Sprintf("%d of them commit", len(r.Anchors)-lost)
	}
	text := "are one line: each spends the one before"
	if n := len(r.NewLines); n > 0 {
		text = fmt.Sprintf("are %d lines: each spends the one before, but for the first of each", n+1)
	}
	r.Proved = []string{fmt.Sprintf("%d anchors from height %d to %d of %s %s, and %s to these entries, the last to %d of %d.",
		len(r.Anchors), first.Height, last.Height, ChainName(last.Network), text, commits, most, size)}
	r.Claims = []string{}
	if slices.ContainsFunc(r.lasts(), func(a LineAnchor) bool { return a.Unanchored }) {
		r.Claims = append(r.Claims, fmt.Sprintf("That these are blocks of %s: none of their headers is known.", strings.TrimSuffix(ChainName(last.Network), ",")))
	}
	for _, l := range r.NewLines {
		r.Proved = append(r.Proved, fmt.Sprintf("A SECOND LINE begins with transaction %s, which commits to entry %d, which announced it (%q).", l.Txid, l.Seq, l.Note))
	}
	if lost > 0 {
		r.Proved = append(r.Proved, fmt.Sprintf("%d of them are of an end of the log that the log says was lost.", lost))
	}
	r.RestsOn = lineTrust(r)
	if len(r.Open) > 0 {
		r.RestsOn = append(r.RestsOn, fmt.Sprintf("%d anchors are in a block as the log says, and not final: they were not checked.", len(r.Open)))
	}
}

// lineTrust says what a line leaves to believe.
func lineTrust(r *LineReport) (list []string) {
	for _, last := range r.lasts() {
		list = append(list, anchorTrust(&last.AnchorReport))
	}
	for _, l := range r.NewLines {
		list = append(list, fmt.Sprintf("That output 1 of %s was gone is the operator's word: if what spends it is an anchor, a second history was anchored from there on.", l.After))
	}
	return append(list, fmt.Sprintf("That no second line began elsewhere: look for outputs that begin with %s in the chain.", r.Mark))
}
