package grpcapi

import (
	"bytes"
	"context"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/mod/sumdb/note"
	"google.golang.org/grpc/codes"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	reflectionpb "google.golang.org/grpc/reflection/grpc_reflection_v1"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/econd/econd/node/admission"
	"github.com/econd/econd/node/constitution"
	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/nodetest"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/view"
	econdv1 "github.com/econd/econd/proto/econd/v1"
	"github.com/econd/econd/stake"
	"github.com/econd/econd/voting"
)

func TestInfo(t *testing.T) {
	w := newWorld(t, nil)
	got, err := w.GetInfo(w.ctx(), &econdv1.GetInfoRequest{})
	require.NoError(t, err)
	require.True(t, got.Outside.Payments && got.Outside.Webhooks, "%v", got.Outside)
	require.Zero(t, got.Outside.PaymentsPending+got.Outside.WebhooksPending)
	operator := nodetest.Key(t, 1).Public()
	require.Equal(t, nodetest.Economy, got.Economy)
	require.Equal(t, "regtest", got.Network)
	require.Equal(t, operator[:], got.Operator)
	require.Equal(t, uint64(1), got.Size)
	require.Equal(t, econdv1.L402Mode_L402_MODE_OFF, got.L402Mode)
	require.Equal(t, constitution.ResourceOperations, got.Prices[0].Resource)
	require.Equal(t, int64(10), got.Prices[0].Sat)
	require.NotEmpty(t, got.Tracks)
	require.NotEmpty(t, got.Pools)
	require.Equal(t, w.Clock.NowMs(), got.NowMs)
	require.Nil(t, got.Witnesses)

	w.server.here.Witnesses = view.Witnesses{Policy: []string{"w.example/1"}, BelowQuorum: "wait"}
	got, err = w.GetInfo(w.ctx(), &econdv1.GetInfoRequest{})
	require.NoError(t, err)
	require.Equal(t, []string{"w.example/1"}, got.Witnesses.Policy)
	require.Equal(t, econdv1.BelowQuorum_BELOW_QUORUM_WAIT, got.Witnesses.BelowQuorum)
}

// One vote, seen through every query.
func TestVoteSeenThroughEveryQuery(t *testing.T) {
	w := newWorld(t, nil)
	ada, bob := nodetest.Key(t, 2), nodetest.Key(t, 3)
	id := w.vote(ada, bob)
	adaKey := ada.Public()

	p, err := w.GetProposal(w.ctx(), &econdv1.GetProposalRequest{Id: id[:]})
	require.NoError(t, err)
	require.Equal(t, econdv1.ProposalState_PROPOSAL_STATE_SUCCEEDED, p.Proposal.State)
	require.True(t, p.Proposal.Outcome.Passed)
	require.Equal(t, uint64(2), p.Proposal.Outcome.Ballots)
	require.Len(t, p.Proposal.Outcome.BallotRoot, 32)
	require.Positive(t, p.Proposal.ForWeight)
	require.Equal(t, p.Proposal.ForWeight, p.Proposal.Outcome.ForWeight)
	require.Equal(t, adaKey[:], p.Proposal.Proposer)

	list, err := w.ListProposals(w.ctx(), &econdv1.ListProposalsRequest{State: econdv1.ProposalState_PROPOSAL_STATE_SUCCEEDED, Track: "signal"})
	require.NoError(t, err)
	require.Len(t, list.Proposals, 1)
	list, err = w.ListProposals(w.ctx(), &econdv1.ListProposalsRequest{State: econdv1.ProposalState_PROPOSAL_STATE_ACTIVE})
	require.NoError(t, err)
	require.Empty(t, list.Proposals)

	var voters [][]byte
	for token := ""; ; {
		page, err := w.ListBallots(w.ctx(), &econdv1.ListBallotsRequest{Proposal: id[:], PageSize: 1, PageToken: token})
		require.NoError(t, err)
		require.Len(t, page.Ballots, 1)
		require.Equal(t, econdv1.Choice_CHOICE_FOR, page.Ballots[0].Choice)
		voters = append(voters, page.Ballots[0].Voter)
		if token = page.NextPageToken; token == "" {
			break
		}
	}
	require.Len(t, voters, 2)
	require.Negative(t, bytes.Compare(voters[0], voters[1]))

	agents, err := w.ListAgents(w.ctx(), &econdv1.ListAgentsRequest{PageSize: 1})
	require.NoError(t, err)
	require.Len(t, agents.Agents, 1)
	require.NotEmpty(t, agents.NextPageToken)
	agents, err = w.ListAgents(w.ctx(), &econdv1.ListAgentsRequest{PageSize: 1, PageToken: agents.NextPageToken})
	require.NoError(t, err)
	require.Empty(t, agents.NextPageToken)
	agent, err := w.GetAgent(w.ctx(), &econdv1.GetAgentRequest{Pubkey: adaKey[:]})
	require.NoError(t, err)
	require.Equal(t, uint64(20_000), agent.Agent.StakeSat)

	bundle, err := w.GetBallotProof(w.ctx(), &econdv1.GetBallotProofRequest{Proposal: id[:], Voter: adaKey[:]})
	require.NoError(t, err)
	require.Contains(t, string(bundle.Bundle), adaKey.String())
}

