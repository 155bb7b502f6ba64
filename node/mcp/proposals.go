package mcp

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/econd/econd/node/client"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/template"
	"github.com/econd/econd/node/view"
)

// ProposalsIn chooses proposals.
type ProposalsIn struct {
	State string `json:"state,omitempty" is:"max=32" jsonschema:"only those in this state, such as active for those whose vote runs"`
	Track string `json:"track,omitempty" is:"max=64" jsonschema:"only those on this track"`
	PageIn
}

// ProposalRow is one proposal of a list.
type ProposalRow struct {
	ID       string `json:"id"`
	Track    string `json:"track"`
	State    string `json:"state"`
	Deadline string `json:"deadline,omitempty" jsonschema:"last instant at which a ballot counts"`
	For      string `json:"for" jsonschema:"weight, a decimal number"`
	Against  string `json:"against"`
	Eligible string `json:"eligible"`
	Title    *Text  `json:"title,omitempty"`
}

// ProposalsOut are proposals.
type ProposalsOut struct {
	Marks
	Items []ProposalRow `json:"items"`
	Next  string        `json:"next,omitempty"`
}

func weight(w op.Weight) string { return fmt.Sprint(uint64(w)) }

func (s *Server) proposals(ctx context.Context, in ProposalsIn) (func(*pen) ProposalsOut, error) {
	v, err := s.cfg.Econd.Proposals(client.ProposalsFilter{State: in.State, Track: in.Track}).Page(ctx, in.Cursor, in.limit())
	if err != nil {
		return nil, err
	}
	rows := page(v, func(p *pen, v view.Proposal) ProposalRow {
		return ProposalRow{v.ID.String(), word(v.Track), word(v.State), instant(v.DeadlineMs), weight(v.For), weight(v.Against), weight(v.Eligible), p.short(v.Title)}
	})
	return func(p *pen) (out ProposalsOut) {
		out.Items, out.Next = rows(p)
		return out
	}, nil
}

// ProposalIn names a proposal.
type ProposalIn struct {
	Proposal string `json:"proposal" is:"min=64,max=64" jsonschema:"id, 64 hex digits"`
	TextFrom int    `json:"text_from,omitempty" is:"min=0,max=16384" jsonschema:"byte of its text to show it from, where an earlier result cut it"`
}

// ProposalOut is one proposal whole.
type ProposalOut struct {
	Marks
	ID           string      `json:"id"`
	Track        string      `json:"track"`
	State        string      `json:"state"`
	Proposer     string      `json:"proposer,omitempty" jsonschema:"absent where a rule opened it"`
	VoteStart    string      `json:"vote_start,omitempty"`
	Deadline     string      `json:"deadline,omitempty"`
	ExecuteAfter string      `json:"execute_after,omitempty"`
	For          string      `json:"for"`
	Against      string      `json:"against"`
	Abstain      string      `json:"abstain"`
	Eligible     string      `json:"eligible"`
	Ballots      int         `json:"ballots"`
	Counting     string      `json:"counting,omitempty" jsonschema:"method of counting, absent for single choice"`
	Collateral   *HoldOut    `json:"collateral,omitempty"`
	Template     string      `json:"template,omitempty"`
	Title        *Text       `json:"title,omitempty"`
	Text         *Text       `json:"text,omitempty"`
	Options      []OptionOut `json:"options,omitempty"`
	Actions      *Text       `json:"actions,omitempty" jsonschema:"what is executed, as JSON by the proposer"`
	Terms        *Text       `json:"terms,omitempty" jsonschema:"terms of the template, as JSON by the proposer"`
	Reason       *Text       `json:"reason,omitempty"`
}

// OptionOut is one option of a vote.
type OptionOut struct {
	Number int   `json:"number"`
	Text   *Text `json:"text"`
}

