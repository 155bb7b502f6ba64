package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/econd/econd/cmd/internal/cli"
	"github.com/econd/econd/node/op"
)

func newVote(a *app) *cobra.Command {
	var ballot string
	c := long(submits(a, "vote PROPOSAL (for|against|abstain | --ballot JSON)", "Vote; a later vote replaces an earlier one", op.KindVote,
		func(list []string) (any, error) {
			id, err := parseID("PROPOSAL", list[0])
			if err != nil {
				return nil, err
			}
			return a.ballot(id, list[1:], ballot)
		}),
		"Vote; a later vote replaces an earlier one.",
		"",
		"Tracks that do not count single choices take a filled-in ballot: an array of",
		"option numbers, such as '[2,1]', or an object from number to share, such as",
		"'{\"1\":\"0.7\",\"2\":\"0.3\"}'. docs/operations.md says which.")
	c.Args = cobra.RangeArgs(1, 2)
	c.Flags().StringVar(&ballot, "ballot", "", "filled-in ballot, JSON; @FILE for a file")
	return c
}

// ballot puts a vote together from the choice, if one is given, and the filled-in
// ballot, if there is one.
func (a *app) ballot(id op.ID, choice []string, filled string) (op.Vote, error) {
	v := op.Vote{Proposal: id, Choice: "ballot"}
	if len(choice) == 1 {
		v.Choice = choice[0]
	}
	switch {
	case filled == "" && len(choice) == 0:
		return v, cli.Usagef("choice: must be for, against or abstain, or give --ballot")
	case !slices.Contains([]string{"for", "against", "abstain", "ballot"}, v.Choice):
		return v, cli.Usagef("choice: must be for, against or abstain")
	case (v.Choice == "ballot") != (filled != ""):
		return v, cli.Usagef("the choice ballot and --ballot go together, without another choice")
	case filled == "":
		return v, nil
	}
	data, err := a.readArg(filled)
	if err != nil {
		return v, err
	}
	if !json.Valid(data) {
		return v, cli.Usagef("ballot: must be a JSON array of option numbers, or an object from number to share")
	}
	v.Ballot = op.Raw(data)
	return v, nil
}

func newSupport(a *app) *cobra.Command {
	return long(submits(a, "support PROPOSAL SAT|all", "Put locked stake behind a proposal that gathers conviction", op.KindVote,
		func(list []string) (any, error) {
			id, err := parseID("PROPOSAL", list[0])
			if err != nil {
				return nil, err
			}
			v := op.Vote{Proposal: id, Choice: "for"}
			if list[1] != "all" {
				sat, err := strconv.ParseInt(list[1], 10, 64)
				if err != nil || sat < 0 || sat > op.MaxInteger {
					return nil, cli.Usagef("SAT: must be a whole number of sats from 0, or all")
				}
				v.Choice, v.Ballot = "ballot", op.Raw(fmt.Sprintf(`{"1":%d}`, sat))
			}
			return v, nil
		}),
		"Put that much of your locked stake behind a proposal on a track that gathers",
		"conviction, in place of what you have there; 0 takes it away, all is what is not",
		"behind other proposals. When it will pass: econctl proposal explain PROPOSAL.")
}

func newVoid(a *app) *cobra.Command {
	return long(submits(a, "void", "Make void what you signed until now and econd has not recorded", op.KindVoid,
		func([]string) (any, error) { return op.Void{}, nil }),
		"Make void what you signed until now and econd has not recorded.",
		"",
		"An operation that was refused, lost or withheld can be handed in later by",
		"anybody who has it, as long as it is not too old. After this it cannot.")
}
