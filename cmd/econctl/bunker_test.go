package main

import (
	"context"
	"encoding/hex"
	"os"
	"path/filepath"
	"testing"

	foreign "github.com/nbd-wtf/go-nostr"
	"github.com/nbd-wtf/go-nostr/nip46"
	"github.com/stretchr/testify/require"

	"github.com/econd/econd/node/keyfile"
	"github.com/econd/econd/node/nostr/relaytest"
)

// remoteSigner is another's bunker at a relay, for as long as the test.
func remoteSigner(t *testing.T) (uri, pubkey string) {
	relay := relaytest.New(t)
	key, err := keyfile.NewSecretKey()
	require.NoError(t, err)
	bunker := nip46.NewStaticKeySigner(hex.EncodeToString(key.Bytes()))
	ctx, cancel := context.WithCancel(t.Context())
	client, err := foreign.RelayConnect(ctx, relay.URL())
	require.NoError(t, err)
	pubkey = key.Public().String()
	requests, err := client.Subscribe(ctx, foreign.Filters{{Kinds: []int{foreign.KindNostrConnect}, Tags: foreign.TagMap{"p": {pubkey}}}})
	require.NoError(t, err)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			select {
			case <-ctx.Done():
				return
			case e := <-requests.Events:
				if e == nil {
					return
				}
				if _, _, answer, err := bunker.HandleRequest(ctx, e); err == nil {
					_ = client.Publish(ctx, answer)
				}
			}
		}
	}()
	t.Cleanup(func() {
		cancel()
		<-done
	})
	relay.Listening(ctx, 1)
	return "bunker://" + pubkey + "?relay=" + relay.URL() + "&secret=s3cr3t", pubkey
}

// A remote signer is connected to once, and signs from then on.
func TestARemoteSignerSigns(t *testing.T) {
	s := newEcond(t)
	g := newAgent(t, s)
	uri, pubkey := remoteSigner(t)
	file, pass, out := filepath.Join(g.dir, "uri"), filepath.Join(g.dir, "pass"), filepath.Join(g.dir, "remote.key")
	require.NoError(t, os.WriteFile(file, []byte(uri+"\n"), 0o600))
	require.NoError(t, os.WriteFile(pass, []byte("correct horse\n"), 0o600))

	v := g.json("key", "bunker", "--uri-file", file, "--passphrase-file", pass, "--out", out, "--work-factor", "10")
	require.Equal(t, pubkey, v["pubkey"])
	raw, err := os.ReadFile(out)
	require.NoError(t, err)
	require.NotContains(t, string(raw), "s3cr3t")

	o := g.run("--signer", "bunker:"+out, "--passphrase-file", pass, "register", "--name", "far")
	require.Equal(t, exitOK, o.code, o.err)
	require.Equal(t, pubkey, s.last().PubKey.String())

	o = g.run("--signer", "bunker:"+out+"x", "--passphrase-file", pass, "register", "--name", "far")
	require.Contains(t, o.err, "connect with: econctl key bunker")
	require.NoError(t, os.WriteFile(file, []byte("bunker://s3cr3t"), 0o600))
	o = g.run("key", "bunker", "--uri-file", file, "--passphrase-file", pass, "--out", out+"2", "--work-factor", "10")
	require.Equal(t, exitUsage, o.code)
	require.NotContains(t, o.err, "s3cr3t")
}
