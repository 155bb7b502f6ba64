package audit

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/refusal"
)

// A history is a folder of testdata/history: logs as econd wrote them at one time,
// and what they came to. See its README.
const histories = "testdata/history"

// keepHistory is the folder whose logs are replayed to record what they come to.
var keepHistory = flag.String("keep-history", "", "record what the logs of this new history come to")

// pastLog is one log of a history.
type pastLog struct {
	path string // without the ends .log.gz, .refused.gz, .effects.gz and .end.gz
}

func (l pastLog) read(t testing.TB, end string) []byte {
	raw, err := os.ReadFile(l.path + end)
	require.NoError(t, err)
	z, err := gzip.NewReader(bytes.NewReader(raw))
	require.NoError(t, err)
	text, err := io.ReadAll(z)
	require.NoError(t, err)
	return text
}

// refusedEntry is an entry that was not let into the log.
type refusedEntry struct {
	rule  string
	entry *op.Entry
}

// refusals are by the number of the entry that came instead.
func (l pastLog) refusals(t testing.TB) map[uint64][]refusedEntry {
	all := map[uint64][]refusedEntry{}
	for line := range strings.Lines(string(l.read(t, ".refused.gz"))) {
		rule, text, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		e, err := op.DecodeEntry([]byte(text))
		require.NoError(t, err)
		all[e.Seq] = append(all[e.Seq], refusedEntry{rule, e})
	}
	return all
}

// replay applies the log, entry by entry. Each refused entry is handed in where it
// was refused, and see is told of each entry's effects, one JSON object each.
func (l pastLog) replay(t testing.TB, see func(e *op.Entry, effects []string) error) (*replayer, ReplayReport) {
	refusals := l.refusals(t)
	p := newReplayer(ReplayOptions{Lenient: true}) // scenarios name blocks of no chain as those of anchors
	p.see = func(e *op.Entry, effects []ledger.Effect) error {
		var list []string
		for _, f := range effects {
			list = append(list, string(f.Marshal()))
		}
		return see(e, list)
	}
	deny := func() error {
		for _, r := range refusals[p.state.Next()] {
			_, err := ledger.Apply(p.state, r.entry)
			if got := (*refusal.Refusal)(nil); !errors.As(err, &got) || got.Rule != r.rule {
				return fmt.Errorf("%s was refused by %s, now: %v", nameOf(r.entry), r.rule, err)
			}
		}
		delete(refusals, p.state.Next())
		return nil
	}
	require.NoError(t, run(context.Background(), bytes.NewReader(l.read(t, ".log.gz")), 0, ReplayOptions{Workers: 1, Lenient: true}, func(it item) error {
		if err := deny(); err != nil {
			return err
		}
		return p.step(it)
	}))
	require.NoError(t, deny())
	require.Empty(t, refusals, "refused entries without a place")
	report, err := p.finish()
	require.NoError(t, err)
	return p, report
}

// effectsOf reads what each entry asked for, by its number.
func (l pastLog) effectsOf(t testing.TB) map[uint64][]string {
	all := map[uint64][]string{}
	for line := range strings.Lines(string(l.read(t, ".effects.gz"))) {
		var f struct {
			ID string `json:"id"` // "<seq>/<index>"
		}
		require.NoError(t, json.Unmarshal([]byte(line), &f))
		var seq, index uint64
		_, err := fmt.Sscanf(f.ID, "%d/%d", &seq, &index)
		require.NoError(t, err)
		all[seq] = append(all[seq], strings.TrimSuffix(line, "\n"))
	}
	return all
}

// Every log of the past has the meaning that it had: no entry is refused that was let
// in, none let in that was refused, each asks for what it asked for, and the end is
// the same to the last figure.
func TestHistories(t *testing.T) {
	folders := historyFolders(t)
	for _, folder := range folders {
		heads := headsOf(t, folder)
		logs, err := filepath.Glob(filepath.Join(folder, "*.log.gz"))
		require.NoError(t, err)
		require.Len(t, logs, len(heads), "heads.txt has a line for each log")
		for _, file := range logs {
			l := pastLog{strings.TrimSuffix(file, ".log.gz")}
			name := filepath.Base(l.path)
			t.Run(filepath.Base(folder)+"/"+name, func(t *testing.T) { l.check(t, heads[name]) })
		}
	}
}

