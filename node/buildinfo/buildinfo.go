// Package buildinfo says what a program was built from, in the same words in every
// program, file and API. It refuses to know who asks.
package buildinfo

import (
	"runtime"
	"runtime/debug"
	"strings"
)

// stamp is set by the linker (node/devnet/stamp.sh): what git describe says, with
// "-dirty" at its end where files were changed or are not tracked, a space, and the whole
// commit.
var stamp string

// Info is what a program was built from. What is not known is empty.
type Info struct {
	// Version is a tag, a tag with what came after it, or an abbreviated commit;
	// "devel" where nothing is known. It ends with "-dirty" if Modified.
	Version string `json:"version"`
	// Commit is the whole hash.
	Commit string `json:"commit,omitempty"`
	// Modified tells that files differed from the commit, or that there were others.
	Modified bool `json:"modified"`
	// Go is the toolchain's version.
	Go string `json:"go"`
}

// Read returns what this program was built from: what the Makefile stamped it with,
// else what the go command wrote into it (go install, go build).
func Read() Info {
	info, _ := debug.ReadBuildInfo()
	return read(stamp, info)
}

// String is the version alone.
func (i Info) String() string { return i.Version }

// Line is the version with what else is known, for people.
func (i Info) Line() string {
	about := []string{}
	if i.Commit != "" {
		about = append(about, "commit "+i.Commit)
	}
	if i.Modified {
		about = append(about, "with changes")
	}
	return i.Version + " (" + strings.Join(append(about, i.Go), ", ") + ")"
}

func read(stamp string, info *debug.BuildInfo) Info {
	i := Info{Go: runtime.Version()}
	if version, commit, ok := strings.Cut(stamp, " "); ok {
		i.Version, i.Commit = version, commit
		i.Modified = strings.HasSuffix(version, dirty)
		return i
	}
	if info == nil {
		i.Version = devel
		return i
	}
	for _, x := range info.Settings {
		switch x.Key {
		case "vcs.revision":
			i.Commit = x.Value
		case "vcs.modified":
			i.Modified = x.Value == "true"
		}
	}
	i.Version = strings.TrimSuffix(info.Main.Version, "+dirty")
	if i.Version == "" || i.Version == "(devel)" {
		i.Version = devel
		if len(i.Commit) >= 7 {
			i.Version = i.Commit[:7]
		}
	}
	if i.Modified {
		i.Version += dirty
	}
	return i
}

const (
	devel = "devel"
	dirty = "-dirty"
)