func (s *Server) proposal(ctx context.Context, in ProposalIn) (func(*pen) ProposalOut, error) {
	id, err := idOf("proposal", in.Proposal)
	if err != nil {
		return nil, err
	}
	v, err := s.cfg.Econd.Proposal(id).Get(ctx)
	if err != nil {
		return nil, err
	}
	actions := ""
	if len(v.Actions) > 0 {
		data, err := json.Marshal(v.Actions)
		if err != nil {
			return nil, fmt.Errorf("actions: %w", err)
		}
		actions = string(data)
	}
	return func(p *pen) ProposalOut {
		out := ProposalOut{ID: v.ID.String(), Track: word(v.Track), State: word(v.State), VoteStart: instant(v.VoteStartMs), Deadline: instant(v.DeadlineMs),
			ExecuteAfter: instant(v.ExecuteAfter), For: weight(v.For), Against: weight(v.Against), Abstain: weight(v.Abstain), Eligible: weight(v.Eligible),
			Ballots: v.Ballots, Counting: word(string(v.Counting)), Template: word(v.Template), Title: p.short(v.Title), Text: p.long(v.Text, in.TextFrom),
			Actions: p.long(actions, 0), Terms: p.long(string(v.Terms), 0), Reason: p.short(v.Reason)}
		if v.Proposer != (op.PublicKey{}) {
			out.Proposer = v.Proposer.String()
		}
		if v.Collateral != nil {
			h := holdOut(p, *v.Collateral)
			out.Collateral = &h
		}
		for i, o := range v.Options[:min(len(v.Options), 64)] {
			out.Options = append(out.Options, OptionOut{i + 1, p.write(o, 0, min(p.most, max(leastText, 2400/len(v.Options))))})
		}
		return out
	}, nil
}

// ExplainIn names a proposal.
type ExplainIn struct {
	Proposal string `json:"proposal" is:"min=64,max=64" jsonschema:"id, 64 hex digits"`
}

// ExplainOut says why a proposal is in its state.
type ExplainOut struct {
	Marks
	Proposal      string `json:"proposal"`
	State         string `json:"state"`
	At            string `json:"at"`
	Next          string `json:"next,omitempty" jsonschema:"last instant of this state, as things stand"`
	Deadline      string `json:"deadline,omitempty"`
	QuorumMissing string `json:"quorum_missing,omitempty" jsonschema:"weight that must still take part"`
	PassMissing   string `json:"pass_missing,omitempty" jsonschema:"weight in favour that is still missing"`
	ExecuteAfter  string `json:"execute_after,omitempty"`
	Refusal       *Text  `json:"refusal,omitempty" jsonschema:"why its actions would be refused as things stand"`
	Sentences     *Text  `json:"sentences,omitempty" jsonschema:"the same in sentences, which may quote others"`
}

func (s *Server) explain(ctx context.Context, in ExplainIn) (func(*pen) ExplainOut, error) {
	id, err := idOf("proposal", in.Proposal)
	if err != nil {
		return nil, err
	}
	v, err := s.cfg.Econd.ExplainProposal(id).Get(ctx)
	if err != nil {
		return nil, err
	}
	return func(p *pen) ExplainOut {
		out := ExplainOut{Proposal: v.Proposal.String(), State: word(v.State), At: instant(v.AtMs), Next: instant(v.NextMs)}
		if v.Vote != nil {
			out.Deadline, out.QuorumMissing, out.PassMissing = instant(v.Vote.DeadlineMs), weight(v.Vote.QuorumMissing), weight(v.Vote.PassMissing)
		}
		if v.Queue != nil {
			out.ExecuteAfter, out.Refusal = instant(v.Queue.ExecuteAfterMs), p.long(v.Queue.Refusal, 0)
		}
		text := ""
		for _, line := range v.Sentences {
			text += line + "\n"
		}
		out.Sentences = p.long(text, 0)
		return out
	}, nil
}

// TemplateIn names a template.
type TemplateIn struct {
	Template string `json:"template,omitempty" is:"max=64" jsonschema:"name of the template; all names if left out"`
}

// TemplateOut is a template of proposals about models, tools, scopes and training.
type TemplateOut struct {
	Templates []string `json:"templates"`
	Example   any      `json:"example_terms,omitempty" jsonschema:"terms filled in, to be changed and given to propose as terms"`
}

func (s *Server) template(_ context.Context, in TemplateIn) (func(*pen) TemplateOut, error) {
	out := TemplateOut{Templates: template.Names()}
	if in.Template != "" {
		if !template.Known(in.Template) {
			return nil, badInput("template", "must be one of %v", template.Names())
		}
		if err := json.Unmarshal(template.Example(in.Template), &out.Example); err != nil {
			return nil, fmt.Errorf("example of %s: %w", in.Template, err)
		}
	}
	return func(*pen) TemplateOut { return out }, nil
}

