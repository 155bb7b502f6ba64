// Code generated from node/read by go generate ./node/client; DO NOT EDIT.

package client

import (
	"fmt"
	"net/url"

	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/view"
)

// Info asks GET /v1/info: economy, clock, prices, tracks.
func (c *Client) Info() One[view.Info] {
	return One[view.Info]{question[view.Info]{c, "/v1/info", nil}}
}

// Constitution asks GET /v1/constitution: the constitution in force.
func (c *Client) Constitution() Document {
	return Document{question[struct{}]{c, "/v1/constitution", nil}, formConstitution}
}

// ConstitutionVersions asks GET /v1/constitution/versions: every constitution that was ever in force, in order.
func (c *Client) ConstitutionVersions() List[view.ConstitutionVersion] {
	return List[view.ConstitutionVersion]{question[view.Page[view.ConstitutionVersion]]{c, "/v1/constitution/versions", nil}}
}

// ConstitutionVersion asks GET /v1/constitution/versions/{number}: one of them, whole.
func (c *Client) ConstitutionVersion(number uint64) Document {
	return Document{question[struct{}]{c, "/v1/constitution/versions/" + fmt.Sprint(number), nil}, formConstitution}
}

// RegistryFilter chooses what Registry gives. A member that is zero chooses all.
type RegistryFilter struct {
	Kind   string // only those of this kind
	Status string // only those with this status
}

// Registry asks GET /v1/registry: models, tools and providers, and what was decided about them.
func (c *Client) Registry(f RegistryFilter) List[view.RegistryEntry] {
	return List[view.RegistryEntry]{question[view.Page[view.RegistryEntry]]{c, "/v1/registry", given("kind", f.Kind, "status", f.Status)}}
}

// RegistryEntryFilter chooses what RegistryEntry gives. A member that is zero chooses all.
type RegistryEntryFilter struct {
	Version string // of a model or a tool; a provider has none
}

// RegistryEntry asks GET /v1/registry/{kind}/{name}: one entry of the registry.
func (c *Client) RegistryEntry(kind string, name string, f RegistryEntryFilter) One[view.RegistryEntry] {
	return One[view.RegistryEntry]{question[view.RegistryEntry]{c, "/v1/registry/" + url.PathEscape(kind) + "/" + url.PathEscape(name), given("version", f.Version)}}
}

// Operation asks GET /v1/operations/{id}: entry and receipt of an operation or fact.
func (c *Client) Operation(id op.ID) One[view.Operation] {
	return One[view.Operation]{question[view.Operation]{c, "/v1/operations/" + id.String(), nil}}
}

// OperationProof asks GET /v1/operations/{id}/proof: inclusion proof of an operation.
func (c *Client) OperationProof(id op.ID) Document {
	return Document{question[struct{}]{c, "/v1/operations/" + id.String() + "/proof", nil}, formOperationProof}
}

// Agents asks GET /v1/agents: agents in order of registration.
func (c *Client) Agents() List[view.Agent] {
	return List[view.Agent]{question[view.Page[view.Agent]]{c, "/v1/agents", nil}}
}

// Agent asks GET /v1/agents/{pubkey}: one agent, its stake and its reputation.
func (c *Client) Agent(pubkey op.PublicKey) One[view.Agent] {
	return One[view.Agent]{question[view.Agent]{c, "/v1/agents/" + pubkey.String(), nil}}
}

// Delegations asks GET /v1/agents/{pubkey}/delegations: delegations that an agent gave and received, in order of entry.
func (c *Client) Delegations(pubkey op.PublicKey) ListOf[view.Delegation, view.DelegationPage] {
	return ListOf[view.Delegation, view.DelegationPage]{question[view.DelegationPage]{c, "/v1/agents/" + pubkey.String() + "/delegations", nil}}
}

// ParticipationFilter chooses what Participation gives. A member that is zero chooses all.
type ParticipationFilter struct {
	Track string // of this track alone
}

// Participation asks GET /v1/agents/{pubkey}/participation: an agent's part in the closed votes of each track.
func (c *Client) Participation(pubkey op.PublicKey, f ParticipationFilter) ListOf[view.Participation, view.ParticipationList] {
	return ListOf[view.Participation, view.ParticipationList]{question[view.ParticipationList]{c, "/v1/agents/" + pubkey.String() + "/participation", given("track", f.Track)}}
}

// DelegateReport asks GET /v1/agents/{pubkey}/delegate-report: what an agent did with the weight of others.
func (c *Client) DelegateReport(pubkey op.PublicKey) ListOf[view.Delegate, view.DelegateList] {
	return ListOf[view.Delegate, view.DelegateList]{question[view.DelegateList]{c, "/v1/agents/" + pubkey.String() + "/delegate-report", nil}}
}

