package view

import "github.com/econd/econd/node/op"

// Dispute is one challenge of one proposal, with what has happened to it.
type Dispute struct {
	ID         op.ID        `json:"id"`
	Proposal   op.ID        `json:"proposal"`
	Ground     string       `json:"ground" schema:"is=DisputeGround"`
	Text       string       `json:"text"`
	Challenger op.PublicKey `json:"challenger"`
	State      string       `json:"state" schema:"is=DisputeState"`
	// What an open one waits for; else empty.
	Step string `json:"step" schema:"enum=|draw|commit|reveal|appeal"`
	// Last instant of commit, reveal or appeal.
	StepUntilMs int64 `json:"step_until_ms,omitempty"`
	// The next jury is drawn with this block, or the first after it.
	DrawHeight uint32 `json:"draw_height,omitempty"`
	// Bond of an appeal, while one is possible.
	AppealSat int64          `json:"appeal_sat,omitempty"`
	Reason    string         `json:"reason,omitempty"`  // why it is void, or its ruling does not count
	Undoing   string         `json:"undoing,omitempty"` // what came of undoing what was executed: undone, or why not
	Field     string         `json:"field"`             // of expertise
	MaxRounds int64          `json:"max_rounds" schema:"min=1"`
	LockedMs  int64          `json:"locked_ms,omitempty"` // when its bond was locked
	EndedMs   int64          `json:"ended_ms,omitempty"`
	Bonds     []DisputeBond  `json:"bonds" schema:"min=1"` // the challenge's first
	Rounds    []DisputeRound `json:"rounds"`
	PotSat    int64          `json:"pot_sat"` // forfeited in it, and arrived
	Shared    bool           `json:"shared"`  // all of that has been divided
	Seq       uint64         `json:"seq"`
}

// DisputeBond is what the challenger, or somebody who appealed, locked.
type DisputeBond struct {
	Hold      op.ID        `json:"hold"` // see /v1/stakes
	Agent     op.PublicKey `json:"agent"`
	AmountSat int64        `json:"amount_sat"`
	Side      string       `json:"side" schema:"enum=uphold|refuse"`
	State     string       `json:"state" schema:"is=HoldState"` // of the hold
	Appeals   bool         `json:"appeals"`
	Round     int          `json:"round"` // that it brought about, or would, from 0
	Text      string       `json:"text"`

	TextSeq uint64 `json:"-"` // entry of the text, if that is to be recalled
}

// DisputeRound is one jury and what it said.
type DisputeRound struct {
	Round         int        `json:"round"`            // from 0
	DrawHeight    uint32     `json:"draw_height"`      // the jury is drawn with this block, or the first after it
	Height        uint32     `json:"height,omitempty"` // of the block drawn with
	Block         op.Hash    `json:"block,omitzero"`
	CommitUntilMs int64      `json:"commit_until_ms,omitempty"`
	RevealUntilMs int64      `json:"reveal_until_ms,omitempty"`
	AppealUntilMs int64      `json:"appeal_until_ms,omitempty"`
	Jurors        []JurySeat `json:"jurors"` // in the order drawn
	Verdict       string     `json:"verdict,omitempty" schema:"enum=upheld|refused"`
	Uphold        int64      `json:"uphold"` // seats whose votes to uphold are revealed so far
	Refuse        int64      `json:"refuse"` // the same of votes to refuse
	Absent        int64      `json:"absent"` // not revealed so far
}

// JurySeat is what one juror has of a jury.
type JurySeat struct {
	PubKey     op.PublicKey `json:"pubkey"`
	Seats      int64        `json:"seats" schema:"min=1"` // its vote counts as often
	Committed  bool         `json:"committed"`
	Commitment op.Hash      `json:"commitment,omitzero"`                        // the last one sent
	Vote       string       `json:"vote,omitempty" schema:"enum=uphold|refuse"` // once revealed
	Gone       bool         `json:"gone,omitempty"`                             // its bond ended, so it has no vote
}

// Juror is one offer to sit on juries.
type Juror struct {
	PubKey  op.PublicKey `json:"pubkey"`
	Fields  []string     `json:"fields" schema:"min=1"` // of expertise
	State   string       `json:"state" schema:"is=JurorState"`
	Hold    op.ID        `json:"hold"` // its bond, see /v1/stakes
	BondSat int64        `json:"bond_sat"`
	Score   op.Weight    `json:"score"`            // what it is drawn by, as of now: its score as if nobody had complained
	Dispute op.ID        `json:"dispute,omitzero"` // the first that it sits on
	Seq     uint64       `json:"seq"`
}
