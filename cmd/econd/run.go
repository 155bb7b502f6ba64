package main

import (
	"context"
	"crypto/tls"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"github.com/econd/econd/l402"
	"github.com/econd/econd/node"
	"github.com/econd/econd/node/admission"
	"github.com/econd/econd/node/anchor"
	"github.com/econd/econd/node/answers"
	"github.com/econd/econd/node/balances"
	"github.com/econd/econd/node/ballotstore"
	"github.com/econd/econd/node/buildinfo"
	"github.com/econd/econd/node/httpapi"
	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/lnd"
	"github.com/econd/econd/node/notifier"
	"github.com/econd/econd/node/payees"
	"github.com/econd/econd/node/refusal"
	"github.com/econd/econd/node/rootkeys"
	"github.com/econd/econd/node/spendbook"
	"github.com/econd/econd/node/subscriptions"
	"github.com/econd/econd/node/webhook"
	"github.com/econd/econd/node/witness"
	"github.com/econd/econd/node/witness/quorum"
)

func newRun() *cobra.Command {
	var path string
	var clockIsRight bool
	c := &cobra.Command{
		Use:     "run",
		Short:   "Run the node until it is interrupted",
		Example: "  econd run --config ~/.econd/econd.yaml",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			cfg, err := readConfig(path)
			if err != nil {
				return err
			}
			return run(c.Context(), cfg, c.ErrOrStderr(), clockIsRight)
		},
	}
	c.Flags().StringVar(&path, "config", "econd.yaml", "configuration file that econd init wrote")
	c.Flags().BoolVar(&clockIsRight, "clock-is-right", false, "believe this machine's clock at this start, though no entry or block confirms it")
	return c
}

// systemClock is the clock of production.
type systemClock struct{}

func (systemClock) NowMs() int64 { return time.Now().UnixMilli() }

// daemon is everything that runs, wired together.
type daemon struct {
	cfg          config
	log          *slog.Logger
	build        buildinfo.Info
	clockIsRight bool // says the operator, of this start
	store        *ballotstore.Store
	keys         *rootkeys.Store
	client       *lnd.Client
	node         *node.Node
	publisher    *anchor.Publisher
	witnesses    *quorum.Quorum // nil: nobody cosigns
	policy       *witness.Policy
	logKeys      []string // of the key file, in order
	metrics      *prometheus.Registry
	gate         gate // nil in mode off
	balances     *balances.Store
	webhooks     *webhook.Client

	agentHooks    *webhook.Client
	subscriptions *subscriptions.Store
	answers       *answers.Store
	spends        *spendbook.Book
	payees        *payees.Payees // nil: nobody is asked
	feed          *notifier.Feed
	notifier      *notifier.Notifier
	tls           *tls.Config

	http, grpc, pricer net.Listener // nil where the configuration names none
	doing              doing
}

func run(ctx context.Context, cfg config, out io.Writer, clockIsRight bool) error {
	log, err := newLogger(cfg.LogLevel, cfg.LogFormat, out)
	if err != nil {
		return err
	}
	d := &daemon{cfg: cfg, log: log, clockIsRight: clockIsRight, build: buildinfo.Read(), metrics: prometheus.NewRegistry()}
	defer d.close()
	log.Info("starting", "version", d.build.Version, "commit", d.build.Commit, "data_dir", cfg.DataDir)
	if err := d.start(ctx); err != nil {
		return networkAdvice(err)
	}
	err = d.run(ctx)
	d.sayHead("stopped", err)
	return networkAdvice(err)
}

// networkAdvice says what to do about an LND on another network.
func networkAdvice(err error) error {
	var other *lnd.NetworkError
	if errors.As(err, &other) {
		return fmt.Errorf("%w; set lnd.address, lnd.tls_cert and the macaroons in econd.yaml to an LND on %s, or found an economy for this one in another folder (econd init --network)",
			err, other.Expected)
	}
	var node *lnd.NodeError
	if errors.As(err, &node) {
		return fmt.Errorf("%w; set the lnd part of econd.yaml to the LND that the economy was founded with: no other can sign invoices that the rules take", err)
	}
	return err
}

