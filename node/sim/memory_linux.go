package sim

import (
	"bytes"
	"os"
	"strconv"
)

// freeMemory is what new programs may use without swapping, as the kernel
// estimates it, and no more than a memory limit of this one's group leaves.
func freeMemory() (int64, bool) {
	info, err := os.ReadFile("/proc/meminfo")
	if err != nil {
		return 0, false
	}
	for line := range bytes.Lines(info) {
		rest, ok := bytes.CutPrefix(line, []byte("MemAvailable:"))
		fields := bytes.Fields(rest)
		if !ok || len(fields) == 0 {
			continue
		}
		kib, err := strconv.ParseInt(string(fields[0]), 10, 64)
		return min(kib<<10, groupMemory()), err == nil
	}
	return 0, false
}

// groupMemory is what is left below the limit of this process's control group;
// without a limit, more than any machine has.
func groupMemory() int64 {
	const none = int64(1) << 62
	read := func(name string) (int64, bool) {
		raw, err := os.ReadFile("/sys/fs/cgroup/" + name)
		if err != nil {
			return 0, false
		}
		n, err := strconv.ParseInt(string(bytes.TrimSpace(raw)), 10, 64)
		return n, err == nil
	}
	limit, ok := read("memory.max")
	used, ok2 := read("memory.current")
	if !ok || !ok2 {
		return none
	}
	return max(0, limit-used)
}
