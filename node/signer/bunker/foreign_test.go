package bunker

import (
	"context"
	"encoding/hex"
	"strings"
	"testing"

	foreign "github.com/nbd-wtf/go-nostr"
	"github.com/nbd-wtf/go-nostr/nip46"
	"github.com/stretchr/testify/require"

	"github.com/econd/econd/node/nostr/relaytest"
	"github.com/econd/econd/node/signer"
	"github.com/econd/econd/node/signer/signertest"
)

// foreignBunker runs another's signer over its own relay client.
func foreignBunker(t *testing.T, relay *relaytest.Relay, key string) {
	bunker := nip46.NewStaticKeySigner(key)
	public, err := foreign.GetPublicKey(key)
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	client, err := foreign.RelayConnect(ctx, relay.URL())
	require.NoError(t, err)
	requests, err := client.Subscribe(ctx, foreign.Filters{{Kinds: []int{foreign.KindNostrConnect}, Tags: foreign.TagMap{"p": {public}}}})
	require.NoError(t, err)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			select {
			case <-ctx.Done():
				return
			case e, open := <-requests.Events:
				if !open {
					return
				}
				_, _, answer, err := bunker.HandleRequest(ctx, e)
				if err == nil {
					err = client.Publish(ctx, answer)
				}
				if err != nil {
					t.Log(err)
				}
			}
		}
	}()
	t.Cleanup(func() {
		cancel()
		<-done
	})
	relay.Listening(within(t), 1)
}

// TestForeignBunker has another's bunker sign.
func TestForeignBunker(t *testing.T) {
	relay := relaytest.New(t)
	key := newKey(t)
	foreignBunker(t, relay, hex.EncodeToString(key.Bytes()))
	state, err := Connect(within(t), "bunker://"+key.Public().String()+"?relay="+relay.URL()+"&secret=once", Options{})
	require.NoError(t, err)
	require.Equal(t, key.Public(), state.User)
	s, err := Open(state, Options{})
	require.NoError(t, err)
	defer s.Close()
	require.NoError(t, s.Ping(within(t)))
	for _, e := range signertest.Events() {
		err := s.Sign(within(t), e)
		if strings.Contains(e.Content, "\x01") {
			// NIP-01 has all but seven characters hashed as they are; this bunker escapes other
			// control characters too, and so signs the id of another event.
			require.ErrorIs(t, err, signer.ErrSignature)
			continue
		}
		require.NoError(t, err)
		require.NoError(t, e.Verify())
	}
}
