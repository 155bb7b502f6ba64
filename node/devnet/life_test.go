package devnet_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/econd/econd/node/devnet"
	"github.com/econd/econd/node/devnet/devnettest"
)

// orphanEnv turns this test binary into the parent that gets killed. Its value
// is the directory of that parent's network.
const orphanEnv = "DEVNET_TEST_ORPHAN_DIR"

// orphans is what the doomed parent tells about its children.
type orphans struct {
	Dir       string
	Addresses []string
}

// orphanMaker starts daemons, says so, and waits to be killed.
func orphanMaker() {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	n, err := devnet.Start(ctx, devnet.Config{
		Dir: os.Getenv(orphanEnv), Nodes: []string{devnet.Operator},
	})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	_ = json.NewEncoder(os.Stdout).Encode(orphans{
		Dir: n.Dir, Addresses: []string{n.Operator.RPCAddr, n.Operator.P2PAddr},
	})
	select {}
}

func TestChildrenDieWithAKilledParent(t *testing.T) {
	ctx := devnettest.Context(t, patience)
	parent := exec.CommandContext(ctx, os.Args[0])
	parent.Env = append(os.Environ(), orphanEnv+"="+t.TempDir())
	parent.Stderr = os.Stderr
	out, err := parent.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, parent.Start())
	line, err := bufio.NewReader(out).ReadBytes('\n')
	require.NoError(t, err)
	var left orphans
	require.NoError(t, json.Unmarshal(line, &left))
	for _, address := range left.Addresses {
		c, err := net.Dial("tcp4", address)
		require.NoError(t, err, "the daemons must be up before the parent is killed")
		c.Close()
	}

	require.NoError(t, parent.Process.Kill())
	_ = parent.Wait()
	for _, address := range left.Addresses {
		require.Eventually(t, func() bool {
			l, err := net.Listen("tcp4", address)
			if err != nil {
				return false
			}
			l.Close()
			return true
		}, time.Minute, 20*time.Millisecond, "something still listens on %s", address)
	}
}
