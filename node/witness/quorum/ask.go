package quorum

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"

	"github.com/econd/econd/node/witness"
)

// maxAnswer bounds what is read of an answer: signature lines of several keys.
const maxAnswer = 64 << 10

// errPassedOver says that the witness cosigned a newer head than the one that it was asked for, but
// none that is not known here: others bring it what this log handed out.
var errPassedOver = errors.New("a newer head was cosigned meanwhile")

// ask gets one checkpoint cosigned. If the witness says that it cosigned another size
// last, it is asked once more from there on.
func (w *worker) ask(ctx context.Context, j *job) (string, error) {
	for tries := 0; ; tries++ {
		if w.size > j.head.Size {
			w.size = 0 // it was asked for a larger one before; what it says decides
		}
		line, last, err := w.once(ctx, j)
		if err != nil || line != "" {
			if err == nil {
				w.size = j.head.Size
			}
			return line, err
		}
		switch {
		case last > j.head.Size && last <= w.take().head.Size:
			w.size = last
			return "", errPassedOver
		case last > j.head.Size:
			return "", fmt.Errorf("%w: %d entries, here are %d", ErrAhead, last, j.head.Size)
		case last == w.size, tries == 2:
			return "", fmt.Errorf("%w: it asks for a proof from %d entries, and then for one from %d", ErrAway, w.size, last)
		}
		w.size = last
	}
}

// once makes one request: a verified line, or the size that the witness cosigned last.
func (w *worker) once(ctx context.Context, j *job) (line string, last int64, err error) {
	r := witness.Request{Old: w.size, Checkpoint: j.checkpoint}
	if w.size > 0 && w.size < j.head.Size {
		path, err := j.prove(uint64(w.size))
		if err != nil {
			return "", 0, fmt.Errorf("prove that %d entries extend %d: %w", j.head.Size, w.size, err)
		}
		for _, h := range path {
			r.Proof = append(r.Proof, h)
		}
	}
	status, kind, body, err := w.send(ctx, r)
	if err != nil {
		return "", 0, err
	}
	switch status {
	case http.StatusOK:
		line, err = w.open(j.text, body)
		return line, 0, err
	case http.StatusConflict:
		if kind != witness.SizeType {
			return "", 0, fmt.Errorf("%w (409)", ErrConflict)
		}
		text, ok := strings.CutSuffix(string(body), "\n")
		last, err := strconv.ParseInt(text, 10, 64)
		if !ok || err != nil || last < 0 || strconv.FormatInt(last, 10) != text {
			return "", 0, fmt.Errorf("%w: 409 with a size that is none", ErrAway)
		}
		return "", last, nil
	case http.StatusUnprocessableEntity:
		return "", 0, fmt.Errorf("%w, or takes the proof from %d to %d entries for wrong (422)", ErrConflict, w.size, j.head.Size)
	case http.StatusNotFound:
		return "", 0, fmt.Errorf("%w (404)", ErrRefused)
	case http.StatusForbidden:
		return "", 0, fmt.Errorf("%w by the key that signs here (403)", ErrRefused)
	}
	return "", 0, fmt.Errorf("%w: status %d", ErrAway, status)
}

func (w *worker) send(ctx context.Context, r witness.Request) (status int, kind string, body []byte, err error) {
	ctx, cancel := context.WithTimeout(ctx, w.cfg.Timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, w.url, bytes.NewReader(r.Encode()))
	if err != nil {
		return 0, "", nil, err
	}
	req.Header.Set("Content-Type", "text/plain; charset=utf-8")
	resp, err := w.cfg.Client.Do(req)
	if err != nil {
		return 0, "", nil, fmt.Errorf("%w: %w", ErrAway, err)
	}
	defer resp.Body.Close()
	body, err = io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	if err != nil {
		return 0, "", nil, fmt.Errorf("%w: %w", ErrAway, err)
	}
	if len(body) > maxAnswer {
		return 0, "", nil, fmt.Errorf("%w: its answer is longer than %d bytes", ErrAway, maxAnswer)
	}
	kind, _, _ = mime.ParseMediaType(resp.Header.Get("Content-Type")) // none is none of ours
	return resp.StatusCode, kind, body, nil
}
