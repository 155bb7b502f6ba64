package grpcapi

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/dynamicpb"

	"github.com/econd/econd/node"
	"github.com/econd/econd/node/admission"
	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/nodetest"
	"github.com/econd/econd/node/op"
	econdv1 "github.com/econd/econd/proto/econd/v1"
)

func TestPastProposalHasItsStateOfThen(t *testing.T) {
	w := newWorld(t, nil)
	id := w.vote(nodetest.Key(t, 2))
	var made uint64
	w.Node.View(func(s *ledger.State, _ int64) { made, _ = s.Lookup(id) })
	for _, c := range []struct {
		seq   uint64
		state econdv1.ProposalState
	}{
		{made, econdv1.ProposalState_PROPOSAL_STATE_PENDING},
		{made + 1, econdv1.ProposalState_PROPOSAL_STATE_ACTIVE},
		{w.Node.Size() - 1, econdv1.ProposalState_PROPOSAL_STATE_SUCCEEDED},
	} {
		var header metadata.MD
		got, err := w.GetProposal(w.ctx(), &econdv1.GetProposalRequest{Id: id[:], At: &c.seq}, grpc.Header(&header))
		require.NoError(t, err)
		require.Equal(t, c.state, got.Proposal.State)
		require.Equal(t, []string{strconv.FormatUint(c.seq, 10)}, header.Get(seqHeader))
	}
	var header metadata.MD
	_, err := w.GetProposal(w.ctx(), &econdv1.GetProposalRequest{Id: id[:], At: proto.Uint64(made - 1)}, grpc.Header(&header))
	require.Equal(t, codes.NotFound, tell(t, err).code)
	require.Equal(t, []string{strconv.FormatUint(made-1, 10)}, header.Get(seqHeader), "it was not there then")
	_, err = w.GetProposal(w.ctx(), &econdv1.GetProposalRequest{Id: id[:]}, grpc.Header(&header))
	require.NoError(t, err)
	require.Equal(t, []string{strconv.FormatUint(w.Node.Size()-1, 10)}, header.Get(seqHeader), "the present is named, too")
}

// timeless are the methods that read no state: what they answer about does not
// change, or is about the whole log.
var timeless = map[string]bool{"Submit": true, "GetOperation": true, "GetOperationProof": true, "GetBallotProof": true,
	"GetConsistencyProof": true, "LatestCheckpoint": true, "GetStatement": true, "ListAnchorProofs": true, "GetStakeProof": true}

// Every unary call of econd's services takes at, or is known to need none.
func TestEveryReadOfStateTakesAt(t *testing.T) {
	w := newWorld(t, nil)
	key := nodetest.Key(t, 2).Public()
	taken := 0
	for _, service := range services {
		d, err := protoregistry.GlobalFiles.FindDescriptorByName(protoreflect.FullName(service.ServiceName))
		require.NoError(t, err)
		methods := d.(protoreflect.ServiceDescriptor).Methods()
		for i := range methods.Len() {
			m := methods.Get(i)
			if m.IsStreamingClient() || m.IsStreamingServer() || timeless[string(m.Name())] {
				continue
			}
			taken++
			req := dynamicpb.NewMessage(m.Input())
			fields := m.Input().Fields()
			for j := range fields.Len() {
				if f := fields.Get(j); f.Kind() == protoreflect.BytesKind && !f.IsList() {
					req.Set(f, protoreflect.ValueOfBytes(key[:]))
				}
			}
			at := fields.ByName(atField)
			require.NotNil(t, at, "%s takes no at and is not known to be timeless", m.FullName())
			req.Set(at, protoreflect.ValueOfUint64(1000))
			got := tell(t, w.conn.Invoke(w.ctx(), fmt.Sprintf("/%s/%s", service.ServiceName, m.Name()), req, dynamicpb.NewMessage(m.Output())))
			require.Equal(t, []any{codes.OutOfRange, "beyond-head", "at"}, []any{got.code, got.rule, got.field}, "%s: %s", m.FullName(), got.message)
			require.Equal(t, "at: is 1000, the last entry of the log is 0", got.message)
		}
	}
	require.GreaterOrEqual(t, taken, 11)
}

type slowPast struct{ admission.Node }

func (slowPast) ViewAt(_ context.Context, seq uint64, _ func(*ledger.State, int64)) error {
	if seq == 1 {
		return node.ErrNoPast
	}
	return fmt.Errorf("%w: 5 of 9 entries are done; ask again", node.ErrReplaying)
}

func TestPastThatTakesTooLongGoesOnLater(t *testing.T) {
	w := newWorld(t, func(w *world, c *Config) { c.Node = slowPast{w.Node} })
	_, err := w.ListAgents(w.ctx(), &econdv1.ListAgentsRequest{At: proto.Uint64(0)})
	got := tell(t, err)
	_, none := w.ListAgents(w.ctx(), &econdv1.ListAgentsRequest{At: proto.Uint64(1)})
	require.Equal(t, []any{codes.Unimplemented, "no-past", "at"}, []any{tell(t, none).code, tell(t, none).rule, tell(t, none).field})
	require.Equal(t, []any{codes.Unavailable, "replaying", "at", admission.RetryBusy}, []any{got.code, got.rule, got.field, got.retry})
}

// Behind an aperture, which prices by the path alone, a free call must not
// become a free replay.
func TestFreeCallsHaveNoPastBehindAperture(t *testing.T) {
	w := newWorld(t, func(_ *world, c *Config) { c.Mode, c.Gate, c.Service = admission.Aperture, forwarded(t, nil), "econd" })
	_, err := w.GetStake(w.ctx(), &econdv1.GetStakeRequest{Id: make([]byte, 32)})
	require.Equal(t, codes.NotFound, tell(t, err).code)
	_, err = w.GetStake(w.ctx(), &econdv1.GetStakeRequest{Id: make([]byte, 32), At: proto.Uint64(0)})
	require.Equal(t, []any{codes.FailedPrecondition, "free-past"}, []any{tell(t, err).code, tell(t, err).rule})
	_, err = w.ListAgents(w.ctx(), &econdv1.ListAgentsRequest{At: proto.Uint64(0)})
	require.NoError(t, err)
}

// A list read page by page at the entry of its first page does not change
// while others act.
func TestPagesOfOneMoment(t *testing.T) {
	w := newWorld(t, nil)
	for i := range byte(3) {
		w.submit(nodetest.Key(t, 2+i), op.KindRegister, op.Register{Name: "agent"})
	}
	var header metadata.MD
	page, err := w.ListAgents(w.ctx(), &econdv1.ListAgentsRequest{PageSize: 2}, grpc.Header(&header))
	require.NoError(t, err)
	seq, err := strconv.ParseUint(strings.Join(header.Get(seqHeader), ""), 10, 64)
	require.NoError(t, err)
	w.submit(nodetest.Key(t, 9), op.KindRegister, op.Register{Name: "late"})
	page, err = w.ListAgents(w.ctx(), &econdv1.ListAgentsRequest{PageSize: 2, PageToken: page.NextPageToken, At: &seq})
	require.NoError(t, err)
	require.Len(t, page.Agents, 1, "the late one was not there")
	require.Empty(t, page.NextPageToken)
}
