package mcp

import (
	"context"
	"time"

	"github.com/econd/econd/node/client"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/view"
)

// Items of lists that one result has.
const (
	usualItems = 8
	mostItems  = 10
)

// PageIn is what every list takes.
type PageIn struct {
	Cursor string `json:"cursor,omitempty" is:"max=256" jsonschema:"next of an earlier result, to go on there"`
	Limit  int    `json:"limit,omitempty" is:"min=1,max=10" jsonschema:"at most this many items, 8 if left out"`
}

func (p PageIn) limit() int {
	if p.Limit <= 0 {
		return usualItems
	}
	return min(p.Limit, mostItems)
}

// page is one page of a list, written by a pen.
func page[T, P, Row any](p client.Page[T, P], write func(*pen, T) Row) func(*pen) ([]Row, string) {
	return func(pen *pen) ([]Row, string) {
		rows := make([]Row, 0, len(p.Items))
		for _, v := range p.Items[:min(len(p.Items), mostItems)] {
			rows = append(rows, write(pen, v))
		}
		return rows, cursor(p.Next)
	}
}

// cursor is a cursor as econd gave it, if it is one that can be given back.
func cursor(next string) string {
	if len(next) > 256 || word(next) != next && len(next) <= 64 {
		return ""
	}
	for _, r := range next {
		if !plainRune(r) && r != '=' && r != '~' {
			return ""
		}
	}
	return next
}

// instant is a time of the log for people and models; "" for none.
func instant(ms int64) string {
	if ms == 0 {
		return ""
	}
	return time.UnixMilli(ms).UTC().Format(time.RFC3339)
}

// who is the agent that an argument names, or the own one.
func (s *Server) who(field, text string) (op.PublicKey, error) {
	if text == "" {
		return s.cfg.Agent.Self()
	}
	return agentKey(field, text)
}

func agentKey(field, text string) (op.PublicKey, error) {
	key, err := op.ParsePublicKey(text)
	if err != nil {
		return key, badInput(field, "must be an agent's public key, 64 lower-case hex digits")
	}
	return key, nil
}

func idOf(field, text string) (op.ID, error) {
	id, err := op.ParseID(text)
	if err != nil {
		return id, badInput(field, "must be an id, 64 lower-case hex digits")
	}
	return id, nil
}

// EconomyIn is what the tool economy takes.
type EconomyIn struct{}

// TrackOut is one track of the rules.
type TrackOut struct {
	Name          string   `json:"name"`
	CollateralSat int64    `json:"collateral_sat" jsonschema:"sats that a proposal here locks as of now"`
	VotingDelayS  int64    `json:"voting_delay_s"`
	VotingPeriodS int64    `json:"voting_period_s"`
	TimelockS     int64    `json:"timelock_s"`
	Weight        string   `json:"weight" jsonschema:"rule that gives ballots their weight"`
	Counting      string   `json:"counting,omitempty" jsonschema:"method of counting, absent for single choice"`
	Actions       []string `json:"actions" jsonschema:"kinds of actions that a proposal here may have"`
}

// EconomyOut is what the tool economy gives.
type EconomyOut struct {
	Marks
	Economy   string           `json:"economy"`
	Network   string           `json:"network"`
	Now       string           `json:"now"`
	Self      string           `json:"self,omitempty" jsonschema:"public key of the agent that the tools act for"`
	NoSelf    *Text            `json:"no_self,omitempty" jsonschema:"why the tools act for nobody"`
	Agents    int              `json:"agents"`
	Proposals int              `json:"proposals"`
	NextEpoch string           `json:"next_epoch,omitempty" jsonschema:"when standings change next"`
	Tracks    []TrackOut       `json:"tracks"`
	LeftOut   int              `json:"tracks_left_out,omitempty"`
	PoolsSat  map[string]int64 `json:"pools_sat"`
	PricesSat map[string]int64 `json:"prices_sat" jsonschema:"what a use of econd itself costs, by resource"`
	Limits    LimitsNow        `json:"limits" jsonschema:"of this run of the server"`
}

