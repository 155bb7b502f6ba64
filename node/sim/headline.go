package sim

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
)

// Answer is one line of the headline: a Flip for programs, and in words.
type Answer struct {
	Settings []Setting `json:"settings"`
	Rules    string    `json:"rules"` // the settings for people
	// Sats of an even chance, rounded: null if no budget tried has one, or
	// none came to a vote.
	Sats *int64 `json:"sats"`
	// Low and High are the 95 % interval; High null: beyond every budget tried.
	Low        *int64 `json:"low"`
	High       *int64 `json:"high"`
	RunsOpened int    `json:"runs_opened"`
	Runs       int    `json:"runs"`
	Text       string `json:"text"` // the answer and its interval
}

// Opened says in how many runs there was a vote.
func (a Answer) Opened() string { return openedIn(a.RunsOpened, a.Runs) }

func openedIn(opened, runs int) string { return fmt.Sprintf("opened in %d of %d runs", opened, runs) }

// conclude counts votes and answers the headline.
func (p *Provenance) conclude(s *Scenario, done []finished, cells int) {
	p.RunsOpened, p.RunsCancelled, p.RunsUnopened, p.Headline = 0, 0, map[string]int{}, []Answer{}
	for _, f := range done {
		for _, r := range f.rows {
			switch {
			case r.votes(s) > 0:
				p.RunsOpened++
				if r.decided(s) == 0 {
					p.RunsCancelled++
				}
			case r.UnopenedBy != "":
				p.RunsUnopened[r.UnopenedBy]++
			}
		}
	}
	for _, f := range s.flips(done, cells) {
		p.Headline = append(p.Headline, s.answer(f))
	}
}

// checkConclusion refuses a provenance whose headline does not follow from the
// runs.
func (p *Provenance) checkConclusion(s *Scenario, done []finished, cells int) error {
	again := new(Provenance)
	again.conclude(s, done, cells)
	want, err := json.Marshal([]any{again.RunsOpened, again.RunsCancelled, again.RunsUnopened, again.Headline})
	if err != nil {
		return err
	}
	got, err := json.Marshal([]any{p.RunsOpened, p.RunsCancelled, p.RunsUnopened, p.Headline})
	if err != nil {
		return err
	}
	if !bytes.Equal(got, want) {
		return fmt.Errorf("%w: %s: the headline does not follow from the runs", ErrResults, provenanceFile)
	}
	return nil
}

// Warnings says how many runs had no vote and why, and how many none that was
// counted; none if all had one, or were to have none.
func (p *Provenance) Warnings() (out []string) {
	n := 0
	var why []string
	for _, by := range slices.Sorted(maps.Keys(p.RunsUnopened)) {
		n += p.RunsUnopened[by]
		why = append(why, fmt.Sprintf("%s: %d", unopenedText(by), p.RunsUnopened[by]))
	}
	if n > 0 {
		out = append(out, fmt.Sprintf("%d of %d runs had no vote and say nothing about votes (%s)", n, p.Runs, strings.Join(why, "; ")))
	}
	if p.RunsCancelled > 0 {
		out = append(out, fmt.Sprintf("in %d of %d runs a vote began and was cancelled, as where collateral was not renewed: nothing passed in them", p.RunsCancelled, p.Runs))
	}
	return out
}

// unopenedText puts a reason of UnopenedBy in words.
func unopenedText(by string) string {
	switch by {
	case byWallet:
		return "the proposer had too few sats"
	case byNobody:
		return "nobody set out to propose"
	case byCancel:
		return "cancelled before its vote began"
	}
	return "refused by " + by
}

// answer puts a flip in words.
func (s *Scenario) answer(f Flip) Answer {
	a := Answer{Settings: f.Settings, Rules: s.spelled(f.Settings), Sats: rounded(f.Sats), RunsOpened: f.Opened, Runs: f.Runs}
	if a.Settings == nil {
		a.Settings = []Setting{}
	}
	if f.Opened > 0 {
		a.Low, a.High = rounded(f.CI.Low), rounded(f.CI.High)
	}
	within := fmt.Sprintf("%s to %s", people(f.CI.Low), people(f.CI.High))
	if math.IsInf(f.CI.High, 1) {
		within = people(f.CI.Low) + " and more"
	}
	switch {
	case f.Opened == 0:
		a.Text = "no vote"
	case math.IsInf(f.Sats, 1):
		a.Text = fmt.Sprintf("not with %s sat", people(float64(f.Below)))
		if f.CI.Low < float64(f.Below) {
			a.Text += " (" + within + ")"
		}
	case f.Least:
		a.Text = fmt.Sprintf("at most %s sat (%s)", people(f.Sats), within)
	default:
		a.Text = fmt.Sprintf("%s sat (%s)", people(f.Sats), within)
	}
	return a
}

// rounded is a whole number of sats, nil if there is none.
func rounded(v float64) *int64 {
	if math.IsInf(v, 0) || math.IsNaN(v) {
		return nil
	}
	n := int64(math.Round(v))
	return &n
}

// people spells sats with three significant digits and commas.
func people(v float64) string {
	if unit := math.Pow(10, math.Floor(math.Log10(max(v, 1)))-2); unit > 1 {
		v = math.Round(v/unit) * unit
	}
	digits := strconv.FormatInt(int64(math.Round(v)), 10)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

// spelled names settings for people, as the legends of the charts do.
func (s *Scenario) spelled(settings []Setting) string {
	var parts []string
	for _, x := range settings {
		parts = append(parts, quantityOf(s, s.parameter(x.Path)).spell(x.Value))
	}
	return strings.Join(parts, ", ")
}

// headlineBy names the parameters that the lines of the headline differ in.
func (s *Scenario) headlineBy() string {
	var names []string
	for i, p := range s.Sweep.Parameters {
		if p.Path != budgetPath {
			names = append(names, quantityOf(s, i).name)
		}
	}
	return strings.Join(names, ", ")
}
