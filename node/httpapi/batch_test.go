package httpapi

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/econd/econd/node/nodetest"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/view"
)

// batchLine is one line of an answer.
type batchLine struct {
	Line, Status int
	Receipt      *struct {
		ID     string
		Seq    uint64
		Replay bool
	}
	Problem *struct{ Field, Rule string }
}

func batchLines(t testing.TB, body []byte) (list []batchLine) {
	t.Helper()
	for line := range bytes.Lines(body) {
		var l batchLine
		require.NoError(t, json.Unmarshal(line, &l), "%s", line)
		list = append(list, l)
	}
	return list
}

func (w *world) postMany(body []byte) answer {
	w.T.Helper()
	return w.do(http.MethodPost, "/v1/operations", body, "Content-Type", ndjsonType)
}

// One answer per line, in order; bad lines stop nothing; empty ones count and
// get no answer; the last needs no newline.
func TestBatchAnswersEveryLine(t *testing.T) {
	w := newWorld(t, nil)
	alice, bob := nodetest.Key(t, 11), nodetest.Key(t, 12)
	reg := w.Event(alice, op.KindRegister, op.Register{Name: "alice"})
	body := bytes.Join([][]byte{
		reg.Marshal(),
		[]byte("not an event"),
		nil,
		append(w.Event(bob, op.KindRegister, op.Register{Name: "bob"}).Marshal(), '\r'),
		reg.Marshal(),
		[]byte(strings.Repeat("x", op.MaxEventBytes+1)),
		[]byte(strings.Repeat("y", 3*chunkBytes)),
		w.Event(alice, op.KindLockStake, op.LockStake{AmountSat: 5000}).Marshal(),
	}, []byte("\n"))
	got := batchLines(t, w.postMany(body).body)
	var summary []string
	for _, l := range got {
		s := fmt.Sprintf("%d %d", l.Line, l.Status)
		if l.Problem != nil {
			s += " " + l.Problem.Field
		}
		summary = append(summary, s)
	}
	require.Equal(t, []string{"1 201", "2 400 event", "4 201", "5 200", "6 413 event", "7 413 event", "8 201"}, summary)
	require.Equal(t, reg.ID.String(), got[3].Receipt.ID)
	require.True(t, got[3].Receipt.Replay)
	require.Equal(t, got[0].Receipt.Seq, got[3].Receipt.Seq)
}

// The table of single events, as lines.
func TestBatchRefusesWhatSinglePostsRefuse(t *testing.T) {
	w := newWorld(t, nil)
	w.submit(nodetest.Key(t, 11), op.KindRegister, op.Register{Name: "alice"})
	size := w.Node.Size()
	var body []byte
	cases := badEvents(w)
	for _, c := range cases {
		body = append(append(body, c.body...), '\n')
	}
	got := batchLines(t, w.postMany(body).body)
	require.Len(t, got, len(cases))
	for i, c := range cases {
		require.Equal(t, c.status, got[i].Status, c.name)
		require.Equal(t, c.field, got[i].Problem.Field, c.name)
	}
	require.Equal(t, size, w.Node.Size())
}

// Many operations keep their order in the log, whatever they are cut into.
func TestLargeBatchKeepsOrder(t *testing.T) {
	w := newWorld(t, nil)
	var body []byte
	const n = 3 * batchEvents
	for i := range n {
		// Every third is refused, without costing the test a signature.
		if i%3 == 0 {
			body = append(body, w.Event(nodetest.Key(t, 11), op.KindRegister, op.Register{Name: fmt.Sprint(i)}).Marshal()...)
		} else {
			body = append(body, `{"x":1}`...)
		}
		body = append(body, '\n')
	}
	got := batchLines(t, w.postMany(body).body)
	require.Len(t, got, n)
	for i, l := range got {
		require.Equal(t, i+1, l.Line)
	}
	require.Equal(t, 201, got[0].Status)
	require.Equal(t, 409, got[3].Status, "the first line came first")
}

