package main

import (
	"context"
	"fmt"
	"reflect"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/econd/econd/cmd/internal/cli"
	"github.com/econd/econd/node/client"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/view"
)

// Commands are made here by what they do: read one thing or a list, fetch a proof, submit
// an operation, or one that asks for a hold. Each is told what its arguments name and what
// comes of them; how many there may be stands in its usage line.

// action is what a command does with its arguments.
type action func(ctx context.Context, list []string) error

// command is a command that does run with its arguments, as many as its usage names.
func command(use, short string, run action) *cobra.Command {
	return &cobra.Command{Use: use, Short: short, Args: countOf(use), RunE: func(c *cobra.Command, list []string) error { return run(c.Context(), list) }}
}

// long gives a command its long help.
func long(c *cobra.Command, lines ...string) *cobra.Command {
	c.Long = strings.Join(lines, "\n")
	return c
}

// countOf holds the number of arguments against a usage line: [THING] may be left away,
// and THING... repeated.
func countOf(use string) cobra.PositionalArgs {
	least, most := 0, 0
	for _, a := range cli.Arguments(use) {
		most++
		if !a.Optional {
			least++
		}
		if a.Repeats {
			return cobra.MinimumNArgs(least)
		}
	}
	switch {
	case most == 0:
		return cobra.NoArgs
	case least == most:
		return cobra.ExactArgs(most)
	}
	return cobra.MaximumNArgs(most)
}

// reading is a command that reads state and does nothing else: it has the flag --at.
func reading(a *app, use, short string, run action) *cobra.Command {
	return readsState(a, command(use, short, run))
}

// readsState gives a command the flag --at; see app.reads.
func readsState(a *app, c *cobra.Command) *cobra.Command {
	c.Flags().Var(&a.at, "at", "show what was right after this entry of the log (default the present)")
	return c
}

// listing is a command that prints a list: it has the flags --at and --limit.
func listing(a *app, use, short string, run func(ctx context.Context, list []string, limit int) error) *cobra.Command {
	var limit int
	c := reading(a, use, short, func(ctx context.Context, list []string) error { return run(ctx, list, limit) })
	limitVar(c, &limit, "at most this many; 0 for all")
	return c
}

// shows is a command that shows the one thing which its arguments name, as text says; nil
// for all that econd says of it.
func shows[N, T any](a *app, use, short string, named func(*app, []string) (N, error), read func(*client.Client, N) client.One[T], text func(T) string) *cobra.Command {
	return prints[T](reading(a, use, short, func(ctx context.Context, list []string) error {
		n, err := named(a, list)
		if err != nil {
			return err
		}
		v, raw, err := read(a.reads(), n).Text(ctx)
		switch {
		case err != nil:
			return err
		case text == nil:
			return a.printWhole(raw)
		}
		return a.print(raw, text(v))
	}))
}

// word is what the first argument names by a word, under which econd finds it.
func word(_ *app, list []string) (string, error) { return list[0], nil }

// idOf reads the first argument, which the usage calls that, as an id.
func idOf(called string) func(*app, []string) (op.ID, error) {
	return func(_ *app, list []string) (op.ID, error) { return parseID(called, list[0]) }
}

// lists is a command that prints the list which its flags choose.
func lists[T any, P pageOf[T]](a *app, use, short string, read source[T, P], t table[T]) *cobra.Command {
	return printsSchema(listing(a, use, short, func(ctx context.Context, _ []string, limit int) error {
		l, err := read(a, a.reads())
		if err != nil {
			return err
		}
		return shownList(ctx, a, l, limit, t)
	}), pageOfItems(reflect.TypeFor[T]()))
}

// source is where a list comes from.
type source[T any, P pageOf[T]] func(*app, *client.Client) (client.ListOf[T, P], error)

// whole is a list as it is, filtered one of which a filter chooses, that flags fill.
func whole[T any](read func(*client.Client) client.List[T]) source[T, view.Page[T]] {
	return func(_ *app, c *client.Client) (client.List[T], error) { return read(c), nil }
}

func filtered[F, T any](read func(*client.Client, F) client.List[T], f *F) source[T, view.Page[T]] {
	return func(_ *app, c *client.Client) (client.List[T], error) { return read(c, *f), nil }
}

// content makes what an operation says of a command's arguments.
type content func(list []string) (any, error)

