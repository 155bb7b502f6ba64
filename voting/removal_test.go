package voting

import "testing"

func TestLeastForPPM(t *testing.T) {
	for _, c := range []struct {
		quorum QuorumRule
		pass   PassRule
		want   uint32
	}{
		{QuorumRule{Kind: QuorumFor, SharePPM: 500_001}, PassRule{Kind: PassShare, SharePPM: 666_667}, 500_001},
		{QuorumRule{Kind: QuorumFor, SharePPM: 300_000}, PassRule{Kind: PassEligible, SharePPM: 600_000}, 600_000},
		{QuorumRule{Kind: QuorumEligible, SharePPM: 400_000}, PassRule{Kind: PassShare, SharePPM: 666_667}, 266_666}, // opponents bring the rest
		{QuorumRule{Kind: QuorumEligible, SharePPM: 400_001}, PassRule{Kind: PassMajority}, 200_000},
		{QuorumRule{Kind: QuorumEligible, SharePPM: 400_000, CountAbstain: true}, PassRule{Kind: PassShare, SharePPM: 666_667}, 0},
		{QuorumRule{Kind: QuorumTurnout, MinPPM: 200_000, MaxPPM: 400_000}, PassRule{Kind: PassMajority}, 100_000},
		{QuorumRule{Kind: QuorumNone}, PassRule{Kind: PassShare, SharePPM: 900_000}, 0},
		{QuorumRule{Kind: QuorumAbsolute, Weight: 9}, PassRule{Kind: PassMajority}, 0},
		{QuorumRule{Kind: QuorumFor, SharePPM: 10}, PassRule{Kind: PassAbsolute, Weight: 9}, 10},
	} {
		if got := (&Track{Quorum: c.quorum, Pass: c.pass}).LeastForPPM(); got != c.want {
			t.Errorf("%+v, %+v: %d, want %d", c.quorum, c.pass, got, c.want)
		}
	}
}

// Whatever appoints guardians removes them, in every combination of rules and of
// votes of a small electorate; and the least weight in favour is what it says.
func TestRemovingIsNeverHarder(t *testing.T) {
	const all = 12
	quorums := []QuorumRule{{Kind: QuorumNone}, {Kind: QuorumAbsolute, Weight: 5}, {Kind: QuorumFor, SharePPM: 500_001}, {Kind: QuorumFor, SharePPM: 250_000},
		{Kind: QuorumEligible, SharePPM: 400_000}, {Kind: QuorumEligible, SharePPM: 400_000, CountAbstain: true}, {Kind: QuorumTurnout, MinPPM: 300_000, MaxPPM: 700_000}}
	passes := []PassRule{{Kind: PassMajority}, {Kind: PassShare, SharePPM: 666_667}, {Kind: PassShare, SharePPM: PPM},
		{Kind: PassEligible, SharePPM: 600_000}, {Kind: PassAbsolute, Weight: 4}}
	appointed := 0
	for _, q := range quorums {
		for _, p := range passes {
			track := Track{Quorum: q, Pass: p}
			least := track.LeastForPPM()
			for _, removal := range []uint32{0, least} {
				track.RemovalForPPM = removal
				rq, rp := track.Removal()
				for in := uint64(0); in <= all; in++ {
					for against := uint64(0); in+against <= all; against++ {
						for abstain := uint64(0); in+against+abstain <= all; abstain++ {
							poll := Poll{Cast: Counts{For: in, Against: against, Abstain: abstain}, Eligible: all, Closed: true, MinPeriodOver: true}
							if Decide(q, p, 0, poll) != Passed {
								continue
							}
							appointed++
							if in*PPM < uint64(least)*all {
								t.Errorf("%+v, %+v: passed with %d of %d, the least is %d ppm", q, p, in, all, least)
							}
							if Decide(rq, rp, 0, poll) != Passed {
								t.Errorf("%+v, %+v, removal %d: %+v appoints, and does not remove", q, p, removal, poll.Cast)
							}
						}
					}
				}
			}
		}
	}
	if appointed < 1000 {
		t.Errorf("only %d votes passed", appointed)
	}
}
