package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/econd/econd/cmd/internal/cli"
	"github.com/econd/econd/node/client"
)

func newNotifications(a *app) *cobra.Command {
	return cli.Group("notifications", "What concerns an agent", notificationsWatch(a))
}

func notificationsWatch(a *app) *cobra.Command {
	var f client.NoticeFilter
	var agent, kinds, tracks string
	var count uint64
	c := command("watch", "Follow what concerns you; with --json print notices as they are, one per line",
		func(ctx context.Context, _ []string) error {
			key, err := a.agentOrMe("agent", agent)
			if err != nil {
				return err
			}
			f.Kinds, f.Tracks = strings.Split(kinds, ","), strings.Split(tracks, ",")
			return follow(a.econd.Notices(ctx, key, f), count, a.showNotice)
		})
	c.Flags().StringVar(&agent, "agent", "", "another agent's key, hex or npub (default: your own)")
	c.Flags().StringVar(&f.After, "after", "", "start after this place, 0-0-0 for the beginning (default: what comes next)")
	c.Flags().StringVar(&kinds, "kinds", "", "kinds wanted, with commas (default: all)")
	c.Flags().StringVar(&tracks, "tracks", "", "tracks to follow besides your own, with commas")
	c.Flags().Uint64Var(&count, "count", 0, "end after this many notices; 0 for never")
	return c
}

func (a *app) showNotice(n client.Notice) error {
	text := string(n.Line)
	if !a.asJSON {
		text = fmt.Sprintf("%s  %s  %s  %s", noticeTime(n.TimeMs), oneLine(n.Kind), oneLine(n.Subject), oneLine(n.Text))
		if n.UntilMs != 0 {
			text += "  until " + noticeTime(n.UntilMs)
		}
	}
	_, err := fmt.Fprintln(a.stdout, text)
	return err
}

func noticeTime(ms int64) string { return time.UnixMilli(ms).UTC().Format("2006-01-02 15:04:05") }
