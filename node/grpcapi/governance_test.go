package grpcapi

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/mod/sumdb/tlog"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"

	"github.com/econd/econd/node/anchor"
	"github.com/econd/econd/node/constitution/yamlfile"
	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/nodetest"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/view"
	econdv1 "github.com/econd/econd/proto/econd/v1"
)

func TestDelegationsAndStatements(t *testing.T) {
	w := newWorld(t, nil)
	client := econdv1.NewDelegationsClient(w.conn)
	hub, near, far := nodetest.Key(t, 11), nodetest.Key(t, 12), nodetest.Key(t, 13)
	for _, k := range []op.SecretKey{hub, near, far} {
		w.submit(k, op.KindRegister, op.Register{Name: "agent"})
	}
	half := int64(500_000)
	w.submit(near, op.KindDelegate, op.Delegate{Track: "price", To: hub.Public(), SharePPM: &half})
	w.submit(hub, op.KindDelegate, op.Delegate{To: far.Public(), ExpiresMs: w.Clock.NowMs() + 5000})
	w.submit(hub, op.KindStatement, op.Statement{Track: "price", Text: "low prices"})
	key := hub.Public()

	var list []*econdv1.Delegation
	for token := ""; ; {
		page, err := client.ListDelegations(w.ctx(), &econdv1.ListDelegationsRequest{Agent: key[:], PageSize: 1, PageToken: token})
		require.NoError(t, err)
		require.Len(t, page.Delegations, 1)
		list = append(list, page.Delegations...)
		if token = page.NextPageToken; token == "" {
			break
		}
	}
	require.Len(t, list, 2)
	require.Equal(t, key[:], list[0].To)
	require.Equal(t, []any{"price", uint32(500_000), int64(0), uint64(4)}, []any{list[0].Track, list[0].SharePpm, list[0].ExpiresMs, list[0].Seq})
	require.Equal(t, key[:], list[1].From)
	require.Equal(t, w.Clock.NowMs()+5000, list[1].ExpiresMs)

	said, err := client.ListStatements(w.ctx(), &econdv1.ListStatementsRequest{Agent: key[:]})
	require.NoError(t, err)
	require.True(t, proto.Equal(&econdv1.ListStatementsResponse{Statements: []*econdv1.DelegateStatement{{Track: "price", Text: "low prices", Seq: 6}}}, said), said)
	said, err = client.ListStatements(w.ctx(), &econdv1.ListStatementsRequest{Agent: key[:], At: proto.Uint64(5)})
	require.NoError(t, err)
	require.Empty(t, said.Statements)

	nobody := nodetest.Key(t, 77).Public()
	_, err = client.ListDelegations(w.ctx(), &econdv1.ListDelegationsRequest{Agent: nobody[:]})
	require.Equal(t, []any{codes.NotFound, "agent"}, []any{tell(t, err).code, tell(t, err).field})
	_, err = client.ListStatements(w.ctx(), &econdv1.ListStatementsRequest{Agent: nobody[:]})
	require.Equal(t, []any{codes.NotFound, "agent"}, []any{tell(t, err).code, tell(t, err).field})
	_, err = client.ListDelegations(w.ctx(), &econdv1.ListDelegationsRequest{Agent: key[:], PageToken: listOf(new(econdv1.ListAgentsRequest).ProtoReflect()).Index(1)})
	require.Equal(t, "page_token", tell(t, err).field)
}

func TestPausesAndTheirMotions(t *testing.T) {
	first, second := nodetest.Key(t, 11), nodetest.Key(t, 12)
	keys := first.Public().String() + ", " + second.Public().String()
	w := newWorldOf(t, strings.Replace(string(yamlfile.Demo), "  keys: []\n", "  keys: ["+keys+"]\n  threshold: 2\n", 1), nil)
	client := econdv1.NewGuardiansClient(w.conn)
	until := w.Clock.NowMs() + time.Hour.Milliseconds()
	w.submit(first, op.KindPause, op.Pause{Tracks: []string{"signal", "price"}, UntilMs: until, Reason: "r1"})
	motions, err := client.ListPauseMotions(w.ctx(), &econdv1.ListPauseMotionsRequest{})
	require.NoError(t, err)
	require.Len(t, motions.Motions, 1)
	m, key := motions.Motions[0], first.Public()
	require.True(t, proto.Equal(&econdv1.PauseMotion{Tracks: []string{"price", "signal"}, UntilMs: until, Needed: 2,
		Signed: []*econdv1.Assent{{Guardian: key[:], Reason: "r1", Seq: 1}}}, m), m)

	w.submit(second, op.KindPause, op.Pause{Tracks: []string{"price", "signal"}, UntilMs: until, Reason: "r2"})
	motions, err = client.ListPauseMotions(w.ctx(), &econdv1.ListPauseMotionsRequest{PageSize: 1})
	require.NoError(t, err)
	require.Empty(t, motions.Motions)
	page, err := client.ListPauses(w.ctx(), &econdv1.ListPausesRequest{PageSize: 1})
	require.NoError(t, err)
	want := &econdv1.Pause{Track: "price", SinceMs: w.Clock.NowMs(), UntilMs: until, Reason: "r2", Seq: 2}
	require.True(t, proto.Equal(want, page.Pauses[0]), page.Pauses)
	page, err = client.ListPauses(w.ctx(), &econdv1.ListPausesRequest{PageSize: 1, PageToken: page.NextPageToken})
	require.NoError(t, err)
	require.Equal(t, "signal", page.Pauses[0].Track)
	require.Empty(t, page.NextPageToken)
}

