package notify

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/view"
)

// voteLead is how early the end of a vote is told: that long before the deadline,
// a quarter of the voting period at most.
const voteLead = 24 * time.Hour

// maxTurns bounds the changes of proposals that one call looks at.
const maxTurns = 2048

// Told is a notice and the place after it.
type Told struct {
	Notice Notice
	Cursor Cursor
}

// Instant is when a derivation is made: the present time in unix milliseconds
// and the height of the best block. It is never before the state's clock.
type Instant struct {
	TimeMs int64
	Height uint32
}

// Start is the place at which somebody begins who wants to be told what comes
// from now on.
func Start(s *ledger.State, at Instant) Cursor {
	return Cursor{Seq: s.Next(), TimeMs: at.TimeMs - 1, Height: at.Height}
}

// Since derives what follows a place: what entries brought about, then what has
// begun by time, then what has begun by block height. next is where to go on;
// more says that it is not the end yet.
//
// What begins at an instant is told after the instant, when no entry can be
// stamped with it any more.
func Since(s *ledger.State, at Instant, who Interest, from Cursor) (list []Told, next Cursor, more bool) {
	d := deriver{s: s, who: who, at: from}
	switch from.Axis { // end what was begun first
	case ByTime:
		d.instants(from.TimeMs, from.TimeMs+1)
	case ByHeight:
		d.heights(from.Height, from.Height+1)
	}
	to := s.Next()
	if turns := s.TurnsSince(from.Seq, maxTurns); len(turns) == maxTurns {
		to, more = turns[maxTurns-1].Turn.Seq+1, true
	}
	if to > d.at.Seq {
		d.entries(d.at.Seq, to)
	}
	if more {
		return d.told, d.at, true
	}
	if last := at.TimeMs - 1; last > d.at.TimeMs {
		d.instants(d.at.TimeMs, last)
	}
	if at.Height > d.at.Height {
		d.heights(d.at.Height, at.Height)
	}
	return d.told, d.at, false
}

// deriver makes the notices of one call, axis by axis.
type deriver struct {
	s    *ledger.State
	who  Interest
	at   Cursor
	told []Told
	next []begun // along the axis in work
}

// begun is a notice and where along its axis it begins.
type begun struct {
	place  uint64
	notice Notice
}

// add takes a notice if it is wanted. which tells it apart from others of its
// kind and subject.
func (d *deriver) add(place uint64, n Notice, which uint64) {
	if !d.who.wants(n.Kind) {
		return
	}
	n.Agent = d.who.Agent
	identify(d.s, &n, which)
	d.next = append(d.next, begun{place, n})
}

// end orders what was added along an axis, passes over what was told before, and
// moves the cursor to the end of what was looked at.
func (d *deriver) end(x Axis, last uint64) {
	slices.SortFunc(d.next, func(a, b begun) int {
		return cmp.Or(cmp.Compare(a.place, b.place), cmp.Compare(a.notice.ID, b.notice.ID))
	})
	list := d.next
	d.next = nil
	if d.at.Axis == x {
		at := d.at.place(x)
		list = slices.DeleteFunc(list, func(b begun) bool { return b.place == at && b.notice.ID <= d.at.After })
	}
	for i, b := range list {
		if i+1 < len(list) && list[i+1].place == b.place {
			d.at.partly(x, b.place, b.notice.ID)
		} else {
			d.at.pass(x, b.place)
		}
		d.told = append(d.told, Told{b.notice, d.at})
	}
	d.at.pass(x, last)
}

// entries tells what the entries from... to before to brought about.
func (d *deriver) entries(from, to uint64) {
	d.proposals(from, to)
	d.ballots(from, to)
	d.payouts(from, to)
	d.seats(from, to)
	d.end(ByEntry, to-1)
}

// proposals tells of new ones on the agent's tracks, and how its own fare.
func (d *deriver) proposals(from, to uint64) {
	for _, t := range d.s.TurnsSince(from, maxTurns) {
		p := t.Brief
		n := Notice{Subject: p.ID.String(), Track: p.Track, Seq: t.Turn.Seq, TimeMs: t.Turn.TimeMs}
		switch own := p.Proposer == d.who.Agent; {
		case t.Turn.Seq >= to:
			return
		case own && !t.First:
			n.Kind, n.State = ProposalState, t.Turn.State
			n.Text = fmt.Sprintf("Your proposal %q is %s.", p.Title, n.State)
			d.add(n.Seq, n, n.Seq)
		case !own && t.First && d.who.wants(NewProposal) && d.follows(p.Track, t.Turn.TimeMs):
			n.Kind = NewProposal
			n.Text = fmt.Sprintf("New proposal on track %s: %q.", p.Track, p.Title)
			d.add(n.Seq, n, 0)
		}
	}
}

// follows tells whether a track is the agent's: it named it, had weight on it at
// an instant, or had delegated it by then.
func (d *deriver) follows(track string, atMs int64) bool {
	return slices.Contains(d.who.Tracks, track) || d.s.WeighsOn(d.who.Agent, track, atMs) || len(d.delegates(track, atMs)) > 0
}

// delegates lists those to whom the agent has delegated a track since before the
// end of an instant.
func (d *deriver) delegates(track string, atMs int64) []op.PublicKey {
	var own, all []op.PublicKey
	for _, e := range d.s.Delegations(d.who.Agent) {
		switch live := e.SinceMs <= atMs && (e.ExpiresMs == 0 || atMs <= e.ExpiresMs); {
		case live && e.Track == track:
			own = append(own, e.To)
		case live && e.Track == "":
			all = append(all, e.To)
		}
	}
	if len(own) > 0 {
		return own // hides what is delegated for all tracks
	}
	return all
}

