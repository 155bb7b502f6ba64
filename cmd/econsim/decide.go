package main

import (
	"encoding/json"
	"fmt"
	"math/big"
	"strings"

	"github.com/spf13/cobra"

	"github.com/econd/econd/voting"
)

func newDecide() *cobra.Command {
	return caseCommand("decide", "Tell whether a vote has passed or is rejected",
		`Decide reads one threshold case, or an array of them, from standard input:

  {"fn": "check_is_passed" or "check_is_rejected",
   "threshold": {"kind": "AbsoluteCount", "threshold": 10}
             or {"kind": "AbsolutePercentage", "percentage": SHARE}
             or {"kind": "ThresholdQuorum", "threshold": SHARE, "quorum": SHARE},
   "votes": {"yes": 7, "no": 4, "abstain": 2}, "total_power": 15,
   "expired": false, "min_period_elapsed": true, "allow_revoting": false}

SHARE is ["maj"] for more than half, or ["pct", "3/5"] for at least that. It
writes {"result": true} or {"result": false}.

Example:
  econsim decide < case.json`,
		decide)
}

type decideResult struct {
	Result bool `json:"result"`
}

func decide(in *object) (any, error) {
	err := in.allow("fn", "threshold", "votes", "total_power", "expired", "min_period_elapsed", "allow_revoting")
	if err != nil {
		return nil, err
	}
	fn, err := in.text("fn")
	if err != nil {
		return nil, err
	}
	threshold, err := readThreshold(in)
	if err != nil {
		return nil, err
	}
	poll, err := readPoll(in)
	if err != nil {
		return nil, err
	}
	switch fn {
	case "check_is_passed":
		return decideResult{threshold.IsPassed(poll)}, nil
	case "check_is_rejected":
		return decideResult{threshold.IsRejected(poll)}, nil
	}
	return nil, fmt.Errorf("fn: %q is neither check_is_passed nor check_is_rejected", fn)
}

func readThreshold(in *object) (voting.Threshold, error) {
	var none voting.Threshold
	o, err := in.object("threshold")
	if err != nil {
		return none, err
	}
	kind, err := o.text("kind")
	if err != nil {
		return none, err
	}
	switch kind {
	case "AbsoluteCount":
		need, err := o.wide("threshold")
		if err != nil {
			return none, err
		}
		return voting.AbsoluteCount(need), o.allow("kind", "threshold")
	case "AbsolutePercentage":
		share, err := o.share("percentage")
		if err != nil {
			return none, err
		}
		return voting.AbsolutePercentage(share), o.allow("kind", "percentage")
	case "ThresholdQuorum":
		share, err := o.share("threshold")
		if err != nil {
			return none, err
		}
		quorum, err := o.share("quorum")
		if err != nil {
			return none, err
		}
		return voting.ThresholdQuorum(share, quorum), o.allow("kind", "threshold", "quorum")
	}
	return none, fmt.Errorf("threshold.kind: %q is not one of AbsoluteCount, AbsolutePercentage, ThresholdQuorum", kind)
}

func readPoll(in *object) (voting.WidePoll, error) {
	var p voting.WidePoll
	votes, err := in.object("votes")
	if err != nil {
		return p, err
	}
	if err := votes.allow("yes", "no", "abstain"); err != nil {
		return p, err
	}
	for _, field := range []struct {
		from *object
		name string
		to   *voting.U128
	}{
		{votes, "yes", &p.Cast.For}, {votes, "no", &p.Cast.Against}, {votes, "abstain", &p.Cast.Abstain},
		{in, "total_power", &p.Eligible},
	} {
		if *field.to, err = field.from.wide(field.name); err != nil {
			return p, err
		}
	}
	if p.Closed, err = in.flag("expired"); err != nil {
		return p, err
	}
	if p.MinPeriodOver, err = in.flag("min_period_elapsed"); err != nil {
		return p, err
	}
	if p.Replaceable, err = in.flag("allow_revoting"); err != nil {
		return p, err
	}
	p.Direct = p.Cast // nobody delegates in these cases
	return p, checkSum(p)
}

func checkSum(p voting.WidePoll) error {
	decided, fits := p.Cast.For.Add(p.Cast.Against)
	all, fitsAll := decided.Add(p.Cast.Abstain)
	if !fits || !fitsAll || all.Cmp(p.Eligible) > 0 {
		return fmt.Errorf("votes: yes %s, no %s and abstain %s are more than total_power, %s",
			p.Cast.For, p.Cast.Against, p.Cast.Abstain, p.Eligible)
	}
	return nil
}

// wide returns a whole number of up to 128 bits.
func (o *object) wide(name string) (voting.U128, error) {
	text, err := o.digits(name)
	if err != nil {
		return voting.U128{}, err
	}
	v, err := voting.ParseU128(text)
	if err != nil {
		return voting.U128{}, fmt.Errorf("%s: %w", o.at(name), err)
	}
	return v, nil
}

// share reads ["maj"] or ["pct", "n/d"].
func (o *object) share(name string) (voting.Share, error) {
	raw, err := o.get(name)
	if err != nil {
		return voting.Share{}, err
	}
	var parts []string
	if json.Unmarshal(raw, &parts) == nil {
		switch {
		case len(parts) == 1 && parts[0] == "maj":
			return voting.Share{Majority: true}, nil
		case len(parts) == 2 && parts[0] == "pct":
			return readFraction(o.at(name), parts[1])
		}
	}
	return voting.Share{}, fmt.Errorf(`%s: needs ["maj"] or ["pct", "n/d"], got %s`, o.at(name), brief(raw))
}

func readFraction(path, text string) (voting.Share, error) {
	top, bottom, _ := strings.Cut(text, "/")
	if len(text) > 400 || top == "" || bottom == "" || strings.Trim(top+bottom, "0123456789") != "" {
		return voting.Share{}, fmt.Errorf(`%s: %q is not a fraction "n/d" of whole numbers`, path, brief([]byte(text)))
	}
	num, _ := new(big.Int).SetString(top, 10) // digits only, checked above
	den, _ := new(big.Int).SetString(bottom, 10)
	if den.Sign() == 0 {
		return voting.Share{}, fmt.Errorf("%s: %s divides by 0", path, text)
	}
	if num.Cmp(den) > 0 {
		return voting.Share{}, fmt.Errorf("%s: %s is more than the whole", path, text)
	}
	if common := new(big.Int).GCD(nil, nil, num, den); common.Sign() > 0 {
		num.Div(num, common)
		den.Div(den, common)
	}
	if !den.IsUint64() {
		return voting.Share{}, fmt.Errorf("%s: the denominator of %s is more than 64 bits hold", path, text)
	}
	return voting.Share{Num: num.Uint64(), Den: den.Uint64()}, nil
}
