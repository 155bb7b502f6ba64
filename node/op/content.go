package op

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/econd/econd/node/budget"
)

// Hash is a 32-byte hash or preimage, spelled as 64 lower-case hex digits.
type Hash [32]byte

// String returns the hash as 64 lower-case hex digits.
func (h Hash) String() string { return hex.EncodeToString(h[:]) }

// NodeKey is the identity key of a Lightning node: a compressed secp256k1
// public key (BOLT 7).
type NodeKey [33]byte

// String returns the key as 66 lower-case hex digits.
func (k NodeKey) String() string { return hex.EncodeToString(k[:]) }

// MarshalText spells the value as lower-case hex.
func (h Hash) MarshalText() ([]byte, error) { return []byte(h.String()), nil }

// MarshalText spells the value as lower-case hex.
func (k NodeKey) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// MarshalText spells the value as lower-case hex.
func (k PublicKey) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// MarshalText spells the value as lower-case hex.
func (id ID) MarshalText() ([]byte, error) { return []byte(id.String()), nil }

// Register (3901) makes the signer an agent of the economy.
type Register struct {
	Name string `json:"name" schema:"min=1,max=64"` // 1 to 64 bytes, for people; not unique

	// From version 3 of the rules on, see SetRecovery.
	Recovery  PublicKey     `json:"recovery,omitzero"`
	Guardians *KeyGuardians `json:"guardians,omitempty"`
}

// BindNode (3902) binds a Lightning node to the signing agent, so that
// payments to the node count as payments to the agent. Signature is what lnd's
// SignMessage gives over BindStatement: the node agrees, too.
type BindNode struct {
	Node      NodeKey `json:"node"`
	Signature string  `json:"signature" schema:"min=104,max=104"` // zbase32, 104 characters
}

// BindStatement is the text that a Lightning node signs (lnd SignMessage) to
// agree that it is bound to an agent of an economy.
func BindStatement(economy string, agent PublicKey) string {
	return fmt.Sprintf("econd node binding\neconomy: %s\nagent: %s", economy, agent)
}

// LockStake (3903) asks econd for a hold invoice over amount_sat. The stake's
// id is the event's id.
type LockStake struct {
	AmountSat int64 `json:"amount_sat" schema:"min=1"`
}

// ReleaseStake (3904) asks econd to cancel the hold of one of the signer's
// stakes, so that the sats return.
type ReleaseStake struct {
	Stake ID `json:"stake"`
}

// Receipt (3905) rates a service by a payment that the payee acknowledged: the
// BOLT11 invoice names the payee's node and the amount, and perhaps the customer
// (CustomerOf); the preimage, which hashes to its payment hash, shows that the
// payee let it out. It does not show who paid, nor that anybody did.
type Receipt struct {
	Provider PublicKey `json:"provider"`
	Invoice  string    `json:"invoice"`
	Preimage Hash      `json:"preimage"`
	Rating   int64     `json:"rating" schema:"min=-10,max=10"` // -10 to 10, not 0
}

// Propose (3906) opens a proposal on a track. Its id is the event's id. Where
// the track asks for collateral, econd answers with a hold invoice and the
// proposal stays a draft until that is paid.
type Propose struct {
	Track   string `json:"track"`
	Title   string `json:"title" schema:"min=1,max=200"`        // 1 to 200 bytes
	Text    string `json:"text" schema:"max=16384"`             // at most 16 KiB, Markdown
	Actions []Raw  `json:"actions" schema:"type=object,max=16"` // what is executed, all or nothing
	// Options are what the vote chooses between, where the track's counting
	// method needs them: 2 to 64 different texts of 1 to 200 bytes. Ballots
	// number them from 1.
	Options []string `json:"options,omitempty" schema:"max=64"`
	// Evaluation says how its effect is measured and rewarded, where the track
	// has rules for that.
	Evaluation *Evaluation `json:"evaluation,omitempty"`
	// Template and Terms fill in one of the marketplace templates of the track;
	// Terms is the template's JSON object.
	Template string `json:"template,omitempty"`
	Terms    Raw    `json:"terms,omitempty" schema:"type=object"`
}

// Vote (3907) casts or replaces the signer's ballot.
type Vote struct {
	Proposal ID     `json:"proposal"`
	Choice   string `json:"choice" schema:"enum=for|against|abstain|ballot"` // "for", "against", "abstain", or "ballot": see Ballot
	// Ballot is the filled-in ballot of a track that counts otherwise than
	// single-choice: an array of option numbers (approval, ranked-choice,
	// copeland) or an object from option number to share (the others).
	Ballot Raw `json:"ballot,omitempty" schema:"type=array|object"`
}

// Cancel (3908) withdraws a proposal: its proposer while it is pending, as many
// guardians as must agree until it is executed, or closed where its track says so.
type Cancel struct {
	Proposal ID     `json:"proposal"`
	Reason   string `json:"reason" schema:"min=1,max=2000"` // 1 to 2000 bytes
}

