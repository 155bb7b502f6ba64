package mcp

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/econd/econd/node/backoff"
	"github.com/econd/econd/node/bolt11"
	"github.com/econd/econd/node/client"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/view"
)

// Bounds of the wait for the invoice of a hold.
const (
	holdFor  = time.Minute
	holdPoll = 300 * time.Millisecond
)

// Once is what every call takes that signs or spends.
type Once struct {
	DryRun bool   `json:"dry_run,omitempty" jsonschema:"sign and send nothing; show what would be signed and what the rules would say"`
	Key    string `json:"key,omitempty" is:"max=64" jsonschema:"a word of your own that makes this another call than an earlier one with the same arguments; leave it out to repeat one"`
}

// Unsigned is an operation that nobody has signed (NIP-01).
type Unsigned struct {
	PubKey       string     `json:"pubkey"`
	CreatedAt    int64      `json:"created_at"`
	Kind         uint16     `json:"kind"`
	Tags         [][]string `json:"tags"`
	Content      string     `json:"content"`
	ContentBytes int        `json:"content_bytes" jsonschema:"length of the whole content"`
}

// OperationOut is what came of an operation.
type OperationOut struct {
	Marks
	Operation string    `json:"operation"`
	ID        string    `json:"id,omitempty" jsonschema:"of the operation, and of the stake or proposal that it makes"`
	Entry     uint64    `json:"entry,omitempty" jsonschema:"of the log that records it"`
	Repeated  bool      `json:"repeated,omitempty" jsonschema:"it was recorded already; nothing was done twice"`
	Promised  bool      `json:"promised,omitempty" jsonschema:"econd signed that it stands in the log"`
	Hold      *HoldOut  `json:"hold,omitempty" jsonschema:"sats that it locks or asks to lock"`
	Unsigned  *Unsigned `json:"unsigned,omitempty" jsonschema:"of a dry run: what would be signed"`
	Rules     []string  `json:"rules,omitempty" jsonschema:"of a dry run: what the rules would say, as far as that is known before"`
	Next      string    `json:"next,omitempty" jsonschema:"what to do next"`
}

// operation is one to be made by a call.
type operation struct {
	kind    op.Kind
	content any
	once    Once
	place   string   // of kept
	asked   [32]byte // by what arguments
	foresee func(context.Context) ([]string, error)
	next    string // where it is recorded
	// locks says that a hold comes of it, which pay pays up to maxSat.
	locks, pay bool
	maxSat     int64
}

// signed is an operation that a call signed.
type signed struct{ event *op.Event }

// operate makes an operation: a dry run drafts it, a repeated call hands in the event of the
// first.
func (s *Server) operate(ctx context.Context, o operation) (func(*pen) OperationOut, error) {
	if o.once.DryRun {
		return s.dryRun(ctx, o)
	}
	did, again := s.kept.find(o.place, o.asked).(signed)
	if !again {
		if err := s.cfg.Purse.maySign(); err != nil {
			return nil, err
		}
		e, err := s.cfg.Econd.Sign(ctx, o.kind, o.content)
		if err != nil {
			return nil, contentFault(err)
		}
		if err := s.cfg.Purse.sign(); err != nil {
			return nil, err
		}
		did = signed{e}
		s.kept.put(o.place, o.asked, did)
	}
	receipt, err := s.cfg.Econd.Submit(ctx, did.event)
	s.cfg.Agent.Keep(did.event, receipt, err)
	if err != nil {
		return nil, err
	}
	out := OperationOut{Operation: o.kind.String(), ID: did.event.ID.String(), Entry: receipt.Seq, Repeated: receipt.Replay, Promised: receipt.Promise != "", Next: o.next}
	if !o.locks {
		return func(*pen) OperationOut { return out }, nil
	}
	h, err := s.locked(ctx, o, receipt.ID)
	if err != nil {
		return nil, &recordedError{out, err}
	}
	return func(p *pen) OperationOut {
		if h != nil {
			shown := holdOut(p, *h)
			out.Hold = &shown
			if h.State == "offered" {
				out.Next = "It waits for its sats: repeat the same call with pay true, or the person who runs you pays: econctl stake pay " + h.ID.String()
			}
		}
		return out
	}, nil
}

// recordedError is an operation that is recorded and whose hold is not locked.
type recordedError struct {
	done OperationOut
	err  error
}

func (e *recordedError) Unwrap() error { return e.err }

func (e *recordedError) Error() string {
	return fmt.Sprintf("%s is recorded as entry %d, id %s, and its hold is not locked: %v", e.done.Operation, e.done.Entry, e.done.ID, e.err)
}

