// Command gen compiles the .proto files of this folder's parent and writes the
// Go code generated from them beside them, without protoc: the compiler and
// both plug-ins are Go modules that go.mod pins.
//
//	go run ./proto/gen            write the files
//	go run ./proto/gen --check    fail if the committed files differ
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
)

func main() {
	check := flag.Bool("check", false, "write nothing; fail if a committed file differs")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, *check); err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, check bool) error {
	root, err := protoRoot(ctx)
	if err != nil {
		return err
	}
	files, err := generate(ctx, root)
	if err != nil {
		return err
	}
	if check {
		return compare(root, files)
	}
	return write(root, files)
}
