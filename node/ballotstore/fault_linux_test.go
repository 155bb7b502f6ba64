package ballotstore_test

import (
	"fmt"
	"os"
	"runtime"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/econd/econd/node/ballotstore"
)

// Real faults, made by the kernel: a file that may not grow, and a sync that
// fails. bbolt syncs twice per commit, after the data and after the meta page
// that makes the data count. When the first fails the batch is lost; when the
// second fails it is most likely on disk although nobody may say so.
func init() {
	childModes["full"] = func(s *ballotstore.Store) error {
		// Room for the first 16 MiB that bbolt allocates at once, not for more.
		limit := unix.Rlimit{Cur: 20 << 20, Max: 20 << 20}
		if err := unix.Setrlimit(unix.RLIMIT_FSIZE, &limit); err != nil {
			return err
		}
		return appendUntilRefused(s)
	}
	childModes["sync-lost"] = func(s *ballotstore.Store) error { return failSync(s, 7) }
	childModes["sync-persisted"] = func(s *ballotstore.Store) error { return failSync(s, 8) }
}

func TestFaults(t *testing.T) {
	for _, c := range []struct {
		mode      string
		cause     string
		persisted bool
	}{
		{"full", "file too large", false},
		{"sync-lost", "input/output error", false},
		{"sync-persisted", "input/output error", true},
	} {
		t.Run(c.mode, func(t *testing.T) {
			path := tempPath(t)
			child := startChild(t, c.mode, path)
			said := child.listen(t, nil)
			require.NoError(t, child.cmd.Wait(), "%v", said.answers)

			require.NotZero(t, said.acked)
			require.Contains(t, said.answers["refused"], c.cause, "the first refusal tells the cause")
			poisoned := ballotstore.ErrPoisoned.Error()
			require.Contains(t, said.answers["again"], poisoned)
			require.Contains(t, said.answers["again"], c.cause)
			require.Contains(t, said.answers["effects"], poisoned, "no effect of a batch in doubt is carried out")
			require.Equal(t, "<nil>", said.answers["entry"], "what was durable is still served")

			size := requireIntact(t, path, said.acked)
			if c.persisted {
				require.Greater(t, size, said.acked, "the batch was on disk, so recovery takes it in")
			} else {
				require.Equal(t, said.acked, size, "the batch was not on disk, so recovery goes on before it")
			}
		})
	}
}

// failSync appends while the nth fdatasync from now, and every later one,
// returns EIO.
func failSync(s *ballotstore.Store, nth int) error {
	if err := interceptSync(nth); err != nil {
		return err
	}
	return appendUntilRefused(s)
}

// interceptSync has the kernel ask this process about every fdatasync, by a
// seccomp filter with user notification, and answers from its own thread.
func interceptSync(nth int) error {
	const loadNumber, jumpEqual, ret = unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, unix.BPF_RET | unix.BPF_K
	filter := []unix.SockFilter{
		{Code: loadNumber, K: 0}, // the number of the system call
		{Code: jumpEqual, Jf: 1, K: unix.SYS_FDATASYNC},
		{Code: ret, K: unix.SECCOMP_RET_USER_NOTIF},
		{Code: ret, K: unix.SECCOMP_RET_ALLOW},
	}
	program := unix.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]}

	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("no new privileges: %w", err)
	}
	const flags = unix.SECCOMP_FILTER_FLAG_TSYNC | unix.SECCOMP_FILTER_FLAG_TSYNC_ESRCH | unix.SECCOMP_FILTER_FLAG_NEW_LISTENER
	fd, _, errno := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, flags, uintptr(unsafe.Pointer(&program)))
	if errno != 0 {
		return fmt.Errorf("install seccomp filter: %w", errno)
	}
	go answerSyncs(fd, nth)
	return nil
}

// The two records of the notification protocol, seccomp_unotify(2).
type (
	notification struct {
		id    uint64
		pid   uint32
		flags uint32
		data  [64]byte // struct seccomp_data
	}
	response struct {
		id    uint64
		val   int64
		error int32
		flags uint32
	}
)

func answerSyncs(fd uintptr, nth int) {
	for n := 1; ; {
		var ask notification
		_, _, errno := unix.Syscall(unix.SYS_IOCTL, fd, unix.SECCOMP_IOCTL_NOTIF_RECV, uintptr(unsafe.Pointer(&ask)))
		if errno == unix.EINTR || errno == unix.ENOENT {
			continue
		}
		answer := response{id: ask.id, flags: unix.SECCOMP_USER_NOTIF_FLAG_CONTINUE}
		if n >= nth {
			answer = response{id: ask.id, error: -int32(unix.EIO)}
		}
		if errno == 0 {
			_, _, errno = unix.Syscall(unix.SYS_IOCTL, fd, unix.SECCOMP_IOCTL_NOTIF_SEND, uintptr(unsafe.Pointer(&answer)))
		}
		if errno == 0 {
			n++
		} else if errno != unix.ENOENT {
			fmt.Println("error", errno)
			os.Exit(1)
		}
	}
}
