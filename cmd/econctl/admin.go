package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/econd/econd/cmd/internal/cli"
	"github.com/econd/econd/l402"
	"github.com/econd/econd/node/atomicfile"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/webhook"
)

func newAdmin(a *app) *cobra.Command {
	return cli.Group("admin", "What the operator and guardians may do, with their key file as --key",
		reasoned(a, "veto", "Stop a proposal in its timelock, on the record", op.KindVeto, vetoContent),
		reasoned(a, "cancel", "Cancel a proposal that is not executed, on the record", op.KindCancel, cancelContent),
		adminPause(a), adminUnpause(a), adminAnchor(a), adminBackup(a), adminRevoke(a), adminWebhookSecret(a))
}

func adminAnchor(a *app) *cobra.Command {
	var wait bool
	c := command("anchor", "Commit the present checkpoint to Bitcoin now", func(ctx context.Context, _ []string) error {
		about, err := a.econd.Info().Get(ctx)
		if err != nil {
			return err
		}
		if err := a.econd.AnchorNow(ctx); err != nil {
			return err
		}
		if !wait {
			return a.print(map[string]bool{"requested": true}, "anchor requested; follow it with: econctl anchors\n")
		}
		v, err := a.awaitAnchor(ctx, about.Size)
		if err != nil {
			return err
		}
		return a.print(map[string]any{"requested": true, "anchor": v},
			fmt.Sprintf("the first %d entries are anchored for good: %s in block %d\n", v.CheckpointSize, v.Txid, v.Height))
	})
	c.Flags().BoolVar(&wait, "wait", false, "until it has the confirmations that econd asks for (anchor.confirmations)")
	return c
}

// adminRevoke takes the id of a token, never the token itself: that is a
// secret of whoever paid for it.
func adminRevoke(a *app) *cobra.Command {
	return command("revoke TOKEN_ID", "Make an L402 token of econd's own gate (direct mode) worthless",
		func(ctx context.Context, list []string) error {
			id, err := l402.ParseTokenID(list[0])
			if err != nil {
				return cli.Usagef("TOKEN_ID: must be 64 hex digits")
			}
			if err := a.econd.RevokeToken(ctx, id); err != nil {
				return err
			}
			return a.print(map[string]string{"revoked": id.String()}, "revoked "+id.String()+"\n")
		})
}

func adminBackup(a *app) *cobra.Command {
	var out string
	c := command("backup --out FILE", "Fetch an online backup of the ballot store; keep it secret",
		func(ctx context.Context, _ []string) error {
			if err := absent(out); err != nil {
				return err
			}
			f, err := atomicfile.Begin(out)
			if err != nil {
				return err
			}
			defer f.Abandon()
			n, err := a.econd.Backup(ctx, f)
			if err != nil && n > 0 {
				return fmt.Errorf("the backup broke off after %d bytes and is not kept: %w", n, err)
			}
			if err != nil {
				return err
			}
			if err := f.Create(); err != nil {
				return taken(out, err)
			}
			return a.print(fileView{File: out, Bytes: n}, fmt.Sprintf("%s written, %d bytes\n", out, n))
		})
	c.Flags().StringVar(&out, "out", "", "new file for the backup")
	return needs(c, "out")
}

// adminWebhookSecret sends the URL's origin only: paths of webhooks often are
// secrets of their receivers.
func adminWebhookSecret(a *app) *cobra.Command {
	return command("webhook-secret URL", "Show the secret that the receivers at a URL's origin check webhooks with",
		func(ctx context.Context, list []string) error {
			origin, err := webhook.Origin(list[0])
			if err != nil {
				return cli.Usage(err)
			}
			v, err := a.econd.OriginSecret(ctx, origin)
			if err != nil {
				return err
			}
			return a.print(v, fmt.Sprintf("%s\nfor every webhook to %s; hand it to the receiver over a safe way\n", oneLine(v.Secret), oneLine(v.Origin)))
		})
}
