package budget

import (
	"fmt"
	"strings"
	"time"
)

// Trace says how a request was decided.
type Trace struct {
	AtMs      int64  `json:"at_ms"`             // instant, as the account sees it
	AskedMsat int64  `json:"asked_msat"`        // amount and fee limit
	Allowed   bool   `json:"allowed"`           // no rule refuses
	Decided   string `json:"decided,omitempty"` // the rule that refuses, the first one; absent where none does
	Rules     []Step `json:"rules"`             // in the order in which they are checked
}

// Step is one rule and the numbers that it went by. What is absent is 0, or no part of the
// rule.
type Step struct {
	Rule   string `json:"rule"`
	Passed bool   `json:"passed"`

	LimitMsat    int64 `json:"limit_msat,omitempty"`     // what the terms allow
	UsedMsat     int64 `json:"used_msat,omitempty"`      // reserved and spent of it
	AskedMsat    int64 `json:"asked_msat,omitempty"`     // amount and fee limit
	LeftMsat     int64 `json:"left_msat,omitempty"`      // most that could be asked
	FeeLimitMsat int64 `json:"fee_limit_msat,omitempty"` // amount: of what is asked

	WindowS    int64 `json:"window_s,omitempty"`    // velocity: which window
	LimitCount int64 `json:"limit_count,omitempty"` // velocity: most payments; approvals: how many are asked for
	UsedCount  int64 `json:"used_count,omitempty"`
	LeftCount  int64 `json:"left_count,omitempty"`

	AtMs    int64 `json:"at_ms,omitempty"`    // expiry
	UntilMs int64 `json:"until_ms,omitempty"` // expiry: last instant

	Name string `json:"name,omitempty"` // recipient and purpose that was asked for
	By   string `json:"by,omitempty"`   // what in the terms allows it
}

// String says in one sentence what was decided, and by which numbers.
func (t Trace) String() string {
	if !t.Allowed {
		for _, s := range t.Rules {
			if !s.Passed {
				return fmt.Sprintf("refused by %s: %s", s.Rule, s.Sentence())
			}
		}
	}
	left, by := int64(MaxMsat), ""
	for _, s := range t.Rules {
		if (s.Rule == RulePeriod || s.Rule == RuleCeiling || s.Rule == RuleVelocity && s.LimitMsat > 0) && s.LeftMsat < left {
			left, by = s.LeftMsat, s.Rule
		}
	}
	return fmt.Sprintf("allowed: %d msat, of which the %s leaves %d msat", t.AskedMsat, by, left-t.AskedMsat)
}

// Sentence says what the rule compared.
func (s Step) Sentence() string {
	switch s.Rule {
	case RuleBudget:
		return "the wallet has no budget"
	case RuleAmount:
		return fmt.Sprintf("asked are %d msat, of which %d for fees; an amount of at least 1, no negative fee limit, and at most %d together can be asked",
			s.AskedMsat, s.FeeLimitMsat, s.LimitMsat)
	case RuleExpiry:
		return fmt.Sprintf("it is %s, the budget ends with %s", instant(s.AtMs), instant(s.UntilMs))
	case RuleRecipient:
		return s.nameSentence("the payee", "recipients")
	case RulePurpose:
		return s.nameSentence("the purpose", "purposes")
	case RuleApprovals:
		return fmt.Sprintf("asked are %d msat with fees, above %d msat %d must approve", s.AskedMsat, s.LimitMsat, s.LimitCount)
	case RuleVelocity:
		if s.LimitMsat == 0 {
			return fmt.Sprintf("%d payments of at most %d in %d s", s.UsedCount, s.LimitCount, s.WindowS)
		}
		return s.limitSentence(fmt.Sprintf(" in %d s", s.WindowS))
	case RulePeriod:
		return s.limitSentence(" in this period")
	}
	return s.limitSentence("")
}

func (s Step) limitSentence(where string) string {
	return fmt.Sprintf("asked are %d msat with fees, left are %d: %d of %d are used%s", s.AskedMsat, s.LeftMsat, s.UsedMsat, s.LimitMsat, where)
}

func (s Step) nameSentence(who, list string) string {
	switch {
	case s.Name == "":
		return who + " has no name that could be among the " + list
	case s.By == "":
		return fmt.Sprintf("%s %+q is not among the %s", who, s.Name, list)
	}
	return fmt.Sprintf("%s %+q is allowed by %+q", who, s.Name, s.By)
}

// field is the member of a request that a step is about.
func (s Step) field() string {
	switch s.Rule {
	case RuleBudget, RuleExpiry:
		return "wallet"
	case RuleRecipient:
		return "recipient"
	case RulePurpose:
		return "purpose"
	}
	return "amount_msat"
}

func instant(ms int64) string { return time.UnixMilli(ms).UTC().Format("2006-01-02T15:04:05.000Z") }

// Sentences are all steps in one text each, for people.
func (t Trace) Sentences() []string {
	list := make([]string, len(t.Rules))
	for i, s := range t.Rules {
		verdict := "passed"
		if !s.Passed {
			verdict = "refused"
		}
		list[i] = strings.Join([]string{s.Rule, verdict, s.Sentence()}, ": ")
	}
	return list
}