func TestOperationAndItsProof(t *testing.T) {
	w := newWorld(t, nil)
	w.submit(nodetest.Key(t, 2), op.KindRegister, op.Register{Name: "ada"})
	id := w.stake(nodetest.Key(t, 2), 5000)
	got, err := w.GetOperation(w.ctx(), &econdv1.GetOperationRequest{Id: id[:]})
	require.NoError(t, err)
	e, err := op.DecodeEntry(got.Entry.Line)
	require.NoError(t, err)
	require.Equal(t, id, e.Event.ID)
	require.Equal(t, "lock-stake", got.Entry.Operation)
	require.Equal(t, e.Seq, got.Receipt.Seq)

	proof, err := w.GetOperationProof(w.ctx(), &econdv1.GetOperationProofRequest{Id: id[:]})
	require.NoError(t, err)
	require.Equal(t, e.Seq, proof.Seq)
	require.True(t, strings.HasPrefix(string(proof.TlogProof), "c2sp.org/tlog-proof@v1\n"), "%s", proof.TlogProof)

	head, err := w.LatestCheckpoint(w.ctx(), &econdv1.LatestCheckpointRequest{})
	require.NoError(t, err)
	require.Equal(t, w.Node.Size(), head.Size)
	info, err := w.GetInfo(w.ctx(), &econdv1.GetInfoRequest{})
	require.NoError(t, err)
	verifier, err := note.NewVerifier(info.LogVerifierKey)
	require.NoError(t, err)
	_, err = note.Open(head.Note, note.VerifierList(verifier))
	require.NoError(t, err)

	hold, err := w.GetStake(w.ctx(), &econdv1.GetStakeRequest{Id: id[:]})
	require.NoError(t, err)
	require.Equal(t, econdv1.HoldState_HOLD_STATE_LOCKED, hold.Hold.State)
	require.Equal(t, econdv1.HoldPurpose_HOLD_PURPOSE_STAKE, hold.Hold.Purpose)
	require.NotEmpty(t, hold.Hold.Invoice)
	require.Len(t, hold.Hold.PaymentHash, 32)

	anchors, err := w.ListAnchors(w.ctx(), &econdv1.ListAnchorsRequest{})
	require.NoError(t, err)
	require.Empty(t, anchors.Anchors)
}

