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

	"github.com/econd/econd/node/buildinfo"
	"github.com/econd/econd/node/devnet"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	flags := flag.NewFlagSet("demo", flag.ExitOnError) // of its own: libraries add flags to the global one
	leave := flags.Bool("devnet", false, "set the economy up and leave it running until Ctrl-C")
	buildOnly := flags.Bool("build", false, "build the daemons and exit")
	keep := flags.Bool("keep", false, "keep all data and logs")
	limit := flags.Duration("timeout", 20*time.Minute, "give up after this long (not with -devnet)")
	version := flags.Bool("version", false, "say the version and exit")
	_ = flags.Parse(os.Args[1:]) // ends the program on an error
	if *version {
		fmt.Println("demo version " + buildinfo.Read().Line())
		return
	}
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
