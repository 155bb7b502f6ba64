package grpcapi

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"

	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/nodetest"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/statement"
	econdv1 "github.com/econd/econd/proto/econd/v1"
)

func (w *world) nextEpoch() {
	w.T.Helper()
	var closed, end int64
	w.Node.View(func(s *ledger.State, _ int64) { closed, end = s.Epoch() })
	w.Clock.Add(time.Duration(end+1-w.Clock.NowMs()) * time.Millisecond)
	w.Chain.Tips <- nodetest.Tip
	w.Until("the epoch is closed", func(s *ledger.State, _ int64) bool { n, _ := s.Epoch(); return n > closed })
}

// A standing, the pages of what it rests on, its past and the operator's word
// on it all say the same.
func TestReputationSeenThroughEveryQuery(t *testing.T) {
	w := newWorld(t, nil)
	c := econdv1.NewReputationClient(w.conn)
	provider := nodetest.Key(t, 0x60)
	key := provider.Public()
	w.submit(provider, op.KindRegister, op.Register{Name: "provider"})
	_, err := c.GetReputation(w.ctx(), &econdv1.GetReputationRequest{Pubkey: key[:]})
	require.Equal(t, []any{codes.FailedPrecondition, "first-epoch"}, []any{tell(t, err).code, tell(t, err).rule})
	w.submit(provider, op.KindBindNode, nodetest.Binding(provider))
	for i := range byte(3) {
		consumer := nodetest.Key(t, 0x61+i)
		w.submit(consumer, op.KindRegister, op.Register{Name: "consumer"})
		w.stake(consumer, 20_000)
		w.submit(consumer, op.KindReceipt, w.RatingOf(consumer.Public(), provider, 100, 5-8*int64(i/2), uint64(i)))
	}
	w.nextEpoch()
	w.nextEpoch()
	v, err := c.GetReputation(w.ctx(), &econdv1.GetReputationRequest{Pubkey: key[:]})
	require.NoError(t, err)
	require.Positive(t, v.Standing.Score)
	require.Equal(t, uint64(2<<32), v.Standing.Negative)

	var flow, positive, negative uint64
	req, pages := &econdv1.ListSourcesRequest{Pubkey: key[:], PageSize: 1}, 0
	for ; pages == 0 || req.PageToken != ""; pages++ {
		p, err := c.ListSources(w.ctx(), req)
		require.NoError(t, err)
		require.Equal(t, v.Standing.Epoch, p.Epoch)
		require.Len(t, p.Sources, 1)
		require.Len(t, p.Sources[0].Receipts, 1)
		flow += p.Sources[0].FlowGiven
		positive, negative = positive+p.Sources[0].Positive, negative+p.Sources[0].Negative
		if p.NextPageToken == "" {
			break
		}
		req.PageToken = p.NextPageToken
	}
	require.Equal(t, 2, pages, "three pages")
	require.Equal(t, []uint64{v.Standing.Flow, v.Standing.Positive, v.Standing.Negative}, []uint64{flow, positive, negative})

	history, err := c.ListStandings(w.ctx(), &econdv1.ListStandingsRequest{Pubkey: key[:], PageSize: 1})
	require.NoError(t, err)
	require.Len(t, history.Standings, 1)
	for history.NextPageToken != "" {
		history, err = c.ListStandings(w.ctx(), &econdv1.ListStandingsRequest{Pubkey: key[:], PageToken: history.NextPageToken})
		require.NoError(t, err)
	}
	require.True(t, proto.Equal(v.Standing, history.Standings[len(history.Standings)-1]))

	for form, media := range map[econdv1.StatementForm]string{econdv1.StatementForm_STATEMENT_FORM_NIP85: "application/json",
		econdv1.StatementForm_STATEMENT_FORM_VC_JWT: "application/vc+jwt"} {
		got, err := c.GetStatement(w.ctx(), &econdv1.GetStatementRequest{Pubkey: key[:], Form: form})
		require.NoError(t, err)
		require.Equal(t, media, got.MediaType)
		s, _, err := statement.Open(got.Statement)
		require.NoError(t, err)
		require.Equal(t, []uint64{v.Standing.Score, v.Standing.Flow, v.Standing.Quality, v.Standing.Seq}, []uint64{s.Score, s.Flow, s.Quality, s.Seq})
	}

	// A token of an epoch that is over is good only for reading that epoch.
	at := w.Node.Size() - 1
	w.nextEpoch()
	_, err = c.ListSources(w.ctx(), req)
	require.Equal(t, []any{codes.InvalidArgument, "token-epoch", "page_token"}, []any{tell(t, err).code, tell(t, err).rule, tell(t, err).field})
	req.At = &at
	p, err := c.ListSources(w.ctx(), req)
	require.NoError(t, err)
	require.Len(t, p.Sources, 1)
}

func TestReputationBadInput(t *testing.T) {
	w := newWorld(t, nil)
	c := econdv1.NewReputationClient(w.conn)
	key := nodetest.Key(t, 0x60).Public()
	call := func(m proto.Message) error {
		var err error
		switch m := m.(type) {
		case *econdv1.GetReputationRequest:
			_, err = c.GetReputation(w.ctx(), m)
		case *econdv1.ListSourcesRequest:
			_, err = c.ListSources(w.ctx(), m)
		case *econdv1.ListStandingsRequest:
			_, err = c.ListStandings(w.ctx(), m)
		case *econdv1.GetStatementRequest:
			_, err = c.GetStatement(w.ctx(), m)
		}
		return err
	}
	for _, x := range []struct {
		req         proto.Message
		code        codes.Code
		field, rule string
	}{
		{&econdv1.GetReputationRequest{}, codes.InvalidArgument, "pubkey", "key"},
		{&econdv1.GetReputationRequest{Pubkey: key[:]}, codes.NotFound, "pubkey", "agent"},
		{&econdv1.ListSourcesRequest{Pubkey: key[:], PageSize: 1001}, codes.InvalidArgument, "page_size", "range"},
		{&econdv1.ListSourcesRequest{Pubkey: key[:], PageToken: "AXMA"}, codes.InvalidArgument, "page_token", "page-token"},
		{&econdv1.ListSourcesRequest{Pubkey: key[:]}, codes.NotFound, "pubkey", "agent"},
		{&econdv1.ListStandingsRequest{Pubkey: key[:]}, codes.NotFound, "pubkey", "agent"},
		{&econdv1.GetStatementRequest{Pubkey: key[:]}, codes.InvalidArgument, "form", "form"},
		{&econdv1.GetStatementRequest{Pubkey: key[:], Form: econdv1.StatementForm_STATEMENT_FORM_NIP85}, codes.NotFound, "pubkey", "agent"},
	} {
		got := tell(t, call(x.req))
		require.Equal(t, []any{x.code, x.field, x.rule}, []any{got.code, got.field, got.rule}, "%v", x.req)
	}
}
