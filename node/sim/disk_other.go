//go:build !linux && !darwin

package sim

// freeDisk is not known here; the sweep is not held against it.
func freeDisk(string) (int64, bool) { return 0, false }