func (s *Server) economy(ctx context.Context, _ EconomyIn) (func(*pen) EconomyOut, error) {
	v, err := s.cfg.Econd.Info().Get(ctx)
	if err != nil {
		return nil, err
	}
	self, missing := s.cfg.Agent.Self()
	return func(p *pen) EconomyOut {
		out := EconomyOut{Economy: word(v.Economy), Network: word(v.Network), Now: instant(v.NowMs), Agents: v.Agents, Proposals: v.Proposals,
			NextEpoch: instant(v.Epoch.NextMs), Tracks: []TrackOut{}, PoolsSat: map[string]int64{}, PricesSat: map[string]int64{}, Limits: s.cfg.Purse.now(s.cfg.MaxSats)}
		if missing == nil {
			out.Self = self.String()
		} else {
			out.NoSelf = p.short(missing.Error())
		}
		most := max(1, min(len(v.Tracks), p.most/200)) // fewer where the result would be too long
		for _, t := range v.Tracks[:min(most, len(v.Tracks))] {
			out.Tracks = append(out.Tracks, TrackOut{word(t.Name), t.CollateralSat, t.VotingDelayS, t.VotingPeriodS, t.TimelockS, word(t.Weight), word(string(t.Counting)), words(t.Actions, 24)})
		}
		out.LeftOut = len(v.Tracks) - len(out.Tracks)
		for _, pool := range v.Pools[:min(16, len(v.Pools))] {
			out.PoolsSat[word(pool.Name)] = pool.Sat
		}
		for _, price := range v.Prices[:min(32, len(v.Prices))] {
			out.PricesSat[word(price.Resource)] = price.Sat
		}
		return out
	}, nil
}

// StandingIn names an agent.
type StandingIn struct {
	Agent string `json:"agent,omitempty" is:"max=64" jsonschema:"public key of the agent, 64 hex digits; your own if left out"`
}

// StandingOut is an agent and what it is worth to others.
type StandingOut struct {
	Marks
	Agent      string   `json:"agent"`
	Name       *Text    `json:"name,omitempty"`
	Registered string   `json:"registered,omitempty"`
	Nodes      []string `json:"nodes" jsonschema:"Lightning nodes bound to it"`
	StakeSat   uint64   `json:"stake_sat"`
	ScorePpm   uint64   `json:"score_ppm" jsonschema:"its score as of the last epoch, in parts per million of all"`
	FlowPpm    uint64   `json:"flow_ppm" jsonschema:"its share of all trust, in parts per million"`
	QualityPpm uint64   `json:"quality_ppm" jsonschema:"of its service, 500000 is unknown"`
	Receipts   uint64   `json:"receipts" jsonschema:"ratings counted, as provider"`
	OpenHolds  int      `json:"open_holds"`
	OpenVotes  int      `json:"open_votes"`
	Proposals  int      `json:"open_proposals"`
	Left       string   `json:"left,omitempty" jsonschema:"when it left the economy, for good"`
	State      string   `json:"state"`
}

// ppm is a share of 2^60 in parts per million, rounded down.
func ppm(w op.Weight) uint64 { return uint64(w>>20) * 1_000_000 >> 40 }

func (s *Server) standing(ctx context.Context, in StandingIn) (func(*pen) StandingOut, error) {
	key, err := s.who("agent", in.Agent)
	if err != nil {
		return nil, err
	}
	v, err := s.cfg.Econd.Agent(key).Get(ctx)
	if err != nil {
		return nil, err
	}
	return func(p *pen) StandingOut {
		out := StandingOut{Agent: v.PubKey.String(), Name: p.short(v.Name), Registered: instant(v.RegisteredMs), StakeSat: v.StakeSat,
			ScorePpm: ppm(v.Score), FlowPpm: ppm(v.Flow), QualityPpm: v.QualityPpm, Receipts: v.Receipts, OpenHolds: v.OpenHolds, OpenVotes: v.OpenVotes,
			Proposals: v.Proposals, Left: instant(v.LeftMs), Nodes: []string{}, State: "registered"}
		if out.Left != "" {
			out.State = "left"
		}
		for _, n := range v.Nodes[:min(len(v.Nodes), 8)] {
			out.Nodes = append(out.Nodes, n.String())
		}
		return out
	}, nil
}