// start listens, opens everything, and compares the log with what LND knows. Callers
// are told that it is under way.
func (d *daemon) start(ctx context.Context) error {
	if err := d.openTLS(); err != nil {
		return err
	}
	d.doing.set("its key file and its log are read")
	if err := d.listen(); err != nil {
		return err
	}
	defer d.answerWhileStarting()()
	if err := d.open(); err != nil {
		return err
	}
	d.heedWitnesses(ctx)
	d.doing.set("its log is compared with LND")
	first, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	err := d.node.Agree(first)
	switch {
	case errors.Is(err, node.ErrOtherNetwork), ctx.Err() != nil:
		return err
	case err != nil:
		d.log.Warn("LND cannot be compared with the log yet; econd waits for it", "error", err.Error())
	}
	d.sayHead("started", nil)
	return nil
}

// sayHead logs what the log holds at the start and at the end of the work.
func (d *daemon) sayHead(what string, why error) {
	size := d.store.Size()
	about := []any{"entries", size, "version", d.build.Version}
	if root, err := d.store.Root(size); err == nil {
		about = append(about, "head", hex.EncodeToString(root[:]))
	}
	if why != nil {
		about = append(about, "error", why.Error())
	}
	d.log.Info(what, about...)
}

// How the lines of a log are written.
const (
	logText = "text"
	logJSON = "json"
)

func newLogger(level, format string, out io.Writer) (*slog.Logger, error) {
	var l slog.Level
	if err := l.UnmarshalText([]byte(level)); err != nil {
		return nil, fmt.Errorf("log_level: %q is not debug, info, warn or error", level)
	}
	options := &slog.HandlerOptions{Level: l}
	switch format {
	case logText:
		return slog.New(slog.NewTextHandler(out, options)), nil
	case logJSON:
		return slog.New(slog.NewJSONHandler(out, options)), nil
	}
	return nil, fmt.Errorf("log_format: %q is not text or json", format)
}

// httpConnections is how many there may be at once.
const httpConnections = 2048

// open opens the files, replays the log and dials LND; nothing runs yet.
func (d *daemon) open() error {
	if err := d.openNode(); err != nil {
		return err
	}
	if err := d.openPublisher(); err != nil {
		return err
	}
	if err := d.openNotifier(); err != nil {
		return err
	}
	var err error
	if d.answers, err = answers.Open(d.cfg.answers()); err != nil {
		return err
	}
	if err := d.openGate(); err != nil {
		return err
	}
	d.node.UseProblems(d.fileProblems)
	if d.witnesses != nil {
		d.node.UseProblems(d.witnesses.Problems)
		if err := d.metrics.Register(cosignatures{d.witnesses}); err != nil {
			return err
		}
	}
	return d.openMetrics()
}

