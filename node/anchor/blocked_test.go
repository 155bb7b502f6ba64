package anchor

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/stretchr/testify/require"
)

// brokenChain cannot say what the best block is until it is mended.
type brokenChain struct {
	unused
	why error
}

func (c *brokenChain) Best(context.Context) (uint32, chainhash.Hash, error) {
	return 0, chainhash.Hash{}, c.why
}

func (c *brokenChain) Watch(ctx context.Context, _ func(uint32)) error {
	<-ctx.Done()
	return ctx.Err()
}

// A publisher that cannot go on says why, and since when, until it can; the
// reason may change meanwhile.
func TestBlockedSaysWhyAndSinceWhen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		chain := &brokenChain{why: errors.New("no route to the wallet")}
		cfg := testConfig(mapJournal{})
		cfg.Chain, cfg.Logger = chain, slog.New(slog.DiscardHandler)
		p, err := NewPublisher(cfg)
		require.NoError(t, err)
		why, _ := p.Blocked()
		require.Empty(t, why)
		require.NoError(t, p.Anchor(testCheckpoint().Body()))

		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		began := time.Now()
		go func() { done <- p.Run(ctx) }()
		synctest.Wait()
		why, since := p.Blocked()
		require.Equal(t, "no route to the wallet", why)
		require.Equal(t, began, since)

		chain.why = errors.New("it is locked")
		time.Sleep(time.Hour)
		synctest.Wait()
		why, since = p.Blocked()
		require.Equal(t, "it is locked", why)
		require.Equal(t, began, since)
		cancel()
		require.NoError(t, <-done)

		p.note("", time.Now())
		why, _ = p.Blocked()
		require.Empty(t, why)
	})
}
