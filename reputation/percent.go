package reputation

import (
	"fmt"

	"github.com/econd/econd/node/muldiv"
)

// Percent writes a share of the whole, in units of 1/FlowOne, as per cent, rounded down
// to hundredths: "11.10 %". It is for people; what follows from a share is never read from it.
func Percent(share uint64) string {
	hundredths := muldiv.Floor(share, 10_000, FlowOne)
	return fmt.Sprintf("%d.%02d %%", hundredths/100, hundredths%100)
}
