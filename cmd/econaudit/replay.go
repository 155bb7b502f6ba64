package main

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/spf13/cobra"

	tree "github.com/econd/econd/cmd/internal/cli"
	"github.com/econd/econd/node/anchor"
	"github.com/econd/econd/node/audit"
	"github.com/econd/econd/node/op"
)

// logFlags are what the commands that replay an export share.
type logFlags struct {
	checkpoint string
	anchor     string
	headers    string
	now        string
	lenient    bool
	workers    int
}

func (f *logFlags) add(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.checkpoint, "checkpoint", "", "file with the signed checkpoint that the log must agree with")
	cmd.Flags().StringVar(&f.anchor, "anchor", "", "file with the anchor proof of that checkpoint")
	cmd.Flags().StringVar(&f.headers, "headers", "", "FILE@HEIGHT: Bitcoin headers from that height on, which the stamps of entries must fit")
	cmd.Flags().StringVar(&f.now, "now", "", "the present, RFC 3339 or unix seconds: no entry is later, and what is due since the end is reckoned by it (default: the clock, for what is due)")
	cmd.Flags().BoolVar(&f.lenient, "lenient", false, "list entries whose stamps do not fit the headers or --now, instead of refusing the log")
	cmd.Flags().IntVar(&f.workers, "workers", 0, "signatures to check at a time (0: as many as there are cores)")
}

// options collects the premises of a replay.
func (f *logFlags) options(cmd *cobra.Command, c *cli) (audit.ReplayOptions, error) {
	common, err := c.options(cmd)
	if err != nil {
		return audit.ReplayOptions{}, err
	}
	o := audit.ReplayOptions{Options: common, Workers: f.workers, Lenient: f.lenient, ClockMs: time.Now().UnixMilli()}
	if o.NowMs, err = instant(f.now); err != nil {
		return o, err
	}
	if f.checkpoint != "" {
		if o.Checkpoint, err = read(cmd, f.checkpoint); err != nil {
			return o, err
		}
		if _, err := anchor.Unopened(o.Checkpoint); err != nil {
			return o, notOfKind(f.checkpoint, fmt.Errorf("checkpoint: %w", err))
		}
	}
	if err := readHeaders(cmd, f.headers, &o); err != nil {
		return o, err
	}
	o.Anchor, err = readAnchor(cmd, f.anchor)
	return o, err
}

// instant reads RFC 3339 or unix seconds as unix ms; 0 for nothing.
func instant(text string) (int64, error) {
	if text == "" {
		return 0, nil
	}
	if s, err := strconv.ParseInt(text, 10, 64); err == nil && s > 0 && s < 1<<40 {
		return s * 1000, nil
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil || t.Unix() <= 0 {
		return 0, fmt.Errorf("--now: %q is neither an instant like 2026-11-29T09:00:00Z nor unix seconds", text)
	}
	return t.UnixMilli(), nil
}

// readHeaders reads "FILE@HEIGHT", or nothing.
func readHeaders(cmd *cobra.Command, text string, o *audit.ReplayOptions) error {
	if text == "" {
		return nil
	}
	at := strings.LastIndexByte(text, '@')
	height, err := strconv.ParseUint(text[at+1:], 10, 32)
	if at < 1 || err != nil {
		return fmt.Errorf("--headers: %q is not a file of headers, '@' and the height of the first", text)
	}
	raw, err := read(cmd, text[:at])
	if err != nil {
		return err
	}
	o.HeadersFrom = uint32(height)
	if o.Headers, err = anchor.ReadHeaders(bytes.NewReader(raw)); err != nil {
		return notOfKind(text, err)
	}
	return nil
}

// meter counts a replay's entries, and says on standard error how far it is. Nobody
// is told where programs read.
func (c *cli) meter() (count func(uint64), stop func()) {
	if c.json {
		return nil, func() {}
	}
	var entries atomic.Uint64
	start := time.Now()
	return entries.Store, tree.Waiting(c.progress, func() string {
		n := entries.Load()
		return fmt.Sprintf("%d entries checked, %.0f a second", n, float64(n)/time.Since(start).Seconds())
	})
}

// busy says on standard error what is done, where people read.
func (c *cli) busy(what string) (stop func()) {
	if c.json {
		return func() {}
	}
	return tree.Doing(c.progress, what)
}

func newReplayCmd(c *cli) *cobra.Command {
	var f logFlags
	cmd := &cobra.Command{
		Use:   "replay export.log",
		Short: "Recompute everything from an exported log",
		Long: "Check every signature of an exported log, recompute every outcome, score and execution,\n" +
			"and hold the log against the checkpoints it anchored and the one given.\n\n" +
			"When things happened, and what a log draws at random, rests on the Bitcoin blocks that its entries\n" +
			"are stamped with. --headers holds these and the times of stamps against headers of your own node, one a line:\n" +
			"  for h in $(seq 840000 840100); do bitcoin-cli getblockheader $(bitcoin-cli getblockhash $h) false; done",
		Example: "  econaudit replay export.log --checkpoint checkpoint.txt --anchor anchor.json",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			o, err := f.options(cmd, c)
			if err != nil {
				return err
			}
			r, err := overLog(c, cmd, args[0], o, func(in io.Reader, o audit.ReplayOptions) (audit.ReplayReport, error) {
				return audit.Replay(cmd.Context(), in, o)
			})
			if err != nil {
				return err
			}
			if c.json {
				return c.writeJSON(answer{true, r, exitOK})
			}
			printReplay(c.out, r)
			return nil
		},
	}
	f.add(cmd)
	return cmd
}

