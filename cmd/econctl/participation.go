package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"

	"github.com/spf13/cobra"

	"github.com/econd/econd/cmd/internal/cli"
)

// voterRecord is how an agent votes on one track, as econd shows it.
type voterRecord struct {
	Track        string `json:"track"`
	Possible     uint64 `json:"possible"`
	Cast         uint64 `json:"cast"`
	TurnoutPPM   uint32 `json:"turnout_ppm"`
	Ballots      uint64 `json:"ballots"`
	Agreed       uint64 `json:"agreed"`
	Differed     uint64 `json:"differed"`
	AgreementPPM uint32 `json:"agreement_ppm"`
}

func newParticipation(a *app) *cobra.Command {
	var track string
	c := &cobra.Command{
		Use:   "participation [AGENT] [--track TRACK]",
		Short: "Show how often an agent votes and delegates; without AGENT, yours",
		Args:  cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, list []string) error {
			var query url.Values
			if c.Flags().Changed("track") {
				query = url.Values{"track": {track}}
			}
			return a.agentParts(c.Context(), list, "participation", query, partLines)
		},
	}
	c.Flags().StringVar(&track, "track", "", "on this track alone (default all that had a vote)")
	c.AddCommand(participationTrack(a), participationDelegate(a))
	return readsState(a, c)
}

func participationDelegate(a *app) *cobra.Command {
	return readsState(a, &cobra.Command{
		Use:   "delegate [AGENT]",
		Short: "Show what an agent did with the weight of others; without AGENT, yours",
		Args:  cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, list []string) error {
			return a.agentParts(c.Context(), list, "delegate-report", nil, reportLines)
		},
	})
}

// agentParts shows what is told about an agent, by track.
func (a *app) agentParts(ctx context.Context, list []string, what string, query url.Values, show func([]json.RawMessage) (string, error)) error {
	who, err := a.agentOrSelf(list)
	if err != nil {
		return err
	}
	var v struct {
		Agent string            `json:"agent"`
		Items []json.RawMessage `json:"items"`
	}
	if _, err := a.get(ctx, "/v1/agents/"+who.String()+"/"+what, query, &v); err != nil {
		return err
	}
	text, err := show(v.Items)
	if err != nil {
		return err
	}
	return a.print(v, text)
}

const voterHeads = "TRACK\tVOTED\tWITH THE OUTCOME\t"

func (v voterRecord) row() string {
	return fmt.Sprintf("%s\t%d of %d (%s)\t%d of %d (%s)", oneLine(v.Track),
		v.Cast, v.Possible, percent(v.TurnoutPPM), v.Agreed, v.Agreed+v.Differed, percent(v.AgreementPPM))
}

func partLines(items []json.RawMessage) (string, error) {
	type part struct {
		voterRecord
		Delegated uint64 `json:"delegated"`
		Delegates []struct {
			Agent string `json:"agent"`
			Votes uint64 `json:"votes"`
		} `json:"delegates"`
	}
	return table(voterHeads+"DELEGATED", items, func(v part) string {
		text := fmt.Sprintf("%s\t%d", v.row(), v.Delegated)
		for _, d := range v.Delegates {
			text += fmt.Sprintf("\n%d to %s", d.Votes, oneLine(d.Agent))
		}
		return text
	})
}

func reportLines(items []json.RawMessage) (string, error) {
	type report struct {
		voterRecord
		Entrusted     uint64 `json:"entrusted"`
		Spoke         uint64 `json:"spoke"`
		PassedOn      uint64 `json:"passed_on"`
		Carried       uint64 `json:"carried"`
		LastWeight    string `json:"last_weight"`
		MostWeight    string `json:"most_weight"`
		AverageWeight string `json:"average_weight"`
		Overrides     uint64 `json:"overrides"`
		Contrary      uint64 `json:"contrary"`
	}
	return table(voterHeads+"ENTRUSTED", items, func(v report) string {
		return fmt.Sprintf("%s\t%d\nspoke %d, passed on %d, silent %d\nspoke for others %d times, weight last %s, most %s, average %s\noverridden by %d ballots, %d of them contrary",
			v.row(), v.Entrusted, v.Spoke, v.PassedOn, v.Entrusted-min(v.Entrusted, v.Spoke+v.PassedOn),
			v.Carried, oneLine(v.LastWeight), oneLine(v.MostWeight), oneLine(v.AverageWeight), v.Overrides, v.Contrary)
	})
}

