package main

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/econd/econd/node/audit"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/reputation"
)

// printReplay writes what a log comes to.
func printReplay(w io.Writer, r audit.ReplayReport) {
	fmt.Fprintf(w, "RECOMPUTED: %d entries of economy %s on %s\n", r.Entries, r.Economy, r.Network)
	fmt.Fprintf(w, "  root        %s\n  operator    %s\n  log key     %s\n", r.Root, r.Operator, r.LogVerifier)
	fmt.Fprintf(w, "  from %s to %s\n", stamp(r.FirstMs), stamp(r.LastMs))
	for _, k := range r.Kinds {
		fmt.Fprintf(w, "  %-18s %d\n", k.Kind, k.Entries)
	}
	printProposals(w, r.Proposals)
	fmt.Fprintf(w, "Reputation: %d epochs, %d agents, %d with a score\n", r.Scores.Epochs, r.Scores.Agents, r.Scores.Scored)
	for _, a := range r.Scores.Top {
		fmt.Fprintf(w, "  %s  %q  score %s\n", a.PubKey.String()[:16], a.Name, reputation.Percent(uint64(a.Score)))
	}
	for _, p := range r.Pools {
		fmt.Fprintf(w, "Pool %s: %d sat\n", p.Name, p.Sat)
	}
	for _, p := range r.Prices {
		fmt.Fprintf(w, "Price of %s: %d sat\n", p.Resource, p.Sat)
	}
	fmt.Fprintf(w, "Open holds: %d. Effects without an answer: %d.\n", len(r.Holds), len(r.Pending))
	fmt.Fprintf(w, "Locked: %d sat, %d of them in %d holds by the operator's word alone.\n", r.Locks.Sat, r.Locks.OperatorSat, r.Locks.OperatorOnly)
	for _, h := range r.Locks.Contradicted {
		fmt.Fprintf(w, "CONTRADICTED: hold %s: %s\n", h.ID, audit.ContradictionText(h))
	}
	for _, x := range r.Restored {
		fmt.Fprintf(w, "RESTORED by entry %d: the log goes on from an older backup; a head over %d entries, root %s, had been signed (%q)\n", x.Seq, x.Size, x.Root, x.Note)
	}
	for _, x := range r.NewLines {
		fmt.Fprintf(w, "NEW LINE OF ANCHORS by entry %d, the operator's word: output 1 of %s, from which the line would have gone on, is gone (%q)\n", x.Seq, x.After, x.Note)
	}
	for _, d := range r.Reconciled {
		fmt.Fprintf(w, "RECONCILED by entry %d, the operator's word: %s", d.Seq, d.Decision)
		if d.Decision != op.DecidedRestored && d.Decision != op.DecidedNewLine {
			fmt.Fprintf(w, ", %s over %d msat", d.Hash, d.AmountMsat)
		}
		fmt.Fprintf(w, " %s%s (%q)\n", d.Payout, d.Pool, d.Note)
	}
	printHead(w, r)
	if r.Line != nil {
		fmt.Fprintln(w, strings.Join(r.Line.Proved, "\n"))
	}
	printBlocks(w, r.Blocks)
	printEnd(w, r.End)
	fmt.Fprintln(w, "What this rests on:")
	for _, line := range r.RestsOn {
		fmt.Fprintln(w, "  "+line)
	}
}

func printProposals(w io.Writer, list []audit.ProposalOutcome) {
	fmt.Fprintf(w, "Proposals: %d\n", len(list))
	for _, p := range list {
		fmt.Fprintf(w, "  %s  %q, track %s: %s", p.ID.String()[:16], p.Title, p.Track, p.State)
		if p.Reason != "" {
			fmt.Fprintf(w, " (%q)", p.Reason)
		}
		fmt.Fprintf(w, "; %d for, %d against, %d abstain of %d, %d ballots\n", p.For, p.Against, p.Abstain, p.Eligible, p.Ballots)
	}
}

// printHead writes what the log is tied to.
func printHead(w io.Writer, r audit.ReplayReport) {
	for _, a := range r.Anchors {
		fmt.Fprintf(w, "Anchor of size %d: %s in %s (the log's own claim; its digest fits these entries)\n", a.CheckpointSize, a.State, a.Txid)
	}
	h := r.Head
	if h == nil {
		return
	}
	fmt.Fprintf(w, "The log reaches the signed checkpoint of size %d.\n", h.Size)
	if h.Witnesses != nil {
		for _, c := range h.Witnesses.Cosigned {
			fmt.Fprintf(w, "Cosigned by witness %s at %s.\n", c.Name, c.Time)
		}
	}
	if h.Anchor != nil {
		const claimed = "Claimed, not proved: "
		a, said := h.Anchor, ""
		if a.Unanchored {
			said = claimed
		}
		fmt.Fprintf(w, "%s%s commits to it: transaction %s at height %d, %d confirmations.\n", said, audit.ChainName(a.Network), a.Txid, a.Height, a.Confirmations-a.Claimed)
		if a.Claimed > 0 {
			fmt.Fprintf(w, "%s%s\n", claimed, a.Claims()[0])
		}
	}
}

// printBlocks writes how the blocks of stamps stand in the headers given.
func printBlocks(w io.Writer, b *audit.BlockReport) {
	if b == nil {
		return
	}
	if b.WorkBits > 0 {
		fmt.Fprintf(w, "Blocks of stamps: %d are in the chain given, %d were replaced later, as the log's own headers say, %d are not checked.\n", b.Found, b.Replaced, b.Outside)
	}
	for _, s := range b.Misfit {
		fmt.Fprintf(w, "  Entry %d does not fit: %s\n", s.Seq, s.Why)
	}
	if more := b.Misfits - uint64(len(b.Misfit)); more > 0 {
		fmt.Fprintf(w, "  %d more entries do not fit.\n", more)
	}
}

// printEnd writes what the log owes since its last entry.
func printEnd(w io.Writer, r *audit.EndReport) {
	if r == nil {
		return
	}
	for _, d := range r.Due {
		fmt.Fprintf(w, "NOT ENTERED: %s\n", d.Text)
	}
	for _, x := range r.Unanswered {
		fmt.Fprintf(w, "Unanswered for %s: effect %s, %s\n", time.Duration(x.AgeS)*time.Second, x.Effect, x.Kind)
	}
}

func stamp(ms int64) string { return time.UnixMilli(ms).UTC().Format("2006-01-02 15:04:05 UTC") }
