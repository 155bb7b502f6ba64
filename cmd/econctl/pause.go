package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/econd/econd/cmd/internal/cli"
	"github.com/econd/econd/node/op"
)

// instantLayout spells an instant to the millisecond, so that a second guardian
// can sign the very same one.
const instantLayout = "2006-01-02T15:04:05.000Z07:00"

func instant(ms int64) string { return time.UnixMilli(ms).UTC().Format(instantLayout) }

// pauseView is what `admin pause` prints as JSON.
type pauseView struct {
	done
	Tracks  []string `json:"tracks"`
	UntilMs int64    `json:"until_ms"`
}

func adminPause(a *app) *cobra.Command {
	var length time.Duration
	var until, reason string
	c := &cobra.Command{
		Use:   "pause TRACK... (--for DURATION | --until TIME) --reason TEXT",
		Short: "Freeze tracks for a while: nothing is proposed or executed there, votes go on",
		Long: "Freeze tracks for a while: nothing is proposed or executed there, votes go on.\n\n" +
			"The operator's signature is enough. Guardians have to sign the same tracks and\n" +
			"the same end: the first says --for, the others --until as the first was told.",
		Args: cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, tracks []string) error {
			var untilMs int64
			var err error
			switch {
			case c.Flags().Changed("for") == (until != ""):
				return cli.Usagef("give one of --for and --until")
			case until != "":
				at, bad := time.Parse(time.RFC3339, until)
				if bad != nil || at.UnixMilli() <= 0 {
					return cli.Usagef("until: must look like %s", instant(1_800_000_000_000))
				}
				untilMs = at.UnixMilli()
			default:
				if untilMs, err = a.afterNow(c.Context(), "for", length); err != nil {
					return err
				}
			}
			return a.pause(c.Context(), tracks, untilMs, reason)
		},
	}
	c.Flags().DurationVar(&length, "for", 0, "how long from now, e.g. 6h; the constitution bounds it")
	c.Flags().StringVar(&until, "until", "", "last instant of the pause, as the guardian who signed first was told it")
	reasonFlag(c, &reason)
	return c
}

func adminUnpause(a *app) *cobra.Command {
	var reason string
	c := &cobra.Command{
		Use:   "unpause TRACK... --reason TEXT",
		Short: "Lift the pause of tracks now",
		Args:  cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, tracks []string) error {
			return a.pause(c.Context(), tracks, 0, reason)
		},
	}
	reasonFlag(c, &reason)
	return c
}

// pause signs a pause that lasts until an instant, or lifts one at 0.
func (a *app) pause(ctx context.Context, tracks []string, untilMs int64, reason string) error {
	d, err := a.submit(ctx, op.KindPause, op.Pause{Tracks: tracks, UntilMs: untilMs, Reason: reason})
	if err != nil {
		return err
	}
	again := "unpause " + strings.Join(tracks, " ")
	text := d.line()
	if untilMs != 0 {
		text += "until " + instant(untilMs) + "\n"
		again = "pause " + strings.Join(tracks, " ") + " --until " + instant(untilMs)
	}
	text += fmt.Sprintf("Where more guardians must agree, each signs: econctl admin %s --reason TEXT\n", again)
	return a.print(pauseView{d, tracks, untilMs}, text)
}
