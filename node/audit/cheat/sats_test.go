package cheat

import (
	"bytes"
	"context"
	"testing"

	"github.com/econd/econd/node/audit"
	"github.com/econd/econd/node/audit/audittest"
	"github.com/econd/econd/node/op"
)

const thefts = "`econaudit theft`"

// theft is econaudit theft with the preimage that an agent holds.
func (s *story) theft(hold op.ID) verdict {
	r, err := audit.VerifyTheft(context.Background(), bytes.NewReader(s.Export()), audittest.PreimageOf(hold), audit.ReplayOptions{Checkpoint: s.Checkpoint()})
	return verdict{err, r.Statement}
}

// ofSats are cheats with sats.
var ofSats = []cheat{
	{name: "stake-taken", tries: "settles a stake that the log says was released", catches: thefts, holder: "the agent: its node has the preimage",
		says: "records as released",
		play: func(_ *testing.T, s *story) verdict { return s.theft(s.Released) }},
	{name: "locked-stake-taken", tries: "settles a stake and lets the log say that it is locked", catches: thefts, holder: "the agent: its node has the preimage",
		says:  "hold this against an export that reaches the present",
		play:  func(_ *testing.T, s *story) verdict { return s.theft(s.Locked) },
		trust: "until an export reaches the present, that the settlement is not about to be entered"},
	{name: "collateral-taken", tries: "settles the collateral of a proposal that passed", catches: thefts, holder: "the agent: its node has the preimage",
		says: "records as released",
		play: func(_ *testing.T, s *story) verdict { return s.theft(s.Passed) }},
	{name: "hold-settled-twice", tries: "says of one hold that it was settled and cancelled", catches: replays, holder: anybody,
		err: audit.ErrLog, says: "refused by the ledger",
		play: func(_ *testing.T, s *story) verdict {
			return s.state(op.KindHoldSettled, op.HoldSettled{Hold: s.Released})
		}},
}
