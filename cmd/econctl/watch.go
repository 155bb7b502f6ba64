package main

import (
	"context"
	"fmt"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/econd/econd/cmd/internal/cli"
	"github.com/econd/econd/cmd/internal/watching"
	"github.com/econd/econd/node/client"
	"github.com/econd/econd/node/monitor"
)

type watchFlags struct {
	dir, answers     string
	doors            []string
	once             bool
	every            time.Duration
	silence, overdue time.Duration
	maxBytes         int64
	premises         monitor.Premises
}

func newWatch(a *app) *cobra.Command {
	var f watchFlags
	c := &cobra.Command{
		Use:   "watch",
		Short: "Watch the operator: keep what it signs, recompute the log, raise an alarm where it contradicts itself",
		Long: "Follow the log, and keep every head and promise that is seen, those beside your key among them. Each head\n" +
			"must extend the one before, those of earlier runs too; every entry is recomputed; what was promised must stand in\n" +
			"the log; its anchors must be one line. An alarm comes with files of evidence and the econaudit command that shows it.\n\n" +
			"Exit codes: 0 all is well, 1 failed, 2 used wrongly, 3 an alarm stands, 4 no alarm, but not everything could be looked at.",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return a.watch(c.Context(), f) },
	}
	p := c.Flags()
	p.StringVar(&f.dir, "dir", "", "folder for what is kept (default watch beside the key)")
	p.StringVar(&f.answers, "answers", "", "`FILE` of the answers that econd signed (default the one beside the key)")
	p.BoolVar(&f.once, "once", false, "look once, print how things stand, and end: for cron")
	p.DurationVar(&f.every, "every", 30*time.Second, "pause between two looks")
	p.DurationVar(&f.silence, "silence", monitor.DefaultSilence, "how long no new head, promised entry or quorum may come before that is an alarm; below 0 for ever")
	p.DurationVar(&f.overdue, "overdue", monitor.DefaultOverdue, "from when on what is due or unanswered is told")
	p.Int64Var(&f.maxBytes, "max-bytes", monitor.DefaultMaxBytes, "of the folder; when it is full the watch ends")
	p.StringArrayVar(&f.doors, "door", nil, "`URL` of another econd or mirror that shows this log; may be repeated")
	p.StringArrayVar(&f.premises.Witnesses, "witness", nil, "`URL` of a witness that shows the heads it cosigned; may be repeated")
	p.StringVar(&f.premises.Policy, "policy", "", "`FILE` with the policy (C2SP tlog-policy) whose quorum must cosign the heads")
	p.StringVar(&f.premises.LogKey, "log-key", "", "key of the log's checkpoints that you expect, name+hash+base64 (default what econd says first)")
	p.StringVar(&f.premises.Headers, "headers", "", "FILE@HEIGHT: Bitcoin headers from that height on, which the stamps of entries must fit")
	p.StringArrayVar(&f.premises.Trusted, "trust-header", nil, "Bitcoin `BLOCK` that you know, HASH@HEIGHT; may be repeated")
	return c
}

// watch watches until ctx ends, or once.
func (a *app) watch(ctx context.Context, f watchFlags) error {
	t := &watching.Teller{JSON: a.asJSON, Out: a.stdout, Err: a.stderr}
	cfg, err := a.watchConfig(f)
	if err != nil {
		return cli.Usage(err)
	}
	cfg.Alarm = t.Alarm
	m, err := monitor.New(ctx, cfg)
	if err != nil {
		return watching.Code(err)
	}
	defer m.Close()
	if f.once {
		return watching.Code(m.Once(ctx, t.Whole))
	}
	return watching.Code(m.Run(ctx, f.every, t.Line))
}

func (a *app) watchConfig(f watchFlags) (monitor.Config, error) {
	beside := filepath.Dir(a.cfg.Key)
	cfg := monitor.Config{Econd: a.econd, Dir: f.dir, Answers: f.answers, Silence: f.silence, Overdue: f.overdue, MaxBytes: f.maxBytes,
		Say: func(text string) { fmt.Fprintln(a.stderr, "econctl: "+plain(text)) }}
	if cfg.Dir == "" {
		cfg.Dir = filepath.Join(beside, "watch")
	}
	if cfg.Answers == "" {
		cfg.Answers = filepath.Join(beside, answersFile)
	}
	for _, at := range f.doors {
		c, err := client.New(client.Config{URL: at, Payer: payer{a}, RetryFor: a.retryFor})
		if err != nil {
			return cfg, fmt.Errorf("--door: %w", err)
		}
		cfg.Doors = append(cfg.Doors, monitor.Mirror(at, c))
	}
	return cfg, f.premises.Add(&cfg)
}