// overLog does what replays an export, and says how far it is.
func overLog[T any](c *cli, cmd *cobra.Command, path string, o audit.ReplayOptions, fn func(io.Reader, audit.ReplayOptions) (T, error)) (T, error) {
	in, err := open(cmd, path)
	if err != nil {
		var none T
		return none, err
	}
	defer in.Close()
	count, stop := c.meter()
	defer stop()
	o.Progress = count
	return withLazyGC(func() (T, error) { return fn(in, o) })
}

// withLazyGC runs a replay with a garbage collector that waits for four times
// the live heap: nearly all garbage is decoded lines, and the ledger's state,
// which is all that lives, is small beside a machine's memory. GOGC overrides.
func withLazyGC[T any](fn func() (T, error)) (T, error) {
	if os.Getenv("GOGC") == "" {
		defer debug.SetGCPercent(debug.SetGCPercent(400))
	}
	return fn()
}

func newTheftCmd(c *cli) *cobra.Command {
	var f logFlags
	var export, preimage, invoice, event string
	cmd := &cobra.Command{
		Use:   "theft --export export.log --preimage HEX",
		Short: "Check the proof that an operator took a stake",
		Long: "A preimage of a hold invoice that the log does not record as settled proves that the operator\n" +
			"settled it and keeps the sats: also one that was forfeited, where the log says that it went back.\n" +
			"Your Lightning node shows the preimage of the payment it made.\n\n" +
			"With --invoice it may be a hold that the log does not offer: the node of the genesis signed the\n" +
			"invoice as that of a hold of this economy, and the log, under a --checkpoint that reaches beyond\n" +
			"the time when it could be paid, knows nothing of it. --event is the operation that asked for it.",
		Example: "  econaudit theft --export export.log --preimage 4f3c9a1b7e7e9c42a91bfef19fa929e5fda1b72e0ebc1a4c1141673e2794234d",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			o, err := f.options(cmd, c)
			if err != nil {
				return err
			}
			secret, err := hex.DecodeString(preimage)
			if err != nil || len(secret) != 32 || export == "" {
				return fmt.Errorf("needs --export with the log, and --preimage with the 64 hex digits of the payment's preimage")
			}
			var asked []byte
			if event != "" {
				if asked, err = read(cmd, event); err != nil {
					return err
				}
				asked = bytes.TrimSpace(asked)
			}
			if asked != nil && invoice == "" {
				return errors.New("--event is of use with --invoice alone")
			}
			t, err := overLog(c, cmd, export, o, func(in io.Reader, o audit.ReplayOptions) (audit.Theft, error) {
				if invoice != "" {
					return audit.VerifyTheftOf(cmd.Context(), in, op.Hash(secret), invoice, asked, o)
				}
				return audit.VerifyTheft(cmd.Context(), in, op.Hash(secret), o)
			})
			if err != nil {
				return err
			}
			verdict := "THEFT PROVED"
			if !t.Conclusive {
				verdict = "THEFT, AS FAR AS THIS LOG REACHES"
			}
			return c.print(verdict, t, []string{t.Statement}, t.RestsOn)
		},
	}
	f.add(cmd)
	cmd.Flags().StringVar(&export, "export", "", "the exported log (required)")
	cmd.Flags().StringVar(&preimage, "preimage", "", "the preimage, 64 hex digits (required)")
	cmd.Flags().StringVar(&invoice, "invoice", "", "the invoice that was paid, where the log may not know it")
	cmd.Flags().StringVar(&event, "event", "", "file with the operation that asked for the hold (NIP-01), where the log does not have it")
	return cmd
}
