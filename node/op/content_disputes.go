package op

import "crypto/sha256"

// Dispute (3920) challenges a decision before a jury. econd answers with a hold
// invoice over the bond; the challenge stands, and freezes the execution, once
// that is locked. Its id is the event's id.
type Dispute struct {
	Proposal ID     `json:"proposal"`
	Ground   string `json:"ground" schema:"enum=procedure|fraud|misstated-facts|conflict-of-interest|harm"` // one of the ledger's grounds
	Text     string `json:"text" schema:"min=1,max=16384"`                                                  // 1 to 16,384 bytes
}

// Appeal (3921) asks for another, larger jury. Its bond is a hold, too.
type Appeal struct {
	Dispute ID     `json:"dispute"`
	Text    string `json:"text" schema:"min=1,max=16384"` // 1 to 16,384 bytes
}

// Juror (3922) offers the signer as juror in fields of expertise, from the
// moment its bond, a hold, is locked.
type Juror struct {
	Fields []string `json:"fields" schema:"min=1"`
}

// JuryCommit (3923) binds a juror to a vote that nobody can read yet; the last
// one of the commit phase counts.
type JuryCommit struct {
	Dispute    ID   `json:"dispute"`
	Commitment Hash `json:"commitment"` // SHA-256 over the vote and the salt, see docs/operations.md
}

// JuryCommitment is the commitment of a juror with that key, in a round from 0, to a
// vote, "uphold" or "refuse". Any other vote is none.
func JuryCommitment(dispute ID, round int64, juror PublicKey, vote string, salt Hash) Hash {
	votes := map[string]byte{"uphold": 1, "refuse": 2}
	b := append([]byte("econd/jury"), dispute[:]...)
	b = append(append(b, byte(round)), juror[:]...)
	return sha256.Sum256(append(append(b, votes[vote]), salt[:]...))
}

// JuryReveal (3924) opens a commitment.
type JuryReveal struct {
	Dispute ID     `json:"dispute"`
	Vote    string `json:"vote" schema:"enum=uphold|refuse"` // "uphold" or "refuse"
	Salt    Hash   `json:"salt"`
}

// JurorLeave (3925) withdraws the signer's offer. The bond returns at once, or
// when the dispute ends that the signer sits on.
type JurorLeave struct{}

// Draw (3970) states the jurors of a round, drawn with the hash of the block
// that the entry is stamped with: one for each seat, so that who has several is
// named as often. A field that is too small gives an empty list.
type Draw struct {
	Dispute ID          `json:"dispute"`
	Round   int64       `json:"round"`
	Jurors  []PublicKey `json:"jurors"`
}

// Ruling (3971) counts the seats of a round by their revealed votes. More than
// half of all seats upholds.
type Ruling struct {
	Dispute ID     `json:"dispute"`
	Round   int64  `json:"round"`
	Uphold  int64  `json:"uphold"`
	Refuse  int64  `json:"refuse"`
	Absent  int64  `json:"absent"` // did not reveal
	Verdict string `json:"verdict" schema:"enum=upheld|refused"`
	Final   bool   `json:"final"` // no appeal is possible
}

// DisputeClose (3972): nobody appealed in time; the ruling stands.
type DisputeClose struct {
	Dispute ID     `json:"dispute"`
	Verdict string `json:"verdict" schema:"enum=upheld|refused"`
}