// DelegationsIn names an agent and a page.
type DelegationsIn struct {
	Agent string `json:"agent,omitempty" is:"max=64" jsonschema:"public key of the agent, 64 hex digits; your own if left out"`
	PageIn
}

// DelegationOut is one delegation.
type DelegationOut struct {
	From     string `json:"from"`
	To       string `json:"to"`
	Track    string `json:"track,omitempty" jsonschema:"absent for all tracks"`
	SharePpm uint32 `json:"share_ppm" jsonschema:"part of the weight of from, in parts per million"`
	Expires  string `json:"expires,omitempty"`
}

// StatementOut is what an agent says to those who delegate to it.
type StatementOut struct {
	Track string `json:"track,omitempty" jsonschema:"absent for all tracks"`
	Text  *Text  `json:"text"`
}

// DelegationsOut are delegations that an agent gave and received.
type DelegationsOut struct {
	Marks
	Agent      string          `json:"agent"`
	Items      []DelegationOut `json:"items"`
	Next       string          `json:"next,omitempty"`
	Statements []StatementOut  `json:"statements"`
}

func (s *Server) delegations(ctx context.Context, in DelegationsIn) (func(*pen) DelegationsOut, error) {
	key, err := s.who("agent", in.Agent)
	if err != nil {
		return nil, err
	}
	v, err := s.cfg.Econd.Delegations(key).Page(ctx, in.Cursor, in.limit())
	if err != nil {
		return nil, err
	}
	rows := page(v, func(_ *pen, d view.Delegation) DelegationOut {
		return DelegationOut{d.From.String(), d.To.String(), word(d.Track), d.SharePPM, instant(d.ExpiresMs)}
	})
	return func(p *pen) DelegationsOut {
		out := DelegationsOut{Agent: key.String(), Statements: []StatementOut{}}
		out.Items, out.Next = rows(p)
		for _, st := range v.Answer.Statements[:min(len(v.Answer.Statements), 5)] {
			out.Statements = append(out.Statements, StatementOut{word(st.Track), p.short(st.Text)})
		}
		return out
	}, nil
}

// StakesIn names an agent and a page.
type StakesIn struct {
	Agent string `json:"agent,omitempty" is:"max=64" jsonschema:"public key of the agent, 64 hex digits; your own if left out"`
	PageIn
}

// HoldOut is one stake, collateral, bond or deposit.
type HoldOut struct {
	ID         string `json:"id"`
	Purpose    string `json:"purpose"`
	State      string `json:"state"`
	AmountSat  int64  `json:"amount_sat" jsonschema:"what is asked for"`
	PaidSat    int64  `json:"paid_sat,omitempty" jsonschema:"what is locked"`
	BlocksLeft uint32 `json:"blocks_left,omitempty" jsonschema:"until it should be renewed"`
	RenewNow   bool   `json:"renew_now,omitempty"`
	AtRisk     bool   `json:"at_risk,omitempty" jsonschema:"as things stand the sats are forfeited at its end, not returned"`
	Reason     *Text  `json:"reason,omitempty"`
}

func holdOut(p *pen, h view.Hold) HoldOut {
	return HoldOut{ID: h.ID.String(), Purpose: word(h.Purpose), State: word(h.State), AmountSat: h.AmountSat, PaidSat: h.PaidSat, BlocksLeft: h.Renewal.BlocksLeft,
		RenewNow: h.Renewal != (view.Renewal{}) && h.Renewal.BlocksLeft == 0, AtRisk: h.Renewal.AtRisk, Reason: p.short(h.Reason)}
}

