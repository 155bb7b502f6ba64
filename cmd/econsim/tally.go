package main

import (
	"encoding/json"
	"fmt"
	"math/big"

	"github.com/spf13/cobra"

	"github.com/econd/econd/voting"
)

func newTally() *cobra.Command {
	return caseCommand("tally", "Count the ballots of any vote, exactly",
		`Tally reads {"method", "choices": N, "votes": [{"choice", "balance"}, ...]} from
standard input and writes {"scores": [...], "total", "valid"}.

Methods: single-choice (choice is an option number), approval, ranked-choice and
copeland (an array of option numbers), weighted and quadratic (an object from
option number to share), and quadratic-credits (voices per option, paid with the
balance). Options are numbered from 1; balances and shares may be decimals. A
ballot that breaks its method's rule is left out of the scores.

Example:
  echo '{"method":"approval","choices":2,"votes":[{"choice":[1,2],"balance":5}]}' | econsim tally`,
		tally)
}

type tallyResult struct {
	Scores []voting.Score `json:"scores"`
	Total  voting.Score   `json:"total"`
	Valid  int            `json:"valid"`
}

func tally(in *object) (any, error) {
	if err := in.allow("method", "choices", "votes"); err != nil {
		return nil, err
	}
	name, err := in.text("method")
	if err != nil {
		return nil, err
	}
	method := voting.Method(name)
	if !method.Known() || method == voting.Fractional {
		return nil, fmt.Errorf("method: %q is not one of single-choice, approval, weighted, quadratic, "+
			"quadratic-credits, ranked-choice, copeland", name)
	}
	choices, err := in.uint("choices", 31)
	if err != nil {
		return nil, err
	}
	if choices < 1 || choices > voting.MaxOptions {
		return nil, fmt.Errorf("choices: %d is not between 1 and %d", choices, voting.MaxOptions)
	}
	votes, err := readVotes(in)
	if err != nil {
		return nil, err
	}
	return count(method, int(choices), votes)
}

// vote is one ballot as given; the balance is units * 10^-digits.
type vote struct {
	choice json.RawMessage
	units  *big.Int
	digits int
}

func readVotes(in *object) ([]vote, error) {
	raw, err := in.get("votes")
	if err != nil {
		return nil, err
	}
	var items []json.RawMessage
	if json.Unmarshal(raw, &items) != nil || items == nil {
		return nil, fmt.Errorf("votes: needs an array, got %s", brief(raw))
	}
	votes := make([]vote, len(items))
	for i, item := range items {
		// Exports carry more than we need (voter, time, signature): only
		// the two members below are read.
		fields, err := readObject(fmt.Sprintf("votes[%d]", i), item)
		if err != nil {
			return nil, err
		}
		if votes[i], err = readVote(fields); err != nil {
			return nil, err
		}
	}
	return votes, nil
}

func readVote(fields *object) (vote, error) {
	raw, err := fields.get("balance")
	if err != nil {
		return vote{}, err
	}
	text := string(raw)
	if raw[0] == '"' {
		if text, err = readText(fields.at("balance"), raw); err != nil {
			return vote{}, err
		}
	}
	units, digits, err := voting.ParseDecimal(text)
	if err != nil {
		return vote{}, fmt.Errorf("%s: %w", fields.at("balance"), err)
	}
	if units.Sign() < 0 {
		return vote{}, fmt.Errorf("%s: %s is below 0", fields.at("balance"), text)
	}
	// Without a choice the ballot is invalid like any other that says
	// nothing its method knows.
	return vote{choice: fields.members["choice"], units: units, digits: digits}, nil
}

// count scales all balances to one unit and hands the valid ballots over.
func count(method voting.Method, choices int, votes []vote) (any, error) {
	digits := 0
	for _, v := range votes {
		digits = max(digits, v.digits)
	}
	sum := new(big.Int)
	ballots := make([]voting.Ballot, 0, len(votes))
	for _, v := range votes {
		scale := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(digits-v.digits)), nil)
		weight := scale.Mul(scale, v.units)
		sum.Add(sum, weight)
		if choice, err := voting.ParseChoice(method, choices, v.choice); err == nil {
			ballots = append(ballots, voting.Ballot{Weight: weight, Choice: choice})
		}
	}
	out, err := voting.Tally(method, choices, digits, ballots)
	if err != nil {
		return nil, err
	}
	result := tallyResult{Scores: out.Scores, Total: voting.NewScore(sum, digits), Valid: out.Counted}
	if method == voting.Copeland {
		result.Total = out.Total // Snapshot's total leaves invalid ballots out here alone
	}
	return result, nil
}
