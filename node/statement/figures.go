package statement

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/econd/econd/node/muldiv"
)

// A figure is written as a plain decimal, rounded down to so many places that
// it still tells every bit: 10^19 > 2^60 and 10^10 > 2^32, so no two figures
// share a spelling.
const (
	one         = 1 << 60 // of score, flow and quality
	onePlaces   = 19
	oneScale    = 10_000_000_000_000_000_000 // 10^19 < 2^64
	whole       = 1 << 32                    // of evidence
	wholePlaces = 10
	wholeScale  = 10_000_000_000
)

// FormatShare spells a score, flow or quality, in units of 2^-60 and at most
// one, as a statement does: exactly, with 19 places.
func FormatShare(x uint64) string { return format(x, one, oneScale, onePlaces) }

// FormatEvidence spells evidence, in units of 2^-32, as a statement does:
// exactly, with 10 places.
func FormatEvidence(x uint64) string { return format(x, whole, wholeScale, wholePlaces) }

func parseShare(text string) (uint64, error) { return parse(text, one, oneScale, onePlaces) }

func parseEvidence(text string) (uint64, error) { return parse(text, whole, wholeScale, wholePlaces) }

func format(x, unit, scale uint64, places int) string {
	return fmt.Sprintf("%d.%0*d", x/unit, places, muldiv.Floor(x%unit, scale, unit))
}

// parse takes what format wrote and nothing else.
func parse(text string, unit, scale uint64, places int) (uint64, error) {
	bad := fmt.Errorf("%w: %q is not a decimal with %d places, rounded down from a multiple of 1/%d", ErrForm, text, places, unit)
	before, after, ok := strings.Cut(text, ".")
	if !ok || len(after) != places {
		return 0, bad
	}
	n, err := strconv.ParseUint(before, 10, 64)
	if err != nil || n > (1<<63)/unit {
		return 0, bad
	}
	f, err := strconv.ParseUint(after, 10, 64)
	if err != nil || f >= scale {
		return 0, bad
	}
	// The least x whose share of the scale reaches f.
	x := n*unit + muldiv.Ceil(f, unit, scale)
	if format(x, unit, scale, places) != text {
		return 0, bad
	}
	return x, nil
}
