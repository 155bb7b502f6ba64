package constitution

import (
	"fmt"
	"slices"

	"github.com/econd/econd/node/refusal"
	"github.com/econd/econd/stake"
	"github.com/econd/econd/voting"
)

// DisputeTerms are the terms for jurors.
type DisputeTerms struct {
	JurorBondSat int64    `json:"juror_bond_sat,omitempty"` // what a juror locks and may lose
	Fields       []string `json:"fields,omitempty"`         // of expertise
}

// MaxDisputeFields bounds the fields of expertise of an economy.
const MaxDisputeFields = 64

func (c *Constitution) validateDisputes() error {
	d := c.Disputes
	if len(d.Fields) > MaxDisputeFields {
		return refusal.New(refusal.ErrInvalid, "constitution.disputes.fields", "range", "has %d, at most %d are allowed", len(d.Fields), MaxDisputeFields)
	}
	for i, f := range d.Fields {
		if !voting.ValidName(f) || slices.Contains(d.Fields[:i], f) {
			return refusal.New(refusal.ErrInvalid, fmt.Sprintf("constitution.disputes.fields[%d]", i), "name", "is %+q, must be another name of 1 to 40 characters of a-z, 0-9 and '-'", f)
		}
	}
	if d.JurorBondSat < 0 || d.JurorBondSat > c.Stake.MaxSat {
		return refusal.New(refusal.ErrInvalid, "constitution.disputes.juror_bond_sat", "range", "is %d, must be between 0 and %d", d.JurorBondSat, c.Stake.MaxSat)
	}
	if d.JurorBondSat == 0 && len(d.Fields) > 0 {
		return refusal.New(refusal.ErrInvalid, "constitution.disputes.juror_bond_sat", "range", "is 0, must be at least 1: a juror without a bond has nothing to lose")
	}
	for i := range c.Tracks {
		r := c.Tracks[i].Dispute
		if r == nil {
			continue
		}
		if !slices.Contains(d.Fields, r.Field) {
			return refusal.New(refusal.ErrInvalid, "constitution.disputes.fields", "known", "lacks %+q, the field of track %s", r.Field, c.Tracks[i].Name)
		}
		if life, takes := int64(stake.ForfeitHeight(c.Stake.CltvBlocks)), drawTakes(r); life <= takes {
			return refusal.New(refusal.ErrInvalid, "constitution.tracks", "hold-life", "jurors of track %s are drawn %d blocks after the challenge and have %d s to commit, %d blocks in all; a bond lasts %d: nobody could be drawn",
				c.Tracks[i].Name, voting.DrawBlocks, r.CommitS, takes, life)
		}
	}
	return nil
}

// drawTakes is how many blocks a bond must last, and one more, to be drawn if it was
// locked with the challenge: to the draw, and as long as its juror has to commit.
func drawTakes(r *voting.DisputeRule) int64 {
	return voting.DrawBlocks + Blocks(r.CommitS)
}
