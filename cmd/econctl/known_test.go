package main

import (
	"fmt"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/econd/econd/node/audit/audittest"
	"github.com/econd/econd/node/client"
)

// Several econctl at once lose none of each other's logs.
func TestKnownLogsOfManyProcesses(t *testing.T) {
	path := filepath.Join(t.TempDir(), "new", "logs.json")
	var all sync.WaitGroup
	for p := range 4 {
		all.Go(func() {
			k := &knownLogs{path: path}
			for i := range 10 {
				name := fmt.Sprintf("e%d-%d", p, i)
				if err := k.Keep("http://"+name, client.KnownLog{Economy: name, LogKey: "k"}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	f, err := (&knownLogs{path: path}).read()
	require.NoError(t, err)
	require.Len(t, f.Logs, 40)
}

// A head goes back only where its log is taken as it is shown now.
func TestKnownHeadsNeverGoBack(t *testing.T) {
	e := audittest.NewEconomy(t, "met-1")
	small := string(e.Checkpoint())
	e.Agent("ann")
	large := string(e.Checkpoint())
	path := filepath.Join(t.TempDir(), "logs.json")
	for _, c := range []struct {
		forget     bool
		keep, want string
	}{{false, small, small}, {false, large, large}, {false, small, large}, {false, "", large}, {true, small, small}} {
		k := &knownLogs{path: path, forget: c.forget}
		require.NoError(t, k.Keep("http://a", client.KnownLog{Economy: "met-1", LogKey: "k", Head: c.keep}))
		f, err := k.read()
		require.NoError(t, err)
		require.Equal(t, c.want, f.Logs[0].Head)
	}
	k := &knownLogs{path: path}
	require.NoError(t, k.Keep("http://a", client.KnownLog{Economy: "met-1", LogKey: "k", Head: large}))
	require.NoError(t, k.Keep("http://a", client.KnownLog{Economy: "met-1", LogKey: "next", Head: small}))
	f, err := k.read()
	require.NoError(t, err)
	require.Equal(t, small, f.Logs[0].Head, "heads of another key")
}
