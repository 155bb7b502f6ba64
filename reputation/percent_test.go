package reputation

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestPercent(t *testing.T) {
	for share, want := range map[uint64]string{
		0: "0.00 %", 1: "0.00 %", FlowOne: "100.00 %", FlowOne - 1: "99.99 %", FlowOne / 2: "50.00 %",
		FlowOne/10_000 + 1: "0.01 %", FlowOne / 10_000: "0.00 %", FlowOne/1000*111 + 1000: "11.10 %",
	} {
		require.Equal(t, want, Percent(share), share)
	}
}
