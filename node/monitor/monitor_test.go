package monitor

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/econd/econd/node/audit/audittest"
	"github.com/econd/econd/node/client"
	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/view"
)

// operator is an econd in process with the real keys, which serves whatever its economy holds.
type operator struct {
	t  *testing.T
	mu sync.Mutex
	*audittest.Economy
	line *audittest.Line // of anchors; nil: none

	url     string
	head    []byte // served instead of the true one
	proof   func(old, n int64) []op.Hash
	refuse  map[string]int      // status by path, served instead of an answer
	most    int                 // entries of one answer; 0: all
	hang    bool                // the log sends one line and no more
	asked   map[string]int      // requests by path
	hide    int                 // so many anchors at the end have no proof
	garbage func([]byte) []byte // what becomes of a line on its way
	sent    int                 // lines of the log
}

func newOperator(t *testing.T) *operator {
	o := &operator{t: t, Economy: audittest.NewEconomy(t, "watched-1"), asked: map[string]int{}, refuse: map[string]int{}}
	for _, name := range []string{"ann", "ben", "cid", "dan"} {
		o.Agent(name)
		o.Pass(time.Second)
	}
	s := httptest.NewServer(o)
	t.Cleanup(s.Close)
	o.url = s.URL
	return o
}

// fork is the same operator with another economy's log of as many first entries.
func (o *operator) fork(entries int) *audittest.Economy {
	e := audittest.NewEconomy(o.t, "watched-1")
	e.State, e.Lines = ledger.New(), nil
	for _, line := range o.Lines[:entries] {
		entry, err := op.DecodeEntry(line)
		require.NoError(o.t, err)
		_, err = ledger.Apply(e.State, entry)
		require.NoError(o.t, err)
		e.Lines, e.At = append(e.Lines, line), entry.Stamp
	}
	return e
}

// become serves another log.
func (o *operator) become(e *audittest.Economy) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.Economy = e
}

// ServeHTTP implements http.Handler.
func (o *operator) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.asked[r.URL.Path]++
	if status := o.refuse[r.URL.Path]; status != 0 {
		w.WriteHeader(status)
		return
	}
	number := func(name string) int64 {
		n, _ := strconv.ParseInt(r.URL.Query().Get(name), 10, 64)
		return n
	}
	answer := func(v any) { _ = json.NewEncoder(w).Encode(v) }
	switch r.URL.Path {
	case "/v1/info":
		answer(view.Info{Economy: o.ID, Network: "regtest", Log: view.Log{VerifierKey: o.LogKey}, Size: uint64(len(o.Lines))})
	case "/v1/checkpoints/latest":
		if o.head != nil {
			_, _ = w.Write(o.head)
		} else {
			_, _ = w.Write(o.Checkpoint())
		}
	case "/v1/checkpoints/consistency":
		old, size := number("old"), number("size")
		hashes := []op.Hash{}
		if o.proof != nil {
			hashes = o.proof(old, size)
		} else if size > int64(len(o.Lines)) || old > size {
			w.WriteHeader(400)
			return
		} else if old > 0 && old < size {
			p, _ := tlog.ProveTree(size, old, leavesOf(o.Lines[:size]))
			for _, h := range p {
				hashes = append(hashes, op.Hash(h))
			}
		}
		answer(view.Consistency{Old: old, Size: size, Hashes: hashes})
	case "/v1/log":
		o.serveLog(w, r, int(number("from")))
	case "/v1/anchors/proofs":
		items := []view.ProvenAnchor{}
		if o.line != nil {
			for _, p := range o.line.Proofs[:len(o.line.Proofs)-o.hide] {
				raw, _ := p.Encode()
				items = append(items, view.ProvenAnchor{Proof: raw})
			}
		}
		answer(map[string]any{"items": items})
	default:
		w.WriteHeader(404)
	}
}

