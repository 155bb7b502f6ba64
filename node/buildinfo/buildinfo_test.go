package buildinfo

import (
	"runtime"
	"runtime/debug"
	"testing"

	"github.com/stretchr/testify/require"
)

const commit = "583db31e0f4a1b2c3d4e5f60718293a4b5c6d7e8"

func TestWhatAProgramWasBuiltFrom(t *testing.T) {
	vcs := func(version, modified string) *debug.BuildInfo {
		i := &debug.BuildInfo{Main: debug.Module{Version: version}}
		if modified != "" {
			i.Settings = []debug.BuildSetting{{Key: "vcs.revision", Value: commit}, {Key: "vcs.modified", Value: modified}}
		}
		return i
	}
	for _, tc := range []struct {
		name  string
		stamp string
		info  *debug.BuildInfo
		want  Info
		line  string
	}{
		{"make", "583db31 " + commit, vcs("(devel)", ""), Info{Version: "583db31", Commit: commit}, "583db31 (commit " + commit + ", "},
		{"make, with changes", "v1.2.0-3-g583db31-dirty " + commit, nil, Info{Version: "v1.2.0-3-g583db31-dirty", Commit: commit, Modified: true},
			"v1.2.0-3-g583db31-dirty (commit " + commit + ", with changes, "},
		{"a stamp goes before", "v1.2.0 " + commit, vcs("v9.9.9", "true"), Info{Version: "v1.2.0", Commit: commit}, "v1.2.0 (commit " + commit + ", "},
		{"go install of a version", "", vcs("v1.2.0", ""), Info{Version: "v1.2.0"}, "v1.2.0 ("},
		{"go build", "", vcs("v0.0.0-20261128-583db31e0f4a", "false"), Info{Version: "v0.0.0-20261128-583db31e0f4a", Commit: commit},
			"v0.0.0-20261128-583db31e0f4a (commit " + commit + ", "},
		{"go build, with changes", "", vcs("v0.0.0-20261128-583db31e0f4a+dirty", "true"),
			Info{Version: "v0.0.0-20261128-583db31e0f4a-dirty", Commit: commit, Modified: true},
			"v0.0.0-20261128-583db31e0f4a-dirty (commit " + commit + ", with changes, "},
		{"a commit without a version", "", vcs("(devel)", "true"), Info{Version: "583db31-dirty", Commit: commit, Modified: true},
			"583db31-dirty (commit " + commit + ", with changes, "},
		{"without version control", "", vcs("(devel)", ""), Info{Version: "devel"}, "devel ("},
		{"nothing", "", nil, Info{Version: "devel"}, "devel ("},
	} {
		t.Run(tc.name, func(t *testing.T) {
			tc.want.Go = runtime.Version()
			got := read(tc.stamp, tc.info)
			require.Equal(t, tc.want, got)
			require.Equal(t, tc.line+runtime.Version()+")", got.Line())
			require.Equal(t, got.Version, got.String())
		})
	}
}
