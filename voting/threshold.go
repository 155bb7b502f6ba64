package voting

// Decision is what a vote has come to.
type Decision uint8

const (
	// Open means that ballots may still change the result.
	Open Decision = iota
	// Passed means that quorum and pass rule are met for good.
	Passed
	// Rejected means that the vote can no longer pass, or closed unpassed.
	Rejected
)

// String names the decision as it appears in an outcome.
func (d Decision) String() string {
	switch d {
	case Open:
		return "open"
	case Passed:
		return "passed"
	case Rejected:
		return "rejected"
	}
	return "unknown"
}

// Share is a least share of a whole: strictly more than one half if Majority
// is set, else at least Num/Den. Num may not exceed Den, and Den may not be 0.
type Share struct {
	Majority bool
	Num, Den uint64
}

// SharePPM returns the share of ppm parts per million, at least.
func SharePPM(ppm uint32) Share { return Share{Num: uint64(ppm), Den: PPM} }

// met reports whether part is a sufficient share of whole. Nothing is a share
// of an empty whole, so all abstentions or no votes fail.
func (s Share) met(part, whole U128) bool {
	if whole.isZero() {
		return false
	}
	if s.Majority {
		return part.mul64(2).cmp(whole.mul64(1)) > 0
	}
	return part.mul64(s.Den).cmp(whole.mul64(s.Num)) >= 0
}

// blocked reports whether against alone keeps every other option of the whole
// from reaching the share: at half under a majority, above the complement
// otherwise. With 100 % a single vote against blocks. An empty whole is blocked.
func (s Share) blocked(against, whole U128) bool {
	if whole.isZero() {
		return true
	}
	if s.Majority {
		return against.mul64(2).cmp(whole.mul64(1)) >= 0
	}
	return against.mul64(s.Den).cmp(whole.mul64(s.Den-s.Num)) > 0
}

// WideCounts is the weight behind each answer.
type WideCounts struct {
	For, Against, Abstain U128
}

func (c WideCounts) decided() U128 { return c.For.plus(c.Against) }
func (c WideCounts) all() U128     { return c.decided().plus(c.Abstain) }

// WidePoll is a vote at one instant. The three counts together may not exceed
// Eligible.
type WidePoll struct {
	// Cast counts every represented weight, delegated weight included. It
	// decides once the vote is closed.
	Cast WideCounts
	// Direct counts only agents that voted themselves. It alone may decide
	// before the close, because whoever delegates can still vote.
	Direct WideCounts
	// Eligible is the weight of the whole snapshot.
	Eligible U128
	// Closed says that the deadline has passed.
	Closed bool
	// MinPeriodOver says that a vote may pass now: the least voting period,
	// if there is one, has elapsed.
	MinPeriodOver bool
	// Replaceable says that a ballot may be replaced until the deadline;
	// then nothing is decided before it.
	Replaceable bool
}

// quorumOf says which weight counts toward a quorum.
type quorumOf uint8

const (
	quorumNone    quorumOf = iota // no quorum is asked for
	quorumAll                     // for, against and abstain
	quorumDecided                 // for and against
	quorumFor                     // for alone
)

// quorumTest is a least weight: a count, or a share of the eligible weight.
type quorumTest struct {
	of      quorumOf
	byCount bool
	count   U128
	share   Share
}

func (q quorumTest) enough(weight, eligible U128) bool {
	if q.byCount {
		return weight.Cmp(q.count) >= 0
	}
	return q.share.met(weight, eligible)
}

// met reports whether the counts reach the quorum.
func (q quorumTest) met(c WideCounts, eligible U128) bool {
	switch q.of {
	case quorumAll:
		return q.enough(c.all(), eligible)
	case quorumDecided:
		return q.enough(c.decided(), eligible)
	case quorumFor:
		return q.enough(c.For, eligible)
	}
	return true
}

// reachable reports whether the quorum could still be met if everybody who has
// not voted helped as much as possible.
func (q quorumTest) reachable(c WideCounts, eligible U128) bool {
	switch q.of {
	case quorumAll:
		return q.enough(eligible, eligible)
	case quorumDecided:
		return q.enough(eligible.less(c.Abstain), eligible)
	case quorumFor:
		return q.enough(eligible.less(c.Abstain).less(c.Against), eligible)
	}
	return true
}

// passOf says what the weight in favour is compared with.
type passOf uint8

const (
	passCount    passOf = iota // a number
	passCast                   // for and against; before the close, all who may still decide
	passWilling                // the eligible weight without abstentions
	passEligible               // the eligible weight
)