func (o *operator) serveLog(w http.ResponseWriter, r *http.Request, from int) {
	lines := o.Lines[min(from, len(o.Lines)):]
	if o.most > 0 && len(lines) > o.most {
		lines = lines[:o.most]
	}
	for _, line := range lines {
		if o.garbage != nil {
			line = o.garbage(line)
		}
		o.sent++
		_, _ = w.Write(append(bytes.Clone(line), '\n'))
		if o.hang {
			w.(http.Flusher).Flush()
			o.mu.Unlock()
			<-r.Context().Done()
			o.mu.Lock()
			return
		}
	}
}

// stored are the stored hashes of a tree, as tlog numbers them.
type stored []tlog.Hash

func (s stored) ReadHashes(at []int64) ([]tlog.Hash, error) {
	list := make([]tlog.Hash, len(at))
	for i, n := range at {
		list[i] = s[n]
	}
	return list, nil
}

func leavesOf(lines [][]byte) stored {
	var s stored
	for i, line := range lines {
		h, err := tlog.StoredHashes(int64(i), line, s)
		if err != nil {
			panic(err)
		}
		s = append(s, h...)
	}
	return s
}

// watcher is a monitor with a set clock.
type watcher struct {
	*Monitor
	t      *testing.T
	now    time.Time
	cfg    Config
	alarms []Alarm
	said   []string
}

func (o *operator) client() *client.Client {
	c, err := client.New(client.Config{URL: o.url, RetryFor: -1})
	require.NoError(o.t, err)
	return c
}

func (o *operator) watched(change ...func(*Config)) *watcher {
	w := &watcher{t: o.t, now: time.UnixMilli(o.At.TimeMs)}
	w.cfg = Config{Econd: o.client(), Dir: o.t.TempDir(), Silence: time.Hour, Stall: 20 * time.Second, MaxBytes: 32 << 20, Workers: 1,
		Now: func() time.Time { return w.now }, Alarm: func(a Alarm) { w.alarms = append(w.alarms, a) }, Say: func(s string) { w.said = append(w.said, s) }}
	for _, f := range change {
		f(&w.cfg)
	}
	w.start()
	return w
}

func (w *watcher) start() {
	w.t.Helper()
	var err error
	w.Monitor, err = New(context.Background(), w.cfg)
	require.NoError(w.t, err)
	m := w.Monitor
	w.t.Cleanup(func() { _ = m.Close() })
}

// restart is a new process on the same folder.
func (w *watcher) restart() {
	w.t.Helper()
	require.NoError(w.t, w.Close())
	w.start()
}

func (w *watcher) round() Report {
	w.t.Helper()
	r, err := w.Round(context.Background())
	require.NoError(w.t, err)
	return r
}

// alarm is the only alarm that stands.
func (w *watcher) alarm(r Report, kind Kind, says string) Alarm {
	w.t.Helper()
	require.Len(w.t, r.Alarms, 1, "%v %v", r.Alarms, r.Faults)
	require.Equal(w.t, kind, r.Alarms[0].Kind, r.Alarms[0].Text)
	require.Contains(w.t, r.Alarms[0].Text, says)
	return r.Alarms[0]
}

var auditor = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "econaudit")
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "econaudit")
	out, err := exec.Command("go", "build", "-o", path, "../../cmd/econaudit").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%w: %s", err, out)
	}
	return path, nil
})

// shown runs the command of an alarm, as a reader who copies it, and returns what it prints and whether it succeeds.
func shown(t *testing.T, a Alarm) (string, bool) {
	t.Helper()
	path, err := auditor()
	require.NoError(t, err)
	require.True(t, strings.HasPrefix(a.Command, "econaudit "), a.Command)
	out, err := exec.Command("sh", "-c", path+strings.TrimPrefix(a.Command, "econaudit")).CombinedOutput()
	return string(out), err == nil
}

func TestMain(m *testing.M) {
	code := m.Run()
	if path, err := auditor(); err == nil {
		_ = os.RemoveAll(filepath.Dir(path))
	}
	os.Exit(code)
}

