//go:build !unix

package audit

import "time"

// cpuTime is not known here: the metric made of it is then NaN.
func cpuTime() time.Duration { return 0 }