// passTest is the rule that the weight in favour has to meet.
type passTest struct {
	of    passOf
	count U128
	share Share
}

// whole returns the weight that a share is taken of.
func (t passTest) whole(c WideCounts, p WidePoll) U128 {
	switch {
	case t.of == passEligible:
		return p.Eligible
	case t.of == passCast && p.Closed:
		return c.decided()
	}
	return p.Eligible.less(c.Abstain)
}

// met reports whether the weight in favour suffices whatever may follow.
func (t passTest) met(c WideCounts, p WidePoll) bool {
	if t.of == passCount {
		return c.For.Cmp(t.count) >= 0
	}
	return t.share.met(c.For, t.whole(c, p))
}

// blocked reports whether the weight in favour cannot suffice any more.
func (t passTest) blocked(c WideCounts, p WidePoll) bool {
	possible := p.Eligible.less(c.Against).less(c.Abstain)
	switch t.of {
	case passCount:
		return possible.Cmp(t.count) < 0
	case passEligible:
		return !t.share.met(possible, p.Eligible)
	}
	return t.share.blocked(c.Against, t.whole(c, p))
}

// earlyOf says when a vote may be decided before its deadline.
type earlyOf uint8

const (
	earlyNever   earlyOf = iota // at the deadline only
	earlyCertain                // once no ballot still to come can matter
	earlySuper                  // once a super-quorum is in favour
)

// Threshold decides votes: the one core behind the rules of a track and behind
// the three threshold forms of the CosmWasm DAO contracts (DAO DAO). It is a
// value, built by AbsoluteCount, AbsolutePercentage, ThresholdQuorum or
// NewThreshold, and safe for concurrent use.
type Threshold struct {
	quorum quorumTest
	pass   passTest
	early  earlyOf
	super  Share
}

// AbsoluteCount passes when at least need is in favour.
func AbsoluteCount(need U128) Threshold {
	return Threshold{pass: passTest{of: passCount, count: need}, early: earlyCertain}
}

// AbsolutePercentage passes when the share of all weight without abstentions
// is in favour.
func AbsolutePercentage(share Share) Threshold {
	return Threshold{pass: passTest{of: passWilling, share: share}, early: earlyCertain}
}

// ThresholdQuorum passes when the share quorum of all weight voted, abstentions
// included, and the share of for and against is in favour.
func ThresholdQuorum(share, quorum Share) Threshold {
	return Threshold{
		quorum: quorumTest{of: quorumAll, share: quorum},
		pass:   passTest{of: passCast, share: share},
		early:  earlyCertain,
	}
}

// counts returns the ballots that may decide now.
func (p WidePoll) counts() WideCounts {
	if p.Closed {
		return p.Cast
	}
	return p.Direct
}

// IsPassed reports whether the vote has passed. Before the close this needs an
// early rule, final ballots and the end of the least period; and then no
// ballot still to come can undo it.
func (t Threshold) IsPassed(p WidePoll) bool {
	if !p.Closed && (p.Replaceable || t.early == earlyNever) {
		return false
	}
	c := p.counts()
	if !p.MinPeriodOver || !t.quorum.met(c, p.Eligible) {
		return false
	}
	if !p.Closed && t.early == earlySuper && !t.super.met(c.For, p.Eligible) {
		return false
	}
	return t.pass.met(c, p)
}

// IsRejected reports whether votes against, or a quorum missed, have sealed the
// fate of the vote. A vote that closed neither passed nor sealed is rejected by
// Decide all the same. The least period does not delay a rejection.
func (t Threshold) IsRejected(p WidePoll) bool {
	if !p.Closed && (p.Replaceable || t.early != earlyCertain) {
		return false
	}
	c := p.counts()
	if p.Closed && !t.quorum.met(c, p.Eligible) {
		return true
	}
	if !t.quorum.reachable(c, p.Eligible) {
		return true
	}
	return t.pass.blocked(c, p)
}

// Decide returns the state of the vote: Passed, else Rejected if it is closed
// or sealed, else Open.
func (t Threshold) Decide(p WidePoll) Decision {
	switch {
	case t.IsPassed(p):
		return Passed
	case p.Closed || t.IsRejected(p):
		return Rejected
	}
	return Open
}

// QuorumMet reports whether the cast weight, delegated weight included, reaches
// the quorum now; a late-quorum extension starts at the first ballot for which
// it does.
func (t Threshold) QuorumMet(p WidePoll) bool {
	return t.quorum.met(p.Cast, p.Eligible)
}
