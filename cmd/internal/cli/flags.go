package cli

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// flagError says what is wrong with a flag, in the words of this project and not
// of the parser.
func flagError(c *cobra.Command, err error) error {
	var absent *pflag.NotExistError
	var bare *pflag.ValueRequiredError
	var bad *pflag.InvalidValueError
	switch {
	case errors.As(err, &absent):
		return Usage(unknownFlag(c, absent))
	case errors.As(err, &bare):
		return Usagef("%s needs a value", spelled(bare.GetSpecifiedName(), bare.GetSpecifiedShortnames()))
	case errors.As(err, &bad):
		return Usagef("--%s: is %q, must be %s", bad.GetFlag().Name, bad.GetValue(), wanted(bad))
	}
	return Usage(err)
}

// unknownFlag takes "-5" for the number that it was meant as.
func unknownFlag(c *cobra.Command, e *pflag.NotExistError) error {
	name, short := e.GetSpecifiedName(), e.GetSpecifiedShortnames()
	if short != "" && strings.ContainsRune("0123456789.", rune(short[0])) {
		return fmt.Errorf("-%s: a number here must not be negative; it is called as: %s", short, c.UseLine())
	}
	if near := nearest(c, name); near != "" {
		return fmt.Errorf("there is no flag --%s; did you mean --%s?", name, near)
	}
	return fmt.Errorf("there is no flag %s", spelled(name, short))
}

func spelled(name, short string) string {
	if short != "" {
		first, _ := utf8.DecodeRuneInString(short)
		return "-" + string(first)
	}
	return "--" + name
}

// wanted names the values that a flag takes.
func wanted(e *pflag.InvalidValueError) string {
	if errors.Is(e, strconv.ErrRange) {
		return "smaller"
	}
	switch kind := e.GetFlag().Value.Type(); kind {
	case "int", "int8", "int16", "int32", "int64":
		return "a whole number"
	case "uint", "uint8", "uint16", "uint32", "uint64":
		return "a whole number from 0"
	case "int64Slice", "intSlice", "uintSlice":
		return "whole numbers with commas"
	case "float32", "float64":
		return "a number"
	case "bool":
		return "true or false"
	case "duration":
		return "a duration such as 90s, 15m or 24h"
	}
	return strings.TrimPrefix(e.Unwrap().Error(), "must be ")
}

// nearest is the flag whose name is at most two changes away, or "".
func nearest(c *cobra.Command, name string) (best string) {
	least := min(3, len(name))
	c.Flags().VisitAll(func(f *pflag.Flag) {
		if d := distance(name, f.Name); d < least && !f.Hidden {
			best, least = f.Name, d
		}
	})
	return best
}

// distance is that of Levenshtein: the least number of bytes to add, remove or
// replace.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		last := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := last
			if a[i] != b[j] {
				cost++
			}
			last = row[j+1]
			row[j+1] = min(cost, row[j]+1, last+1)
		}
	}
	return row[len(b)]
}

// missingFlags are the required flags that were not given.
func missingFlags(c *cobra.Command) (list []string) {
	c.Flags().VisitAll(func(f *pflag.Flag) {
		if required := f.Annotations[cobra.BashCompOneRequiredFlag]; len(required) > 0 && required[0] == "true" && !f.Changed {
			list = append(list, "--"+f.Name)
		}
	})
	return list
}
