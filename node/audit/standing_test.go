package audit

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/econd/econd/node/anchor"
	"github.com/econd/econd/node/audit/audittest"
	"github.com/econd/econd/node/headers"
	"github.com/econd/econd/node/op"
)

// rated is an economy by version 2 of the rules with an epoch, in which the second of three
// agents was praised.
func rated(t testing.TB) (*audittest.Economy, []op.SecretKey) {
	c := audittest.Constitution()
	c.Version = 2
	e := audittest.NewEconomyBy(t, audittest.EconomyID, c)
	var list []headers.Header
	for _, h := range audittest.Headers(12) {
		var raw bytes.Buffer
		require.NoError(t, h.Serialize(&raw))
		list = append(list, headers.Header(raw.Bytes()))
	}
	e.EnterHeaders(0, list)
	keys := []op.SecretKey{e.Staked("a", 1000), e.Agent("b"), e.Agent("c")}
	e.Bind(keys[1], audittest.NodeKey("provider"))
	e.Pass(time.Second)
	preimage := op.Hash(sha256.Sum256([]byte("paid")))
	e.Do(keys[0], op.KindReceipt, op.Receipt{Provider: keys[1].Public(), Preimage: preimage, Rating: 8,
		Invoice: e.Invoice(audittest.NodeKey("provider"), sha256.Sum256(preimage[:]), 250)})
	e.Pass(3 * time.Hour)
	e.Agent("registered since")
	return e, keys
}

func standingOf(t testing.TB, e *audittest.Economy, agent op.PublicKey, p *anchor.Proof) *Standing {
	found, err := e.State.FindStanding(agent)
	require.NoError(t, err)
	all, err := e.State.Standings()
	require.NoError(t, err)
	piece := func(seq uint64) Piece { return Piece{Line: e.Lines[seq], Path: e.Path(seq)} }
	s, err := BuildStanding(StandingPieces{Genesis: piece(0), Epoch: piece(found.Seq), Last: piece(uint64(len(e.Lines) - 1)),
		Standing: found, Path: all.Tree().Path(found.Index), Checkpoint: e.Checkpoint(), Keys: e.State.LogKeys(), Anchor: p})
	require.NoError(t, err)
	return s
}

func acceptsStanding(data []byte) error {
	s, err := DecodeStanding(data)
	if err != nil {
		return err
	}
	_, err = s.Verify(Options{})
	return err
}

func TestStandingOfEveryAgentIsProved(t *testing.T) {
	e, keys := rated(t)
	p := e.AnchorOf(6)
	for i, key := range keys {
		data, err := standingOf(t, e, key.Public(), p).Marshal()
		require.NoError(t, err)
		s, err := DecodeStanding(data)
		require.NoError(t, err)
		r, err := s.Verify(Options{LogKey: e.LogKey, RequireAnchor: true})
		require.NoError(t, err)
		v, err := e.State.Reputation(key.Public())
		require.NoError(t, err)
		require.Equal(t, v.Score, r.Score)
		require.Equal(t, v.Positive, r.Positive)
		require.Equal(t, i == 1, r.Positive > 0)
		require.NotNil(t, r.Anchor)
		require.Less(t, len(data), 16<<10)
	}
	_, err := e.State.FindStanding(audittest.SecretKey(t, "registered since").Public())
	require.Error(t, err)
}

func TestEveryMemberOfAStandingIsBound(t *testing.T) {
	e, keys := rated(t)
	data, err := standingOf(t, e, keys[1].Public(), e.AnchorOf(6)).Marshal()
	require.NoError(t, err)
	var generic map[string]any
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	require.NoError(t, dec.Decode(&generic))
	same, err := json.Marshal(generic)
	require.NoError(t, err)
	require.NoError(t, acceptsStanding(same))
	refused := 0
	for _, variant := range mutations(generic, 199) {
		bad, err := json.Marshal(variant)
		require.NoError(t, err)
		if bytes.Equal(bad, same) {
			continue
		}
		if m, ok := variant.(map[string]any); ok && len(m) == len(generic) && m["anchor"] == nil && generic["anchor"] != nil {
			continue // without its anchor it is one that is not anchored yet
		}
		var r *Rejection
		if err := acceptsStanding(bad); !errors.As(err, &r) {
			t.Fatalf("accepted or not a Rejection (%v): %s", err, bad)
		}
		refused++
	}
	require.Greater(t, refused, 500)
}
