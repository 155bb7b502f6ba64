package main

import (
	"github.com/spf13/cobra"

	"github.com/econd/econd/voting"
)

func newConviction() *cobra.Command {
	return caseCommand("conviction", "Compute conviction after a time of constant stake",
		`Conviction reads one case, or an array of them, from standard input:

  {"decay": 9000000, "t": 2, "y0": "0", "stake": "1000"}

decay is kept per unit of time, over 10,000,000; t is the time passed; y0 is the
conviction before and stake what was staked since. It writes
{"conviction": "1900"}.

Example:
  echo '{"decay":9000000,"t":2,"y0":"0","stake":"1000"}' | econsim conviction`,
		conviction)
}

type convictionResult struct {
	Conviction string `json:"conviction"`
}

func conviction(in *object) (any, error) {
	if err := in.allow("decay", "t", "y0", "stake"); err != nil {
		return nil, err
	}
	decay, err := in.uint("decay", 32)
	if err != nil {
		return nil, err
	}
	t, err := in.uint("t", 64)
	if err != nil {
		return nil, err
	}
	y0, err := in.big("y0")
	if err != nil {
		return nil, err
	}
	stake, err := in.big("stake")
	if err != nil {
		return nil, err
	}
	y, err := voting.Conviction(uint32(decay), t, y0, stake)
	if err != nil {
		return nil, err
	}
	return convictionResult{y.String()}, nil
}