func TestConstitution(t *testing.T) {
	w := newWorld(t, nil)
	got, err := w.GetConstitution(w.ctx(), &econdv1.GetConstitutionRequest{})
	require.NoError(t, err)
	var want string
	w.Node.View(func(s *ledger.State, _ int64) { want = op.EncodeContent(s.Constitution()) })
	require.Equal(t, want, string(got.Constitution))
	info, err := w.GetInfo(w.ctx(), &econdv1.GetInfoRequest{})
	require.NoError(t, err)
	require.Equal(t, "single-choice", info.Tracks[0].Counting)
}

func TestExplainProposal(t *testing.T) {
	w := newWorld(t, nil)
	id := w.vote(nodetest.Key(t, 2))
	got, err := w.ExplainProposal(w.ctx(), &econdv1.ExplainProposalRequest{Id: id[:]})
	require.NoError(t, err)
	x := got.Explanation
	require.Equal(t, econdv1.ProposalState_PROPOSAL_STATE_SUCCEEDED, x.State)
	require.Positive(t, x.Vote.ForWeight)
	require.NotNil(t, x.Vote.QuorumNeed)
	require.Contains(t, strings.Join(x.Sentences, " "), "So it passed.")
	require.Nil(t, x.Queue)
	_, err = w.ExplainProposal(w.ctx(), &econdv1.ExplainProposalRequest{Id: make([]byte, 32)})
	require.Equal(t, []any{codes.NotFound, "id"}, []any{tell(t, err).code, tell(t, err).field})
}

// The proof convinces the Go project's own verifier, between the roots that two
// checkpoints sign.
func TestConsistencyProof(t *testing.T) {
	w := newWorld(t, nil)
	root := func() (uint64, tlog.Hash) {
		head, err := w.LatestCheckpoint(w.ctx(), &econdv1.LatestCheckpointRequest{})
		require.NoError(t, err)
		body, _, ok := bytes.Cut(head.Note, []byte("\n\n"))
		require.True(t, ok)
		c, err := anchor.ParseCheckpoint(append(body, '\n'))
		require.NoError(t, err)
		return head.Size, tlog.Hash(c.Root)
	}
	for b := byte(11); b < 14; b++ {
		w.submit(nodetest.Key(t, b), op.KindRegister, op.Register{Name: "agent"})
	}
	old, oldRoot := root()
	for b := byte(14); b < 20; b++ {
		w.submit(nodetest.Key(t, b), op.KindRegister, op.Register{Name: "agent"})
	}
	size, newRoot := root()
	got, err := w.GetConsistencyProof(w.ctx(), &econdv1.GetConsistencyProofRequest{Old: old, Size: size})
	require.NoError(t, err)
	var proof tlog.TreeProof
	for _, h := range got.Hashes {
		proof = append(proof, tlog.Hash(h))
	}
	require.NotEmpty(t, proof)
	require.NoError(t, tlog.CheckTree(proof, int64(size), newRoot, int64(old), oldRoot))

	for field, req := range map[string]*econdv1.GetConsistencyProofRequest{"size": {Old: 1, Size: size + 1}, "old": {Old: 3, Size: 2}} {
		_, err = w.GetConsistencyProof(w.ctx(), req)
		require.Equal(t, []any{codes.InvalidArgument, field}, []any{tell(t, err).code, tell(t, err).field})
	}
}

// A vote between options, with delegated weight, tells over gRPC what it tells
// over HTTP.
func TestOptionsAndDelegatedWeightAreShown(t *testing.T) {
	var p econdv1.Proposal
	encode(&view.Proposal{Counting: "approval", Options: []string{"tea", "coffee"}, State: "succeeded", CloseSeq: 9,
		Outcome: &op.Close{Scores: op.NewScores([]string{"1", "2"}), Winner: 2,
			Delegation: op.CloseDelegation{Delegators: 1, Delegated: 4, Unrepresented: 5, GiniPPM: 6, Nakamoto: 7}}}, &p)
	require.Equal(t, []string{"1", "2"}, p.Outcome.Scores)
	require.Equal(t, uint32(2), p.Outcome.Winner)
	require.Equal(t, uint64(9), p.Outcome.CloseSeq)
	require.True(t, proto.Equal(&econdv1.DelegatedOutcome{Delegators: 1, DelegatedWeight: 4, UnrepresentedWeight: 5, GiniPpm: 6, Nakamoto: 7}, p.Outcome.Delegation))
	p.Reset()
	encode(&view.Proposal{Outcome: &op.Close{}}, &p)
	require.Nil(t, p.Outcome.Delegation)
	var b econdv1.Ballot
	encode(&view.Ballot{Choice: "ballot", Ballot: op.Raw("[2]")}, &b)
	require.Equal(t, econdv1.Choice_CHOICE_BALLOT, b.Choice)
	require.Equal(t, "[2]", string(b.Filled))
}