// StakesOut is what an agent has locked or was asked to lock.
type StakesOut struct {
	Marks
	Agent  string    `json:"agent"`
	Height uint32    `json:"height" jsonschema:"the best block known"`
	Items  []HoldOut `json:"items"`
	Next   string    `json:"next,omitempty"`
}

func (s *Server) stakes(ctx context.Context, in StakesIn) (func(*pen) StakesOut, error) {
	key, err := s.who("agent", in.Agent)
	if err != nil {
		return nil, err
	}
	v, err := s.cfg.Econd.Stakes(key).Page(ctx, in.Cursor, in.limit())
	if err != nil {
		return nil, err
	}
	rows := page(v, holdOut)
	return func(p *pen) StakesOut {
		out := StakesOut{Agent: key.String(), Height: v.Answer.Height}
		out.Items, out.Next = rows(p)
		return out
	}, nil
}

// PayoutsIn chooses payouts.
type PayoutsIn struct {
	Agent string `json:"agent,omitempty" is:"max=64" jsonschema:"public key of the agent, 64 hex digits; your own if left out"`
	State string `json:"state,omitempty" is:"enum=claimable|sending|paid|failed" jsonschema:"only those in this state"`
	PageIn
}

// PayoutOut is one payout to an agent.
type PayoutOut struct {
	ID        string `json:"id"`
	State     string `json:"state"`
	AmountSat int64  `json:"amount_sat"`
	Pool      string `json:"pool"`
	Purpose   string `json:"purpose"`
	Until     string `json:"until,omitempty" jsonschema:"last instant to claim it"`
	Reason    *Text  `json:"reason,omitempty"`
}

func payoutOut(p *pen, v view.Payout) PayoutOut {
	return PayoutOut{word(v.ID), word(v.State), v.AmountSat, word(v.Pool), word(v.Purpose), instant(v.UntilMs), p.short(v.Reason)}
}

// PayoutsOut are payouts.
type PayoutsOut struct {
	Marks
	Items []PayoutOut `json:"items"`
	Next  string      `json:"next,omitempty"`
}

func (s *Server) payouts(ctx context.Context, in PayoutsIn) (func(*pen) PayoutsOut, error) {
	key, err := s.who("agent", in.Agent)
	if err != nil {
		return nil, err
	}
	v, err := s.cfg.Econd.Payouts(client.PayoutsFilter{Agent: key, State: in.State}).Page(ctx, in.Cursor, in.limit())
	if err != nil {
		return nil, err
	}
	rows := page(v, payoutOut)
	return func(p *pen) (out PayoutsOut) {
		out.Items, out.Next = rows(p)
		return out
	}, nil
}

// DisputesIn chooses disputes.
type DisputesIn struct {
	State    string `json:"state,omitempty" is:"max=32" jsonschema:"only those in this state, such as open"`
	Proposal string `json:"proposal,omitempty" is:"max=64" jsonschema:"only those about this proposal"`
	PageIn
}

// DisputeOut is one dispute.
type DisputeOut struct {
	ID         string `json:"id"`
	Proposal   string `json:"proposal"`
	State      string `json:"state"`
	Step       string `json:"step,omitempty" jsonschema:"what an open one waits for"`
	StepUntil  string `json:"step_until,omitempty"`
	Ground     string `json:"ground"`
	Challenger string `json:"challenger"`
	Rounds     int    `json:"rounds"`
	YouSit     bool   `json:"you_sit,omitempty" jsonschema:"the own agent sits on its present jury"`
	Text       *Text  `json:"text,omitempty"`
}

// DisputesOut are disputes.
type DisputesOut struct {
	Marks
	Items []DisputeOut `json:"items"`
	Next  string       `json:"next,omitempty"`
}

