package trustcsv

import (
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// readAll returns the rows and the refusals of a text.
func readAll(t require.TestingT, text string) (rows []Row, refused []string) {
	r := NewReader("in.csv", strings.NewReader(text))
	for {
		row, err := r.Next()
		switch bad := new(RowError); {
		case err == io.EOF:
			return rows, refused
		case errors.As(err, &bad):
			require.ErrorIs(t, err, ErrRow)
			refused = append(refused, err.Error())
		case err != nil:
			return rows, append(refused, err.Error())
		default:
			rows = append(rows, row)
		}
	}
}

func TestReadRows(t *testing.T) {
	want := []Row{{"a", "b", 1, 5, 1_500_000}, {"b", "c", 1, -10, 7_000_000}}
	for name, text := range map[string]string{
		"without sats":           "a,b,5,1.5\nb,c,-10,7\n",
		"with sats":              "a,b,1,5,1.5\nb,c,,-10,7\n",
		"heading":                "consumer,provider,sats,rating,time\na,b,1,5,1.5\nb,c,1,-10,7\n",
		"other order":            "TIME,Rating,provider,consumer\n1.5,5,b,a\n7.000,-10,c,b\n",
		"the names of graphs":    "source,target,rating,time\na,b,5,1.5\nb,c,-10,7\n",
		"no last line end":       "a,b,5,1.5\nb,c,-10,7",
		"blank lines":            "\n  \na,b,5,1.5\n\nb,c,-10,7\n\n",
		"another system":         "\ufeffa,b,5,1.5\r\nb,c,-10,7\r\n",
		"quotes and blanks":      "\"a\" , b,\t5,1.5\n b ,\"c\",\"-10\",7\n",
		"a plus and more digits": "a,b,+5,1.5000009\nb,c,-10,007\n",
	} {
		t.Run(name, func(t *testing.T) {
			rows, refused := readAll(t, text)
			require.Empty(t, refused)
			require.Equal(t, want, rows)
		})
	}
	rows, _ := readAll(t, `"a ""x"", y",b,1,2`)
	require.Equal(t, `a "x", y`, rows[0].Consumer)
}

// A malformed row names file, line, column and what was expected, and the rows
// after it are read.
func TestMalformedRows(t *testing.T) {
	for text, want := range map[string]string{
		"a,b,5,x,1":                    `in.csv:2:7: rating is "x", want a whole number from -10 to 10`,
		"a,b,5,11,1":                   `in.csv:2:7: rating is "11", want a whole number from -10 to 10`,
		"a,b,5,-11,1":                  `in.csv:2:7: rating is "-11", want a whole number from -10 to 10`,
		"a,b,5,1.5,1":                  `in.csv:2:7: rating is "1.5", want a whole number from -10 to 10`,
		"a,b,0,1,1":                    `in.csv:2:5: sats is "0", want a whole number from 1 to 2100000000000000`,
		"a,b,-1,1,1":                   `in.csv:2:5: sats is "-1", want a whole number from 1 to 2100000000000000`,
		"a,b,1,1,":                     `in.csv:2:9: time is "", want Unix seconds, with or without a fraction`,
		"a,b,1,1,1e9":                  `in.csv:2:9: time is "1e9", want Unix seconds, with or without a fraction`,
		"a,b,1,1,-1":                   `in.csv:2:9: time is "-1", want Unix seconds, with or without a fraction`,
		"a,b,1,1,1420070400000":        `in.csv:2:9: time is "1420070400000", want Unix seconds, with or without a fraction`,
		",b,1,1,1":                     `in.csv:2:1: consumer is "", want an agent's id`,
		"a, ,1,1,1":                    `in.csv:2:4: provider is "", want an agent's id`,
		"a,a,1,1,1":                    `in.csv:2:3: provider is "a", want an agent other than the consumer`,
		"a,b,1,1":                      `in.csv:2:1: the row has 4 fields, want 5 as in the first row`,
		`a,"b,1,1,1`:                   `in.csv:2:3: a quoted value does not end on its line; want a second " before the next comma`,
		`a,"b"c,1,1,1`:                 `in.csv:2:3: a quoted value does not end on its line; want a second " before the next comma`,
		strings.Repeat("x", maxLine+1): "in.csv:2:1: the line is longer than 65536 bytes",
	} {
		rows, refused := readAll(t, "a,b,1,1,1\n"+text+"\nb,a,1,-1,2\n")
		require.Equal(t, []string{want}, refused)
		require.Equal(t, []Row{{"a", "b", 1, 1, 1_000_000}, {"b", "a", 1, -1, 2_000_000}}, rows, text)
	}
}

func TestHeadings(t *testing.T) {
	for text, want := range map[string]string{
		"consumer,provider,sat,rating,time": `in.csv:1:19: heading "sat" is not known; want consumer, provider, sats, rating, time`,
		"consumer,rater,rating,time":        `in.csv:1:10: heading "rater" names the column consumer a second time`,
		"consumer,provider,rating":          `in.csv:1:1: the heading has no column time`,
	} {
		r := NewReader("in.csv", strings.NewReader(text+"\na,b,1,1\n"))
		_, err := r.Next()
		require.EqualError(t, err, want)
		require.False(t, errors.As(err, new(*RowError)), "a wrong heading is not a row to skip")
	}
}

func TestParseTime(t *testing.T) {
	for text, want := range map[string]int64{
		"0": 0, "1.000001": 1_000_001, "1.0000019": 1_000_001, "253402300799.999999": 253402300799_999999,
		"253402300800": -1, ".5": -1, "5.": -1, "": -1, "1_0": -1, "+1": -1, "0x10": -1,
	} {
		got, ok := ParseTime(text)
		if want < 0 {
			require.False(t, ok, text)
			continue
		}
		require.True(t, ok, text)
		require.Equal(t, want, got, text)
	}
}

// Whatever the bytes, the reader ends, and what it accepts can be scored.
func FuzzReader(f *testing.F) {
	f.Add("a,b,1,5,1.5\nb,c,,-10,7\n")
	f.Add("time,rating,provider,consumer\n1,1,\"a\"\"\",b\n\n,,,\n")
	f.Fuzz(func(t *testing.T, text string) {
		rows, _ := readAll(t, text)
		score(t, rows)
	})
}