// An honest log is followed: entries are fetched once, heads are kept, and a restart asks for what is new alone.
func TestHonestLogIsFollowed(t *testing.T) {
	o := newOperator(t)
	w := o.watched()
	r := w.round()
	require.True(t, r.OK(), "%+v", r)
	require.EqualValues(t, len(o.Lines), r.Entries)
	require.EqualValues(t, len(o.Lines), r.HeadSize)
	require.Equal(t, 1, o.asked["/v1/log"])

	require.True(t, w.round().OK())
	require.Equal(t, 1, o.asked["/v1/log"], "nothing new, and asked for")

	o.Agent("eve")
	o.Pass(time.Minute)
	w.restart()
	r = w.round()
	require.True(t, r.OK(), "%+v", r)
	require.EqualValues(t, len(o.Lines), r.Entries)
	require.Equal(t, 2, o.asked["/v1/log"])
	require.GreaterOrEqual(t, o.asked["/v1/checkpoints/consistency"], 1)
	require.Empty(t, w.alarms)
	copied, err := os.ReadFile(filepath.Join(w.cfg.Dir, logName))
	require.NoError(t, err)
	require.Equal(t, string(o.Export())+strings.Repeat("\n", 1-bytes.Count(o.Export()[len(o.Export())-1:], []byte("\n"))), string(copied))
}

// A second history after a restart is proved by two heads, and the proof stands alone.
func TestSecondHistory(t *testing.T) {
	o := newOperator(t)
	w := o.watched()
	require.True(t, w.round().OK())
	other := o.fork(len(o.Lines) - 2)
	for _, name := range []string{"other", "another", "a third", "a fourth"} {
		other.Agent(name)
	}
	o.become(other)
	w.restart()
	a := w.alarm(w.round(), TwoHistories, "signed two histories")
	out, ok := shown(t, a)
	require.True(t, ok, out)
	require.Contains(t, out, "EQUIVOCATION PROVED")

	asked := o.asked["/v1/log"]
	w.restart()
	w.alarm(w.round(), TwoHistories, "signed two histories")
	require.Len(t, w.alarms, 1, "told twice")
	require.Equal(t, asked, o.asked["/v1/log"], "a log that is proved to be false is fetched again")
}

// A rollback shows as soon as the head is smaller, and as two histories once it is written on from there.
func TestRollback(t *testing.T) {
	o := newOperator(t)
	w := o.watched()
	require.True(t, w.round().OK())
	o.become(o.fork(len(o.Lines) - 2))
	a := w.alarm(w.round(), RolledBack, "went back")
	out, ok := shown(t, a)
	require.False(t, ok, out)
	require.Contains(t, out, "at the end are missing")

	o.Agent("on another way")
	r := w.round()
	require.Len(t, r.Alarms, 2, "%v", r.Alarms)
	require.Equal(t, TwoHistories, r.Alarms[1].Kind)
	out, ok = shown(t, r.Alarms[1])
	require.True(t, ok, out)
}

// A log that breaks the rules under a signed head is refused, and econaudit says the same.
func TestForgedEntry(t *testing.T) {
	o := newOperator(t)
	w := o.watched()
	require.True(t, w.round().OK())
	again, err := op.DecodeEntry(o.Lines[2])
	require.NoError(t, err)
	again.Seq, again.Stamp = uint64(len(o.Lines)), o.At
	o.Lines = append(o.Lines, again.Marshal())
	a := w.alarm(w.round(), RefusedLog, "refused by the ledger")
	out, ok := shown(t, a)
	require.False(t, ok, out)
	require.Contains(t, out, "refused by the ledger")
}

// What a proxy garbles is fetched again; it is nobody's lie.
func TestGarbledOnce(t *testing.T) {
	o := newOperator(t)
	w := o.watched()
	lines := 0
	o.garbage = func(line []byte) []byte {
		if lines++; lines == 3 {
			return bytes.Replace(line, []byte("cid"), []byte("cat"), 1)
		}
		return line
	}
	for range 2 {
		w.round()
	}
	r := w.round()
	require.True(t, r.OK(), "%+v", r)
	require.EqualValues(t, len(o.Lines), r.Entries)
	require.Empty(t, w.alarms)
}