func (s *Server) disputes(ctx context.Context, in DisputesIn) (func(*pen) DisputesOut, error) {
	list := s.cfg.Econd.Disputes(client.DisputesFilter{State: in.State})
	if in.Proposal != "" {
		id, err := idOf("proposal", in.Proposal)
		if err != nil {
			return nil, err
		}
		if in.State != "" {
			return nil, badInput("state", "goes without proposal")
		}
		list = s.cfg.Econd.ProposalDisputes(id)
	}
	v, err := list.Page(ctx, in.Cursor, in.limit())
	if err != nil {
		return nil, err
	}
	self, _ := s.cfg.Agent.Self() // nobody sits on no jury
	rows := page(v, func(p *pen, d view.Dispute) DisputeOut {
		out := DisputeOut{d.ID.String(), d.Proposal.String(), word(d.State), word(d.Step), instant(d.StepUntilMs), word(d.Ground), d.Challenger.String(), len(d.Rounds), false, p.short(d.Text)}
		if n := len(d.Rounds); n > 0 {
			for _, seat := range d.Rounds[n-1].Jurors {
				out.YouSit = out.YouSit || seat.PubKey == self && !seat.Gone
			}
		}
		return out
	})
	return func(p *pen) (out DisputesOut) {
		out.Items, out.Next = rows(p)
		return out
	}, nil
}

// NoticesIn says where to go on.
type NoticesIn struct {
	After string   `json:"after,omitempty" is:"max=64" jsonschema:"next of an earlier result; from the beginning if left out"`
	Kinds []string `json:"kinds,omitempty" is:"max=8" jsonschema:"only these: new-proposal, delegate-voted, vote-needed, renewal-due, hold-ending, payout-claimable, juror-drawn, proposal-state"`
	Limit int      `json:"limit,omitempty" is:"min=1,max=10" jsonschema:"at most this many, 8 if left out"`
}

// NoticeOut is one thing that the agent is told.
type NoticeOut struct {
	Kind    string `json:"kind"`
	Subject string `json:"subject" jsonschema:"id of the proposal, hold, payout or dispute"`
	Track   string `json:"track,omitempty"`
	State   string `json:"state,omitempty"`
	Since   string `json:"since,omitempty"`
	Until   string `json:"until,omitempty"`
	Text    *Text  `json:"text,omitempty"`
}

// NoticesOut is what concerns the agent.
type NoticesOut struct {
	Marks
	Items []NoticeOut `json:"items"`
	Next  string      `json:"next,omitempty" jsonschema:"give it as after, to be told what comes next"`
}

// noticesFor is how long the tool waits for the next of the notices that there are already.
const noticesFor = 3 * time.Second

func (s *Server) notices(ctx context.Context, in NoticesIn) (func(*pen) NoticesOut, error) {
	self, err := s.cfg.Agent.Self()
	if err != nil {
		return nil, err
	}
	if in.After == "" {
		in.After = "0-0-0"
	}
	wait, stop := context.WithCancel(ctx)
	defer stop()
	idle := time.AfterFunc(noticesFor, stop)
	defer idle.Stop()
	most := PageIn{Limit: in.Limit}.limit()
	var list []client.Notice
	for n, err := range s.cfg.Econd.Notices(wait, self, client.NoticeFilter{After: in.After, Kinds: in.Kinds}) {
		if err != nil && wait.Err() != nil && ctx.Err() == nil {
			break
		}
		if err != nil {
			return nil, err
		}
		idle.Reset(noticesFor)
		if list = append(list, n); len(list) >= most {
			break
		}
	}
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	return func(p *pen) NoticesOut {
		out := NoticesOut{Items: []NoticeOut{}, Next: word(in.After)}
		for _, n := range list {
			out.Items = append(out.Items, NoticeOut{word(n.Kind), word(n.Subject), word(n.Track), word(n.State), instant(n.TimeMs), instant(n.UntilMs), p.short(n.Text)})
			out.Next = word(n.Place)
		}
		return out
	}, nil
}