func (l pastLog) check(t *testing.T, head string) {
	wanted := l.effectsOf(t)
	p, report := l.replay(t, func(e *op.Entry, got []string) error {
		want := wanted[e.Seq]
		delete(wanted, e.Seq)
		for i := range max(len(want), len(got)) {
			if i >= len(want) || i >= len(got) || !within(t, want[i], got[i]) {
				return fmt.Errorf("%s: effects were\n%s\nnow\n%s", nameOf(e), strings.Join(want, "\n"), strings.Join(got, "\n"))
			}
		}
		return nil
	})
	require.Empty(t, wanted, "effects of no entry")
	require.Equal(t, head, headText(report))
	var was, is map[string]any
	require.NoError(t, unmarshalExact(l.read(t, ".end.gz"), &was))
	require.NoError(t, unmarshalExact(encode(t, endOf(p.state, report)), &is))
	require.Empty(t, difference("end", was, is))
}

// unfinished are the kinds of the version of the rules that may change still. Their logs are kept as
// soon as it is finished: whoever keeps them before binds it.
var unfinished = []op.Kind{
	op.KindRotateKey, op.KindRevokeKey, op.KindRecoverKey, op.KindStopRecovery, op.KindSetRecovery, op.KindKeyRecovered,
	op.KindOpenWallet, op.KindCloseWallet, op.KindSpend, op.KindApproveSpend, op.KindResetBreaker, op.KindWalletBudget,
	op.KindSpendSubmitted, op.KindSpendSettled, op.KindSpendFailed, op.KindBreakerTripped,
}

// The histories have an entry of every kind.
func TestHistoriesHaveEveryKind(t *testing.T) {
	seen := map[op.Kind]bool{}
	logs, err := filepath.Glob(filepath.Join(histories, "*", "*.log.gz"))
	require.NoError(t, err)
	for _, file := range logs {
		for line := range bytes.Lines(pastLog{strings.TrimSuffix(file, ".log.gz")}.read(t, ".log.gz")) {
			e, err := op.DecodeEntry(bytes.TrimSuffix(line, []byte{'\n'}))
			require.NoError(t, err)
			seen[e.Event.Kind] = true
		}
	}
	for _, k := range op.Kinds() {
		require.False(t, seen[k] && slices.Contains(unfinished, k), "%s is in a history: its version of the rules is finished", k)
		require.True(t, seen[k] || slices.Contains(unfinished, k), "no history has an entry of kind %s: add a scenario with one and run make history", k)
	}
}

// TestKeepHistory records what the logs of a new history come to.
func TestKeepHistory(t *testing.T) {
	if *keepHistory == "" {
		return
	}
	logs, err := filepath.Glob(filepath.Join(*keepHistory, "*.log.gz"))
	require.NoError(t, err)
	require.NotEmpty(t, logs)
	var heads strings.Builder
	for _, file := range logs {
		l := pastLog{strings.TrimSuffix(file, ".log.gz")}
		var effects bytes.Buffer
		p, report := l.replay(t, func(_ *op.Entry, list []string) error {
			for _, f := range list {
				fmt.Fprintln(&effects, f)
			}
			return nil
		})
		l.writeNew(t, ".effects.gz", effects.Bytes())
		l.writeNew(t, ".end.gz", encode(t, endOf(p.state, report)))
		fmt.Fprintln(&heads, filepath.Base(l.path), headText(report))
	}
	require.NoError(t, writeNew(filepath.Join(*keepHistory, "heads.txt"), []byte(heads.String())))
}

func (l pastLog) writeNew(t testing.TB, end string, text []byte) {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, err := w.Write(text)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	require.NoError(t, writeNew(l.path+end, b.Bytes()))
}

// writeNew never overwrites: the past stays as it was.
func writeNew(name string, raw []byte) error {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if errors.Is(err, os.ErrExist) {
		return nil
	}
	if err != nil {
		return err
	}
	_, err = f.Write(raw)
	return errors.Join(err, f.Close())
}

// historyFolders are the histories, oldest first.
func historyFolders(t testing.TB) []string {
	list, err := filepath.Glob(histories + "/*/heads.txt")
	require.NoError(t, err)
	require.NotEmpty(t, list)
	for i := range list {
		list[i] = filepath.Dir(list[i])
	}
	slices.Sort(list)
	return list
}

func headText(r ReplayReport) string { return fmt.Sprint(r.Entries, " ", r.Root) }

// headsOf reads heads.txt: name, entries, root.
func headsOf(t testing.TB, folder string) map[string]string {
	raw, err := os.ReadFile(filepath.Join(folder, "heads.txt"))
	require.NoError(t, err)
	heads := map[string]string{}
	for line := range strings.Lines(string(raw)) {
		name, head, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		heads[name] = head
	}
	return heads
}