// Draft is a proposal to be made.
type Draft struct {
	Track    string           `json:"track" is:"min=1,max=64" jsonschema:"track whose rules apply; the tool economy lists them"`
	Title    string           `json:"title" is:"min=1,max=200" jsonschema:"1 to 200 bytes"`
	Text     string           `json:"text,omitempty" is:"max=16384" jsonschema:"Markdown, at most 16384 bytes"`
	Actions  []map[string]any `json:"actions,omitempty" is:"max=16" jsonschema:"what is executed, all or nothing; each an object with type and its members"`
	Options  []string         `json:"options,omitempty" is:"max=64" jsonschema:"what the vote chooses between, on tracks that count options"`
	Template string           `json:"template,omitempty" is:"max=64" jsonschema:"marketplace template that terms fills in"`
	Terms    map[string]any   `json:"terms,omitempty" jsonschema:"terms of the template; proposal_template shows an example"`
}

// content is the draft as an operation.
func (d Draft) content() (op.Propose, error) {
	p := op.Propose{Track: d.Track, Title: d.Title, Text: d.Text, Actions: []op.Raw{}, Options: d.Options, Template: d.Template}
	for i, a := range d.Actions {
		data, err := json.Marshal(a)
		if err != nil {
			return p, badInput(fmt.Sprintf("actions[%d]", i), "%v", err)
		}
		p.Actions = append(p.Actions, op.Raw(data))
	}
	if (d.Template == "") != (len(d.Terms) == 0) {
		return p, badInput("terms", "goes together with template")
	}
	if d.Template != "" {
		data, err := json.Marshal(d.Terms)
		if err != nil {
			return p, badInput("terms", "%v", err)
		}
		if err := template.Check(d.Template, "terms", data); err != nil {
			return p, badInput("terms", "%v", err)
		}
		p.Terms = op.Raw(data)
	}
	return p, nil
}

// foresee says what the rules would say of a draft, as far as that is known without entering it.
func (s *Server) foresee(ctx context.Context, d Draft) (says []string, collateral int64, err error) {
	about, err := s.cfg.Econd.Info().Get(ctx)
	if err != nil {
		return nil, 0, err
	}
	i := slices.IndexFunc(about.Tracks, func(t view.Track) bool { return t.Name == d.Track })
	if i < 0 {
		return []string{"refused: there is no track " + word(d.Track)}, 0, nil
	}
	t := about.Tracks[i]
	for n, a := range d.Actions {
		if kind, _ := a["type"].(string); !slices.Contains(t.Actions, kind) {
			says = append(says, fmt.Sprintf("refused: actions[%d] is of the type %q, which the track does not allow", n, word(kind)))
		}
	}
	says = append(says, fmt.Sprintf("collateral: %d sat are locked until the vote is over", t.CollateralSat),
		fmt.Sprintf("course: the vote starts after %d s and runs %d s; if it passes it is executed after another %d s", t.VotingDelayS, t.VotingPeriodS, t.TimelockS))
	return says, t.CollateralSat, nil
}

// PreviewOut is what would come of a draft.
type PreviewOut struct {
	Marks
	Accepted      bool     `json:"no_objection" jsonschema:"nothing is known that the rules would object to"`
	Rules         []string `json:"rules" jsonschema:"what the rules would say, as far as that is known before"`
	CollateralSat int64    `json:"collateral_sat"`
	Bytes         int      `json:"bytes" jsonschema:"length of the operation's content"`
	MaxBytes      int      `json:"max_bytes"`
}

func (s *Server) preview(ctx context.Context, in Draft) (func(*pen) PreviewOut, error) {
	content, err := in.content()
	if err != nil {
		return nil, err
	}
	e, err := s.cfg.Econd.Draft(ctx, op.KindPropose, content)
	if err != nil {
		return nil, contentFault(err)
	}
	says, collateral, err := s.foresee(ctx, in)
	if err != nil {
		return nil, err
	}
	out := PreviewOut{Accepted: !refuses(says), Rules: says, CollateralSat: collateral, Bytes: len(e.Content), MaxBytes: op.KindPropose.MaxContent()}
	return func(*pen) PreviewOut { return out }, nil
}
