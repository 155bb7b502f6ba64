package main

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/btcsuite/btcd/chaincfg"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/econd/econd/node/lnd/lndtest"
	"github.com/econd/econd/node/op"
)

// fullEnv names the configuration for the test process that runs econd on a full disk.
const fullEnv = "ECOND_TEST_FULL"

// TestOnAFullDisk is no test by itself: it is what TestFullDisk runs as a process of its own.
func TestOnAFullDisk(t *testing.T) {
	path := os.Getenv(fullEnv)
	if path == "" {
		return
	}
	// The log may not grow beyond where it is; what other files need fits.
	limit := unix.Rlimit{Cur: 64 << 10, Max: 64 << 10}
	require.NoError(t, unix.Setrlimit(unix.RLIMIT_FSIZE, &limit))
	os.Args = []string{"econd", "run", "--config", path}
	main()
	os.Exit(0)
}

// registration is a new agent's.
func registration(t *testing.T, economy string, number int) []byte {
	t.Helper()
	var raw [32]byte
	raw[30], raw[31] = byte(number>>8), byte(number+1)
	key, err := op.NewSecretKey(raw[:])
	require.NoError(t, err)
	e := &op.Event{CreatedAt: time.Now().Unix(), Kind: op.KindRegister, Tags: [][]string{{op.EconomyTag, economy}},
		Content: op.EncodeContent(op.Register{Name: fmt.Sprintf("agent-%d", number)})}
	require.NoError(t, e.Sign(key))
	return e.Marshal()
}

func (r *running) post(event []byte) (int, string) {
	r.t.Helper()
	resp, err := http.Post("http://"+r.await(r.t, `msg=listening for=HTTP address=(\S+)`)+"/v1/operations", "application/json", bytes.NewReader(event))
	require.NoError(r.t, err)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	require.NoError(r.t, err)
	return resp.StatusCode, string(body)
}

// On a full disk econd refuses what it cannot write and ends as docs/operating.md says; with
// room again, all that it acknowledged is there, and what it did not counts once.
func TestFullDisk(t *testing.T) {
	l := lndtest.Start(t, &chaincfg.RegressionNetParams)
	cfg := foundedOn(t, "regtest", l)
	r := start(t, cfg) // the files beside the log are made
	r.until("/readyz", `"ready"`)
	require.NoError(t, r.end())

	path := filepath.Join(cfg.DataDir, "econd.yaml")
	text, err := cfg.text()
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(path, text, 0o600))
	c := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestOnAFullDisk$")
	c.Env = append(os.Environ(), fullEnv+"="+path)
	child := &running{output: newOutput(), t: t, done: make(chan error, 1)}
	c.Stdout, c.Stderr = child, child
	require.NoError(t, c.Start())
	go func() { child.done <- c.Wait() }()
	economy := child.await(t, `msg="log replayed" economy=(\S+)`)
	child.await(t, `msg="serving HTTP"`)

	var events [][]byte
	var acknowledged []string
	for {
		events = append(events, registration(t, economy, len(events)))
		status, body := child.post(events[len(events)-1])
		if status >= 300 {
			require.Equal(t, http.StatusServiceUnavailable, status, body)
			require.Contains(t, body, `"rule":"not-durable"`)
			break
		}
		acknowledged = append(acknowledged, body)
	}
	<-child.done
	require.Equal(t, 1, c.ProcessState.ExitCode())
	lines := strings.Split(strings.TrimSpace(child.String()), "\n")
	last := lines[len(lines)-1]
	manual, err := os.ReadFile("../../docs/operating.md")
	require.NoError(t, err)
	said := regexp.MustCompile("\\| an entry, a signed checkpoint \\| `([^`]+) ` \\.\\.\\. \\|").FindSubmatch(manual)
	require.NotNil(t, said)
	require.True(t, strings.HasPrefix(last, string(said[1])), last)
	require.True(t, strings.HasSuffix(last, "file too large"), last)

	r = start(t, cfg)
	r.await(t, `msg="serving HTTP"`)
	for number, want := range acknowledged {
		_, body := r.post(events[number])
		entry, _, promised := strings.Cut(want, `,"promise"`)
		require.True(t, promised, want)
		require.True(t, strings.HasPrefix(body, entry+`,"replay":true,"promise":"`), body) // under another head
	}
	status, body := r.post(events[len(acknowledged)])
	require.Less(t, status, 300, body)
	require.Contains(t, body, fmt.Sprintf(`"seq":%d,`, len(events)+1))
	t.Logf("%d entries were acknowledged", len(acknowledged))
	require.NoError(t, r.end())
}