// A client that waits for each answer before it sends the next line gets it,
// without ending its request.
func TestBatchIsAnsweredWhileItIsSent(t *testing.T) {
	w := newWorld(t, nil)
	pr, pw := io.Pipe()
	req, err := http.NewRequest(http.MethodPost, w.url+"/v1/operations", pr)
	require.NoError(t, err)
	req.Header.Set("Content-Type", ndjsonType)
	got := make(chan *http.Response, 1)
	go func() {
		res, err := http.DefaultClient.Do(req)
		if err == nil {
			got <- res
		}
	}()
	send := func(b byte) {
		_, err := pw.Write(append(w.Event(nodetest.Key(t, b), op.KindRegister, op.Register{Name: "x"}).Marshal(), '\n'))
		require.NoError(t, err)
	}
	send(11)
	res := <-got
	defer res.Body.Close()
	r := bufio.NewReader(res.Body)
	for b := byte(12); ; b++ {
		line, err := r.ReadBytes('\n')
		require.NoError(t, err)
		require.Equal(t, 201, batchLines(t, line)[0].Status)
		if b == 15 {
			break
		}
		send(b)
	}
	pw.Close()
	_, err = r.ReadByte()
	require.Equal(t, io.EOF, err)
}

// A client that sends everything before it reads anything does not lock up.
func TestBatchWithoutReadingMeanwhile(t *testing.T) {
	w := newWorld(t, nil)
	c, err := net.Dial("tcp", strings.TrimPrefix(w.url, "http://"))
	require.NoError(t, err)
	defer c.Close()
	require.NoError(t, c.SetDeadline(time.Now().Add(2*time.Minute)))
	const n = 10_000
	body := bytes.Repeat(append(bytes.Repeat([]byte("x"), 300), '\n'), n)
	fmt.Fprintf(c, "POST /v1/operations HTTP/1.1\r\nHost: x\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n", ndjsonType, len(body))
	_, err = c.Write(body)
	require.NoError(t, err)
	res, err := http.ReadResponse(bufio.NewReader(c), nil)
	require.NoError(t, err)
	text, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	require.Equal(t, n, bytes.Count(text, []byte("\n")))
}

func TestBatchBodyLimit(t *testing.T) {
	w := newWorld(t, func(_ *world, c *Config) { c.Limits.BatchBytes = 1 << 16 })
	a := w.postMany(bytes.Repeat([]byte("x"), 1<<16+1))
	require.Equal(t, 413, a.status)
	require.Equal(t, "body", a.problem(t).Field)

	// Of unknown length: what fits is answered, then the limit.
	req, err := http.NewRequest(http.MethodPost, w.url+"/v1/operations", struct{ io.Reader }{io.MultiReader(
		bytes.NewReader(append(w.Event(nodetest.Key(t, 11), op.KindRegister, op.Register{Name: "x"}).Marshal(), '\n')),
		bytes.NewReader(bytes.Repeat([]byte("y"), 1<<16)))})
	require.NoError(t, err)
	req.Header.Set("Content-Type", ndjsonType)
	res, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	got := batchLines(t, text)
	require.Len(t, got, 2)
	require.Equal(t, 201, got[0].Status)
	require.Equal(t, 413, got[1].Status)
	require.Equal(t, "body", got[1].Problem.Field)
}

// A body that breaks off inside a line: the part is not taken for a line.
func TestBrokenBatchTakesNoPartOfALine(t *testing.T) {
	w := newWorld(t, func(_ *world, c *Config) { c.Limits.Stall = 200 * time.Millisecond })
	c, err := net.Dial("tcp", strings.TrimPrefix(w.url, "http://"))
	require.NoError(t, err)
	defer c.Close()
	require.NoError(t, c.SetDeadline(time.Now().Add(2*time.Minute)))
	event := w.Event(nodetest.Key(t, 11), op.KindRegister, op.Register{Name: "x"}).Marshal()
	fmt.Fprintf(c, "POST /v1/operations HTTP/1.1\r\nHost: x\r\nContent-Type: %s\r\nContent-Length: 100000\r\n\r\n%s", ndjsonType, event)
	res, err := http.ReadResponse(bufio.NewReader(c), nil)
	require.NoError(t, err)
	text, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	got := batchLines(t, text)
	require.Len(t, got, 1)
	require.Equal(t, 408, got[0].Status)
	require.Equal(t, uint64(1), w.Node.Size())
}