// openNode dials LND, opens the store and replays the log. What needs nothing
// secret comes first: a missing certificate or macaroon is told before a passphrase
// is asked for.
func (d *daemon) openNode() error {
	var err error
	if d.client, err = lnd.Dial(lnd.Config{Address: d.cfg.LND.Address, TLSCertPath: d.cfg.LND.TLSCert,
		PayMacaroonPath: d.cfg.LND.PayMacaroon, RecvMacaroonPath: d.cfg.LND.RecvMacaroon,
		AnchorMacaroonPath: d.cfg.LND.AnchorMacaroon}); err != nil {
		return fmt.Errorf("lnd part of econd.yaml: %w", err)
	}
	secrets, err := openSecrets(d.cfg.keyFile(), d.cfg.PassphraseFile)
	if err != nil {
		return err
	}
	if d.store, err = ballotstore.Open(ballotstore.Config{Path: d.cfg.ballots()}); err != nil {
		return err
	}
	genesis, err := founded(d.store)
	if err != nil {
		return err
	}
	economy, network := genesis.Economy, genesis.Network
	params, err := anchor.Params(network)
	if err != nil {
		return err
	}
	d.client.ExpectNetwork(params)
	d.client.ExpectNode(genesis.NodeKey)
	signers, texts, err := secrets.logSigners(ledger.Origin(economy))
	if err != nil {
		return err
	}
	d.logKeys = texts
	if err := d.openWebhooks(secrets, economy); err != nil {
		return err
	}
	cosigner, err := d.openWitnesses()
	if err != nil {
		return err
	}
	restored, err := ballotstore.Restored(d.cfg.ballots())
	if err != nil {
		return err
	}
	if d.spends, err = spendbook.Open(d.cfg.spends(), time.Now); err != nil {
		return err
	}
	if err := d.openPayees(network); err != nil {
		return err
	}
	began := time.Now()
	d.node, err = node.Open(node.Config{Operator: secrets.operator, LogSigner: signers[0], LaterLogSigners: signers[1:], HoldSecret: secrets.holds,
		Store: d.store, Lightning: d.client, Chain: d.client, Clock: systemClock{}, ClockIsRight: d.clockIsRight, Log: d.log, PastStates: d.cfg.PastStates,
		Payments: d.payments(), Webhooks: d.deliveries(), WebhookSchedule: d.cfg.Webhooks.schedule(), Spends: d.spends, Payees: d.asks(),
		Listing: d.client, Heads: d.cfg.heads(), Restored: strings.TrimSpace(restored), Cosigner: cosigner})
	if err != nil {
		return err
	}
	if err := d.witnessesKnow(d.node.LogKey()); err != nil {
		return err
	}
	d.log.Info("log replayed", "economy", economy, "network", network, "entries", d.node.Size(), "took", time.Since(began).Round(time.Millisecond).String())
	return nil
}

func (d *daemon) openPublisher() error {
	var origin, network string
	d.node.View(func(s *ledger.State, _ int64) { origin, network = ledger.Origin(s.Economy()), s.Network() })
	params, err := anchor.Params(network)
	if err != nil {
		return err
	}
	ports, err := d.client.Anchoring()
	if err != nil {
		return err
	}
	d.publisher, err = anchor.NewPublisher(anchor.PublisherConfig{Origin: origin, Params: params,
		Wallet: ports, Chain: ports, Journal: journal{d.store}, Facts: d.node,
		NewLine:       d.node.AnnouncedLine,
		Confirmations: d.cfg.Anchor.Confirmations, MaxSatPerVByte: int64(d.cfg.Anchor.MaxSatPerVByte), Logger: d.log})
	if err != nil {
		return err
	}
	d.node.UseAnchors(d.publisher)
	return nil
}

// journal is the publisher's part of the ballot store.
type journal struct{ store *ballotstore.Store }

func (j journal) Put(key string, value []byte) error { return j.store.JournalPut(key, value) }

func (j journal) Scan(prefix string, fn func(key string, value []byte) error) error {
	return j.store.JournalScan(prefix, fn)
}

// AnchorNow and Backup are what the operator can ask for (httpapi.Admin).

func (d *daemon) AnchorNow(ctx context.Context) error {
	size, note, err := d.node.Checkpoint(ctx)
	if err != nil {
		return err
	}
	d.log.Info("anchor asked for", "checkpoint", size)
	return d.publisher.Anchor(checkpointBody(note))
}

func (d *daemon) Backup(w io.Writer) (int64, error) { return d.store.Backup(w) }

// RevokeToken needs econd's own gate: behind aperture the tokens are aperture's.
func (d *daemon) RevokeToken(id l402.TokenID) error {
	if d.keys == nil {
		return &refusal.Refusal{Kind: refusal.ErrPhase, Field: "id", Rule: "l402-mode",
			Text: "econd sells no tokens in mode " + d.cfg.L402.Mode + "; revoke at aperture"}
	}
	return d.keys.Revoke(id)
}

