package main

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// A child of TestCtrlCIsNoErrorOfMake: it works as make devnet does, without the
// network.
const idleChild = "ECOND_TEST_IDLE_CHILD"

func TestMain(m *testing.M) {
	if os.Getenv(idleChild) == "" {
		os.Exit(m.Run())
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	restore := ownTerminal()
	fmt.Println("runs")
	<-ctx.Done()
	fmt.Println("ending")
	restore()
}

// Ctrl-C at a terminal ends the devnet, and make says nothing about an error.
func TestCtrlCIsNoErrorOfMake(t *testing.T) {
	master, slave := terminal(t)
	dir := t.TempDir()
	makefile := fmt.Sprintf("devnet:\n\t@%s=1 '%s'\n", idleChild, os.Args[0])
	if err := os.WriteFile(filepath.Join(dir, "Makefile"), []byte(makefile), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "make", "devnet")
	cmd.Dir, cmd.Stdin, cmd.Stdout, cmd.Stderr = dir, slave, slave, slave
	// Not as a part of the make that runs the tests, which would have it name its folder.
	cmd.Env = slices.DeleteFunc(os.Environ(), func(v string) bool {
		return strings.HasPrefix(v, "MAKE") || strings.HasPrefix(v, "MFLAGS=")
	})
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	slave.Close()
	lines := bufio.NewReader(master)
	said, err := lines.ReadString('\n')
	if err != nil || strings.TrimSpace(said) != "runs" {
		t.Fatalf("%q %v", said, err)
	}
	if _, err := master.Write([]byte{3}); err != nil { // Ctrl-C
		t.Fatal(err)
	}
	var rest strings.Builder
	_, _ = lines.WriteTo(&rest) // ends with an error of the closed terminal
	if err := cmd.Wait(); err != nil {
		t.Fatalf("make: %v\n%s", err, rest.String())
	}
	if got := strings.TrimPrefix(strings.TrimSpace(rest.String()), "^C"); got != "ending" {
		t.Fatalf("after Ctrl-C: %q", got)
	}
}

// terminal opens a pseudo terminal.
func terminal(t *testing.T) (master, slave *os.File) {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { master.Close() })
	fd := int(master.Fd())
	n, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err == nil {
		err = unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0)
	}
	if err != nil {
		t.Fatal(err)
	}
	if slave, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0); err != nil {
		t.Fatal(err)
	}
	return master, slave
}
