//go:build !linux

package ballotstore

import "os"

// syncData makes what was written over durable.
func syncData(f *os.File) error { return f.Sync() }