func (d *daemon) run(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return d.node.Run(ctx) })
	g.Go(func() error { return d.runWitnesses(ctx) })
	if len(d.node.Recovery()) == 0 { // else reads only
		g.Go(func() error { return d.runPublisher(ctx) })
		g.Go(func() error { return d.notifier.Run(ctx) })
		g.Go(func() error { d.pruneSpends(ctx); return nil })
		g.Go(func() error { return d.anchorOnSchedule(ctx) })
	}
	if d.keys != nil {
		g.Go(func() error { return d.keys.Run(ctx) })
	}
	if d.balances != nil {
		g.Go(func() error { return d.balances.Run(ctx) })
	}
	if err := d.serveHTTP(ctx, g); err != nil {
		return err
	}
	if err := d.serveGRPC(ctx, g); err != nil {
		return err
	}
	return g.Wait()
}

// runPublisher anchors, once it is sure that Bitcoin has no anchor which the log does
// not know: no second history is to be anchored beside another.
func (d *daemon) runPublisher(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return nil
	case <-d.node.Compared():
	}
	if len(d.node.Recovery()) > 0 {
		return nil
	}
	return d.publisher.Run(ctx)
}

// anchorOnSchedule asks for an anchor at every interval in which the log grew
// by more than the facts about anchors themselves.
func (d *daemon) anchorOnSchedule(ctx context.Context) error {
	if d.cfg.Anchor.IntervalS == 0 {
		return nil
	}
	ticker := time.NewTicker(time.Duration(d.cfg.Anchor.IntervalS) * time.Second)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
			err := d.AnchorNow(ctx)
			if errors.Is(err, node.ErrHeadUnwritten) { // told by /readyz, tried again
				d.log.Warn("no anchor", "error", err.Error())
				continue
			}
			if err != nil && ctx.Err() == nil {
				return err
			}
		}
	}
}

// door is what both APIs are made of.
func (d *daemon) door() admission.Door {
	door := admission.Door{Node: d.node, Version: d.build.Version, Witnesses: d.witnessing(), Now: time.Now,
		Mode: admission.Mode(d.cfg.L402.Mode), Service: serviceName, Feed: d.feed}
	if d.gate != nil {
		door.Gate = d.gate
	}
	return door
}

func (d *daemon) serveHTTP(ctx context.Context, g *errgroup.Group) error {
	a, err := httpapi.New(httpapi.Config{Door: d.door(), Log: d.log, Metrics: d.metrics, Admin: d, BaseURLs: d.cfg.baseURLs(), Answers: d.answers,
		Webhooks: d.notifier, Home: d.home(), Spending: d.spendingDesk(), Limits: httpapi.DefaultLimits()})
	if err != nil {
		return err
	}
	l := d.secured(d.http)
	d.http = nil // the server closes it
	server := a.Server(d.cfg.HTTPListen)
	d.log.Info("serving HTTP", "address", l.Addr().String(), "l402", d.cfg.L402.Mode)
	g.Go(func() error {
		if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			return err
		}
		return nil
	})
	g.Go(func() error {
		<-ctx.Done()
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		return server.Shutdown(ctx)
	})
	return nil
}

func (d *daemon) close() {
	var errs []error
	if d.keys != nil {
		errs = append(errs, d.keys.Close())
	}
	if d.balances != nil {
		errs = append(errs, d.balances.Close())
	}
	if d.subscriptions != nil {
		errs = append(errs, d.subscriptions.Close())
	}
	if d.spends != nil {
		errs = append(errs, d.spends.Close())
	}
	if d.answers != nil {
		errs = append(errs, d.answers.Close())
	}
	if d.client != nil {
		errs = append(errs, d.client.Close())
	}
	if d.store != nil {
		errs = append(errs, d.store.Close())
	}
	for _, l := range []net.Listener{d.http, d.grpc, d.pricer} {
		if l != nil {
			errs = append(errs, l.Close())
		}
	}
	if err := errors.Join(errs...); err != nil {
		d.log.Error("not closed cleanly", "error", err.Error())
	}
}