func TestQueriesRefuse(t *testing.T) {
	w := newWorld(t, nil)
	none, short := make([]byte, 32), make([]byte, 31)
	nobody := nodetest.Key(t, 77).Public()
	ctx := w.ctx()
	for name, c := range map[string]struct {
		call  func() error
		code  codes.Code
		field string
	}{
		"operation id": {func() error { _, err := w.GetOperation(ctx, &econdv1.GetOperationRequest{Id: short}); return err }, codes.InvalidArgument, "id"},
		"no operation": {func() error { _, err := w.GetOperation(ctx, &econdv1.GetOperationRequest{Id: none}); return err }, codes.NotFound, "id"},
		"no entry": {func() error {
			_, err := w.GetOperationProof(ctx, &econdv1.GetOperationProofRequest{Id: none})
			return err
		}, codes.NotFound, "id"},
		"not on the curve": {func() error { _, err := w.GetAgent(ctx, &econdv1.GetAgentRequest{Pubkey: none}); return err }, codes.InvalidArgument, "pubkey"},
		"long key": {func() error {
			_, err := w.GetAgent(ctx, &econdv1.GetAgentRequest{Pubkey: append(nobody[:], 0)})
			return err
		}, codes.InvalidArgument, "pubkey"},
		"no agent":    {func() error { _, err := w.GetAgent(ctx, &econdv1.GetAgentRequest{Pubkey: nobody[:]}); return err }, codes.NotFound, "pubkey"},
		"no proposal": {func() error { _, err := w.GetProposal(ctx, &econdv1.GetProposalRequest{Id: none}); return err }, codes.NotFound, "id"},
		"no ballots":  {func() error { _, err := w.ListBallots(ctx, &econdv1.ListBallotsRequest{Proposal: none}); return err }, codes.NotFound, "proposal"},
		"no bundle": {func() error {
			_, err := w.GetBallotProof(ctx, &econdv1.GetBallotProofRequest{Proposal: none, Voter: nobody[:]})
			return err
		}, codes.NotFound, "proposal"},
		"no stake":   {func() error { _, err := w.GetStake(ctx, &econdv1.GetStakeRequest{Id: none}); return err }, codes.NotFound, "id"},
		"page size":  {func() error { _, err := w.ListAgents(ctx, &econdv1.ListAgentsRequest{PageSize: 1001}); return err }, codes.InvalidArgument, "page_size"},
		"page token": {func() error { _, err := w.ListAgents(ctx, &econdv1.ListAgentsRequest{PageToken: "x"}); return err }, codes.InvalidArgument, "page_token"},
		"other's token": {func() error {
			_, err := w.ListAnchors(ctx, &econdv1.ListAnchorsRequest{PageToken: listOf(new(econdv1.ListAgentsRequest).ProtoReflect()).Index(1)})
			return err
		}, codes.InvalidArgument, "page_token"},
		"state": {func() error { _, err := w.ListProposals(ctx, &econdv1.ListProposalsRequest{State: 99}); return err }, codes.InvalidArgument, "state"},
		"track": {func() error {
			_, err := w.ListProposals(ctx, &econdv1.ListProposalsRequest{Track: strings.Repeat("x", 41)})
			return err
		}, codes.InvalidArgument, "track"},
	} {
		got := tell(t, c.call())
		require.Equal(t, c.code, got.code, "%s: %s", name, got.message)
		require.Equal(t, c.field, got.field, name)
	}
}

// A refusal repeats what was asked for, however large, and names what may be.
func TestRefusalsNameWhatWasGivenAndWhatMayBe(t *testing.T) {
	w := newWorld(t, nil)
	ctx, nobody := w.ctx(), nodetest.Key(t, 77).Public()
	const size, beyond = math.MaxInt64, math.MaxUint64
	consistency := func(old, size uint64) error {
		_, err := w.GetConsistencyProof(ctx, &econdv1.GetConsistencyProofRequest{Old: old, Size: size})
		return err
	}
	statement := func(form econdv1.StatementForm) error {
		_, err := econdv1.NewReputationClient(w.conn).GetStatement(ctx, &econdv1.GetStatementRequest{Pubkey: nobody[:], Form: form})
		return err
	}
	payouts := func(state econdv1.PayoutState) error {
		_, err := econdv1.NewTreasuryClient(w.conn).ListPayouts(ctx, &econdv1.ListPayoutsRequest{State: state})
		return err
	}
	for _, c := range []struct {
		err  error
		want string
	}{
		{consistency(0, 2), "size: is 2, the log has 1 entries"},
		{consistency(0, size+1), "size: is 9223372036854775808, the log has 1 entries"},
		{consistency(0, beyond), "size: is 18446744073709551615, the log has 1 entries"},
		{consistency(2, 1), "old: is 2, must be at most size, which is 1"},
		{consistency(beyond, 1), "old: is 18446744073709551615, must be at most size, which is 1"},
		{statement(0), "form: is STATEMENT_FORM_UNSPECIFIED, must be STATEMENT_FORM_NIP85 or STATEMENT_FORM_VC_JWT"},
		{statement(99), "form: is 99, must be STATEMENT_FORM_NIP85 or STATEMENT_FORM_VC_JWT"},
		{statement(-1), "form: is -1, must be STATEMENT_FORM_NIP85 or STATEMENT_FORM_VC_JWT"},
		{payouts(99), "state: is 99, must be PAYOUT_STATE_CLAIMABLE, PAYOUT_STATE_SENDING, PAYOUT_STATE_PAID or PAYOUT_STATE_FAILED"},
	} {
		got := tell(t, c.err)
		require.Equal(t, codes.InvalidArgument, got.code, c.want)
		require.Equal(t, c.want, got.message)
	}
}

