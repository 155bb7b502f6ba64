package audit

import (
	"fmt"
	"slices"
	"time"

	"github.com/econd/econd/node/anchor"
	"github.com/econd/econd/node/op"
)

// Report is what a verified bundle proves.
type Report struct {
	Economy     string       `json:"economy"`
	Network     string       `json:"network"`
	Operator    op.PublicKey `json:"operator"`
	LogVerifier string       `json:"log_verifier"`

	Proposal op.ID        `json:"proposal"`
	Voter    op.PublicKey `json:"voter"`
	Choice   string       `json:"choice"`
	Weight   op.Weight    `json:"weight"`
	VoteSeq  uint64       `json:"vote_seq"`
	VotedMs  int64        `json:"voted_ms"` // by the log's stamp
	CloseSeq uint64       `json:"close_seq"`
	ClosedMs int64        `json:"closed_ms"`
	Outcome  op.Close     `json:"outcome"`

	CheckpointSize    int64          `json:"checkpoint_size"`
	CheckpointRoot    op.Hash        `json:"checkpoint_root"`
	Signers           []string       `json:"signers"`
	UnknownSignatures int            `json:"unknown_signatures"` // not checked
	Witnesses         *WitnessReport `json:"witnesses"`          // null: no policy was given
	Anchor            *AnchorReport  `json:"anchor"`             // null: not anchored

	Proved  []string `json:"proved"`   // in words
	Claims  []string `json:"claims"`   // that are not proved: of headers nobody knows
	RestsOn []string `json:"rests_on"` // what the reader still has to believe
}

// AnchorReport is what a verified anchor proof shows.
type AnchorReport struct {
	Network       string  `json:"network"` // only mainnet is Bitcoin
	Txid          op.Hash `json:"txid"`    // as explorers print it
	Block         op.Hash `json:"block"`
	Height        uint32  `json:"height"`
	BlockTime     string  `json:"block_time"` // RFC 3339, as its miner claims
	timeMs        int64   // likewise
	Confirmations int     `json:"confirmations"`
	Claimed       int     `json:"claimed_confirmations"` // of these: above the newest block that is known
	WorkBits      int     `json:"work_bits"`             // log2 of the hashes the headers took
	Trust         string  `json:"trust"`
	Unanchored    bool    `json:"unanchored_work"` // no header of the proof is known
	Fewer         bool    `json:"not_final"`       // fewer confirmations than the default, and no number was asked for
	Statement     string  `json:"statement"`
}

func newAnchorReport(r anchor.Result, network string) *AnchorReport {
	return &AnchorReport{Network: network, Txid: displayed(r.Anchor.Txid), Block: displayed(r.BlockHash), Height: r.Height,
		BlockTime: r.BlockTime.Format(time.RFC3339), timeMs: r.BlockTime.UnixMilli(), Confirmations: r.Confirmations, Claimed: r.Above, WorkBits: r.WorkBits,
		Trust: r.Trust.String(), Unanchored: r.Trust == anchor.TrustWorkOnly, Statement: r.Statement()}
}

// displayed turns a hash of Bitcoin into the byte order in which it is shown.
func displayed(h [32]byte) op.Hash {
	var out op.Hash
	for i, b := range h {
		out[len(h)-1-i] = b
	}
	return out
}

