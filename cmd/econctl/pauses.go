package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/econd/econd/cmd/internal/cli"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/view"
)

func newPauses(a *app) *cobra.Command {
	var waiting bool
	c := listing(a, "pauses [--waiting]", "List the pauses of tracks, oldest first, or those that wait for more guardians",
		func(ctx context.Context, _ []string, limit int) error {
			if waiting {
				return shownList(ctx, a, a.reads().PauseMotions(), limit, table[view.PauseMotion]{"SIGNED\tTO SIGN IT, TOO", motionRow})
			}
			return shownList(ctx, a, a.reads().Pauses(), limit, table[view.Pause]{"TRACK\tFROM\tUNTIL\tENTRY\tREASON", func(p view.Pause) string {
				return cells(p.Track, instant(p.SinceMs), instant(p.UntilMs), p.Seq, p.Reason)
			}})
		})
	c.Flags().BoolVar(&waiting, "waiting", false, "those that not enough guardians have signed yet")
	return c
}

// motionRow says of a motion what the next guardian has to sign.
func motionRow(m view.PauseMotion) string {
	text := fmt.Sprintf("%d of %d\teconctl admin %s --reason TEXT", len(m.Signed), m.Needed, pauseAgain(m.Tracks, m.UntilMs))
	for _, s := range m.Signed {
		text += fmt.Sprintf("\n%s  %s", s.Guardian, oneLine(s.Reason))
	}
	return text
}

// pauseAgain is the command by which another guardian signs the same.
func pauseAgain(tracks []string, untilMs int64) string {
	names := oneLine(strings.Join(tracks, " "))
	if untilMs == 0 {
		return "unpause " + names
	}
	return "pause " + names + " --until " + instant(untilMs)
}

// pauseView is what `admin pause` prints as JSON.
type pauseView struct {
	done
	Tracks  []string `json:"tracks"`
	UntilMs int64    `json:"until_ms"`
}

func adminPause(a *app) *cobra.Command {
	var length time.Duration
	var until, reason string
	c := long(command("pause TRACK... (--for DURATION | --until TIME) --reason TEXT",
		"Freeze tracks for a while: nothing is proposed or executed there, votes go on", nil),
		"Freeze tracks for a while: nothing is proposed or executed there, votes go on.",
		"",
		"The operator's signature is enough. Guardians have to sign the same tracks and",
		"the same end: the first says --for, the others --until as the first was told.")
	c.RunE = func(c *cobra.Command, tracks []string) error {
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
	}
	c.Flags().DurationVar(&length, "for", 0, "how long from now, e.g. 6h; the constitution bounds it")
	c.Flags().StringVar(&until, "until", "", "last instant of the pause, as the guardian who signed first was told it")
	return reasonFlag(c, &reason)
}

func adminUnpause(a *app) *cobra.Command {
	var reason string
	return reasonFlag(command("unpause TRACK... --reason TEXT", "Lift the pause of tracks now",
		func(ctx context.Context, tracks []string) error { return a.pause(ctx, tracks, 0, reason) }), &reason)
}

// pause signs a pause that lasts until an instant, or lifts one at 0.
func (a *app) pause(ctx context.Context, tracks []string, untilMs int64, reason string) error {
	d, err := a.submit(ctx, op.KindPause, op.Pause{Tracks: tracks, UntilMs: untilMs, Reason: reason})
	if err != nil {
		return err
	}
	text := d.line()
	if untilMs != 0 {
		text += "until " + instant(untilMs) + "\n"
	}
	text += fmt.Sprintf("Where more guardians must agree, each signs: econctl admin %s --reason TEXT\n", pauseAgain(tracks, untilMs))
	return a.print(pauseView{d, tracks, untilMs}, text)
}

// afterNow is the instant that lies so far ahead on econd's clock, which is the
// one that counts, in unix milliseconds.
func (a *app) afterNow(ctx context.Context, flag string, d time.Duration) (int64, error) {
	if d < time.Millisecond {
		return 0, cli.Usagef("%s: must be a duration above 0, such as 90m or 720h", flag)
	}
	about, err := a.econd.Info().Get(ctx)
	return about.NowMs + d.Milliseconds(), err
}
