package lnd_test

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/btcsuite/btcd/chaincfg"
	"github.com/stretchr/testify/require"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/econd/econd/node/anchor"
	"github.com/econd/econd/node/devnet"
	"github.com/econd/econd/node/lnd"
)

// fileJournal keeps one file per key and forces each to disk.
type fileJournal struct {
	dir string

	// fault, if set, is asked before each Put and may fail it, before or
	// after it is done.
	fault func(key string) (before, after error)
}

func (j *fileJournal) Put(key string, value []byte) error {
	var before, after error
	if j.fault != nil {
		before, after = j.fault(key)
	}
	if before != nil {
		return before
	}
	name := filepath.Join(j.dir, strings.ReplaceAll(key, "/", "-"))
	f, err := os.Create(name + ".tmp")
	if err != nil {
		return err
	}
	_, err = f.Write(append([]byte(key+"\n"), value...))
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(name+".tmp", name)
	}
	return errors.Join(err, after)
}

func (j *fileJournal) Scan(prefix string,
	fn func(key string, value []byte) error) error {

	entries, err := os.ReadDir(j.dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), ".tmp") {
			continue // another goroutine is writing it, and it may be gone
		}
		data, err := os.ReadFile(filepath.Join(j.dir, e.Name()))
		if err != nil {
			return err
		}
		key, value, _ := bytes.Cut(data, []byte("\n"))
		if strings.HasPrefix(string(key), prefix) {
			if err := fn(string(key), value); err != nil {
				return err
			}
		}
	}
	return nil
}

// facts collects events; equal ones are one.
type facts struct {
	mu   sync.Mutex
	seen []anchor.Event
}

func (f *facts) Report(_ context.Context, e anchor.Event) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, s := range f.seen {
		if fmt.Sprint(s) == fmt.Sprint(e) {
			return nil
		}
	}
	f.seen = append(f.seen, e)
	return nil
}

func (f *facts) kinds() (out []anchor.EventKind) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, e := range f.seen {
		out = append(out, e.Kind)
	}
	return out
}

// anchoring is a log that anchors through the operator's LND.
type anchoring struct {
	*testing.T
	ctx     context.Context
	net     *devnet.Net
	client  *lnd.Client
	origin  string
	journal *fileJournal
	facts   *facts
	config  func(c *anchor.PublisherConfig)

	pub  *anchor.Publisher
	end  <-chan error // what Run returned
	stop func() error // ends Run and returns that
}

func newAnchoring(t *testing.T) *anchoring {
	ctx, n := network(t)
	return &anchoring{
		T: t, ctx: ctx, net: n, client: operator(ctx, t, n),
		origin:  "econd/" + strings.ToLower(t.Name()),
		journal: &fileJournal{dir: t.TempDir()},
		facts:   &facts{},
		config:  func(*anchor.PublisherConfig) {},
	}
}

// start runs a Publisher on the journal as it is.
func (a *anchoring) start() {
	a.Helper()
	ports, err := a.client.Anchoring()
	require.NoError(a, err)
	cfg := anchor.PublisherConfig{
		Origin: a.origin, Params: &chaincfg.RegressionNetParams,
		Wallet: ports, Chain: ports, Journal: a.journal, Facts: a.facts,
		Confirmations: 3, BumpAfter: 100, Poll: 500 * time.Millisecond,
		Logger: slog.New(slog.NewTextHandler(testWriter{a.T}, nil)),
	}
	a.config(&cfg)
	a.pub, err = anchor.NewPublisher(cfg)
	require.NoError(a, err)
	ctx, cancel := context.WithCancel(a.ctx)
	end := make(chan error, 1)
	pub := a.pub
	ended := make(chan struct{})
	go func() {
		err := pub.Run(ctx)
		end <- err
		close(ended)
	}()
	a.end = end
	a.stop = sync.OnceValue(func() error {
		cancel()
		select {
		case err := <-end:
			return err
		case <-ended:
			return nil
		}
	})
	stop := a.stop
	a.Cleanup(func() { _ = stop() })
}

type testWriter struct{ t *testing.T }

func (w testWriter) Write(b []byte) (int, error) {
	w.t.Log(strings.TrimSpace(string(b)))
	return len(b), nil
}

func (a *anchoring) body(size int64) []byte {
	return anchor.Checkpoint{Origin: a.origin, Size: size,
		Root: tlog.RecordHash(fmt.Append(nil, size))}.Body()
}

