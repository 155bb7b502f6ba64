package voting

// LeastForPPM is the least share of the eligible weight in favour with which
// anything passes on the track, whatever others do: they may vote against, and
// where abstentions make a quorum, abstain. Rounded down; 0 is any weight at all.
// Of a turnout rule the lower bound counts.
func (t *Track) LeastForPPM() uint32 {
	q, p := t.Quorum, t.Pass
	var least uint64
	switch part := uint64(q.ShareNow(0)); {
	case q.Kind == QuorumFor:
		least = part
	case q.CountAbstain:
	case p.Kind == PassShare || p.Kind == PassEligible:
		least = part * uint64(p.SharePPM) / PPM
	case p.Kind == PassMajority:
		least = part / 2
	}
	if p.Kind == PassEligible {
		least = max(least, uint64(p.SharePPM))
	}
	return uint32(least)
}

// Removal returns the rules by which guardians are removed on the track: more for
// than against decides, and the quorum is RemovalForPPM in favour, or that of the
// track. Whatever passes by the track's own rules passes by these, so removing is
// never harder than appointing was. An absolute weight in favour, which no ballot
// against can outweigh, stays what it is.
func (t *Track) Removal() (QuorumRule, PassRule) {
	q, p := t.Quorum, t.Pass
	if t.RemovalForPPM > 0 {
		q = QuorumRule{Kind: QuorumFor, SharePPM: t.RemovalForPPM}
	}
	if p.Kind == PassShare || p.Kind == PassEligible {
		p.Kind, p.SharePPM = PassMajority, 0
	}
	return q, p
}
