package main

import (
	"context"
	"crypto/ed25519"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"github.com/econd/econd/cmd/internal/cli"
	"github.com/econd/econd/node/keyfile"
	"github.com/econd/econd/node/shares"
	"github.com/econd/econd/node/witness"
	"github.com/econd/econd/node/witness/server"
)

type witnessFlags struct {
	config, dir, name, passphraseFile string
	init, asJSON                      bool
}

// newWitness runs a witness of other logs, or founds one.
func newWitness() *cobra.Command {
	var f witnessFlags
	c := &cobra.Command{
		Use:   "witness",
		Short: "Be a witness: cosign the checkpoints of other logs that extend what was cosigned before",
		Long: "Run a witness (C2SP tlog-witness) of the logs that its configuration names. It needs no economy and no LND, and\n" +
			"keeps one head for each log, which is on disk before its cosignature leaves. Never start it from an older copy of\n" +
			"heads.db: it would cosign a second history. Two heads of one size with two roots are kept as files in evidence.",
		Example: "  econd witness --init --data-dir ~/.econd-witness --name witness.example/1 --passphrase-file ~/.witness-passphrase\n" +
			"  econd witness --config ~/.econd-witness/witness.yaml",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if f.init {
				return f.found(c.OutOrStdout())
			}
			cfg, logs, err := readWitnessConfig(f.config)
			if err != nil {
				return err
			}
			return runWitness(c.Context(), cfg, logs, c.ErrOrStderr())
		},
	}
	c.Flags().StringVar(&f.config, "config", "witness.yaml", "configuration file that --init wrote")
	c.Flags().BoolVar(&f.init, "init", false, "found a witness: sealed key file, empty list of heads, configuration")
	c.Flags().StringVar(&f.dir, "data-dir", "", "with --init: folder for everything that the witness keeps")
	c.Flags().StringVar(&f.name, "name", "", "with --init: name of the witness, an address without scheme, as witness.example/1")
	c.Flags().StringVar(&f.passphraseFile, "passphrase-file", "", "with --init: file with the passphrase that seals the key file; empty: asked for")
	c.Flags().BoolVar(&f.asJSON, "json", false, "with --init: print JSON")
	return c
}

// found makes a witness.
func (f *witnessFlags) found(out io.Writer) error {
	if f.dir == "" || f.name == "" {
		return cli.Usagef("--init needs --data-dir and --name")
	}
	dir, err := filepath.Abs(f.dir)
	if err != nil {
		return err
	}
	cfg := defaultWitness(dir, f.name)
	cfg.PassphraseFile = ""
	if f.passphraseFile != "" {
		if cfg.PassphraseFile, err = filepath.Abs(f.passphraseFile); err != nil {
			return err
		}
	}
	drawn, err := keyfile.NewWitness()
	if err != nil {
		return err
	}
	signer, err := witnessSigner(f.name, drawn)
	if err != nil {
		return cli.Usage(fmt.Errorf("--name: %w", err))
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	if _, err := os.Lstat(cfg.keyFile()); !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("%s exists: a witness was founded here already; choose another --data-dir", cfg.keyFile())
	}
	passphrase, err := keyfile.Passphrase(f.passphraseFile, true)
	if err != nil {
		return err
	}
	defer clear(passphrase)
	if err := server.Init(dir); err != nil {
		return err
	}
	if err := keyfile.Seal(cfg.keyFile(), passphrase, drawn); err != nil {
		return err
	}
	path := filepath.Join(dir, "witness.yaml")
	text, err := cfg.text()
	if err != nil {
		return err
	}
	if err := os.WriteFile(path, text, 0o600); err != nil {
		return err
	}
	key := signer.Verifier().Key().String()
	if f.asJSON {
		return json.NewEncoder(out).Encode(map[string]string{"name": f.name, "key": key, "data_dir": dir, "config": path})
	}
	_, err = fmt.Fprintf(out, `witness  %s
key      %s

Next: name the logs that it follows in %[3]s, one a line:
  logs:
    - key: econd/NAME+ID+BASE64      # "log verifier" of econd init, log_verifier of /v1/info
then run it, and give its key and address to the operators of these logs:
  econd witness --config %[3]s
  witness %[1]s %[2]s https://ADDRESS
`, f.name, key, path)
	return err
}

// text is the configuration as --init writes it.
func (c witnessConfig) text() ([]byte, error) { return commented(c) }

