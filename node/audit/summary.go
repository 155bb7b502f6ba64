package audit

import (
	"fmt"
	"slices"

	"github.com/econd/econd/node/constitution"
	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/view"
)

// ReplayReport is what a replayed log comes to. Everything in it was
// recomputed.
type ReplayReport struct {
	Economy     string       `json:"economy"`
	Network     string       `json:"network"`
	Operator    op.PublicKey `json:"operator"`
	LogVerifier string       `json:"log_verifier"`

	Entries uint64      `json:"entries"`
	Root    op.Hash     `json:"root"` // RFC 6962, over all entries
	FirstMs int64       `json:"first_ms"`
	LastMs  int64       `json:"last_ms"`
	Kinds   []KindCount `json:"kinds"` // in the order of op.Kinds

	Proposals []ProposalOutcome    `json:"proposals"` // in order of entry
	Scores    ScoreSummary         `json:"scores"`
	Pools     []view.Pool          `json:"pools"`
	Prices    []constitution.Price `json:"prices"`
	Holds     []view.Hold          `json:"holds"` // that have not ended
	Locks     LockReport           `json:"locks"`
	Pending   []ledger.Effect      `json:"pending"` // effects without an answer
	Anchors   []view.Anchor        `json:"anchors"`

	// Restored says where the log went on from an older backup: what was recorded
	// beyond it is lost.
	Restored []view.Recovery `json:"restored"`

	// NewLines says where a second line of anchors begins, by the operator's word that the
	// coin of the one before was gone.
	NewLines []view.Recovery `json:"new_lines"`

	// Reconciled are the operator's decisions about what the log did not know.
	Reconciled []Decision   `json:"reconciled"`
	Books      ledger.Books `json:"books"` // where every msat is

	Head    *HeadReport  `json:"checkpoint"` // null: none was given
	Line    *LineReport  `json:"line"`       // null: no anchors were given
	Blocks  *BlockReport `json:"blocks"`     // null: no headers were given
	Lags    []LagReport  `json:"lags"`       // the first of them, by the own headers of the log
	End     *EndReport   `json:"end"`        // null: neither headers nor an instant were given
	RestsOn []string     `json:"rests_on"`
}

// Decision is one by which the operator reconciled the log with LND or Bitcoin.
type Decision struct {
	Seq uint64 `json:"seq"` // the entry
	op.Reconciled
}

// KindCount is how many entries of a kind there are.
type KindCount struct {
	Kind    string `json:"kind"`
	Entries uint64 `json:"entries"`
}

// ProposalOutcome is where a proposal stands after the last entry.
type ProposalOutcome struct {
	ID       op.ID     `json:"id"`
	Seq      uint64    `json:"seq"`
	Track    string    `json:"track"`
	Title    string    `json:"title"`
	State    string    `json:"state"`
	Reason   string    `json:"reason,omitempty"`
	For      op.Weight `json:"for"`
	Against  op.Weight `json:"against"`
	Abstain  op.Weight `json:"abstain"`
	Eligible op.Weight `json:"eligible"`
	Ballots  int       `json:"ballots"`
	CloseSeq uint64    `json:"close_seq,omitempty"` // 0: not closed
}

// ScoreSummary is the reputation in force after the last entry.
type ScoreSummary struct {
	Epochs     int64        `json:"epochs"` // closed
	Agents     int          `json:"agents"`
	Scored     int          `json:"scored"` // with a score above 0
	ScoresRoot op.Hash      `json:"scores_root"`
	Top        []AgentScore `json:"top"` // at most topScores, highest first
}

// AgentScore is one agent's score and flow.
type AgentScore struct {
	PubKey op.PublicKey `json:"pubkey"`
	Name   string       `json:"name"`
	Score  op.Weight    `json:"score"`
	Flow   op.Weight    `json:"flow"`
}

const topScores = 10

// HeadReport is a checkpoint that the log agrees with.
type HeadReport struct {
	Size              int64          `json:"size"`
	Root              op.Hash        `json:"root"`
	Signers           []string       `json:"signers"`
	UnknownSignatures int            `json:"unknown_signatures"` // not checked
	Witnesses         *WitnessReport `json:"witnesses"`          // null: no policy was given
	Beyond            uint64         `json:"beyond"`             // entries after it
	Anchor            *AnchorReport  `json:"anchor"`             // null: no proof was given
}

