// Package quorum gets a log's checkpoints cosigned by the witnesses of a policy (C2SP
// tlog-witness, tlog-policy): all of them are asked at a time, each by its own worker,
// and a checkpoint is witnessed once the cosignatures are the policy's quorum.
//
// A witness that is slow or away delays nobody: it is asked again with the newest
// checkpoint. What a witness answers is believed for nothing but its cosignature, which
// is verified, and the size that it says it cosigned last, which is tried.
package quorum

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/sync/errgroup"

	"github.com/econd/econd/node/anchor"
	"github.com/econd/econd/node/backoff"
	"github.com/econd/econd/node/witness"
)

// Kinds of what keeps a witness from cosigning.
var (
	// ErrAway: it did not answer, or answered what no witness does. It is asked again.
	ErrAway = errors.New("the witness does not answer")
	// ErrRefused: it does not follow this log, or not by this key.
	ErrRefused = errors.New("the witness does not follow this log")
	// ErrAhead: it cosigned a larger head of this log. The log here is older than that:
	// it was restored, or its key signs elsewhere.
	ErrAhead = errors.New("the witness cosigned a larger head of this log")
	// ErrConflict: by what it cosigned before, this is another history.
	ErrConflict = errors.New("the witness cosigned another history of this log")
	// ErrForged: the answer holds no cosignature of the key that the policy names.
	ErrForged = errors.New("the witness's answer has no cosignature by its key")
)

// Config is what a Quorum is made of. All fields but Client are needed.
type Config struct {
	Policy *witness.Policy
	// Deadline is how long a quorum is waited for.
	Deadline time.Duration
	// Below is what happens after it.
	Below Below
	// Timeout is for one request.
	Timeout time.Duration
	// Retry is the pause after a first failure; it doubles, up to thirty-two times that.
	Retry  time.Duration
	Client *http.Client // its redirects are not followed
	Now    func() time.Time
	Log    *slog.Logger
}

// Below says what becomes of a checkpoint that the quorum did not cosign in time.
type Below string

// What there is to choose from.
const (
	Wait   Below = "wait"   // it is no promise; the next one is tried
	Answer Below = "answer" // it goes out with the cosignatures that there are
)

// Quorum asks witnesses. Its methods may be called concurrently, while Run runs.
type Quorum struct {
	cfg     Config
	workers []*worker // one for each witness of the policy with a URL
	place   []int     // of each worker's witness in the policy

	mu    sync.Mutex
	below *witness.QuorumError // of the last checkpoint; nil: it was the quorum
	count Counts
}

// Counts are checkpoints since the start.
type Counts struct {
	Witnessed uint64 // with the quorum
	Below     uint64 // without it, at the deadline
}

// Prove gives the consistency proof from an older size of the log to that of a checkpoint.
type Prove func(old uint64) ([][32]byte, error)

// New checks that those witnesses which can be asked can be the quorum.
func New(cfg Config) (*Quorum, error) {
	if cfg.Policy == nil || cfg.Deadline <= 0 || cfg.Timeout <= 0 || cfg.Retry <= 0 || cfg.Now == nil || cfg.Log == nil {
		return nil, errors.New("quorum: Config: Policy, Deadline, Timeout, Retry, Now and Log are all needed")
	}
	if cfg.Below != Wait && cfg.Below != Answer {
		return nil, fmt.Errorf("quorum: Config.Below: %q is neither wait nor answer", cfg.Below)
	}
	client := http.Client{}
	if cfg.Client != nil {
		client = *cfg.Client
	}
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	cfg.Client = &client
	q := &Quorum{cfg: cfg}
	for i, w := range cfg.Policy.Witnesses {
		if w.URL == "" {
			continue
		}
		u, err := url.Parse(w.URL)
		if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
			return nil, fmt.Errorf("quorum: witness %+q: its URL %+q is not http(s)://host[:port][/path]", w.Name, w.URL)
		}
		q.workers = append(q.workers, &worker{cfg: &q.cfg, witness: w, url: strings.TrimSuffix(w.URL, "/") + witness.Path, wake: make(chan struct{}, 1)})
		q.place = append(q.place, i)
	}
	if err := cfg.Policy.CheckWitnesses(func(i int) bool { return slices.Contains(q.place, i) }); err != nil {
		return nil, fmt.Errorf("quorum: the policy gives too few witnesses a URL: %w", err)
	}
	return q, nil
}