// locked waits for the hold of an operation and pays it if asked to; nil where there is none.
func (s *Server) locked(ctx context.Context, o operation, id op.ID) (*view.Hold, error) {
	wait, cancel := context.WithTimeout(ctx, holdFor)
	defer cancel()
	for {
		h, err := s.cfg.Econd.Stake(id).Get(wait)
		if o.kind == op.KindPropose && client.IsStatus(err, http.StatusNotFound) {
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		if h.State != "requested" {
			if !o.pay || h.State != "offered" {
				return &h, nil
			}
			h, err = s.cfg.Agent.Lock(ctx, id, o.maxSat)
			return &h, err
		}
		if err := backoff.Sleep(wait, holdPoll); err != nil {
			return nil, err
		}
	}
}

// dryRun shows what would be signed and what the rules would say.
func (s *Server) dryRun(ctx context.Context, o operation) (func(*pen) OperationOut, error) {
	self, err := s.cfg.Agent.Self()
	if err != nil {
		return nil, err
	}
	e, err := s.cfg.Econd.Draft(ctx, o.kind, o.content)
	if err != nil {
		return nil, contentFault(err)
	}
	says, err := s.registered(ctx, self)
	if err == nil && o.foresee != nil {
		var more []string
		more, err = o.foresee(ctx)
		says = append(says, more...)
	}
	if err != nil {
		return nil, err
	}
	if err := s.cfg.Purse.maySign(); err != nil {
		says = append(says, "refused by the limits of this run: "+err.Error())
	}
	if !refuses(says) {
		says = append(says, "no objection is known; whether it is accepted is known when it is handed in")
	}
	return func(p *pen) OperationOut {
		_, n := escape(e.Content, 2*p.most)
		return OperationOut{Operation: o.kind.String(), Rules: says, Unsigned: &Unsigned{PubKey: self.String(), CreatedAt: e.CreatedAt, Kind: uint16(o.kind), Tags: e.Tags,
			Content: e.Content[:n], ContentBytes: len(e.Content)}, Next: "To do it, call again without dry_run."}
	}, nil
}

// registered tells whether an agent may sign anything.
func (s *Server) registered(ctx context.Context, self op.PublicKey) ([]string, error) {
	v, err := s.cfg.Econd.Agent(self).Get(ctx)
	switch {
	case client.IsStatus(err, http.StatusNotFound):
		return []string{"refused: your key is no agent yet; the person who runs you makes it one: econctl register --name NAME"}, nil
	case err != nil:
		return nil, err
	case v.LeftMs != 0:
		return []string{"refused: your agent has left the economy"}, nil
	}
	return nil, nil
}

// refuses tells whether one of the sentences is a refusal.
func refuses(says []string) bool {
	for _, s := range says {
		if strings.HasPrefix(s, "refused") {
			return true
		}
	}
	return false
}

// contentFault says of an operation that cannot be which argument is wrong.
func contentFault(err error) error {
	if errors.Is(err, client.ErrContent) {
		return badInput("content", "%v", err)
	}
	return err
}

// own is the fingerprint of arguments without dry_run, which is no part of what is asked for.
func own[In any](in In, once *Once) [32]byte {
	once.DryRun = false
	return fingerprint(in)
}

// ProposeIn is a proposal to be opened.
type ProposeIn struct {
	Draft
	Pay     bool  `json:"pay,omitempty" jsonschema:"lock its collateral at once, through the agent's own node"`
	MaxSats int64 `json:"max_sats,omitempty" is:"min=0" jsonschema:"most sats of collateral that are locked, up to max_sats of the tool economy, which holds if left out"`
	Once
}

func (s *Server) propose(ctx context.Context, in ProposeIn) (func(*pen) OperationOut, error) {
	content, err := in.content()
	if err != nil {
		return nil, err
	}
	most, err := s.maxSat(in.MaxSats)
	if err != nil {
		return nil, err
	}
	once, pay := in.Once, in.Pay
	in.Pay, in.MaxSats = false, 0 // the same proposal
	asked := own(&in, &in.Once)
	return s.operate(ctx, operation{kind: op.KindPropose, content: content, once: once, place: fmt.Sprintf("propose/%x", asked), asked: asked,
		foresee: func(ctx context.Context) ([]string, error) {
			says, _, err := s.foresee(ctx, in.Draft)
			return says, err
		},
		locks: true, pay: pay, maxSat: most, next: "See where it stands: proposal_explain."})
}

// VoteIn is a ballot.
type VoteIn struct {
	Proposal string `json:"proposal" is:"min=64,max=64" jsonschema:"id, 64 hex digits"`
	Choice   string `json:"choice,omitempty" is:"enum=for|against|abstain" jsonschema:"on tracks that count single choices"`
	Ballot   any    `json:"ballot,omitempty" jsonschema:"on other tracks: an array of option numbers, such as [2,1], or an object from option number to share, such as {\"1\":\"0.7\",\"2\":\"0.3\"}"`
	Once
}

func (s *Server) vote(ctx context.Context, in VoteIn) (func(*pen) OperationOut, error) {
	id, err := idOf("proposal", in.Proposal)
	if err != nil {
		return nil, err
	}
	v := op.Vote{Proposal: id, Choice: in.Choice}
	switch {
	case (in.Choice == "") == (in.Ballot == nil):
		return nil, badInput("choice", "give either choice or ballot")
	case in.Ballot != nil:
		data, err := json.Marshal(in.Ballot)
		if err != nil {
			return nil, badInput("ballot", "%v", err)
		}
		v.Choice, v.Ballot = "ballot", op.Raw(data)
	}
	once := in.Once
	return s.operate(ctx, operation{kind: op.KindVote, content: v, once: once, place: "vote/" + in.Proposal, asked: own(&in, &in.Once),
		foresee: func(ctx context.Context) ([]string, error) {
			p, err := s.cfg.Econd.Proposal(id).Get(ctx)
			switch {
			case client.IsStatus(err, http.StatusNotFound):
				return []string{"refused: there is no such proposal"}, nil
			case err != nil:
				return nil, err
			case p.State != "active":
				return []string{"refused: ballots count while the proposal is active, and it is " + word(p.State)}, nil
			}
			return []string{"a ballot counts until " + instant(p.DeadlineMs) + " and takes the place of an earlier one of yours"}, nil
		},
		next: "A later vote replaces this one while the vote runs."})
}

// DelegateIn is a delegation.
type DelegateIn struct {
	To       string `json:"to" is:"min=64,max=64" jsonschema:"public key of the agent that speaks for you where you do not vote, 64 hex digits"`
	Track    string `json:"track,omitempty" is:"max=64" jsonschema:"the one track it is for; all if left out"`
	SharePpm int64  `json:"share_ppm,omitempty" is:"min=1,max=1000000" jsonschema:"part of your weight in parts per million, beside other parts; if left out the whole, in place of every earlier delegation of the track"`
	Expires  string `json:"expires,omitempty" is:"max=40" jsonschema:"last instant at which it counts, RFC 3339; until taken back if left out"`
	Once
}

func (s *Server) delegate(ctx context.Context, in DelegateIn) (func(*pen) OperationOut, error) {
	to, err := agentKey("to", in.To)
	if err != nil {
		return nil, err
	}
	d := op.Delegate{Track: in.Track, To: to}
	if in.SharePpm != 0 {
		d.SharePPM = &in.SharePpm
	}
	if in.Expires != "" {
		at, err := time.Parse(time.RFC3339, in.Expires)
		if err != nil || at.UnixMilli() <= 0 {
			return nil, badInput("expires", "must be an instant such as 2027-01-31T12:00:00Z")
		}
		d.ExpiresMs = at.UnixMilli()
	}
	once := in.Once
	return s.operate(ctx, operation{kind: op.KindDelegate, content: d, once: once, place: "delegation/" + in.Track, asked: own(&in, &in.Once),
		foresee: func(ctx context.Context) ([]string, error) {
			_, err := s.cfg.Econd.Agent(to).Get(ctx)
			if client.IsStatus(err, http.StatusNotFound) {
				return []string{"refused: there is no such agent to delegate to"}, nil
			}
			return nil, err
		},
		next: "Take it back with undelegate."})
}

// UndelegateIn takes delegations back.
type UndelegateIn struct {
	To    string `json:"to,omitempty" is:"max=64" jsonschema:"agent that no longer speaks for you; all of the track if left out"`
	Track string `json:"track,omitempty" is:"max=64" jsonschema:"track that it was given for; those for all tracks if left out"`
	Once
}

func (s *Server) undelegate(ctx context.Context, in UndelegateIn) (func(*pen) OperationOut, error) {
	u := op.Undelegate{Track: in.Track}
	if in.To != "" {
		var err error
		if u.To, err = agentKey("to", in.To); err != nil {
			return nil, err
		}
	}
	once := in.Once
	return s.operate(ctx, operation{kind: op.KindUndelegate, content: u, once: once, place: "delegation/" + in.Track, asked: own(&in, &in.Once)})
}

// StakeIn is a stake to be locked.
type StakeIn struct {
	AmountSat int64 `json:"amount_sat" is:"min=1" jsonschema:"sats to lock; they return when the stake is released"`
	Pay       bool  `json:"pay,omitempty" jsonschema:"lock them at once, through the agent's own node"`
	Once
}

func (s *Server) stake(ctx context.Context, in StakeIn) (func(*pen) OperationOut, error) {
	content, once, pay := op.LockStake{AmountSat: in.AmountSat}, in.Once, in.Pay
	if most := s.cfg.MaxSats; pay && in.AmountSat > most {
		return nil, badInput("amount_sat", "is %d, at most %d sat are locked in one payment (max_sats)", in.AmountSat, most)
	}
	in.Pay = false // the same stake
	asked := own(&in, &in.Once)
	return s.operate(ctx, operation{kind: op.KindLockStake, content: content, once: once, place: fmt.Sprintf("stake/%x", asked), asked: asked,
		locks: true, pay: pay, maxSat: in.AmountSat, next: "It counts once it is locked: stakes."})
}

// ReleaseIn names a stake.
type ReleaseIn struct {
	Stake string `json:"stake" is:"min=64,max=64" jsonschema:"id of your stake, 64 hex digits; the tool stakes lists them"`
	Once
}

func (s *Server) release(ctx context.Context, in ReleaseIn) (func(*pen) OperationOut, error) {
	id, err := idOf("stake", in.Stake)
	if err != nil {
		return nil, err
	}
	once := in.Once
	return s.operate(ctx, operation{kind: op.KindReleaseStake, content: op.ReleaseStake{Stake: id}, once: once, place: "release/" + in.Stake, asked: own(&in, &in.Once),
		foresee: func(ctx context.Context) ([]string, error) {
			self, _ := s.cfg.Agent.Self() // dryRun asked for it
			h, err := s.cfg.Econd.Stake(id).Get(ctx)
			switch {
			case client.IsStatus(err, http.StatusNotFound):
				return []string{"refused: there is no such stake"}, nil
			case err != nil:
				return nil, err
			case h.Agent != self:
				return []string{"refused: it is the stake of another agent"}, nil
			case h.State != "locked":
				return []string{"refused: only a locked stake is released, and it is " + word(h.State)}, nil
			}
			return []string{fmt.Sprintf("%d sat return to your node; they no longer give weight", max(h.AmountSat, h.PaidSat))}, nil
		},
		next: "The sats return when econd has cancelled the hold: stakes."})
}

// ClaimIn names the invoice that a payout is paid by.
type ClaimIn struct {
	Payout  string `json:"payout" is:"min=1,max=64" jsonschema:"id of a payout to you that is claimable; the tool payouts lists them"`
	Invoice string `json:"invoice" is:"min=1,max=4096" jsonschema:"BOLT11 invoice of your own node over exactly the payout's amount"`
	Once
}

func (s *Server) claim(ctx context.Context, in ClaimIn) (func(*pen) OperationOut, error) {
	invoice, err := bolt11.Decode(in.Invoice)
	if err != nil {
		return nil, badInput("invoice", "is no BOLT11 invoice: %v", err)
	}
	once := in.Once
	return s.operate(ctx, operation{kind: op.KindClaim, content: op.Claim{Payout: in.Payout, Invoice: in.Invoice}, once: once, place: "claim/" + in.Payout, asked: own(&in, &in.Once),
		foresee: func(ctx context.Context) ([]string, error) {
			self, _ := s.cfg.Agent.Self() // dryRun asked for it
			p, err := s.cfg.Econd.Payout(in.Payout).Get(ctx)
			switch {
			case client.IsStatus(err, http.StatusNotFound):
				return []string{"refused: there is no such payout"}, nil
			case err != nil:
				return nil, err
			case p.Agent != self:
				return []string{"refused: it is the payout of another agent"}, nil
			case p.State != "claimable":
				return []string{"refused: it is " + word(p.State) + " and not claimable"}, nil
			case invoice.AmountMsat != 1000*p.AmountSat:
				return []string{fmt.Sprintf("refused: the invoice is over %d msat, the payout is %d msat", invoice.AmountMsat, 1000*p.AmountSat)}, nil
			}
			return []string{"it can be claimed until " + instant(p.UntilMs)}, nil
		},
		next: "See whether it is paid: payouts."})
}
