package main

import (
	"testing"

	"github.com/econd/econd/cmd/internal/cli/clitest"
)

func TestCommandTree(t *testing.T) { clitest.Check(t, newRoot) }

// Whatever tells people to run econsim, in any program or page, is right.
func TestHintsNameCommands(t *testing.T) { clitest.Hints(t, newRoot, "../..") }
