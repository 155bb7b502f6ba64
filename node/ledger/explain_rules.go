package ledger

import (
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/voting"
)

// rules says of an open proposal where its rules are not those in force any more.
func (x *explainer) rules(phase voting.Phase) {
	if phase.Final() {
		return
	}
	now := x.s.constitution.Track(x.p.track.Name)
	if now == nil || op.EncodeContent(now) != op.EncodeContent(x.p.track) {
		x.say("Track %s was changed since it was proposed; it keeps the rules of then.", x.p.track.Name)
	}
}

// crowded says why a draft was asked for more than its track's own collateral.
func (x *explainer) crowded() {
	if own, asked := x.p.track.CollateralSat, x.s.holds.list[x.p.hold].amountSat; asked > own {
		x.say("The track's own collateral is %d sat; it asked for more because many proposals were open.", own)
	}
}
