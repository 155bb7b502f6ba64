package node

import (
	"net/http"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"

	"github.com/econd/econd/l402"
)

func TestUsesOf(t *testing.T) {
	for name, c := range map[string]struct {
		header, body string
		ndjson       bool
		sat, want    int64
	}{
		"one by default":               {sat: 10, want: 1},
		"as asked":                     {header: "25", sat: 10, want: 25},
		"the most":                     {header: "10000", sat: 10, want: 10_000},
		"lines of a batch":             {body: "{}\n\n {} \r\n  \n{}", ndjson: true, sat: 10, want: 3},
		"more than the batch has":      {header: "5", body: "{}\n{}\n", ndjson: true, sat: 10, want: 5},
		"fewer than the batch has":     {header: "1", body: "{}\n{}\n", ndjson: true, sat: 10, want: 2},
		"not a batch":                  {body: "{}\n{}\n", sat: 10, want: 1},
		"as many as a payment carries": {header: "10000", sat: 5_000, want: 2_000},
		"dear ones":                    {header: "3", sat: 10_000_001, want: 1},
		"a long batch":                 {body: strings.Repeat("{}\n", 20_000), ndjson: true, sat: 1, want: l402.MaxUses},
		"free":                         {header: "7", want: 7},
	} {
		h := http.Header{}
		if c.header != "" {
			h.Set(l402.UsesHeader, c.header)
		}
		got, err := UsesOf(h, iotest.HalfReader(strings.NewReader(c.body)), c.ndjson, c.sat)
		require.NoError(t, err, name)
		require.Equal(t, c.want, got, name)
	}
	for _, bad := range []string{"0", "-1", "10001", "x", "1.5"} {
		_, err := UsesOf(http.Header{l402.UsesHeader: {bad}}, nil, false, 1)
		require.Error(t, err, bad)
	}
}
