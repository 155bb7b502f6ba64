package ledger

import (
	"github.com/econd/econd/reputation"
)

// keptEpochs is how many epochs back an agent's standing is kept; the score,
// which votes look up, is kept for ever.
const keptEpochs = 400

// keepStandings records what the epoch that is closed says of each agent, where it
// differs from the epoch before.
func (s *agents) keepStandings(epoch int64, results []reputation.Result) {
	for i, r := range results {
		a := &s.list[i]
		now := standing{epoch, r.Flow, r.Positive, r.Negative}
		last := a.lastStanding()
		if now.flow != last.flow || now.positive != last.positive || now.negative != last.negative {
			a.standings = trimStandings(append(a.standings, now), epoch-keptEpochs)
		}
	}
}

func (a *agent) lastStanding() standing {
	if n := len(a.standings); n > 0 {
		return a.standings[n-1]
	}
	return standing{}
}

// trimStandings drops the records that only tell of epochs up to and including
// oldest. It waits until as many have gathered as are kept, so that it copies
// each record once.
func trimStandings(list []standing, oldest int64) []standing {
	if len(list) < 2*keptEpochs {
		return list
	}
	from := 0
	for from+1 < len(list) && list[from+1].epoch <= oldest+1 {
		from++
	}
	return append(make([]standing, 0, 2*keptEpochs), list[from:]...)
}
