package constitution

import (
	"fmt"
	"strings"

	"github.com/econd/econd/voting"
)

// Bounds of disputes below which the author of a constitution is warned.
const (
	adviseTimes    = 3
	adviseScorePPM = 50_000
)

// juryAdvice tells how a jury of the track could be bought; empty if the bounds of
// its disputes are kept.
func juryAdvice(t *voting.Track) string {
	r := t.Dispute
	if r == nil {
		return ""
	}
	var list []string
	if !r.ByWeight() {
		list = append(list, fmt.Sprintf("seats: without %s who divides its reputation among many keys has more than its part of a jury", voting.SeatsWeight))
	}
	if r.FieldTimes < adviseTimes {
		list = append(list, fmt.Sprintf("field_times: is %d; less than %d times the jury offer themselves and are nearly all drawn", r.FieldTimes, adviseTimes))
	}
	if ppm := r.ScorePPM(); ppm < adviseScorePPM {
		list = append(list, fmt.Sprintf("least_score_ppm: is %d; who has half of that share of the stake makes a jury of its own, and %d takes much more", ppm, adviseScorePPM))
	}
	if r.SeniorityS == 0 {
		list = append(list, "seniority_s: is 0; who sees a vote end may offer puppets and challenge at once")
	}
	if len(list) == 0 {
		return ""
	}
	return fmt.Sprintf("track %s: a jury can be bought: dispute.%s", t.Name, strings.Join(list, "; "))
}