// ballots tells which delegates have voted where the agent has not. A ballot
// since a place is in a vote that is open, or was closed since.
func (d *deriver) ballots(from, to uint64) {
	if !d.who.wants(DelegateVoted) || len(d.s.Delegations(d.who.Agent)) == 0 {
		return
	}
	seen := map[op.ID]bool{}
	look := func(p view.Brief) {
		if !seen[p.ID] && p.VoteStartMs != 0 {
			seen[p.ID] = true
			d.ballotsOn(p, from, to)
		}
	}
	for _, p := range d.s.Votes() {
		look(p)
	}
	for _, t := range d.s.TurnsSince(from, maxTurns) {
		look(t.Brief)
	}
}

func (d *deriver) ballotsOn(p view.Brief, from, to uint64) {
	if _, voted := d.s.Ballot(p.ID, d.who.Agent); voted {
		return
	}
	for _, key := range d.delegates(p.Track, p.DeadlineMs) {
		b, ok := d.s.Ballot(p.ID, key)
		if !ok || b.Seq < from || b.Seq >= to {
			continue
		}
		who, _ := d.s.Agent(key)
		d.add(b.Seq, Notice{Kind: DelegateVoted, Subject: p.ID.String(), Track: p.Track, Seq: b.Seq, TimeMs: p.VoteStartMs, UntilMs: p.DeadlineMs,
			Text: fmt.Sprintf("Your delegate %q voted %s on %q. A ballot of your own counts instead.", who.Name, b.Choice, p.Title)}, b.Seq)
	}
}

// payouts tells what waits for an invoice of the agent's. One that could be
// claimed again after a failed payment is told while it can.
func (d *deriver) payouts(from, to uint64) {
	if !d.who.wants(PayoutReady) {
		return
	}
	list, seqs := d.s.ClaimsSince(d.who.Agent, from, to)
	for i, p := range list {
		if seqs[i] != p.Seq && p.State != "claimable" {
			continue
		}
		d.add(seqs[i], Notice{Kind: PayoutReady, Subject: p.ID, Seq: seqs[i], UntilMs: p.UntilMs,
			Text: fmt.Sprintf("%d sat from pool %s wait for your invoice: %s.", p.AmountSat, p.Pool, p.Purpose)}, seqs[i])
	}
}

// seats tells to which juries the agent was drawn.
func (d *deriver) seats(from, to uint64) {
	if !d.who.wants(JurorDrawn) {
		return
	}
	for _, t := range d.s.SeatsSince(d.who.Agent, from, to) {
		d.add(t.Seq, Notice{Kind: JurorDrawn, Subject: t.Dispute.String(), Track: t.Track, Seq: t.Seq, TimeMs: t.DrawnMs, UntilMs: t.CommitEndMs,
			Text: "You sit on the jury of a dispute. Commit to your vote in time, then reveal it; absence costs the bond."}, t.Seq)
	}
}

// instants tells what began after one instant, up to another.
func (d *deriver) instants(after, last int64) {
	for _, p := range d.s.Votes() {
		if p.VoteStartMs == 0 {
			continue
		}
		if t := p.VoteStartMs; p.Proposer == d.who.Agent && t > after && t <= last {
			d.add(uint64(t), Notice{Kind: ProposalState, Subject: p.ID.String(), Track: p.Track, State: "active", Seq: p.Seq, TimeMs: t,
				UntilMs: p.DeadlineMs, Text: fmt.Sprintf("Your proposal %q is active: the vote has begun.", p.Title)}, 0)
		}
		t := p.FirstEndMs - min(voteLead.Milliseconds(), (p.FirstEndMs-p.VoteStartMs)/4)
		if t <= after || t > last || p.DeadlineMs < last || !d.who.wants(VoteNeeded) || !d.s.CanVote(p.ID, d.who.Agent) {
			continue
		}
		if _, voted := d.s.Ballot(p.ID, d.who.Agent); !voted {
			d.add(uint64(t), Notice{Kind: VoteNeeded, Subject: p.ID.String(), Track: p.Track, Seq: p.Seq, TimeMs: t, UntilMs: p.DeadlineMs,
				Text: fmt.Sprintf("The vote on %q ends soon and has no ballot of yours.", p.Title)}, 0)
		}
	}
	d.end(ByTime, uint64(last))
}

// heights tells what began after one block, up to another: that a hold should be
// renewed, and, at half of the time left for that, that it was not and will end.
func (d *deriver) heights(after, last uint32) {
	if d.who.wants(RenewalDue) || d.who.wants(HoldEnding) {
		for _, h := range d.s.LockedHolds(d.who.Agent) {
			r := h.Renewal
			d.holdAt(h, RenewalDue, r.DueHeight, after, last, "should be renewed from now on")
			d.holdAt(h, HoldEnding, r.DueHeight+(r.EndHeight-min(r.EndHeight, r.DueHeight))/2, after, last, "was not renewed so far")
		}
	}
	d.end(ByHeight, uint64(last))
}

func (d *deriver) holdAt(h ledger.EndingHold, k Kind, at, after, last uint32, what string) {
	if at <= after || at > last {
		return
	}
	end := "returned"
	if h.Renewal.AtRisk {
		end = "forfeited"
	}
	d.add(uint64(at), Notice{Kind: k, Subject: h.ID.String(), Seq: h.Seq, TimeMs: h.LockedMs, Height: h.Renewal.EndHeight,
		Text: fmt.Sprintf("Your %s of %d sat %s. Without another that takes its place it ends at block %d and is %s, as things stand.",
			h.Purpose, max(h.AmountSat, h.PaidSat), what, h.Renewal.EndHeight, end)}, uint64(h.Renewal.EndHeight))
}
