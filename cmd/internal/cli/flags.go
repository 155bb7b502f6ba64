package cli

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/econd/econd/node/spelling"
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

// unknownFlag says first that there is no such command, whose flag nothing can know, and takes
// "-5" for the number that it was meant as.
func unknownFlag(c *cobra.Command, e *pflag.NotExistError) error {
	name, short := e.GetSpecifiedName(), e.GetSpecifiedShortnames()
	if before := c.Flags().Args(); IsGroup(c) && len(before) > 0 {
		return unknownCommand(c, before[0])
	}
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

// nearest is the flag that was perhaps meant, or "".
func nearest(c *cobra.Command, name string) string {
	var known []string
	c.Flags().VisitAll(func(f *pflag.Flag) {
		if !f.Hidden {
			known = append(known, f.Name)
		}
	})
	return spelling.Nearest(name, known)
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