// finish checks the whole and assembles the report.
func (p *replayer) finish() (ReplayReport, error) {
	if err := p.o.checkKey(p.id); err != nil {
		return ReplayReport{}, err
	}
	head, err := p.checkHead()
	if err != nil {
		return ReplayReport{}, err
	}
	if p.o.RequireAnchor && (head == nil || head.Anchor == nil) {
		return ReplayReport{}, reject(ErrAnchor, "anchor", "missing: give a checkpoint and its anchor proof")
	}
	if err := p.o.requireWitnessed(head); err != nil && !p.ownHeads {
		return ReplayReport{}, err
	}
	line, err := p.checkLine(head)
	if err != nil {
		return ReplayReport{}, err
	}
	if err := p.reached(line); err != nil {
		return ReplayReport{}, err
	}
	if p.newer != nil {
		return ReplayReport{}, p.noVerdict(head)
	}
	if err := p.ownChain(); err != nil {
		return ReplayReport{}, err
	}
	if p.chain != nil {
		if err := p.strangers(); err != nil {
			return ReplayReport{}, err
		}
	}
	s, size := p.state, p.tree.size()
	r := ReplayReport{Economy: p.id.economy, Network: p.id.network, Operator: p.id.operator, LogVerifier: p.id.keys.Current().Text,
		Entries: size, Root: op.Hash(p.tree.root(size)), FirstMs: p.first.TimeMs, LastMs: s.Clock().TimeMs,
		Proposals: outcomes(s), Scores: p.summarise(), Pools: s.Pools(), Prices: slices.Clone(s.Constitution().Prices),
		Holds: notNil(s.Holds()), Locks: p.locks(), Pending: notNil(s.PendingEffects()), Anchors: notNil(slices.Clone(s.Anchors())), Head: head, Line: line, Blocks: p.blocks, Lags: notNil(p.lags.list), End: p.end(),
		Restored: notNil(s.Restorations()), NewLines: notNil(s.NewLines()), Reconciled: notNil(p.decisions), Books: s.Books()}
	for _, k := range op.Kinds() {
		if n := p.kinds[k]; n > 0 {
			r.Kinds = append(r.Kinds, KindCount{k.String(), n})
		}
	}
	r.RestsOn = slices.Concat(p.o.keyTrust(p.id), head.trust(size), line.trust(head), p.blockTrust(), p.blocks.misfitTrust(), p.lags.trust(), p.early.trust(), p.end().trust(), p.decisionTrust(), r.Locks.trust())
	return r, nil
}

func notNil[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

func outcomes(s *ledger.State) []ProposalOutcome {
	list := make([]ProposalOutcome, s.Proposals())
	for i := range list {
		v := s.ProposalAt(i, s.Clock().TimeMs)
		list[i] = ProposalOutcome{ID: v.ID, Seq: v.Seq, Track: v.Track, Title: v.Title, State: v.State, Reason: v.Reason,
			For: v.For, Against: v.Against, Abstain: v.Abstain, Eligible: v.Eligible, Ballots: v.Ballots, CloseSeq: v.CloseSeq}
		if v.Reason == "" && v.Outcome != nil && !v.Outcome.Passed {
			list[i].Reason = v.Outcome.Reason
		}
	}
	return list
}

// summarise walks the agents once; of equal scores the earlier registration
// comes first.
func (p *replayer) summarise() ScoreSummary {
	epochs, _ := p.state.Epoch()
	sum := ScoreSummary{Epochs: epochs, Agents: p.state.Agents(), ScoresRoot: p.scores, Top: []AgentScore{}}
	for i := range sum.Agents {
		a := p.state.AgentAt(i)
		if a.Score == 0 {
			continue
		}
		sum.Scored++
		at := len(sum.Top)
		for at > 0 && sum.Top[at-1].Score < a.Score {
			at--
		}
		if at < topScores {
			sum.Top = slices.Insert(sum.Top, at, AgentScore{a.PubKey, a.Name, a.Score, a.Flow})
			sum.Top = sum.Top[:min(len(sum.Top), topScores)]
		}
	}
	return sum
}

// trust says what the log as a whole rests on.
func (h *HeadReport) trust(size uint64) []string {
	if h == nil {
		return []string{"No checkpoint was given: every line is in order, but nothing shows that the end was not cut off and that everybody sees this log."}
	}
	list := []string{anchorTrust(h.Anchor)}
	if h.Anchor == nil {
		list = []string{"No anchor proof was given: only the log's signature on the checkpoint says that this is the log everybody sees."}
	}
	if h.Beyond > 0 {
		list = append(list, fmt.Sprintf("The last %d of %d entries come after the checkpoint: a later one must cover them.", h.Beyond, size))
	}
	return append(append(list, h.Witnesses.trust()...), unknownTrust(h.UnknownSignatures)...)
}

// decisionTrust says that what was reconciled is the operator's word.
func (p *replayer) decisionTrust() []string {
	if len(p.decisions) == 0 {
		return nil
	}
	return []string{fmt.Sprintf("%d decisions of the operator about what the log did not know are its word: see them one by one.", len(p.decisions))}
}