// ofID makes a content of the id that the first argument, which the usage calls that, is.
func ofID(called string, of func(op.ID) any) content {
	return func(list []string) (any, error) {
		id, err := parseID(called, list[0])
		return of(id), err
	}
}

// submits is a command that signs an operation and hands it in.
func submits(a *app, use, short string, kind op.Kind, says content) *cobra.Command {
	return prints[done](signs(a, command(use, short, func(ctx context.Context, list []string) error {
		v, err := says(list)
		if err != nil {
			return err
		}
		return a.submitAndPrint(ctx, kind, v)
	}), false))
}

// locks is a command that submits an operation which asks for a hold, and with --pay pays
// that at once; what describes the flag.
func locks(a *app, use, short, what string, kind op.Kind, says content) *cobra.Command {
	var pay bool
	c := command(use, short, func(ctx context.Context, list []string) error {
		v, err := says(list)
		if err != nil {
			return err
		}
		return a.submitHold(ctx, kind, v, pay)
	})
	payFlag(c, &pay, what)
	return prints[holdView](signs(a, c, true))
}

// payFlag adds the flag that pays a hold invoice at once.
func payFlag(c *cobra.Command, pay *bool, usage string) {
	c.Flags().BoolVar(pay, "pay", false, usage)
}

// fetches is a command that stores an answer of econd as it came in the file --out, or
// prints it; what names it.
func fetches(a *app, use, short, what string, fetch func(ctx context.Context, list []string) ([]byte, error)) *cobra.Command {
	var out string
	c := command(use, short, func(ctx context.Context, list []string) error {
		data, err := fetch(ctx, list)
		if err != nil {
			return err
		}
		if err := a.writeOut(out, data, 0o644); err != nil || out == "" || out == "-" {
			return err
		}
		v := fileView{File: out, Bytes: int64(len(data)), PaidSat: a.paidSat()}
		return a.print(v, fmt.Sprintf("%s written, %d bytes\n", out, v.Bytes))
	})
	c.Flags().StringVar(&out, "out", "", "file for the "+what+" (default and -: the standard output)")
	return prints[fileView](c)
}

// withID is what a command does with the id that its first argument, which the usage calls
// that, is.
func withID(called string, run func(context.Context, op.ID) error) action {
	return func(ctx context.Context, list []string) error {
		id, err := parseID(called, list[0])
		if err != nil {
			return err
		}
		return run(ctx, id)
	}
}

// ofAgent is what a command does for the agent that its argument names, or for the one of
// the key file.
func (a *app) ofAgent(run func(context.Context, op.PublicKey) error) action {
	return func(ctx context.Context, list []string) error {
		who, err := a.agentOrSelf(list)
		if err != nil {
			return err
		}
		return run(ctx, who)
	}
}

// ofSelf is what a command does for the agent of the key file, whatever its arguments.
func (a *app) ofSelf(run func(context.Context, op.PublicKey) error) action {
	return func(ctx context.Context, _ []string) error { return a.ofAgent(run)(ctx, nil) }
}

// needs marks flags without which a command is used wrongly.
func needs(c *cobra.Command, flags ...string) *cobra.Command {
	for _, f := range flags {
		_ = c.MarkFlagRequired(f)
	}
	return c
}

// seqFlag is a sequence number that can be left away.
type seqFlag struct {
	seq   uint64
	given bool
}

// String, Set and Type make it a flag.

func (f *seqFlag) String() string {
	if !f.given {
		return ""
	}
	return strconv.FormatUint(f.seq, 10)
}

func (f *seqFlag) Set(text string) (err error) {
	if f.seq, err = strconv.ParseUint(text, 10, 63); err != nil {
		return fmt.Errorf("must be the sequence number of an entry")
	}
	f.given = true
	return nil
}

func (f *seqFlag) Type() string { return "seq" }

// limitVar adds the flag --limit, which is refused below 0 before econd is asked.
func limitVar(c *cobra.Command, to *int, usage string) {
	c.Flags().Var((*countFlag)(to), "limit", usage)
}

// countFlag is a flag for a number from 0.
type countFlag int

// Set implements pflag.Value.
func (n *countFlag) Set(text string) error {
	v, err := strconv.ParseUint(text, 10, 31)
	if err != nil {
		return err
	}
	*n = countFlag(v)
	return nil
}

func (n *countFlag) String() string { return strconv.Itoa(int(*n)) }

// Type implements pflag.Value; it names what is wanted.
func (n *countFlag) Type() string { return "uint" }
