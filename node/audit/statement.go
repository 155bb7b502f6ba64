package audit

import (
	"fmt"

	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/statement"
)

// VerifyStatement checks the proof that a signed statement carries, and that it proves the very
// figures that the statement says; ErrNoProof where it carries none. Until when a statement holds
// is in no proof. Economy and operator are those of the statement, whatever o says.
// Errors are *Rejection.
func VerifyStatement(s statement.Statement, o Options) (StandingReport, error) {
	if s.Proof == "" {
		return StandingReport{}, reject(ErrNoProof, "statement", "carries no proof: it is the operator's word alone")
	}
	o.Economy, o.Operator = s.Economy, &s.Issuer
	p, err := DecodeStanding([]byte(s.Proof))
	if err != nil {
		return StandingReport{}, err
	}
	r, err := p.Verify(o)
	if err != nil {
		return StandingReport{}, err
	}
	said := StandingReport{Agent: s.Subject, Epoch: s.Epoch, Seq: s.Seq, TimeMs: s.TimeMs, Score: op.Weight(s.Score), Flow: op.Weight(s.Flow),
		Quality: op.Weight(s.Quality), Positive: op.Weight(s.Positive), Negative: op.Weight(s.Negative)}
	if !r.says(said) {
		return StandingReport{}, reject(ErrMismatch, "statement", "states other figures than its proof: the operator signed both, keep it")
	}
	r.Claims = append(r.Claims, fmt.Sprintf("That the standing holds until %s, which is the operator's word: it does until the next epoch ends, and that no proof of this one shows.", clock(s.UntilMs)))
	return r, nil
}