// Veto (3909) stops a succeeded proposal in its timelock, on the record, when
// enough guardians have signed one.
type Veto struct {
	Proposal ID     `json:"proposal"`
	Reason   string `json:"reason" schema:"min=1,max=2000"` // 1 to 2000 bytes
}

// Delegate (3910) lets another agent speak for the signer on one track, or on
// all where it has no delegation of the track's own. Without a share the whole
// weight is given, in place of every earlier delegation for the same track;
// with one, that part, beside the parts given to others.
type Delegate struct {
	Track     string    `json:"track"` // "" is all tracks
	To        PublicKey `json:"to"`
	SharePPM  *int64    `json:"share_ppm,omitempty" schema:"min=1,max=1000000"` // 1 to 1,000,000
	ExpiresMs int64     `json:"expires_ms,omitempty" schema:"min=0"`            // last instant at which it counts; 0 is never
}

// Undelegate (3911) takes delegations for a track back: the one to an agent, or
// all of them.
type Undelegate struct {
	Track string    `json:"track"` // "" is the delegations for all tracks
	To    PublicKey `json:"to,omitzero"`
}

// Statement (3912) says how the signer votes for those who delegate to it; an
// empty text withdraws it.
type Statement struct {
	Track string `json:"track"`                  // "" is all tracks
	Text  string `json:"text" schema:"max=4096"` // at most 4 KiB
}

// Pause (3913) freezes tracks for a while: nothing is proposed and nothing
// executed there, while votes, closes and releases go on. It takes effect when
// enough guardians have signed the same tracks and until_ms.
type Pause struct {
	Tracks  []string `json:"tracks" schema:"min=1"`
	UntilMs int64    `json:"until_ms"`                       // last instant of the pause; 0 lifts it now
	Reason  string   `json:"reason" schema:"min=1,max=2000"` // 1 to 2000 bytes
}

// Void (3919) makes everything void that the signer signed up to this event and
// that is not recorded: it can be handed in no more. What counts as up to is
// created_at, then the order tag, then the id.
type Void struct{}

// Genesis (3950) is entry 0: it fixes the economy's id, the operator's key (the
// signer), the key of its checkpoints, the Bitcoin network and the first
// constitution.
type Genesis struct {
	Economy      string `json:"economy"`
	Network      string `json:"network" schema:"enum=mainnet|testnet3|testnet4|signet|regtest"` // mainnet, testnet3, testnet4, signet or regtest
	LogVerifier  string `json:"log_verifier"`                                                   // note verifier key: name+hash+base64
	Constitution Raw    `json:"constitution" schema:"type=object"`

	// NodeKey is the identity of the operator's Lightning node, which signs the invoices of
	// holds. Required from version 2 of the rules on, unknown before.
	NodeKey NodeKey `json:"node_key,omitzero"`

	// Agents are registered by the genesis itself, and Wallets opened with their budgets.
	// Known from version 3 of the rules on.
	Agents  []FirstAgent  `json:"agents,omitempty" schema:"max=256"`
	Wallets []FirstWallet `json:"wallets,omitempty" schema:"max=256"`
}

// FirstAgent is an agent that is registered by the genesis.
type FirstAgent struct {
	Key  PublicKey `json:"key"`
	Name string    `json:"name" schema:"min=1,max=64"`
}

// FirstWallet is a wallet that the genesis opens: of one of its agents.
type FirstWallet struct {
	Owner   PublicKey     `json:"owner"`
	Name    string        `json:"name" schema:"min=1,max=40"`
	Terms   *budget.Terms `json:"terms,omitempty"`  // absent: nothing is spent until a budget is set
	Spender PublicKey     `json:"spender,omitzero"` // another key that may spend from it, too
}

// HoldOffered (3951) answers an open-hold effect: the invoice exists.
type HoldOffered struct {
	Effect      string `json:"effect"`
	Hold        ID     `json:"hold"`
	PaymentHash Hash   `json:"payment_hash"`
	Invoice     string `json:"invoice"`
}

// HoldLocked (3952): every HTLC of the hold was accepted. A payer may send more
// than it was asked for, so the amount is what LND locked: whole sats, and what
// is left of the last one.
type HoldLocked struct {
	Hold         ID     `json:"hold"`
	AmountSat    int64  `json:"amount_sat" schema:"min=0"`
	RestMsat     int64  `json:"rest_msat,omitempty" schema:"min=0,max=999"` // 0 to 999
	ExpiryHeight uint32 `json:"expiry_height"`                              // lowest HTLC expiry, as far as it counts
}

// HoldSettled (3953): LND has settled the hold. Effect is that of settling or
// cancelling it, or empty where it was found so. The amount is of a hold that the
// log never saw locked.
type HoldSettled struct {
	Effect    string `json:"effect"`
	Hold      ID     `json:"hold"`
	AmountSat int64  `json:"amount_sat,omitempty"`
	RestMsat  int64  `json:"rest_msat,omitempty" schema:"min=0,max=999"` // 0 to 999
}

