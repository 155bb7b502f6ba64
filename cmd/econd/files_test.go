package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/econd/econd/node"
	"github.com/econd/econd/node/answers"
	"github.com/econd/econd/node/balances"
	"github.com/econd/econd/node/ballotstore"
	"github.com/econd/econd/node/keyfile"
	"github.com/econd/econd/node/notifier"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/rootkeys"
	"github.com/econd/econd/node/subscriptions"
)

// What a file beside the log does not take is told under the part "files", with the name
// of the file's keeper.
func TestFilesThatTakeNoWritesAreNamed(t *testing.T) {
	dir := t.TempDir()
	var d daemon
	var err error
	d.answers, err = answers.Open(filepath.Join(dir, "a.db"))
	require.NoError(t, err)
	d.subscriptions, err = subscriptions.Open(subscriptions.Config{Path: filepath.Join(dir, "s.db"), Most: 1})
	require.NoError(t, err)
	require.Empty(t, d.fileProblems(), "in mode off there are two")
	d.balances, err = balances.Open(balances.Config{Path: filepath.Join(dir, "b.db")})
	require.NoError(t, err)
	d.keys, err = rootkeys.Open(rootkeys.Config{Path: filepath.Join(dir, "r.db")})
	require.NoError(t, err)
	require.Empty(t, d.fileProblems())

	require.NoError(t, d.answers.Close())
	require.NoError(t, d.subscriptions.Close())
	require.Error(t, d.answers.Put([32]byte{}, [32]byte{}, 0, 1, nil))
	require.Error(t, d.subscriptions.Put(notifier.Webhook{Agent: op.PublicKey{1}}, notifier.Signed{}))
	require.Equal(t, []string{"files: answers: the file is closed", "files: subscriptions: the file is closed"}, d.fileProblems())
	for _, p := range d.fileProblems() {
		require.Equal(t, "files", node.PartOf(p))
	}
	require.NoError(t, d.balances.Close())
	require.NoError(t, d.keys.Close())
}

// docs/operating.md has what econd says of each file that is damaged.
func TestDamagedFilesAreInTheManual(t *testing.T) {
	var said []*regexp.Regexp
	for _, row := range tableRows(t, "### Damaged files", 2) {
		text := regexp.QuoteMeta(strings.Trim(row[0], "`"))
		said = append(said, regexp.MustCompile("^"+strings.ReplaceAll(text, `\.\.\.`, ".*")+"$"))
	}
	cfg := defaultConfig(t.TempDir())
	damaged := func(path string, fill byte) string {
		require.NoError(t, os.WriteFile(path, []byte(strings.Repeat(string(rune(fill)), 4*4096)), 0o600))
		return path
	}
	used := map[int]bool{}
	for name, open := range map[string]func() error{
		"ballots.db": func() error {
			_, err := ballotstore.Open(ballotstore.Config{Path: damaged(cfg.ballots(), 'x')})
			return err
		},
		"balances.db": func() error {
			_, err := balances.Open(balances.Config{Path: damaged(cfg.balances(), 'x')})
			return err
		},
		"rootkeys.db": func() error {
			_, err := rootkeys.Open(rootkeys.Config{Path: damaged(cfg.rootkeys(), 'x')})
			return err
		},
		"answers.db": func() error { _, err := answers.Open(damaged(cfg.answers(), 'x')); return err },
		"subscriptions.db": func() error {
			_, err := subscriptions.Open(subscriptions.Config{Path: damaged(cfg.subscriptions(), 'x'), Most: 1})
			return err
		},
		"ballots.db.head": func() error {
			_, _, err := cfg.heads().Highest()
			require.NoError(t, err, "there is none")
			damaged(ballotstore.HeadPath(cfg.ballots()), '{')
			_, _, err = cfg.heads().Highest()
			return err
		},
		"operator.key": func() error {
			var o keyfile.Operator
			damaged(cfg.keyFile(), 'x')
			return keyfile.Read(cfg.keyFile(), &o)
		},
		"corrupt": func() error {
			return &ballotstore.CorruptEntryError{Seq: 7, Reason: "is not its leaf"}
		},
	} {
		err := open()
		require.Error(t, err, name)
		found := false
		for i, re := range said {
			if re.MatchString("econd: " + err.Error()) {
				found, used[i] = true, true
			}
		}
		require.True(t, found, "%s: docs/operating.md has not: econd: %v", name, err)
	}
	require.Len(t, used, len(said), "a row that nothing says")
}