// Run works until ctx ends.
func (q *Quorum) Run(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	for _, w := range q.workers {
		g.Go(func() error { return w.run(ctx) })
	}
	return g.Wait()
}

// Cosign gets a checkpoint cosigned by a quorum before the deadline, and returns it with
// the cosignatures that there are. Below decides what happens without a quorum: an error
// of kind witness.ErrQuorum that says who is missing, or the checkpoint as it is.
func (q *Quorum) Cosign(ctx context.Context, size uint64, checkpoint []byte, prove func(old uint64) ([][32]byte, error)) ([]byte, error) {
	deadline, cancel := context.WithTimeout(ctx, q.cfg.Deadline)
	defer cancel()
	r, err := q.Gather(deadline, checkpoint, prove)
	if err != nil {
		return nil, err
	}
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	q.keep(r.Missing)
	if r.Missing != nil && q.cfg.Below == Wait {
		return nil, r.Missing
	}
	return r.Note, nil
}

// keep notes how the last checkpoint went.
func (q *Quorum) keep(missing *witness.QuorumError) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if missing == nil {
		if q.below != nil {
			q.cfg.Log.Info("the quorum cosigns again")
		}
		q.count.Witnessed++
	} else {
		if q.below == nil {
			q.cfg.Log.Warn("too few witnesses cosigned", "after", q.cfg.Deadline.String(), "then", string(q.cfg.Below), "error", missing.Error())
		}
		q.count.Below++
	}
	q.below = missing
}

// Count is how checkpoints went since the start.
func (q *Quorum) Count() Counts {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.count
}

// Problems says why the last checkpoint was not witnessed, and which witness holds
// something against this log.
func (q *Quorum) Problems() (list []string) {
	q.mu.Lock()
	below := q.below
	q.mu.Unlock()
	if below != nil {
		list = append(list, "witnesses: "+below.Error())
	}
	for _, w := range q.workers {
		if grave := w.graveProblem(); grave != "" {
			list = append(list, fmt.Sprintf("witnesses: %s: %s", w.witness.Name, grave))
		}
	}
	return list
}

// Result is a checkpoint with the cosignatures that there are.
type Result struct {
	Note    []byte
	Names   []string             // of the witnesses, in the policy's order
	Missing *witness.QuorumError // nil: it is the quorum
}

// Gather asks all witnesses to cosign a checkpoint, and returns once they are the quorum
// or ctx ended; then Missing says who did not. A later call's checkpoint takes the place
// of an earlier one's, which is not asked for any more: sizes must not go down.
// The error is for a checkpoint that cannot be put together.
func (q *Quorum) Gather(ctx context.Context, checkpoint []byte, prove Prove) (Result, error) {
	text, err := textOf(checkpoint)
	if err != nil {
		return Result{}, err
	}
	head, err := witness.ParseHead(text)
	if err != nil {
		return Result{}, err
	}
	done := make(chan reply, len(q.workers))
	for i, w := range q.workers {
		w.post(&job{head: head, text: text, checkpoint: checkpoint, prove: prove, place: q.place[i], done: done})
	}
	lines := make(map[int]string)
	missing := q.missing(lines)
	for missing != nil {
		select {
		case r := <-done:
			lines[r.place] = r.line
			missing = q.missing(lines)
			continue
		case <-ctx.Done():
		}
		break
	}
	for len(done) > 0 { // what else is there already
		r := <-done
		lines[r.place] = r.line
	}
	return q.result(checkpoint, lines, missing)
}

func (q *Quorum) missing(lines map[int]string) *witness.QuorumError {
	err := q.cfg.Policy.CheckWitnesses(func(i int) bool { return lines[i] != "" })
	var m *witness.QuorumError
	if errors.As(err, &m) {
		return m
	}
	return nil
}

func (q *Quorum) result(checkpoint []byte, lines map[int]string, missing *witness.QuorumError) (Result, error) {
	r := Result{Note: checkpoint, Missing: missing}
	var ordered []string
	for i, w := range q.cfg.Policy.Witnesses {
		if line := lines[i]; line != "" {
			ordered = append(ordered, line)
			r.Names = append(r.Names, w.Name)
		}
	}
	var err error
	r.Note, err = anchor.AddCosignatures(checkpoint, ordered...)
	return r, err
}

