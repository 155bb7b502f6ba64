package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/schollz/progressbar/v3"
	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/econd/econd/node/atomicfile"
	"github.com/econd/econd/node/op"
)

func newExport(a *app) *cobra.Command {
	var out string
	c := &cobra.Command{
		Use:   "export --out FILE",
		Short: "Fetch the whole log, for econaudit",
		Long: "Fetch the whole log, for econaudit. Entries are held against each other as econctl events\n" +
			"does; econaudit checks also their times, heights and blocks against the signed checkpoint.",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return a.export(c.Context(), out) },
	}
	c.Flags().StringVar(&out, "out", "", "file for the log, one entry per line; replaced if it is there")
	_ = c.MarkFlagRequired("out")
	return c
}

// exporter writes entries in order and remembers where it is.
type exporter struct {
	entryCheck
	app    *app
	bought purchase // until an entry came
	out    *bufio.Writer
	bytes  int64
	bar    *progressbar.ProgressBar
}

// export fetches entries until it has all that econd had when it was asked. An
// answer that breaks off is resumed after its last whole entry.
func (a *app) export(ctx context.Context, path string) error {
	about, err := a.info(ctx)
	if err != nil {
		return err
	}
	f, err := atomicfile.Open(path)
	if err != nil {
		return err
	}
	defer f.Abandon()
	e := &exporter{app: a, entryCheck: entryCheck{known: true, economy: about.Economy}, out: bufio.NewWriterSize(f, 1<<20), bar: a.bar(about.Size)}
	for tries := 0; e.next < about.Size; tries++ {
		before := e.next
		err := a.exportSome(ctx, e)
		if err != nil && (tries >= 5 || toPayAgain(err) || !errors.Is(err, errBrokenOff)) {
			return err
		}
		e.bought.last = err
		if e.next > before {
			tries = 0
		} else if err == nil {
			return fmt.Errorf("econd says it has %d entries and gives %d", about.Size, e.next)
		}
	}
	if e.bar != nil {
		_ = e.bar.Finish()
	}
	if err := e.out.Flush(); err != nil {
		return err
	}
	if err := f.Chmod(0o644); err != nil {
		return err
	}
	if err := f.Replace(); err != nil {
		return err
	}
	v := fileView{File: path, Bytes: e.bytes, Entries: e.next, PaidSat: a.paidSat()}
	return a.print(v, fmt.Sprintf("%s written, %d entries, %d bytes\n", path, v.Entries, v.Bytes))
}

var errBrokenOff = errors.New("the log broke off")

func (a *app) exportSome(ctx context.Context, e *exporter) error {
	resp, err := a.open(ctx, request{method: http.MethodGet, path: "/v1/log", bought: &e.bought,
		query: url.Values{"from": {strconv.FormatUint(e.next, 10)}}})
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	r := bufio.NewReaderSize(resp.Body, op.MaxEventBytes+1024)
	for {
		line, err := r.ReadSlice('\n')
		switch {
		case errors.Is(err, io.EOF) && len(line) == 0:
			return nil
		case errors.Is(err, bufio.ErrBufferFull):
			return fmt.Errorf("entry %d is longer than an entry can be", e.next)
		case err != nil: // in the midst of a line
			return fmt.Errorf("%w after entry %d: %w", errBrokenOff, e.next, err)
		}
		if err := e.take(line); err != nil {
			return err
		}
	}
}

// take checks that a line is the next entry of this economy, as its author signed it,
// and writes it.
func (e *exporter) take(line []byte) error {
	if _, err := e.entryCheck.take(line[:len(line)-1]); err != nil {
		return err
	}
	if _, err := e.out.Write(line); err != nil {
		return err
	}
	e.bought.served()
	e.app.served()
	e.bytes += int64(len(line))
	if e.bar != nil {
		_ = e.bar.Set64(int64(e.next))
	}
	return nil
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
