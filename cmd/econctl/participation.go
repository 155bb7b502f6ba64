package main

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/econd/econd/cmd/internal/cli"
	"github.com/econd/econd/node/client"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/view"
)

func newParticipation(a *app) *cobra.Command {
	var f client.ParticipationFilter
	c := reading(a, "participation [AGENT] [--track TRACK]", "Show how often an agent votes and delegates; without AGENT, yours",
		a.ofAgent(func(ctx context.Context, who op.PublicKey) error {
			return shownParts(ctx, a, a.reads().Participation(who, f), table[view.Participation]{voterHeads + "DELEGATED", participationRow})
		}))
	c.Flags().StringVar(&f.Track, "track", "", "on this track alone (default all that had a vote)")
	c.AddCommand(participationTrack(a), reading(a, "delegate [AGENT]", "Show what an agent did with the weight of others; without AGENT, yours",
		a.ofAgent(func(ctx context.Context, who op.PublicKey) error {
			return shownParts(ctx, a, a.reads().DelegateReport(who), table[view.Delegate]{voterHeads + "ENTRUSTED", delegateRow})
		})))
	return c
}

// shownParts prints what is told about an agent, by track.
func shownParts[T any, P pageOf[T]](ctx context.Context, a *app, l client.ListOf[T, P], t table[T]) error {
	p, err := l.Page(ctx, "", 0)
	if err != nil {
		return err
	}
	var v struct {
		Agent string            `json:"agent"`
		Items []json.RawMessage `json:"items"`
	}
	if err := json.Unmarshal(p.Text, &v); err != nil {
		return err
	}
	return a.print(v, t.of(p.Items))
}

const voterHeads = "TRACK\tVOTED\tWITH THE OUTCOME\t"

func voterRow(v view.Voter) string {
	return fmt.Sprintf("%s\t%d of %d (%s)\t%d of %d (%s)", oneLine(v.Track),
		v.Cast, v.Possible, percent(v.TurnoutPPM), v.Agreed, v.Agreed+v.Differed, percent(v.AgreementPPM))
}

func participationRow(v view.Participation) string {
	text := fmt.Sprintf("%s\t%d", voterRow(v.Voter), v.Delegated)
	for _, d := range v.Delegates {
		text += fmt.Sprintf("\n%d to %s", d.Votes, d.Agent)
	}
	return text
}

func delegateRow(v view.Delegate) string {
	return fmt.Sprintf("%s\t%d\nspoke %d, passed on %d, silent %d\nspoke for others %d times, weight last %d, most %d, average %d\noverridden by %d ballots, %d of them contrary",
		voterRow(v.Voter), v.Entrusted, v.Spoke, v.PassedOn, v.Entrusted-min(v.Entrusted, v.Spoke+v.PassedOn),
		v.Carried, v.LastWeight, v.MostWeight, v.AverageWeight, v.Overrides, v.Contrary)
}

func participationTrack(a *app) *cobra.Command {
	return reading(a, "track TRACK", "Show the turnout of a track and of each of its closed votes, oldest first",
		func(ctx context.Context, list []string) error {
			if list[0] == "" {
				return cli.Usagef("TRACK: is empty; `econctl constitution show` lists the tracks")
			}
			all, votes, last, err := collected(ctx, a.reads().Turnout(list[0]), 0)
			if err != nil {
				return err
			}
			head := last.Answer.TrackParticipation
			return a.print(trackTurnout{head, all.Items}, trackText(head)+tableOf("PROPOSAL\tCLOSED\tRESULT\tTURNOUT\tOF HEADS", votes, turnoutRow))
		})
}

// trackTurnout is what `participation track` prints as JSON.
type trackTurnout struct {
	view.TrackParticipation
	Items []json.RawMessage `json:"items"`
}

func trackText(v view.TrackParticipation) string {
	return fmt.Sprintf("%s  %d votes, %d passed, turnout %s of weight, %s of heads, moving average %s\n", oneLine(v.Track),
		v.Votes, v.Passed, percent(v.TurnoutPPM), percent(v.HeadsPPM), percent(v.MovingPPM))
}

func turnoutRow(v view.ClosedVote) string {
	end := "defeated"
	if v.Passed {
		end = "passed"
	}
	text := fmt.Sprintf("%s\t%s\t%s\t%s\t%s\nweight %d of %d, %d delegated; %d ballots and %d delegators of %d agents", v.Proposal, instant(v.TimeMs), end,
		percent(v.TurnoutPPM), percent(v.HeadsPPM), v.Counted, v.Eligible, v.Delegated, v.Ballots, v.Delegators, v.Registered)
	if v.Nakamoto > 0 {
		text += fmt.Sprintf("\nbehind the ballots: Gini %s, more than half with %d", percent(v.GiniPPM), v.Nakamoto)
	}
	return text
}
