package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode"

	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/spf13/cobra"

	"github.com/econd/econd/cmd/internal/cli"
	"github.com/econd/econd/node/ballotstore"
)

// maxReason is the longest reason, in bytes: that of every note in the log.
const maxReason = 2000

func newRecover() *cobra.Command {
	var path, reason string
	var asJSON bool
	c := &cobra.Command{
		Use:   "recover --reason TEXT",
		Short: "Go on where econd does not go on by itself: with a log that was restored or is behind, or with a second line of anchors",
		Long: `Go on where econd does not go on by itself. econd must not be running.

The log was restored, is behind the highest head that was signed or that a witness
cosigned, or the file of that head is gone: it goes on from what there is, and its
line of anchors from the newest that Bitcoin has. What econd reconcile shows must be
decided before.

The coin of the line of anchors has been gone for six blocks: a second line may begin.
Auditors reject it unless they accept it by name.

Each is an entry with your reason that everybody sees, for ever.`,
		Example: "  econd recover --config ~/.econd/econd.yaml --reason 'the disk of 3 May was lost'",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if err := checkReason(reason); err != nil {
				return err
			}
			cfg, err := readConfig(path)
			if err != nil {
				return err
			}
			return recoverLog(c.Context(), cfg, reason, asJSON, c.OutOrStdout(), c.ErrOrStderr())
		},
	}
	f := c.Flags()
	f.StringVar(&path, "config", "econd.yaml", "configuration file that econd init wrote")
	f.StringVar(&reason, "reason", "", "what happened, for the record: 1 to 2000 bytes")
	f.BoolVar(&asJSON, "json", false, "print JSON")
	return c
}

// checkReason refuses what the rules would.
func checkReason(reason string) error {
	switch {
	case reason == "":
		return cli.Usagef("--reason: say what happened; it is on the record for ever")
	case len(reason) > maxReason:
		return cli.Usagef("--reason: has %d bytes, may have %d", len(reason), maxReason)
	case strings.ContainsFunc(reason, unicode.IsControl):
		return cli.Usagef("--reason: %+q has a control character", reason)
	}
	return nil
}

func recoverLog(ctx context.Context, cfg config, reason string, asJSON bool, out, errOut io.Writer) error {
	d, err := openStopped(cfg, errOut)
	if err != nil {
		return err
	}
	defer d.close()
	if err := d.openPublisher(); err != nil {
		return err
	}
	d.heedWitnesses(ctx)
	compared, lost, err := d.compareStopped(ctx)
	if err != nil {
		return err
	}
	after, err := d.lineGone(ctx, compared.LostAnchors())
	if err != nil && !lost {
		return err
	}
	switch {
	case lost || compared.LostAnchors() > 0:
		if _, err := d.node.Resume(compared, reason); err != nil {
			return fmt.Errorf("%w; econd reconcile shows what waits", err)
		}
		if err := ballotstore.ClearRestored(cfg.ballots()); err != nil {
			return err
		}
	case after == nil:
		return errors.New("there is nothing to recover: the log was not restored, is not behind, and its line of anchors goes on. If a difference with LND waits, econd reconcile shows it")
	}
	if after != nil {
		if err := d.endLine(ctx, *after, reason, errOut); err != nil {
			return err
		}
	}
	if compared, err = d.node.Compare(ctx, d.client, lost); err != nil {
		return err
	}
	return d.sayBalance(out, asJSON, compared, true)
}

// lineGone is the anchor whose line output is gone, nil if it is there, or if anchors that
// were lost are about to be taken up, from which the line goes on.
func (d *daemon) lineGone(ctx context.Context, lostAnchors int) (*chainhash.Hash, error) {
	if lostAnchors > 0 {
		return nil, nil
	}
	return d.publisher.LineGone(ctx)
}

// endLine records that a second line of anchors begins, and asks for its first anchor, which
// commits to that entry.
func (d *daemon) endLine(ctx context.Context, after chainhash.Hash, reason string, errOut io.Writer) error {
	r, err := d.node.EndLine(after, reason)
	if err != nil {
		return err
	}
	fmt.Fprintf(errOut, "recorded as entry %d: output 1 of %v is gone, a second line of anchors begins\n", r.Seq, after)
	if len(d.node.Recovery()) > 0 {
		return nil // nothing is signed at this start; the next anchor commits to it
	}
	return d.AnchorNow(ctx)
}
