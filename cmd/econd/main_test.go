package main

import (
	"os"
	"testing"

	"github.com/econd/econd/node/devnet"
	"github.com/econd/econd/node/devnet/devnettest"
)

func TestMain(m *testing.M) {
	os.Exit(devnettest.Main(m, devnet.Config{Nodes: []string{devnet.Operator, devnet.Consumer}}))
}
