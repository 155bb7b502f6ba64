package main

import (
	"context"

	"github.com/spf13/cobra"
)

// command is a command that does run with its arguments.
func command(use, short string, args cobra.PositionalArgs, run func(ctx context.Context, list []string) error) *cobra.Command {
	return &cobra.Command{Use: use, Short: short, Args: args, RunE: func(c *cobra.Command, list []string) error { return run(c.Context(), list) }}
}

// reading is a command that reads state and does nothing else: it has the flag --at.
func reading(a *app, use, short string, args cobra.PositionalArgs, run func(ctx context.Context, list []string) error) *cobra.Command {
	return readsState(a, command(use, short, args, run))
}

// listing is a command that prints a list: it has the flags --at and --limit.
func listing(a *app, use, short string, args cobra.PositionalArgs, run func(ctx context.Context, list []string, limit int) error) *cobra.Command {
	var limit int
	c := reading(a, use, short, args, func(ctx context.Context, list []string) error { return run(ctx, list, limit) })
	limitVar(c, &limit, "at most this many; 0 for all")
	return c
}

// payFlag adds the flag that pays a hold invoice at once.
func payFlag(c *cobra.Command, pay *bool, usage string) {
	c.Flags().BoolVar(pay, "pay", false, usage)
}
