package main

import (
	"testing"

	"github.com/spf13/cobra"

	"github.com/econd/econd/cmd/internal/cli/clitest"
)

func newTree() *cobra.Command { return newRoot(&cli{}) }

func TestCommandTree(t *testing.T) { clitest.Check(t, newTree) }

// Whatever tells people to run econaudit, in any program or page, is right.
func TestHintsNameCommands(t *testing.T) { clitest.Hints(t, newTree, "../..") }
