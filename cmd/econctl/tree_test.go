package main

import (
	"io"
	"testing"

	"github.com/spf13/cobra"

	"github.com/econd/econd/cmd/internal/cli/clitest"
)

func anyRoot() *cobra.Command { return newRoot(newApp(nil, io.Discard, io.Discard)) }

func TestCommandTree(t *testing.T) { clitest.Check(t, anyRoot) }

// Whatever tells people to run econctl, in any program or page, is right.
func TestHintsNameCommands(t *testing.T) {
	clitest.Hints(t, anyRoot, "../..", "admin reaches it")
}
