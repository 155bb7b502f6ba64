package main

import (
	"fmt"
	"io"
	"net/http"

	"github.com/spf13/cobra"
)

func newAdmin(a *app) *cobra.Command {
	return group("admin", "What the operator may do, with the operator's key file as --key",
		reasoned(a, "veto", "Stop a proposal in its timelock, on the record", vetoContent),
		reasoned(a, "cancel", "Cancel a proposal that is not executed, on the record", cancelContent),
		adminAnchor(a), adminBackup(a))
}

func adminAnchor(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "anchor",
		Short: "Commit the present checkpoint to Bitcoin now",
		Args:  args(cobra.NoArgs),
		RunE: func(c *cobra.Command, _ []string) error {
			if _, err := a.read(c.Context(), request{method: http.MethodPost, path: "/v1/admin/anchor", header: a.authorise(nil)}); err != nil {
				return err
			}
			return a.print(map[string]bool{"requested": true}, "anchor requested; follow it with: econctl call "+a.cfg.Econd+"/v1/anchors\n")
		},
	}
}

func adminBackup(a *app) *cobra.Command {
	var out string
	c := &cobra.Command{
		Use:   "backup --out FILE",
		Short: "Fetch an online backup of the ballot store; keep it secret",
		Args:  args(cobra.NoArgs),
		RunE: func(c *cobra.Command, _ []string) error {
			f, err := newOut(out, false)
			if err != nil {
				return err
			}
			defer f.abandon()
			resp, err := a.open(c.Context(), request{method: http.MethodGet, path: "/v1/admin/backup", header: a.authorise(nil)})
			if err != nil {
				return err
			}
			defer resp.Body.Close()
			n, err := io.Copy(f, resp.Body)
			if err != nil {
				return fmt.Errorf("the backup broke off after %d bytes and is not kept: %w", n, err)
			}
			if err := f.commit(0o600, false); err != nil {
				return err
			}
			return a.print(fileView{File: out, Bytes: n}, fmt.Sprintf("%s written, %d bytes\n", out, n))
		},
	}
	c.Flags().StringVar(&out, "out", "", "new file for the backup")
	_ = c.MarkFlagRequired("out")
	return c
}