func TestBatchesAtOnceAreLimited(t *testing.T) {
	w := newWorld(t, func(_ *world, c *Config) { c.Limits.Batches = 1 })
	pr, pw := io.Pipe()
	req, err := http.NewRequest(http.MethodPost, w.url+"/v1/operations", pr)
	require.NoError(t, err)
	req.Header.Set("Content-Type", ndjsonType)
	got := make(chan *http.Response, 1)
	go func() {
		if res, err := http.DefaultClient.Do(req); err == nil {
			got <- res
		}
	}()
	_, err = pw.Write([]byte("x\n"))
	require.NoError(t, err)
	res := <-got
	defer res.Body.Close()
	a := w.postMany([]byte("x\n"))
	require.Equal(t, 503, a.status)
	require.Equal(t, "batches", a.problem(t).Rule)
	require.NotEmpty(t, a.header.Get("Retry-After"))
	pw.Close()
	_, _ = io.Copy(io.Discard, res.Body)
}

// The composed receipt is what encoding/json makes of it.
func TestReceiptIsItsJSON(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := view.Receipt{Seq: rapid.Uint64().Draw(t, "seq"), TimeMs: rapid.Int64().Draw(t, "ms"),
			Height: rapid.Uint32().Draw(t, "height"), Replay: rapid.Bool().Draw(t, "replay")}
		copy(r.ID[:], rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "id"))
		copy(r.Block[:], rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "block"))
		want, err := json.Marshal(r)
		require.NoError(t, err)
		require.Equal(t, string(want), string(appendReceipt(nil, r)))
	})
}

// splitter is a body that comes in pieces.
type splitter struct {
	body []byte
	cut  func() int
}

func (s *splitter) Read(p []byte) (int, error) {
	if len(s.body) == 0 {
		return 0, io.EOF
	}
	n := min(max(1, s.cut()), len(p), len(s.body))
	copy(p, s.body[:n])
	s.body = s.body[n:]
	return n, nil
}

// However a body is cut, its lines come out the same, and lines that no event
// may be as long as are told apart from their neighbours.
func TestReadFindsTheSameLinesHoweverTheBodyIsCut(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		lengths := rapid.SliceOfN(rapid.OneOf(rapid.IntRange(0, 50), rapid.SampledFrom([]int{chunkBytes - 1, chunkBytes, chunkBytes + 1, 2*chunkBytes + 7})), 1, 12).Draw(t, "lines")
		var body []byte
		var want []string
		for i, n := range lengths {
			body = append(append(body, bytes.Repeat([]byte{byte('a' + i)}, n)...), '\n')
			if n > 0 {
				want = append(want, describe(i+1, n))
			}
		}
		s := &splitter{body: body, cut: func() int { return rapid.SampledFrom([]int{1, 7, 100, 4096, chunkBytes}).Draw(t, "cut") }}
		if len(body) > 1000 {
			size := rapid.IntRange(1000, chunkBytes).Draw(t, "piece")
			s.cut = func() int { return size }
		}
		b := &batch{ctx: t.Context(), chunks: make(chan chunk, len(body)+2), next: 1}
		c := &conn{rc: http.NewResponseController(nil)}
		require.NoError(t, b.read(s, c))
		close(b.chunks)
		var got []string
		for ch := range b.chunks {
			b.lines = b.lines[:0]
			b.split(ch)
			for _, l := range b.lines {
				if l.tooLong {
					got = append(got, describe(l.number, chunkBytes))
				} else {
					got = append(got, describe(l.number, len(l.text)))
				}
			}
		}
		require.Equal(t, want, got)
	})
}

// describe names a line; all that exceed an event are alike.
func describe(number, length int) string {
	if length > op.MaxEventBytes {
		return fmt.Sprintf("%d: too long", number)
	}
	return fmt.Sprintf("%d: %d", number, length)
}
