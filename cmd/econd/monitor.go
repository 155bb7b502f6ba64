package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"github.com/econd/econd/cmd/internal/cli"
	"github.com/econd/econd/cmd/internal/watching"
	"github.com/econd/econd/node/atomicfile"
	"github.com/econd/econd/node/client"
	"github.com/econd/econd/node/monitor"
	"github.com/econd/econd/node/wallet"
	"github.com/econd/econd/node/wallet/lndwallet"
)

type monitorFlags struct {
	config, dir, econd, logKey string
	init, once, asJSON         bool
}

// newMonitor watches another operator's log, or makes the configuration for it.
func newMonitor() *cobra.Command {
	var f monitorFlags
	c := &cobra.Command{
		Use:   "monitor",
		Short: "Watch another operator's log: keep what it signs, recompute it, raise an alarm where it contradicts itself",
		Long: "Watch a log as econctl watch does, without being one of its agents: heads of econd, mirrors and witnesses are kept and\n" +
			"held against each other, every entry is recomputed, times are held against the headers of your own full node. It needs neither an\n" +
			"economy nor, where queries are free, LND. An alarm comes with files of evidence and the econaudit command that shows it.\n\n" +
			"Exit codes: 0 all is well, 1 failed, 2 used wrongly, 3 an alarm stands, 4 no alarm, but not everything could be looked at.",
		Example: "  econd monitor --init --data-dir ~/.econd-monitor --econd https://econd.example --log-key 'econd/demo-1+abcd1234+...'\n" +
			"  econd monitor --config ~/.econd-monitor/monitor.yaml",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if f.init {
				return f.found(c.OutOrStdout())
			}
			cfg, err := readMonitorConfig(f.config)
			if err != nil {
				return err
			}
			return runMonitor(c.Context(), cfg, f, c.OutOrStdout(), c.ErrOrStderr())
		},
	}
	c.Flags().StringVar(&f.config, "config", "monitor.yaml", "configuration file that --init wrote")
	c.Flags().BoolVar(&f.once, "once", false, "look once, print how things stand, and end: for cron")
	c.Flags().BoolVar(&f.asJSON, "json", false, "print JSON: alarms and reports, one object a line")
	c.Flags().BoolVar(&f.init, "init", false, "write a configuration")
	c.Flags().StringVar(&f.dir, "data-dir", "", "with --init: folder for everything that the monitor keeps")
	c.Flags().StringVar(&f.econd, "econd", "", "with --init: base URL of the econd to watch")
	c.Flags().StringVar(&f.logKey, "log-key", "", "with --init: key of its log, name+id+base64 (default what it says first)")
	return c
}

// found writes a configuration.
func (f *monitorFlags) found(out io.Writer) error {
	if f.dir == "" || f.econd == "" {
		return cli.Usagef("--init needs --data-dir and --econd")
	}
	dir, err := filepath.Abs(f.dir)
	if err != nil {
		return err
	}
	c := defaultMonitor(dir)
	c.Econd, c.LogKey = f.econd, f.logKey
	if _, err := c.monitor(io.Discard, nil); err != nil {
		return cli.Usage(err)
	}
	text, err := commented(c)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	path := filepath.Join(dir, "monitor.yaml")
	if err := atomicfile.Create(path, text, 0o600); err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "%s written. Next: name your full node in it (bitcoin.rpc), mirrors, witnesses and a policy, then\n  econd monitor --config %s\n", path, path)
	return err
}

// monitor is the configuration of what watches. Payments go through node; nil: none.
func (c *monitorConfig) monitor(log io.Writer, node wallet.Payer) (monitor.Config, error) {
	m := monitor.Config{Dir: c.DataDir, Answers: c.Answers, MaxBytes: c.MaxBytes,
		Silence: time.Duration(c.SilenceS) * time.Second, Overdue: time.Duration(c.OverdueS) * time.Second}
	purse, err := wallet.New(wallet.Config{Payer: node, MaxSats: c.Payments.MaxSats, MaxTotalSats: c.Payments.MaxTotalSats,
		TokenStore: wallet.NewFileStore(c.Payments.Tokens),
		Notify:     func(p wallet.Price) { fmt.Fprintf(log, "paying %d sat to %q\n", p.Sat, p.Origin) }})
	if err != nil {
		return m, fmt.Errorf("payments: %w", err)
	}
	door := func(url string) (*client.Client, error) {
		return client.New(client.Config{URL: url, Payer: purse})
	}
	if m.Econd, err = door(c.Econd); err != nil {
		return m, fmt.Errorf("econd: %w", err)
	}
	for _, url := range c.Doors {
		d, err := door(url)
		if err != nil {
			return m, fmt.Errorf("doors: %w", err)
		}
		m.Doors = append(m.Doors, monitor.Mirror(url, d))
	}
	if c.Bitcoin.RPC != "" {
		b := c.Bitcoin
		if m.Chain, err = monitor.NewFullNode(monitor.FullNodeConfig{URL: b.RPC, CookieFile: b.CookieFile, User: b.User, PasswordFile: b.PasswordFile,
			TLSCert: b.TLSCert, Cache: filepath.Join(c.DataDir, "headers.dat")}); err != nil {
			return m, fmt.Errorf("bitcoin: %w", err)
		}
	}
	return m, monitor.Premises{LogKey: c.LogKey, Policy: c.Policy, Headers: c.Headers, Trusted: c.TrustHeaders, Witnesses: c.Witnesses}.Add(&m)
}

func runMonitor(ctx context.Context, c monitorConfig, f monitorFlags, out, errs io.Writer) error {
	log, err := newLogger(c.LogLevel, logText, errs)
	if err != nil {
		return err
	}
	var node wallet.Payer
	if p := c.Payments; p.LNDAddress != "" {
		lnd, err := lndwallet.Dial(lndwallet.Config{Address: p.LNDAddress, TLSCertPath: p.LNDTLSCert, MacaroonPath: p.LNDMacaroon})
		if err != nil {
			return fmt.Errorf("payments: %w", err)
		}
		defer lnd.Close()
		node = lnd
	}
	t := &watching.Teller{JSON: f.asJSON, Out: out, Err: errs}
	cfg, err := c.monitor(errs, node)
	if err != nil {
		return cli.Usage(err)
	}
	cfg.Alarm, cfg.Say = t.Alarm, func(text string) { log.Warn(text) }
	m, err := monitor.New(ctx, cfg)
	if err != nil {
		return watching.Code(err)
	}
	defer m.Close()
	if f.once {
		return watching.Code(m.Once(ctx, t.Whole))
	}
	observe, serve, err := monitorMetrics(c.MetricsListen)
	if err != nil {
		return err
	}
	log.Info("watching", "econd", c.Econd, "folder", c.DataDir)
	g, ctx := errgroup.WithContext(ctx)
	ctx, end := context.WithCancel(ctx)
	g.Go(func() error {
		defer end()
		return m.Run(ctx, time.Duration(c.EveryS)*time.Second, func(r monitor.Report) { observe(r, time.Now()); t.Line(r) })
	})
	g.Go(func() error { return serve(ctx) })
	return watching.Code(g.Wait())
}
