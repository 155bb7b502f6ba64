package dashboard

import (
	"bytes"
	"encoding/json"

	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/view"
)

// proposalPage is all about one proposal.
type proposalPage struct {
	view.Proposal
	Why view.Explanation

	By           string // name of the proposer
	Acts         []act
	Delegated    op.Weight // of the counts that are shown
	Shown        bool      // there are counts to show
	Need         op.Weight // of the quorum
	NeedKnown    bool
	Disputes     []view.DisputeOutline
	MoreDisputes bool // there are more disputes
	TermsText    string
	Steps        []step
}

// act is one action of a proposal.
type act struct {
	Words  string // what it does
	JSON   string
	Result *view.ActionResult
}

// step is an instant in the life of a proposal.
type step struct {
	What string
	AtMs int64
}

// disputesShown is how many disputes the page of a proposal lists.
const disputesShown = 10

func (c *contents) proposal(s *ledger.State, id op.ID) {
	v := &proposalPage{}
	var ok bool
	if v.Proposal, ok = s.Proposal(id, c.NowMs); !ok {
		return
	}
	v.Why, _ = s.Explain(id, c.NowMs)
	if a, ok := s.Agent(v.Proposer); ok {
		v.By = a.Name
	}
	v.count()
	v.Disputes, v.MoreDisputes = s.NewestDisputes(id, disputesShown)
	v.life(c.NowMs)
	c.texts = []view.Recalled{&v.Proposal, &v.Why}
	c.finish = v.say
	c.found("proposal", "proposals", v.Title, v)
}

// say puts the actions into words, once their texts are there.
func (v *proposalPage) say(s *ledger.State) {
	for i, raw := range v.Actions {
		a := act{Words: words(s, raw), JSON: pretty(raw)}
		if i < len(v.Results) {
			a.Result = &v.Results[i]
		}
		v.Acts = append(v.Acts, a)
	}
	if len(v.Terms) > 0 {
		v.TermsText = pretty(v.Terms)
	}
}

// count takes the counts from the explanation, which has the delegated weight in
// them while the vote runs.
func (v *proposalPage) count() {
	v.Shown = v.DeadlineMs != 0 && v.Why.Conviction == nil
	if x := v.Why.Vote; x != nil {
		v.For, v.Against, v.Abstain, v.Eligible, v.Delegated = x.For, x.Against, x.Abstain, x.Eligible, x.Delegated
		if x.QuorumNeed != nil {
			v.Need, v.NeedKnown = *x.QuorumNeed, true
		}
	}
}

// life lists the instants of a proposal's life that are known.
func (v *proposalPage) life(nowMs int64) {
	add := func(atMs int64, before, after string) {
		switch {
		case atMs == 0:
		case atMs > nowMs:
			v.Steps = append(v.Steps, step{before, atMs})
		default:
			v.Steps = append(v.Steps, step{after, atMs})
		}
	}
	add(v.VoteStartMs, "Vote starts", "Vote started")
	add(v.DeadlineMs, "Vote ends", "Vote ended")
	add(v.ExecuteAfter, "Timelock ends", "Timelock ended")
	if e := v.Evaluation; e != nil {
		add(e.UntilMs, "Measured until", "Measured until")
	}
}

// pretty indents JSON; what is none stays as it is.
func pretty(raw []byte) string {
	var b bytes.Buffer
	if json.Indent(&b, raw, "", "  ") != nil {
		return string(raw)
	}
	return b.String()
}
