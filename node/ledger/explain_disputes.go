package ledger

import "github.com/econd/econd/node/view"

// disputed explains what challenges do to a proposal, and until when there can be
// more of them.
func (x *explainer) disputed() {
	for _, d := range x.p.disputes {
		v := x.s.DisputeAt(d, x.nowMs)
		switch v.State {
		case "unbonded":
			x.say("A challenge for %s, dispute %s, waits for its bond of %d sat; until that is locked it stops nothing.", v.Ground, v.ID, v.Bonds[0].AmountSat)
		case "open":
			x.openDispute(v)
		case "void":
			x.say("A challenge for %s, dispute %s, came to nothing: %s.", v.Ground, v.ID, v.Reason)
		default:
			x.say("A challenge for %s, dispute %s, was %s in round %d of %d.", v.Ground, v.ID, v.State, len(v.Rounds), v.MaxRounds)
			if v.Reason != "" {
				x.say("No ruling counts: %s.", v.Reason)
			}
			if v.Undoing != "" && v.Undoing != "undone" {
				x.say("What was executed could not be undone: %s.", v.Undoing)
			}
		}
	}
	if until := x.s.challengeUntilMs(x.p, x.nowMs); until != 0 {
		x.say("It can be challenged before a jury until %s.", x.until(until))
	}
}

// openDispute says what a challenge waits for.
func (x *explainer) openDispute(v view.Dispute) {
	x.say("It is challenged for %s, dispute %s; nothing of it is carried out or settled until the ruling.", v.Ground, v.ID)
	r := v.Rounds[len(v.Rounds)-1]
	switch v.Step {
	case "draw":
		x.say("The jury of round %d of %d is drawn with the block of height %d.", len(v.Rounds), v.MaxRounds, v.DrawHeight)
		return
	case "commit":
		x.say("The %d jurors of round %d of %d bind themselves to votes until %s.", len(r.Jurors), len(v.Rounds), v.MaxRounds, x.until(v.StepUntilMs))
		if seats := r.Uphold + r.Refuse + r.Absent; seats > int64(len(r.Jurors)) {
			x.say("They have %d seats.", seats)
		}
	case "reveal":
		x.say("The jurors of round %d of %d reveal their votes until %s: %d to uphold, %d to refuse, %d missing.",
			len(v.Rounds), v.MaxRounds, x.until(v.StepUntilMs), r.Uphold, r.Refuse, r.Absent)
	case "appeal":
		x.say("Round %d of %d %s it, %d against %d votes; whoever locks %d sat until %s has a larger jury judge anew.",
			len(v.Rounds), v.MaxRounds, v.Rounds[len(v.Rounds)-1].Verdict, max(r.Uphold, r.Refuse), min(r.Uphold, r.Refuse), v.AppealSat, x.until(v.StepUntilMs))
	}
	if x.NextMs == 0 || v.StepUntilMs < x.NextMs {
		x.NextMs = v.StepUntilMs
	}
}
