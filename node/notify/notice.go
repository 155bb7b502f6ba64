package notify

import (
	"crypto/sha256"
	"fmt"
	"slices"

	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/op"
)

// Kind says what a notice is about.
type Kind string

// Kinds of notices.
const (
	NewProposal   Kind = "new-proposal"     // on a track of the agent's
	DelegateVoted Kind = "delegate-voted"   // and thereby for the agent
	VoteNeeded    Kind = "vote-needed"      // the deadline is near
	RenewalDue    Kind = "renewal-due"      // a stake, collateral or bond should be renewed
	HoldEnding    Kind = "hold-ending"      // it was not, and its end is near
	PayoutReady   Kind = "payout-claimable" // an invoice is awaited
	JurorDrawn    Kind = "juror-drawn"      // the agent sits on a jury
	ProposalState Kind = "proposal-state"   // of a proposal of the agent's
)

// Kinds lists every kind.
func Kinds() []Kind {
	return []Kind{NewProposal, DelegateVoted, VoteNeeded, RenewalDue, HoldEnding, PayoutReady, JurorDrawn, ProposalState}
}

// Notice is one thing that an agent is told.
type Notice struct {
	ID      string       `json:"id"` // the same in every derivation
	Economy string       `json:"economy"`
	Agent   op.PublicKey `json:"agent"` // who is told
	Kind    Kind         `json:"kind"`
	Subject string       `json:"subject"`         // id of the proposal, hold, payout or dispute
	Track   string       `json:"track,omitempty"` // where there is one
	State   string       `json:"state,omitempty"` // of a proposal, with proposal-state
	Seq     uint64       `json:"seq"`             // entry that brought the subject, or its change, about
	TimeMs  int64        `json:"time_ms"`         // since when it holds
	UntilMs int64        `json:"until_ms,omitempty"`
	Height  uint32       `json:"height,omitempty"` // at which a hold ends
	Text    string       `json:"text"`             // for people
}

// Interest is what one agent wants to be told.
type Interest struct {
	Agent op.PublicKey
	// Kinds are those wanted; none means all.
	Kinds []Kind
	// Tracks are followed besides those on which the agent has weight or a
	// delegation.
	Tracks []string
}

// MaxTracks is how many tracks an Interest may name.
const MaxTracks = 64

// Check refuses kinds that there are not, and too many tracks. The error names
// the member.
func (i *Interest) Check() error {
	for n, k := range i.Kinds {
		if !slices.Contains(Kinds(), k) || slices.Contains(i.Kinds[:n], k) {
			return &InterestError{fmt.Sprintf("kinds[%d]", n), fmt.Sprintf("is %q; each must be another of %v", k, Kinds())}
		}
	}
	if len(i.Tracks) > MaxTracks {
		return &InterestError{"tracks", fmt.Sprintf("has %d, at most %d are allowed", len(i.Tracks), MaxTracks)}
	}
	for n, t := range i.Tracks {
		if t == "" || len(t) > 64 || slices.Contains(i.Tracks[:n], t) {
			return &InterestError{fmt.Sprintf("tracks[%d]", n), "must be another name of 1 to 64 bytes"}
		}
	}
	return nil
}

// InterestError names the member of an Interest that cannot be.
type InterestError struct{ Field, Text string }

// Error says what is wrong.
func (e *InterestError) Error() string { return e.Field + ": " + e.Text }

func (i *Interest) wants(k Kind) bool { return len(i.Kinds) == 0 || slices.Contains(i.Kinds, k) }

// identify gives a notice its id. which tells two notices of one kind about one
// subject apart.
func identify(s *ledger.State, n *Notice, which uint64) {
	n.Economy = s.Economy()
	text := fmt.Sprintf("econd/notice/%s/%s/%s/%s/%d", n.Economy, n.Agent, n.Kind, n.Subject, which)
	sum := sha256.Sum256([]byte(text))
	n.ID = fmt.Sprintf("ntc_%x", sum[:16])
}