// Standing is how a witness stands.
type Standing struct {
	Name    string
	Key     string
	URL     string
	Size    int64     // of the last checkpoint that it cosigned for this program; 0: none
	At      time.Time // when it did
	Problem string    // of the last attempt; empty if it cosigned
	Failed  uint64    // attempts that failed since the start
}

// Standings lists the witnesses that are asked, in the policy's order.
func (q *Quorum) Standings() []Standing {
	list := make([]Standing, len(q.workers))
	for i, w := range q.workers {
		list[i] = w.standing()
	}
	return list
}

// Names are those of the keys of the policy's witnesses, in its order.
func (q *Quorum) Names() (names []string) {
	for _, w := range q.cfg.Policy.Witnesses {
		names = append(names, w.Verifier.Name())
	}
	return names
}

// textOf is the text of a note.
func textOf(msg []byte) (string, error) {
	i := strings.LastIndex(string(msg), "\n\n")
	if i < 0 {
		return "", fmt.Errorf("%w: it has no signatures", witness.ErrCheckpoint)
	}
	return string(msg[:i+1]), nil
}

// job is a checkpoint to be cosigned.
type job struct {
	head       witness.Head
	text       string
	checkpoint []byte
	prove      Prove
	place      int
	done       chan<- reply // never full
}

type reply struct {
	place int
	line  string
}

// worker asks one witness, for the newest checkpoint alone.
type worker struct {
	cfg     *Config
	witness witness.Named
	url     string
	wake    chan struct{}

	size int64 // that the witness cosigned last, as far as is known; run's alone

	mu   sync.Mutex
	next *job
	seen Standing
	held string // what the witness holds against this log; empty: nothing
}

func (w *worker) post(j *job) {
	w.mu.Lock()
	w.next = j
	w.mu.Unlock()
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

func (w *worker) take() *job {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.next
}

func (w *worker) run(ctx context.Context) error {
	var served *job
	var line string // that it was served with
	pauses := backoff.Pauses{First: w.cfg.Retry, Longest: 32 * w.cfg.Retry}
	for {
		j := w.take()
		switch {
		case j == nil || j == served:
			select {
			case <-ctx.Done():
				return nil
			case <-w.wake:
			}
			continue
		case served == nil || j.text != served.text: // else too few others had cosigned it
			got, err := w.ask(ctx, j)
			if ctx.Err() != nil {
				return nil
			}
			if errors.Is(err, errPassedOver) {
				continue
			}
			w.note(j, err)
			if err != nil {
				if pauses.Sleep(ctx) != nil {
					return nil
				}
				continue
			}
			line = got
			pauses.Reset()
		}
		served = j
		j.done <- reply{j.place, line}
	}
}

// note keeps how an attempt ended. A new problem is logged once.
func (w *worker) note(j *job, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	before := w.seen.Problem
	if err == nil {
		w.seen.Size, w.seen.At, w.seen.Problem, w.held = j.head.Size, w.cfg.Now(), "", ""
		if before != "" {
			w.cfg.Log.Info("a witness cosigns again", "witness", w.witness.Name)
		}
		return
	}
	w.seen.Failed++
	w.seen.Problem = err.Error()
	if before == w.seen.Problem {
		return
	}
	level := slog.LevelWarn
	if errors.Is(err, ErrAhead) || errors.Is(err, ErrConflict) {
		level, w.held = slog.LevelError, err.Error()
	}
	w.cfg.Log.Log(context.Background(), level, "a witness did not cosign", "witness", w.witness.Name, "error", err.Error())
}

func (w *worker) graveProblem() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.held
}

func (w *worker) standing() Standing {
	w.mu.Lock()
	defer w.mu.Unlock()
	s := w.seen
	s.Name, s.Key, s.URL = w.witness.Name, w.witness.Verifier.Key().String(), w.witness.URL
	return s
}

// open returns the witness's own signature line of an answer, verified.
func (w *worker) open(text string, answer []byte) (string, error) {
	n, err := note.Open([]byte(text+"\n"+string(answer)), note.VerifierList(w.witness.Verifier))
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrForged, err)
	}
	return fmt.Sprintf("— %s %s", n.Sigs[0].Name, n.Sigs[0].Base64), nil
}
