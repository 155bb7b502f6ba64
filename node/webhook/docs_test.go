package webhook

import (
	"context"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// The receiver that docs/webhooks.md shows takes what this package sends, and
// refuses what another origin's secret signed.
func TestReceiverOfTheDocumentation(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "webhooks.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, after, ok := strings.Cut(string(text), "<!-- receiver")
	_, code, ok2 := strings.Cut(after, "```go\n")
	code, _, ok3 := strings.Cut(code, "```")
	if !ok || !ok2 || !ok3 {
		t.Fatal("docs/webhooks.md shows no receiver")
	}
	dir := t.TempDir()
	source, program := filepath.Join(dir, "main.go"), filepath.Join(dir, "receiver")
	if err := os.WriteFile(source, []byte(code), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	t.Cleanup(cancel)
	if out, err := exec.CommandContext(ctx, "go", "build", "-o", program, source).CombinedOutput(); err != nil {
		t.Fatalf("it does not build: %v\n%s", err, out)
	}
	cfg := config(t, nil)
	cfg.AllowHTTP = true
	c := client(t, cfg)
	for name, tc := range map[string]struct {
		other bool
		want  int
	}{"its own secret": {false, http.StatusNoContent}, "another's secret": {true, http.StatusUnauthorized}} {
		t.Run(name, func(t *testing.T) {
			address := freeAddress(t)
			url := "http://" + address
			_, secret, err := c.Secret(url)
			if tc.other {
				_, secret, err = c.Secret("http://127.0.0.2")
			}
			if err != nil {
				t.Fatal(err)
			}
			cmd := exec.CommandContext(ctx, program, address)
			cmd.Env = append(os.Environ(), "WEBHOOK_SECRET="+secret.Reveal())
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
			got := c.Deliver(ctx, "whk_1", url+"/upgrade", []byte(document))
			for ; got.Status == 0 && ctx.Err() == nil; got = c.Deliver(ctx, "whk_1", url+"/upgrade", []byte(document)) {
				time.Sleep(20 * time.Millisecond) // until it listens
			}
			if got.Status != tc.want {
				t.Errorf("%+v", got)
			}
		})
	}
}

func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}
