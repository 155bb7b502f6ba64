package main

import (
	"context"
	"encoding/json"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	foreign "github.com/nbd-wtf/go-nostr"
	"github.com/nbd-wtf/go-nostr/nip44"
	"github.com/stretchr/testify/require"

	"github.com/econd/econd/node/nostr/relaytest"
)

// A wallet program of others pays by a URI that econctl printed, within the wallet's budget, until it is revoked.
func TestWalletProgramsPay(t *testing.T) {
	d, g := newDesk(t)
	relay := relaytest.New(t)
	pass, config := filepath.Join(g.dir, "pass"), "--config="+filepath.Join(g.dir, "config.yaml")
	require.NoError(t, os.WriteFile(filepath.Join(g.dir, "config.yaml"), nil, 0o600))
	require.NoError(t, os.WriteFile(pass, []byte("correct horse\n"), 0o600))
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	v := g.json(config, "nwc", "connect", "phone", "--wallet", "errands", "--relay", relay.URL(), "--passphrase-file", pass, "--work-factor", "10")
	uri, err := url.Parse(v["uri"].(string))
	require.NoError(t, err)
	secret := uri.Query().Get("secret")
	o := g.run(config, "nwc", "list")
	require.Contains(t, o.out, "phone  "+walletID)
	require.NotContains(t, o.out, secret)

	serving, stop := context.WithCancel(ctx)
	served := make(chan outcome, 1)
	go func() { served <- g.runIn(serving, config, "nwc", "serve", "--passphrase-file", pass) }()
	relay.Listening(ctx, 1)

	client, err := foreign.RelayConnect(ctx, relay.URL())
	require.NoError(t, err)
	public, err := foreign.GetPublicKey(secret)
	require.NoError(t, err)
	answers, err := client.Subscribe(ctx, foreign.Filters{{Kinds: []int{foreign.KindNWCWalletResponse}, Tags: foreign.TagMap{"p": {public}}}})
	require.NoError(t, err)
	talk, err := nip44.GenerateConversationKey(uri.Host, secret)
	require.NoError(t, err)
	pay := func(msat int) (answer string) {
		raw, err := json.Marshal(map[string]any{"method": "pay_keysend", "params": map[string]any{"amount": msat, "pubkey": strings.Repeat("02", 33)}})
		require.NoError(t, err)
		payload, err := nip44.Encrypt(string(raw), talk)
		require.NoError(t, err)
		e := foreign.Event{PubKey: public, CreatedAt: foreign.Now(), Kind: foreign.KindNWCWalletRequest, Content: payload,
			Tags: foreign.Tags{{"p", uri.Host}, {"encryption", "nip44_v2"}}}
		require.NoError(t, e.Sign(secret))
		require.NoError(t, client.Publish(ctx, e))
		select {
		case e := <-answers.Events:
			answer, err = nip44.Decrypt(e.Content, talk)
			require.NoError(t, err)
		case <-ctx.Done():
			t.Fatal("no answer came")
		}
		return answer
	}
	require.Contains(t, pay(20_000), `"fees_paid":5`)
	require.Len(t, d.paid, 1)
	require.Equal(t, "nwc", d.paid[0].Purpose)
	require.Len(t, d.paid[0].Key, 64)
	require.Contains(t, pay(50_001), "QUOTA_EXCEEDED")
	require.Len(t, d.paid, 1)

	require.Equal(t, exitOK, g.run(config, "nwc", "revoke", "phone").code)
	require.NotEqual(t, exitOK, g.run(config, "nwc", "revoke", "phone").code)
	stop()
	o = <-served
	require.Equal(t, exitOK, o.code, o.err)
	require.NotContains(t, o.err, secret)
	for _, line := range [][]string{
		{"nwc", "connect", "x", "--relay", relay.URL()}, {"nwc", "connect", "x", "--wallet", "errands"},
		{"nwc", "connect", "x", "--wallet", "errands", "--relay", relay.URL(), "--budget-msat", "-1"},
	} {
		require.Equal(t, exitUsage, g.run(append([]string{config}, line...)...).code, line)
	}
}