// Turnout asks GET /v1/tracks/{name}/participation: turnout of a track and of its closed votes, oldest first.
func (c *Client) Turnout(name string) ListOf[view.ClosedVote, view.TurnoutPage] {
	return ListOf[view.ClosedVote, view.TurnoutPage]{question[view.TurnoutPage]{c, "/v1/tracks/" + url.PathEscape(name) + "/participation", nil}}
}

// Reputation asks GET /v1/agents/{pubkey}/reputation: an agent's standing as of the last epoch, and what it rests on.
func (c *Client) Reputation(pubkey op.PublicKey) ListOf[view.Source, view.ReputationPage] {
	return ListOf[view.Source, view.ReputationPage]{question[view.ReputationPage]{c, "/v1/agents/" + pubkey.String() + "/reputation", nil}}
}

// Standings asks GET /v1/agents/{pubkey}/reputation/history: an agent's standing at each of the last 400 epochs since its registration.
func (c *Client) Standings(pubkey op.PublicKey) List[view.Standing] {
	return List[view.Standing]{question[view.Page[view.Standing]]{c, "/v1/agents/" + pubkey.String() + "/reputation/history", nil}}
}

// ReputationStatement asks GET /v1/agents/{pubkey}/reputation/statement: an agent's standing, signed by the operator for other systems.
func (c *Client) ReputationStatement(pubkey op.PublicKey, format string) Document {
	return Document{question[struct{}]{c, "/v1/agents/" + pubkey.String() + "/reputation/statement", given("format", fmt.Sprint(format))}, formSignedStanding}
}

// ProposalsFilter chooses what Proposals gives. A member that is zero chooses all.
type ProposalsFilter struct {
	State string // only proposals in this state
	Track string // only proposals on this track
}

// Proposals asks GET /v1/proposals: proposals in order of entry.
func (c *Client) Proposals(f ProposalsFilter) List[view.Proposal] {
	return List[view.Proposal]{question[view.Page[view.Proposal]]{c, "/v1/proposals", given("state", f.State, "track", f.Track)}}
}

// Proposal asks GET /v1/proposals/{id}: one proposal with its state now.
func (c *Client) Proposal(id op.ID) One[view.Proposal] {
	return One[view.Proposal]{question[view.Proposal]{c, "/v1/proposals/" + id.String(), nil}}
}

// ExplainProposal asks GET /v1/proposals/{id}/explain: why a proposal is in its state, and what would change it.
func (c *Client) ExplainProposal(id op.ID) One[view.Explanation] {
	return One[view.Explanation]{question[view.Explanation]{c, "/v1/proposals/" + id.String() + "/explain", nil}}
}

// Ballots asks GET /v1/proposals/{id}/ballots: ballots as they count, in order of voter key.
func (c *Client) Ballots(id op.ID) List[view.Ballot] {
	return List[view.Ballot]{question[view.Page[view.Ballot]]{c, "/v1/proposals/" + id.String() + "/ballots", nil}}
}

// BallotProof asks GET /v1/proposals/{id}/ballots/{voter}/proof: proof bundle of one ballot, for `econaudit verify`.
func (c *Client) BallotProof(id op.ID, voter op.PublicKey) Document {
	return Document{question[struct{}]{c, "/v1/proposals/" + id.String() + "/ballots/" + voter.String() + "/proof", nil}, formBallotProof}
}

// QuoteExit asks GET /v1/proposals/{id}/exits/{agent}: what leaving at the execution would bring an agent, or why it cannot.
func (c *Client) QuoteExit(id op.ID, agent op.PublicKey) One[view.ExitQuote] {
	return One[view.ExitQuote]{question[view.ExitQuote]{c, "/v1/proposals/" + id.String() + "/exits/" + agent.String(), nil}}
}

// DisputesFilter chooses what Disputes gives. A member that is zero chooses all.
type DisputesFilter struct {
	State string // only those in this state
}

// Disputes asks GET /v1/disputes: disputes, in order of entry.
func (c *Client) Disputes(f DisputesFilter) List[view.Dispute] {
	return List[view.Dispute]{question[view.Page[view.Dispute]]{c, "/v1/disputes", given("state", f.State)}}
}

// Dispute asks GET /v1/disputes/{id}: one dispute, its bonds, juries and rulings.
func (c *Client) Dispute(id op.ID) One[view.Dispute] {
	return One[view.Dispute]{question[view.Dispute]{c, "/v1/disputes/" + id.String(), nil}}
}