func (v *verifier) report(a *AnchorReport) Report {
	r := Report{Economy: v.id.economy, Network: v.id.network, Operator: v.id.operator, LogVerifier: v.id.keys.Current().Text,
		Proposal: v.b.Proposal, Voter: v.b.Voter, Choice: v.b.Ballot.Choice, Weight: v.b.Ballot.Weight,
		VoteSeq: v.vote.Seq, VotedMs: v.vote.Stamp.TimeMs, CloseSeq: v.close.Seq, ClosedMs: v.close.Stamp.TimeMs,
		Outcome: v.outcome, CheckpointSize: v.checkpoint.Size, CheckpointRoot: op.Hash(v.checkpoint.Root),
		Signers: v.checkpoint.Signers, UnknownSignatures: v.checkpoint.Unknown, Witnesses: v.witnesses, Anchor: a}
	verdict := fmt.Sprintf("did not pass (%q)", v.outcome.Reason)
	if v.outcome.Passed {
		verdict = "passed"
	}
	r.Proved = []string{
		fmt.Sprintf("%s voted %q on proposal %s: entry %d, taken at %s.", v.b.Voter, r.Choice, v.b.Proposal, r.VoteSeq, clock(r.VotedMs)),
		fmt.Sprintf("The ballot was counted with weight %d: it is number %d of the %d ballots that entry %d closed the vote with.",
			r.Weight, v.b.Ballot.Index+1, v.b.Ballot.Size, r.CloseSeq),
		fmt.Sprintf("By that entry the proposal %s: %d for, %d against, %d abstain, of %d eligible.",
			verdict, v.outcome.For, v.outcome.Against, v.outcome.Abstain, v.outcome.Eligible),
		fmt.Sprintf("The log of economy %s committed to these entries in its signed checkpoint of size %d.", r.Economy, r.CheckpointSize),
	}
	if said := v.witnesses.sentence(); said != "" {
		r.Proved = append(r.Proved, said)
	}
	r.Proved, r.Claims = append(r.Proved, a.proves()...), a.Claims()
	r.RestsOn = slices.Concat(v.o.keyTrust(v.id), v.witnesses.trust(), []string{anchorTrust(a)}, unknownTrust(v.checkpoint.Unknown), v.o.newLineTrust(),
		[]string{"That no other ballot was left out and every weight is right takes the whole log: econaudit replay."})
	return r
}

// sentence says what the anchor proof shows. That it shows it of Bitcoin's chain it only
// claims as long as nothing of its headers is known.
func (a *AnchorReport) sentence() string {
	return fmt.Sprintf("Transaction %s in block %s at height %d of %s commits to that checkpoint, under %d confirmations.",
		a.Txid, a.Block, a.Height, ChainName(a.Network), a.Confirmations-a.Claimed)
}

// Claims are the sentences that the headers do not prove, never null.
func (a *AnchorReport) Claims() []string {
	switch {
	case a != nil && a.Unanchored:
		return []string{a.sentence()}
	case a != nil && a.Claimed > 0:
		return []string{fmt.Sprintf("%d more confirmations, by headers above the newest block that is known: it vouches for what is below it alone.", a.Claimed)}
	}
	return []string{}
}

// proves are those that they do.
func (a *AnchorReport) proves() []string {
	if a == nil || a.Unanchored {
		return nil
	}
	return []string{a.sentence()}
}

// keyTrust says where the keys came from, and which handovers were followed.
func (o Options) keyTrust(id identity) []string {
	said := fmt.Sprintf("The keys are the log's own claim: operator %s, log key %s. Compare them with what you know, or name them.",
		id.operator, id.logKey)
	switch {
	case o.LogKey != "" && o.Operator != nil:
		said = "The operator's key and the log's key are those you named."
	case o.LogKey != "":
		said = "The log's key is the one you named; the operator's key " + id.operator.String() + " is the log's own claim."
	}
	return append([]string{said}, id.keySentences()...)
}

// anchorTrust says what the commitment to Bitcoin rests on.
func anchorTrust(a *AnchorReport) string {
	if a == nil {
		return "Not anchored in Bitcoin yet: only the log's signature says that this is the log everybody sees."
	}
	if a.Network != "mainnet" {
		return fmt.Sprintf("%s, not Bitcoin: %s.%s", a.Network, a.Statement, a.reorganised())
	}
	return "Bitcoin: " + a.Statement + "." + a.reorganised()
}

// reorganised warns of an anchor that is not final yet.
func (a *AnchorReport) reorganised() string {
	if !a.Fewer {
		return ""
	}
	return fmt.Sprintf(" It has %d confirmations, fewer than the %d asked by default: the blocks may still be reorganised away.",
		a.Confirmations, anchor.DefaultConfirmations)
}

func clock(ms int64) string { return time.UnixMilli(ms).UTC().Format("2006-01-02 15:04:05.000 UTC") }
