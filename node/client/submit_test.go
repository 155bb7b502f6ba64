package client_test

import (
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/econd/econd/node/client"
	"github.com/econd/econd/node/nodetest"
	"github.com/econd/econd/node/op"
)

// What cannot be an operation is named before anything is signed or sent.
func TestSignNamesWhatIsWrong(t *testing.T) {
	w := newWorld(t)
	c, err := client.New(client.Config{URL: w.url, Signer: unasked{t}})
	require.NoError(t, err)
	for _, s := range []struct {
		kind    op.Kind
		content any
		want    string
	}{
		{op.KindReleaseStake, op.Raw("{nonsense"), "content: not valid JSON"},
		{op.KindVote, op.Raw("[]"), "content: must be an object"},
		{op.KindVote, nil, "content: missing"},
		{op.KindVote, (*op.Vote)(nil), "content: missing"},
		{op.KindVote, op.Register{Name: "ann"}, "content: op.Register given; vote takes op.Vote or op.Raw"},
		{op.KindVote, map[string]any{"choice": "for"}, "content: map[string]interface {} given; vote takes op.Vote or op.Raw"},
		{op.KindVote, op.Raw(`{"choice":"for"}`), "content.proposal: missing"},
		{op.KindVote, op.Raw(`{"chioce":"for"}`), "content.chioce: unknown member"},
		{op.KindPropose, op.Propose{Actions: []op.Raw{op.Raw("{")}}, "content.actions[0]: not valid JSON"},
		{op.KindClose, op.Close{}, "kind: 3957 (close) is no operation of this version"},
		{op.Kind(1), op.Raw("{}"), "kind: 1 (unknown) is no operation of this version"},
		{op.KindRegister, op.Register{Name: strings.Repeat("x", op.MaxEventBytes)}, "bytes"},
	} {
		_, err := c.Sign(t.Context(), s.kind, s.content)
		var content *client.ContentError
		require.ErrorAs(t, err, &content, s.want)
		require.ErrorIs(t, err, client.ErrContent)
		require.ErrorContains(t, err, s.want)
	}
	_, err = c.Submit(t.Context(), nil)
	require.ErrorIs(t, err, client.ErrContent)
	require.EqualError(t, err, "event: missing")
	require.Empty(t, w.requests)

	a := w.client(nodetest.Key(t, 9))
	w.submit(a, op.KindRegister, &op.Register{Name: "Ada"})
	e, err := a.Sign(t.Context(), op.KindPropose, op.Propose{Track: "signal", Title: "x"})
	require.NoError(t, err)
	require.Contains(t, e.Content, `"actions":[]`)
}

// unasked is a Signer that is not to be asked.
type unasked struct{ t *testing.T }

func (u unasked) Sign(context.Context, *op.Event) error { u.t.Error("signed"); return nil }
