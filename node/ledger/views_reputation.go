package ledger

import (
	"cmp"
	"slices"
	"sort"

	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/refusal"
	"github.com/econd/econd/node/view"
	"github.com/econd/econd/reputation"
)

// Reputation returns an agent's standing as of the last epoch. Refusals:
// ErrNotFound, and ErrPhase before the first epoch has ended.
func (s *State) Reputation(key op.PublicKey) (view.Reputation, error) {
	at, err := s.rated(key)
	if err != nil {
		return view.Reputation{}, err
	}
	a := &s.agents.list[at]
	last := int64(len(s.scores.epochs)) - 1
	return view.Reputation{PubKey: a.key, Standing: s.standingView(a.lastStanding(), last),
		UntilMs: s.scores.epochMs, ReceiptsSince: len(a.earned) - earnedBefore(a.earned, s.scores.epochs[last].seq)}, nil
}

// rated finds an agent once there is an epoch to speak of.
func (s *State) rated(key op.PublicKey) (slot, error) {
	at, ok := s.agents.at[key]
	if !ok {
		return 0, refusal.New(refusal.ErrNotFound, "pubkey", "agent", "no agent with this key is registered")
	}
	if len(s.scores.epochs) == 0 {
		return 0, s.noEpoch()
	}
	return at, nil
}

func (s *State) noEpoch() error {
	return refusal.New(refusal.ErrPhase, "pubkey", "first-epoch", "no epoch has ended yet; the first ends at %s", atText(s.scores.epochMs))
}

// standingView shows a record as of an epoch, which it may precede.
func (s *State) standingView(r standing, epoch int64) view.Standing {
	of, x := s.scores.epochs[epoch], reputation.ResultOf(r.flow, r.positive, r.negative)
	return view.Standing{Epoch: epoch, Seq: of.seq, TimeMs: of.atMs, Score: op.Weight(x.Score), Flow: op.Weight(x.Flow),
		Quality: op.Weight(x.Quality), Positive: op.Weight(x.Positive), Negative: op.Weight(x.Negative)}
}

// ReputationHistory lists an agent's standing at each epoch since its
// registration, but at most the last 400, in order; of these the ones from an
// epoch on, at most limit. More tells whether the list goes on. Refusals are
// those of Reputation.
func (s *State) ReputationHistory(key op.PublicKey, from int64, limit int) (list []view.Standing, more bool, err error) {
	at, err := s.rated(key)
	if err != nil {
		return nil, false, err
	}
	a, end := &s.agents.list[at], int64(len(s.scores.epochs))
	first := sort.Search(len(s.scores.epochs), func(i int) bool { return s.scores.epochs[i].seq > a.registered })
	list = []view.Standing{}
	epoch := max(from, int64(first), end-keptEpochs)
	// The record that holds at an epoch is the last one up to it.
	i := sort.Search(len(a.standings), func(i int) bool { return a.standings[i].epoch > epoch })
	for ; epoch < end && len(list) < limit; epoch++ {
		for i < len(a.standings) && a.standings[i].epoch <= epoch {
			i++
		}
		var r standing
		if i > 0 {
			r = a.standings[i-1]
		}
		list = append(list, s.standingView(r, epoch))
	}
	return list, epoch < end, nil
}

// Evidence is what an agent's standing at the last epoch rests on. It costs
// nothing to take and shares with the state only what never changes, so it may
// be read after the view that it was taken in, beside the writer.
type Evidence struct {
	Epoch    int64 // number of the epoch
	provider slot
	keys     [][32]byte
	last     reputation.LastEpoch
	earned   []earned // up to the epoch, in order of entry
}

// Evidence returns what an agent's standing rests on. Refusals are those of
// Reputation.
func (s *State) Evidence(key op.PublicKey) (Evidence, error) {
	at, err := s.rated(key)
	if err != nil {
		return Evidence{}, err
	}
	last := len(s.scores.epochs) - 1
	list := s.agents.list[at].earned
	return Evidence{Epoch: int64(last), provider: at, keys: s.agents.keys, last: s.scores.book.LastEpoch(),
		earned: list[:earnedBefore(list, s.scores.epochs[last].seq)]}, nil
}

// earnedBefore counts the receipts entered before an entry.
func earnedBefore(list []earned, seq uint64) int {
	return sort.Search(len(list), func(i int) bool { return list[i].seq >= seq })
}

// Sources lists what consumers gave, in order of their registration, starting
// with the from-th agent registered: whole consumers, until they have limit
// receipts between them. Next is where the following page starts, or false if
// there is none. Receipts that no longer count are left out.
//
// It orders the agent's receipts and passes over all that the listed consumers
// gave.
func (v Evidence) Sources(from uint32, limit int) (list []view.Source, next uint32, more bool) {
	byConsumer := make([]earned, 0, len(v.earned))
	for _, e := range v.earned {
		if e.consumer >= from {
			byConsumer = append(byConsumer, e)
		}
	}
	slices.SortFunc(byConsumer, func(a, b earned) int {
		return cmp.Or(cmp.Compare(a.consumer, b.consumer), cmp.Compare(a.day, b.day), cmp.Compare(a.seq, b.seq))
	})
	list = []view.Source{}
	for count := 0; len(byConsumer) > 0; {
		n := 1
		for n < len(byConsumer) && byConsumer[n].consumer == byConsumer[0].consumer {
			n++
		}
		if s, ok := v.last.Source(byConsumer[0].consumer, v.provider, v.keys); ok {
			if count >= limit {
				return list, byConsumer[0].consumer, true
			}
			list = append(list, v.sourceView(s, byConsumer[:n]))
			count += len(s.Receipts)
		}
		byConsumer = byConsumer[n:]
	}
	return list, 0, false
}

// sourceView finds the entry of each receipt; given are the consumer's, by day,
// praise before the complaint that took its place.
func (v Evidence) sourceView(s reputation.Source, given []earned) view.Source {
	out := view.Source{Consumer: v.keys[s.Consumer], ConsumerFlow: op.Weight(s.ConsumerFlow), Trust: op.Weight(s.Trust),
		EdgeWeight: s.EdgeWeight, EdgeTotal: s.EdgeTotal, FlowGiven: op.Weight(s.FlowGiven),
		Positive: op.Weight(s.Positive), Negative: op.Weight(s.Negative), Receipts: make([]view.ReceiptWeight, 0, len(s.Receipts))}
	for _, r := range s.Receipts {
		day := reputation.Day(r.Receipt.TimeMs)
		for int64(given[0].day) != day || given[0].complaint != (r.Receipt.Rating < 0) {
			given = given[1:]
		}
		out.Receipts = append(out.Receipts, view.ReceiptWeight{Seq: given[0].seq, TimeMs: r.Receipt.TimeMs, Sats: r.Receipt.Sats,
			Rating: r.Receipt.Rating, Part: uint32(reputation.PartOne) - uint32(r.Receipt.Discount), AgeDays: r.AgeDays, Decay: r.Decay, Positive: op.Weight(r.Positive), Negative: op.Weight(r.Negative)})
	}
	return out
}