func (a *anchoring) ask(size int64) {
	a.Helper()
	require.NoError(a, a.pub.Anchor(a.body(size)))
}

// reaches waits for the anchor with this sequence number to be in a state.
func (a *anchoring) reaches(seq int, want anchor.State) (out anchor.Anchor) {
	a.Helper()
	require.Eventually(a, func() bool {
		all := a.pub.Anchors()
		if len(all) <= seq {
			return false
		}
		out = all[seq]
		return out.State == want
	}, patience, 20*time.Millisecond, "anchor %d does not become %s: %+v", seq,
		want, a.pub.Anchors())
	return out
}

// told waits until exactly these events have been reported.
func (a *anchoring) told(want ...anchor.EventKind) {
	a.Helper()
	require.Eventually(a, func() bool {
		return len(a.facts.kinds()) >= len(want)
	}, patience, 10*time.Millisecond)
	require.Equal(a, want, a.facts.kinds())
}

// mine mines with what waits, and waits until LND has followed.
func (a *anchoring) mine(blocks int) []string {
	a.Helper()
	hashes, err := a.net.Mine(a.ctx, blocks)
	require.NoError(a, err)
	require.NoError(a, a.net.WaitSynced(a.ctx))
	return hashes
}

// raw returns a transaction from the node.
func (a *anchoring) raw(txid string) anchor.AnchorTx {
	a.Helper()
	var text string
	require.NoError(a, a.net.ChainRPC(a.ctx, &text, "getrawtransaction", txid))
	tx, err := anchor.ParseAnchorTx(must(hex.DecodeString(text)))
	require.NoError(a, err)
	return tx
}

// verify checks a final anchor's proof against the node's chain.
func (a *anchoring) verify(f anchor.Anchor) {
	a.Helper()
	var hash string
	require.NoError(a, a.net.ChainRPC(a.ctx, &hash, "getblockhash", f.Height))
	trusted, err := anchor.ParseTrustedHeader(fmt.Sprintf("%s@%d", hash,
		f.Height))
	require.NoError(a, err)
	own, err := a.pub.Proof(f.Seq)
	require.NoError(a, err)
	data, err := own.Encode()
	require.NoError(a, err)
	proof, err := anchor.DecodeProof(data)
	require.NoError(a, err)
	r, err := anchor.Verify(proof, a.origin, f.Body, anchor.Options{
		Params: &chaincfg.RegressionNetParams, MinConfirmations: 3,
		Trusted: []anchor.TrustedHeader{trusted}})
	require.NoError(a, err)
	require.Equal(a, anchor.TrustGiven, r.Trust)
	require.Equal(a, f.Txid, r.Anchor.Txid.String())
	require.Equal(a, f.Checkpoint, r.Checkpoint)
	require.Equal(a, 3, r.Confirmations)
}

func TestAnchorsInALineUntilFinal(t *testing.T) {
	a := newAnchoring(t)
	a.start()
	a.ask(10)
	a.reaches(0, anchor.StatePublished)
	// While one waits for its block, later ones replace one another.
	a.ask(20)
	a.ask(30)
	a.ask(25)
	a.mine(1)
	a.reaches(0, anchor.StateConfirmed)
	a.reaches(1, anchor.StatePublished)
	a.mine(1)
	a.reaches(1, anchor.StateConfirmed)
	_, _, err := a.pub.Covering(1)
	require.ErrorIs(t, err, anchor.ErrNotAnchored)
	a.mine(2)
	first := a.reaches(0, anchor.StateFinal)
	second := a.reaches(1, anchor.StateFinal)
	require.Len(t, a.pub.Anchors(), 2)
	require.Equal(t, int64(30), second.Checkpoint.Size)
	a.verify(first)
	a.verify(second)
	one, two := a.raw(first.Txid), a.raw(second.Txid)
	require.NoError(t, anchor.Follows(one, two))
	require.Len(t, two.Inputs, 1, "the line pays for itself")

	covering, _, err := a.pub.Covering(11)
	require.NoError(t, err)
	require.Equal(t, second, covering)
	_, _, err = a.pub.Covering(31)
	require.ErrorIs(t, err, anchor.ErrNotAnchored)
	a.told("published", "confirmed", "published", "confirmed", "final",
		"final")
	a.ask(30)
	require.NoError(t, a.stop())

	// A new process finds everything done.
	a.start()
	a.ask(29)
	require.NoError(t, a.stop())
	require.Equal(t, []anchor.Anchor{first, second}, a.pub.Anchors())
	require.Len(t, a.facts.kinds(), 6)
}