// ProposalDisputes asks GET /v1/proposals/{id}/disputes: disputes about one proposal, in order of entry.
func (c *Client) ProposalDisputes(id op.ID) List[view.Dispute] {
	return List[view.Dispute]{question[view.Page[view.Dispute]]{c, "/v1/proposals/" + id.String() + "/disputes", nil}}
}

// JurorsFilter chooses what Jurors gives. A member that is zero chooses all.
type JurorsFilter struct {
	Field string // only those in this field of expertise
	State string // only those in this state
}

// Jurors asks GET /v1/jurors: offers to sit on juries, in order of entry.
func (c *Client) Jurors(f JurorsFilter) List[view.Juror] {
	return List[view.Juror]{question[view.Page[view.Juror]]{c, "/v1/jurors", given("field", f.Field, "state", f.State)}}
}

// Juror asks GET /v1/jurors/{pubkey}: an agent's last offer to sit on juries.
func (c *Client) Juror(pubkey op.PublicKey) One[view.Juror] {
	return One[view.Juror]{question[view.Juror]{c, "/v1/jurors/" + pubkey.String(), nil}}
}

// GrantsFilter chooses what Grants gives. A member that is zero chooses all.
type GrantsFilter struct {
	Agent op.PublicKey // only those to this agent
}

// Grants asks GET /v1/grants: grants, in order of entry.
func (c *Client) Grants(f GrantsFilter) List[view.Grant] {
	return List[view.Grant]{question[view.Page[view.Grant]]{c, "/v1/grants", given("agent", unlessZero(f.Agent))}}
}

// Grant asks GET /v1/grants/{id}: one grant, and what can be drawn of it now.
func (c *Client) Grant(id string) One[view.Grant] {
	return One[view.Grant]{question[view.Grant]{c, "/v1/grants/" + url.PathEscape(id), nil}}
}

// Budgets asks GET /v1/budgets/{pubkey}: what may be spent for an agent from the pools.
func (c *Client) Budgets(pubkey op.PublicKey) List[view.Budget] {
	return List[view.Budget]{question[view.Page[view.Budget]]{c, "/v1/budgets/" + pubkey.String(), nil}}
}

// Stakes asks GET /v1/stakes: what an agent has locked or asked for, and when it must be renewed.
func (c *Client) Stakes(agent op.PublicKey) ListOf[view.Hold, view.StakePage] {
	return ListOf[view.Hold, view.StakePage]{question[view.StakePage]{c, "/v1/stakes", given("agent", fmt.Sprint(agent))}}
}

// Stake asks GET /v1/stakes/{id}: one stake or collateral, and the hold invoice to pay.
func (c *Client) Stake(id op.ID) One[view.Hold] {
	return One[view.Hold]{question[view.Hold]{c, "/v1/stakes/" + id.String(), nil}}
}

// StakeProof asks GET /v1/stakes/{id}/proof: proof that the log offers a hold's invoice.
func (c *Client) StakeProof(id op.ID) One[view.HoldProof] {
	return One[view.HoldProof]{question[view.HoldProof]{c, "/v1/stakes/" + id.String() + "/proof", nil}}
}

// Pools asks GET /v1/pools: the pools of the treasury and what they hold.
func (c *Client) Pools() List[view.Pool] {
	return List[view.Pool]{question[view.Page[view.Pool]]{c, "/v1/pools", nil}}
}

// PayoutsFilter chooses what Payouts gives. A member that is zero chooses all.
type PayoutsFilter struct {
	State string       // only those in this state
	Agent op.PublicKey // only those to this agent
}

// Payouts asks GET /v1/payouts: payouts from the pools, in order of entry.
func (c *Client) Payouts(f PayoutsFilter) List[view.Payout] {
	return List[view.Payout]{question[view.Page[view.Payout]]{c, "/v1/payouts", given("state", f.State, "agent", unlessZero(f.Agent))}}
}

// Payout asks GET /v1/payouts/{id}: one payout.
func (c *Client) Payout(id string) One[view.Payout] {
	return One[view.Payout]{question[view.Payout]{c, "/v1/payouts/" + url.PathEscape(id), nil}}
}

// WalletsFilter chooses what Wallets gives. A member that is zero chooses all.
type WalletsFilter struct {
	Owner op.PublicKey // only those of this agent
}

// Wallets asks GET /v1/wallets: wallets, in order of entry.
func (c *Client) Wallets(f WalletsFilter) List[view.Wallet] {
	return List[view.Wallet]{question[view.Page[view.Wallet]]{c, "/v1/wallets", given("owner", unlessZero(f.Owner))}}
}

