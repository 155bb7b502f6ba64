// Demo starts a whole economy on one machine, with a real btcd, real lnds and
// real apertures, plays a story on it through the programs that users type,
// checks every step and ends everything it started.
//
//	demo           play the story (make demo)
//	demo -devnet   set the economy up and leave it running (make devnet)
//	demo -build    build the daemons only (make daemons)
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/econd/econd/node/devnet"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	leave := flag.Bool("devnet", false, "set the economy up and leave it running until Ctrl-C")
	buildOnly := flag.Bool("build", false, "build the daemons and exit")
	keep := flag.Bool("keep", false, "keep all data and logs")
	limit := flag.Duration("timeout", 20*time.Minute, "give up after this long (not with -devnet)")
	flag.Parse()
	if err := run(ctx, *leave, *buildOnly, *keep, *limit); err != nil {
		fmt.Fprintln(os.Stderr, "\ndemo: "+err.Error())
		os.Exit(1)
	}
}

func run(ctx context.Context, leave, buildOnly, keep bool, limit time.Duration) error {
	out := newTranscript(os.Stdout)
	if buildOnly {
		_, err := buildDaemons(ctx, out)
		return err
	}
	dir := ""
	if leave {
		defer ownTerminal()()
		var err error
		if dir, err = devnetDir(); err != nil {
			return err
		}
		defer os.RemoveAll(dir)
	} else {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, limit)
		defer cancel()
	}
	e, err := newEconomy(ctx, out, dir, keep)
	if e != nil {
		defer e.close()
	}
	if err != nil {
		return err
	}
	if leave {
		return e.idle(ctx)
	}
	return e.play(ctx)
}

func buildDaemons(ctx context.Context, out *transcript) (devnet.Binaries, error) {
	return devnet.Build(ctx, devnet.Options{Progress: func(s devnet.BuildStatus) { out.progress(s.String(), s.Done) }})
}
