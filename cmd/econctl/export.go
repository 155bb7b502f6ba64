package main

import (
	"bufio"
	"context"
	"fmt"
	"iter"
	"time"

	"github.com/schollz/progressbar/v3"
	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/econd/econd/node/atomicfile"
)

func newExport(a *app) *cobra.Command {
	var out string
	c := long(command("export --out FILE", "Fetch the whole log, for econaudit", func(ctx context.Context, _ []string) error { return a.export(ctx, out) }),
		"Fetch the whole log, for econaudit. Entries are held against each other as econctl events",
		"does; econaudit checks also their times, heights and blocks against the signed checkpoint.")
	c.Flags().StringVar(&out, "out", "", "file for the log, one entry per line; replaced if it is there")
	return needs(c, "out")
}

// export fetches the entries that econd had when it was asked.
func (a *app) export(ctx context.Context, path string) error {
	about, err := a.econd.Info().Get(ctx)
	if err != nil {
		return err
	}
	bar := a.bar(about.Size)
	return a.writeLines(path, "entries", func(yield func([]byte, error) bool) {
		entries := int64(0)
		for e, err := range a.econd.Log(ctx, about.Size) {
			if !yield(e.Line, err) {
				return
			}
			if entries++; bar != nil {
				_ = bar.Set64(entries)
			}
		}
		if bar != nil {
			_ = bar.Finish()
		}
	})
}

// writeLines writes lines to a file that is there whole or not at all, and says how many of
// what there are. It ends at the first error of theirs.
func (a *app) writeLines(path, what string, lines iter.Seq2[[]byte, error]) error {
	f, err := atomicfile.Open(path)
	if err != nil {
		return err
	}
	defer f.Abandon()
	v := fileView{File: path}
	out := bufio.NewWriterSize(f, 1<<20)
	for line, err := range lines {
		if err != nil {
			return err
		}
		if _, err := out.Write(append(line, '\n')); err != nil {
			return err
		}
		v.Bytes += int64(len(line) + 1)
		v.Entries++
	}
	if err := out.Flush(); err != nil {
		return err
	}
	if err := f.Chmod(0o644); err != nil {
		return err
	}
	if err := f.Replace(); err != nil {
		return err
	}
	v.PaidSat = a.paidSat()
	return a.print(v, fmt.Sprintf("%s written, %d %s, %d bytes\n", path, v.Entries, what, v.Bytes))
}

// bar shows progress at a terminal, and nothing elsewhere.
func (a *app) bar(total uint64) *progressbar.ProgressBar {
	f, ok := a.stderr.terminal()
	if a.asJSON || !ok || !term.IsTerminal(int(f.Fd())) {
		return nil
	}
	return progressbar.NewOptions64(int64(total), progressbar.OptionSetWriter(f), progressbar.OptionSetDescription("entries"),
		progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionShowCount(), progressbar.OptionClearOnFinish())
}
