//go:build linux || darwin

package sim

import "syscall"

// freeDisk is what an ordinary user may still write beside a directory.
func freeDisk(dir string) (int64, bool) {
	var fs syscall.Statfs_t
	if err := syscall.Statfs(dir, &fs); err != nil {
		return 0, false
	}
	return int64(fs.Bavail) * int64(fs.Bsize), true
}
