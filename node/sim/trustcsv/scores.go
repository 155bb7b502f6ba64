package trustcsv

import (
	"bufio"
	"fmt"
	"io"
	"strconv"

	"github.com/econd/econd/node/muldiv"
	"github.com/econd/econd/reputation"
)

// History collects rows until [History.Score] turns them into scores. Rows of
// one consumer, provider and UTC day become one receipt: their sats add up and
// the latest rating stands (of several at the same millisecond the least
// favourable).
type History struct {
	agents agents
	loader *reputation.Loader
	params reputation.Params
	rated  []bool // by slot: got a receipt
	latest int64  // microseconds
}

// NewHistory returns an empty history under these rules.
func NewHistory(p reputation.Params) (*History, error) {
	loader, err := reputation.NewLoader(p)
	if err != nil {
		return nil, err
	}
	return &History{loader: loader, params: p}, nil
}

// Add takes in a row that a [Reader] returned.
func (h *History) Add(row Row) error {
	r := reputation.Receipt{
		Consumer: h.agents.slot(row.Consumer),
		Provider: h.agents.slot(row.Provider),
		Sats:     row.Sats,
		Rating:   row.Rating,
		TimeMs:   row.TimeMicros / 1000,
	}
	if err := h.loader.Put(r); err != nil {
		return err
	}
	for len(h.rated) < len(h.agents.ids) {
		h.rated = append(h.rated, false)
	}
	h.rated[r.Provider] = true
	h.latest = max(h.latest, row.TimeMicros)
	return nil
}

// Agents returns how many agents the rows named.
func (h *History) Agents() int { return len(h.agents.ids) }

// Knows reports whether a row named the agent.
func (h *History) Knows(id string) bool {
	_, ok := h.agents.slots[id]
	return ok
}

// LatestMicros returns the latest time of a row.
func (h *History) LatestMicros() int64 { return h.latest }

// Score is the standing of one provider.
type Score struct {
	Provider string
	reputation.Result
}

// Score computes the standing, on the day of a Unix time in microseconds, of
// every agent that got a receipt, ordered by id. Seeds share the pre-trust
// evenly; they need not occur in the rows. The history is used up.
func (h *History) Score(atMicros int64, seeds []string, workers int) ([]Score, error) {
	slots := make([]uint32, len(seeds))
	for i, id := range seeds {
		slots[i] = h.agents.slot(id)
	}
	book := h.loader.Book()
	err := book.Epoch(reputation.Snapshot{
		Params:  h.params,
		Day:     reputation.Day(atMicros / 1000),
		Keys:    h.agents.keys(),
		Seeds:   slots,
		Workers: workers,
	})
	if err != nil {
		return nil, err
	}
	var scores []Score
	for _, slot := range h.agents.ordered() {
		if int(slot) < len(h.rated) && h.rated[slot] {
			scores = append(scores, Score{h.agents.ids[slot], book.Result(slot)})
		}
	}
	return scores, nil
}

// Write writes scores as CSV with a heading. Numbers are plain decimals of a
// fixed number of digits, rounded down: quality, score and flow as fractions of
// one, evidence in receipts.
func Write(w io.Writer, scores []Score) error {
	out := bufio.NewWriter(w)
	fmt.Fprintln(out, "provider,quality,score,flow,positive,negative")
	for _, s := range scores {
		fmt.Fprintf(out, "%s,%s,%s,%s,%s,%s\n", quote(s.Provider),
			Fraction(s.Quality), Fraction(s.Score), Fraction(s.Flow), Evidence(s.Positive), Evidence(s.Negative))
	}
	return out.Flush()
}

// Fraction formats units of 1/reputation.FlowOne with 18 decimals.
func Fraction(units uint64) string { return decimal(units, reputation.FlowOne, 18) }

// Evidence formats units of 1/reputation.EvidenceOne with 9 decimals.
func Evidence(units uint64) string { return decimal(units, reputation.EvidenceOne, 9) }

// decimal formats units/one, rounded down to the given number of places, of
// which there are at most 19.
func decimal(units, one uint64, places int) string {
	scale := uint64(1)
	for range places {
		scale *= 10
	}
	fraction := muldiv.Floor(units%one, scale, one)
	return strconv.FormatUint(units/one, 10) + "." + fmt.Sprintf("%0*d", places, fraction)
}

// quote puts an id into double quotes where CSV needs them.
func quote(id string) string {
	for i := range len(id) {
		if id[i] == ',' || id[i] == '"' || id[i] == ' ' || id[i] == '\t' {
			return `"` + escape(id) + `"`
		}
	}
	return id
}

func escape(id string) string {
	out := make([]byte, 0, len(id)+2)
	for i := range len(id) {
		if id[i] == '"' {
			out = append(out, '"')
		}
		out = append(out, id[i])
	}
	return string(out)
}