func witnessSigner(name string, k keyfile.Witness) (*witness.Signer, error) {
	key, err := k.Key()
	if err != nil {
		return nil, err
	}
	return witness.NewSigner(name, ed25519.PrivateKey(key))
}

// witnessing is a witness that runs.
type witnessing struct {
	cfg      witnessConfig
	listener net.Listener
	metrics  net.Listener // nil: none
	tls      *tls.Config
	state    *server.State
	server   *server.Server
	registry *prometheus.Registry
}

func runWitness(ctx context.Context, cfg witnessConfig, logs []server.Log, out io.Writer) (err error) {
	log, err := newLogger(cfg.LogLevel, logText, out)
	if err != nil {
		return err
	}
	w := &witnessing{cfg: cfg, registry: prometheus.NewRegistry()}
	defer func() { err = errors.Join(err, w.close()) }()
	if err := w.listen(); err != nil {
		return err
	}
	passphrase, err := keyfile.Passphrase(cfg.PassphraseFile, false)
	if err != nil {
		return err
	}
	defer clear(passphrase)
	var k keyfile.Witness
	if err := keyfile.Open(cfg.keyFile(), passphrase, &k); err != nil {
		return err
	}
	signer, err := witnessSigner(cfg.Name, k)
	if err != nil {
		return err
	}
	if w.state, err = server.Open(cfg.DataDir); err != nil {
		return err
	}
	if w.server, err = server.New(server.Config{Signer: signer, Logs: logs, State: w.state, Log: log,
		Now: func() int64 { return time.Now().Unix() }, Observe: witnessMetrics(w.registry)}); err != nil {
		return err
	}
	log.Info("witnessing", "name", cfg.Name, "key", signer.Verifier().Key().String(), "logs", len(logs), "address", w.listener.Addr().String())
	return w.run(ctx)
}

func (w *witnessing) listen() (err error) {
	if w.cfg.TLSCert != "" {
		cert, err := tls.LoadX509KeyPair(w.cfg.TLSCert, w.cfg.TLSKey)
		if err != nil {
			return fmt.Errorf("tls_cert, tls_key: %w", err)
		}
		w.tls = &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12, NextProtos: []string{"h2", "http/1.1"}}
	}
	if w.listener, err = net.Listen("tcp", w.cfg.Listen); err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	if w.cfg.MetricsListen == "" {
		return nil
	}
	if w.metrics, err = net.Listen("tcp", w.cfg.MetricsListen); err != nil {
		return fmt.Errorf("metrics_listen: %w", err)
	}
	return nil
}

func (w *witnessing) close() error {
	var errs []error
	for _, l := range []net.Listener{w.listener, w.metrics} {
		if l != nil {
			if err := l.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
				errs = append(errs, err)
			}
		}
	}
	if w.state != nil {
		errs = append(errs, w.state.Close())
	}
	return errors.Join(errs...)
}

func (w *witnessing) run(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return w.server.Run(ctx) })
	var l net.Listener = shares.Limit(w.listener, shares.New(httpConnections))
	if w.tls != nil {
		l = tls.NewListener(l, w.tls)
	}
	serve := func(l net.Listener, h http.Handler) {
		s := &http.Server{Handler: h, ReadTimeout: 10 * time.Second, WriteTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10}
		g.Go(func() error {
			if err := s.Serve(l); !errors.Is(err, http.ErrServerClosed) {
				return err
			}
			return nil
		})
		g.Go(func() error {
			<-ctx.Done()
			ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
			defer cancel()
			return s.Shutdown(ctx)
		})
	}
	serve(l, w.server.Handler())
	if w.metrics != nil {
		serve(w.metrics, promhttp.HandlerFor(w.registry, promhttp.HandlerOpts{}))
	}
	return g.Wait()
}

// witnessMetrics counts requests by log and outcome.
func witnessMetrics(r *prometheus.Registry) func(string, server.Outcome, int64) {
	requests := prometheus.NewCounterVec(prometheus.CounterOpts{Name: "econd_witness_requests_total",
		Help: "Requests for a cosignature of a log that the witness follows, by outcome."}, []string{"origin", "outcome"})
	size := prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "econd_witness_entries",
		Help: "Entries that the head covers which was cosigned last."}, []string{"origin"})
	r.MustRegister(requests, size)
	return func(origin string, o server.Outcome, n int64) {
		requests.WithLabelValues(origin, string(o)).Inc()
		if o == server.Cosigned {
			size.WithLabelValues(origin).Set(float64(n))
		}
	}
}