// HoldCancelled (3954): the hold is cancelled, the sats are back with the
// agent. Effect is empty where LND cancelled by itself.
type HoldCancelled struct {
	Effect string `json:"effect"`
	Hold   ID     `json:"hold"`
	Reason string `json:"reason" schema:"min=1,max=500"`
}

// HoldLapse (3955): the chain came too close to the hold's HTLC expiry; it must
// be cancelled now.
type HoldLapse struct {
	Hold ID `json:"hold"`
}

// Epoch (3956) closes a reputation epoch. ScoresRoot is the RFC 6962 root over
// one leaf an agent, with its standing, in order of registration.
type Epoch struct {
	Number     int64  `json:"number"`
	Agents     uint64 `json:"agents"`
	ScoresRoot Hash   `json:"scores_root"`
}

// Close (3957) ends the vote on a proposal: outcome, ballots counted, and the
// RFC 6962 root over the proposal's ballots in order of voter key.
type Close struct {
	Proposal   ID     `json:"proposal"`
	Passed     bool   `json:"passed"`
	Reason     string `json:"reason"` // the rule that decided
	For        Weight `json:"for"`
	Against    Weight `json:"against"`
	Abstain    Weight `json:"abstain"`
	Eligible   Weight `json:"eligible"`
	Ballots    uint64 `json:"ballots"`
	BallotRoot Hash   `json:"ballot_root"`

	// Of the options of a vote between some, in order; there For is the weight that
	// took part.
	Scores Scores `json:"scores,omitempty"`
	// Number of the option with the highest score, from 1, of several the lowest;
	// absent where none won.
	Winner int64 `json:"winner,omitempty" schema:"min=1,max=64"`

	// What delegated weight did; absent where nobody without a ballot had a
	// delegation. For, Against and Abstain include what was delegated.
	Delegation CloseDelegation `json:"delegation,omitzero"`

	// Of a vote on a conviction track, as of the step that decided. There For is
	// the stake behind the proposal and Eligible all that is locked.
	Conviction CloseConviction `json:"conviction,omitzero"`
}

// CloseDelegation is the part of an outcome that delegations made.
type CloseDelegation struct {
	Delegators    uint64 `json:"delegators" schema:"min=1"` // with weight, a delegation and no ballot
	Delegated     Weight `json:"delegated"`                 // of theirs that counts, in for, against and abstain
	Unrepresented Weight `json:"unrepresented"`             // of theirs that reached no ballot or exceeds a cap
	GiniPPM       uint32 `json:"gini_ppm"`                  // of the weight behind each ballot, rounded down
	Nakamoto      uint64 `json:"nakamoto"`                  // least number of ballots with more than half of it
}

// Execute (3958): the timelock of a succeeded proposal is over and its actions
// are carried out; Failure names the action and reason if they were refused.
type Execute struct {
	Proposal ID     `json:"proposal"`
	Failure  string `json:"failure"`
}

// Expire (3959): a succeeded proposal was not executed within its grace.
type Expire struct {
	Proposal ID `json:"proposal"`
}

// AnchorPublished (3960): a transaction with the digest of the checkpoint was
// handed to the Bitcoin network.
type AnchorPublished struct {
	CheckpointSize uint64 `json:"checkpoint_size"`
	CheckpointHash Hash   `json:"checkpoint_hash"` // SHA-256 of the body
	Txid           Hash   `json:"txid"`            // as explorers print it
}

// AnchorConfirmed (3961): the anchoring transaction is in a block.
type AnchorConfirmed struct {
	CheckpointSize uint64 `json:"checkpoint_size"`
	Txid           Hash   `json:"txid"`
	Block          Hash   `json:"block"`
	Height         uint32 `json:"height"`
}

// AnchorFinal (3962): the anchor has the confirmations that make it final.
type AnchorFinal struct {
	CheckpointSize uint64 `json:"checkpoint_size"`
	Txid           Hash   `json:"txid"`
}

// AnchorReorged (3963): the block that held the anchor left the best chain; the
// anchor is pending again.
type AnchorReorged struct {
	CheckpointSize uint64 `json:"checkpoint_size"`
	Txid           Hash   `json:"txid"`
}

// Scores are the scores of a vote's options, in order: the text of a JSON array
// of decimal strings. Kept as text, so that outcomes can be compared.
type Scores string

// MarshalJSON returns the text itself.
func (s Scores) MarshalJSON() ([]byte, error) { return []byte(s), nil }

// NewScores writes decimal numbers as Scores.
func NewScores(decimals []string) Scores {
	return Scores(EncodeContent(append([]string{}, decimals...)))
}

// List returns the decimal numbers.
func (s Scores) List() []string {
	var list []string
	if json.Unmarshal([]byte(s), &list) != nil {
		return nil
	}
	return list
}

// Weight is a voting weight or score: up to 2^64-1, which JSON integers cannot
// carry, so it is spelled as a decimal string.
type Weight uint64

// MarshalText spells the weight in decimal.
func (w Weight) MarshalText() ([]byte, error) { return strconv.AppendUint(nil, uint64(w), 10), nil }
