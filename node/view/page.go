package view

import "github.com/econd/econd/node/op"

// Page is one page of a list.
type Page[T any] struct {
	Items []T    `json:"items"`
	Next  string `json:"next,omitempty"` // cursor of the following page; absent on the last one, however many Items this has
}

// Listed returns the items and the cursor of the following page.
func (p Page[T]) Listed() ([]T, string) { return p.Items, p.Next }

// Recall implements Recalled.
func (p *Page[T]) Recall(entry func(seq uint64) (*op.Entry, error)) error {
	for i := range p.Items {
		v, ok := any(&p.Items[i]).(Recalled)
		if !ok {
			return nil
		}
		if err := v.Recall(entry); err != nil {
			return err
		}
	}
	return nil
}

// DelegationPage is one page of the delegations that an agent gave and received, and
// what it says to those who delegate to it.
type DelegationPage struct {
	Page[Delegation]
	Statements []Statement `json:"statements"` // all of the agent's, on every page
}

// StakePage is one page of an agent's holds.
type StakePage struct {
	Height uint32 `json:"height"` // the best block known; of the past, that of the entry
	Page[Hold]
}

// ReputationPage is an agent's standing, and one page of what it rests on.
type ReputationPage struct {
	Reputation
	Page[Source]
}

// SourcePage is one page of what a standing rests on.
type SourcePage struct {
	Epoch int64 `json:"epoch"` // of the standing
	Page[Source]
}

// TurnoutPage is the turnout of a track, and one page of its votes.
type TurnoutPage struct {
	TrackParticipation
	Page[ClosedVote]
}

// ParticipationList is an agent's part in the closed votes, by track.
type ParticipationList struct {
	Agent op.PublicKey `json:"agent"`
	Page[Participation]
}

// DelegateList is what an agent did with the weight of others, by track.
type DelegateList struct {
	Agent op.PublicKey `json:"agent"`
	Page[Delegate]
}