// Every word of the views has its enum value, none is UNSPECIFIED.
func TestEnumsCoverTheViews(t *testing.T) {
	for _, c := range []struct {
		enum  protoreflect.Enum
		words []string
	}{
		{econdv1.ProposalState(0), voting.Phases()},
		{econdv1.HoldState(0), stake.States()},
		{econdv1.HoldPurpose(0), ledger.HoldPurposes()},
		{econdv1.HoldConfirmed(0), ledger.HoldConfirmations()},
		{econdv1.HoldContradiction(0), ledger.HoldContradictions()},
		{econdv1.Choice(0), []string{"for", "against", "abstain", "ballot"}},
		{econdv1.AnchorState(0), []string{string(view.AnchorPending), string(view.AnchorConfirmed), string(view.AnchorFinal)}},
		{econdv1.ActionState(0), []string{"pending", "done", "failed"}},
		{econdv1.PayoutState(0), ledger.PayoutStates()},
		{econdv1.RegistryKind(0), ledger.RegistryKinds()},
		{econdv1.RegistryStatus(0), []string{"published", "allowed", "denied"}},
		{econdv1.DisputeState(0), ledger.DisputeStates()},
		{econdv1.DisputeStep(0), []string{"draw", "commit", "reveal", "appeal"}},
		{econdv1.DisputeSide(0), []string{"uphold", "refuse"}},
		{econdv1.JurorState(0), ledger.JurorStates()},
		{econdv1.L402Mode(0), []string{string(admission.Off), string(admission.Direct), string(admission.Aperture)}},
	} {
		values := wordsOf(c.enum.Descriptor())
		require.Len(t, values, len(c.words)+1, "%s", c.enum.Descriptor().Name())
		for _, word := range c.words {
			require.NotZero(t, values[word], "%s %s", c.enum.Descriptor().Name(), word)
		}
	}
}

func TestHealth(t *testing.T) {
	w := newWorld(t, func(_ *world, c *Config) { c.Limits.HealthPoll = 5 * time.Millisecond })
	client := healthpb.NewHealthClient(w.conn)
	status := func(service string) healthpb.HealthCheckResponse_ServingStatus {
		got, err := client.Check(w.ctx(), &healthpb.HealthCheckRequest{Service: service})
		require.NoError(t, err)
		return got.Status
	}
	const serving, not = healthpb.HealthCheckResponse_SERVING, healthpb.HealthCheckResponse_NOT_SERVING
	require.Equal(t, serving, status(""))
	require.Equal(t, serving, status("econd.v1.Econd"))
	watch, err := client.Watch(w.ctx(), &healthpb.HealthCheckRequest{Service: "econd.v1.Econd"})
	require.NoError(t, err)
	for _, want := range []healthpb.HealthCheckResponse_ServingStatus{serving, not, serving} {
		got, err := watch.Recv()
		require.NoError(t, err)
		require.Equal(t, want, got.Status)
		w.Lightning.Leave(want == serving)
	}
	require.Equal(t, serving, status(""), "without LND the node is alive")
	_, err = client.Check(w.ctx(), &healthpb.HealthCheckRequest{Service: "other"})
	require.Equal(t, codes.NotFound, tell(t, err).code)
}

func TestReflectionListsTheService(t *testing.T) {
	w := newWorld(t, nil)
	ctx, cancel := context.WithCancel(w.ctx())
	defer cancel()
	stream, err := reflectionpb.NewServerReflectionClient(w.conn).ServerReflectionInfo(ctx)
	require.NoError(t, err)
	require.NoError(t, stream.Send(&reflectionpb.ServerReflectionRequest{
		MessageRequest: &reflectionpb.ServerReflectionRequest_ListServices{ListServices: "*"}}))
	got, err := stream.Recv()
	require.NoError(t, err)
	var names []string
	for _, s := range got.GetListServicesResponse().Service {
		names = append(names, s.Name)
	}
	require.Contains(t, names, "econd.v1.Econd")
	require.Contains(t, names, "grpc.health.v1.Health")
}