// Wallet asks GET /v1/wallets/{id}: one wallet, its budget and what of it is available now.
func (c *Client) Wallet(id string) One[view.Wallet] {
	return One[view.Wallet]{question[view.Wallet]{c, "/v1/wallets/" + url.PathEscape(id), nil}}
}

// PaymentsFilter chooses what Payments gives. A member that is zero chooses all.
type PaymentsFilter struct {
	Wallet string // only those of this wallet
	State  string // only those in this state
}

// Payments asks GET /v1/payments: payments from wallets, in order of entry.
func (c *Client) Payments(f PaymentsFilter) List[view.Payment] {
	return List[view.Payment]{question[view.Page[view.Payment]]{c, "/v1/payments", given("wallet", f.Wallet, "state", f.State)}}
}

// Payment asks GET /v1/payments/{id}: one payment from a wallet, with its transitions and what the rules said.
func (c *Client) Payment(id string) One[view.Payment] {
	return One[view.Payment]{question[view.Payment]{c, "/v1/payments/" + url.PathEscape(id), nil}}
}

// Breakers asks GET /v1/breakers: breakers that opened for the sake of the sats, in order of entry.
func (c *Client) Breakers() List[view.Trip] {
	return List[view.Trip]{question[view.Page[view.Trip]]{c, "/v1/breakers", nil}}
}

// Metrics asks GET /v1/figures: metrics of the constitution with their last figures.
func (c *Client) Metrics() List[view.Metric] {
	return List[view.Metric]{question[view.Page[view.Metric]]{c, "/v1/figures", nil}}
}

// Figures asks GET /v1/figures/{metric}: figures of a metric, the latest first.
func (c *Client) Figures(metric string) List[view.Figure] {
	return List[view.Figure]{question[view.Page[view.Figure]]{c, "/v1/figures/" + url.PathEscape(metric), nil}}
}

// Rules asks GET /v1/rules: rules that open proposals by themselves.
func (c *Client) Rules() List[view.Rule] {
	return List[view.Rule]{question[view.Page[view.Rule]]{c, "/v1/rules", nil}}
}

// Rule asks GET /v1/rules/{name}: one rule, and what it did.
func (c *Client) Rule(name string) One[view.Rule] {
	return One[view.Rule]{question[view.Rule]{c, "/v1/rules/" + url.PathEscape(name), nil}}
}

// Pauses asks GET /v1/pauses: pauses of tracks by the guardians, oldest first.
func (c *Client) Pauses() List[view.Pause] {
	return List[view.Pause]{question[view.Page[view.Pause]]{c, "/v1/pauses", nil}}
}

// PauseMotions asks GET /v1/pauses/motions: pauses and liftings that not enough guardians have signed yet.
func (c *Client) PauseMotions() List[view.PauseMotion] {
	return List[view.PauseMotion]{question[view.Page[view.PauseMotion]]{c, "/v1/pauses/motions", nil}}
}

// Checkpoint asks GET /v1/checkpoints/latest: signed checkpoint over everything durable now.
func (c *Client) Checkpoint() Document {
	return Document{question[struct{}]{c, "/v1/checkpoints/latest", nil}, formCheckpoint}
}

// Consistency asks GET /v1/checkpoints/consistency: proof that one log is a prefix of a later one (RFC 6962 section 2.1.2).
func (c *Client) Consistency(old uint64, size uint64) One[view.Consistency] {
	return One[view.Consistency]{question[view.Consistency]{c, "/v1/checkpoints/consistency", given("old", fmt.Sprint(old), "size", fmt.Sprint(size))}}
}

// Anchors asks GET /v1/anchors: bitcoin transactions that commit to checkpoints, oldest first.
func (c *Client) Anchors() List[view.Anchor] {
	return List[view.Anchor]{question[view.Page[view.Anchor]]{c, "/v1/anchors", nil}}
}

// AnchorProofs asks GET /v1/anchors/proofs: proofs of the final anchors, in the order of their line.
func (c *Client) AnchorProofs() List[view.ProvenAnchor] {
	return List[view.ProvenAnchor]{question[view.Page[view.ProvenAnchor]]{c, "/v1/anchors/proofs", nil}}
}

// Recoveries asks GET /v1/recoveries: where the operator went on with the log, or with its line of anchors, by its own decision, oldest first.
func (c *Client) Recoveries() List[view.Recovery] {
	return List[view.Recovery]{question[view.Page[view.Recovery]]{c, "/v1/recoveries", nil}}
}

// PriceList asks GET /.well-known/l402.json: what costs what now.
func (c *Client) PriceList() One[view.PriceList] {
	return One[view.PriceList]{question[view.PriceList]{c, "/.well-known/l402.json", nil}}
}
