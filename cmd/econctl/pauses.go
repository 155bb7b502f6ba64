package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

func newPauses(a *app) *cobra.Command {
	var waiting bool
	var limit int
	c := &cobra.Command{
		Use:   "pauses [--waiting]",
		Short: "List the pauses of tracks, oldest first, or those that wait for more guardians",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			path, text := "/v1/pauses", pauseLines
			if waiting {
				path, text = "/v1/pauses/motions", motionLines
			}
			found, err := a.list(c.Context(), path, nil, limit)
			if err != nil {
				return err
			}
			shown, err := text(found)
			if err != nil {
				return err
			}
			return a.print(found, shown)
		},
	}
	c.Flags().BoolVar(&waiting, "waiting", false, "those that not enough guardians have signed yet")
	limitVar(c, &limit, "at most this many; 0 for all")
	return readsState(a, c)
}

func pauseLines(found page) (string, error) {
	type pause struct {
		Track   string `json:"track"`
		SinceMs int64  `json:"since_ms"`
		UntilMs int64  `json:"until_ms"`
		Reason  string `json:"reason"`
		Seq     uint64 `json:"seq"`
	}
	return table("TRACK\tFROM\tUNTIL\tENTRY\tREASON", found.Items, func(p pause) string {
		return fmt.Sprintf("%s\t%s\t%s\t%d\t%s", oneLine(p.Track), instant(p.SinceMs), instant(p.UntilMs), p.Seq, oneLine(p.Reason))
	})
}

// motionLines says of each motion what the next guardian has to sign.
func motionLines(found page) (string, error) {
	type motion struct {
		Tracks  []string `json:"tracks"`
		UntilMs int64    `json:"until_ms"`
		Signed  []struct {
			Guardian string `json:"guardian"`
			Reason   string `json:"reason"`
		} `json:"signed"`
		Needed int `json:"needed"`
	}
	return table("SIGNED\tTO SIGN IT, TOO", found.Items, func(m motion) string {
		tracks := oneLine(strings.Join(m.Tracks, " "))
		again := "unpause " + tracks
		if m.UntilMs != 0 {
			again = "pause " + tracks + " --until " + instant(m.UntilMs)
		}
		text := fmt.Sprintf("%d of %d\teconctl admin %s --reason TEXT", len(m.Signed), m.Needed, again)
		for _, s := range m.Signed {
			text += fmt.Sprintf("\n%s  %s", s.Guardian, oneLine(s.Reason))
		}
		return text
	})
}