// trackTurnout is the turnout of a track and of its closed votes.
type trackTurnout struct {
	Track      string            `json:"track"`
	Votes      uint64            `json:"votes"`
	Passed     uint64            `json:"passed"`
	TurnoutPPM uint32            `json:"turnout_ppm"`
	HeadsPPM   uint32            `json:"heads_ppm"`
	MovingPPM  uint32            `json:"moving_ppm"`
	Items      []json.RawMessage `json:"items"`
	Next       string            `json:"next,omitempty"`
}

func participationTrack(a *app) *cobra.Command {
	return readsState(a, &cobra.Command{
		Use:   "track TRACK",
		Short: "Show the turnout of a track and of each of its closed votes, oldest first",
		Args:  cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, list []string) error {
			if list[0] == "" {
				return cli.Usagef("TRACK: is empty; `econctl constitution show` lists the tracks")
			}
			v, err := a.turnout(c.Context(), "/v1/tracks/"+url.PathEscape(list[0])+"/participation")
			if err != nil {
				return err
			}
			text, err := table("PROPOSAL\tCLOSED\tRESULT\tTURNOUT\tOF HEADS", v.Items, turnoutRow)
			if err != nil {
				return err
			}
			head := fmt.Sprintf("%s  %d votes, %d passed, turnout %s of weight, %s of heads, moving average %s\n", oneLine(v.Track),
				v.Votes, v.Passed, percent(v.TurnoutPPM), percent(v.HeadsPPM), percent(v.MovingPPM))
			return a.print(v, head+text)
		},
	})
}

// turnout fetches all pages.
func (a *app) turnout(ctx context.Context, path string) (trackTurnout, error) {
	var v trackTurnout
	if _, err := a.get(ctx, path, nil, &v); err != nil {
		return v, err
	}
	through := pages{path: path}
	for last := len(v.Items); ; {
		if more, err := through.more(last, v.Next); !more {
			return v, err
		}
		var one trackTurnout
		if _, err := a.get(ctx, path, url.Values{"cursor": {v.Next}}, &one); err != nil {
			return v, err
		}
		v.Items, v.Next, last = append(v.Items, one.Items...), one.Next, len(one.Items)
	}
}

type voteTurnout struct {
	Proposal   string `json:"proposal"`
	TimeMs     int64  `json:"time_ms"`
	Passed     bool   `json:"passed"`
	Eligible   string `json:"eligible"`
	Counted    string `json:"counted"`
	Delegated  string `json:"delegated"`
	TurnoutPPM uint32 `json:"turnout_ppm"`
	Registered uint64 `json:"registered"`
	Ballots    uint64 `json:"ballots"`
	Delegators uint64 `json:"delegators"`
	HeadsPPM   uint32 `json:"heads_ppm"`
	GiniPPM    uint32 `json:"gini_ppm"`
	Nakamoto   uint64 `json:"nakamoto"`
}

func turnoutRow(v voteTurnout) string {
	end := "defeated"
	if v.Passed {
		end = "passed"
	}
	text := fmt.Sprintf("%s\t%s\t%s\t%s\t%s\nweight %s of %s, %s delegated; %d ballots and %d delegators of %d agents", oneLine(v.Proposal), instant(v.TimeMs), end,
		percent(v.TurnoutPPM), percent(v.HeadsPPM), oneLine(v.Counted), oneLine(v.Eligible), oneLine(v.Delegated), v.Ballots, v.Delegators, v.Registered)
	if v.Nakamoto > 0 {
		text += fmt.Sprintf("\nbehind the ballots: Gini %s, more than half with %d", percent(v.GiniPPM), v.Nakamoto)
	}
	return text
}

// percent spells parts per million exactly: 125000 is 12.5 %.
func percent(ppm uint32) string {
	text := strings.TrimRight(fmt.Sprintf("%d.%04d", ppm/10_000, ppm%10_000), "0")
	return strings.TrimSuffix(text, ".") + " %"
}
