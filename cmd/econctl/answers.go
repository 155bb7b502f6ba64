package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/econd/econd/node/client"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/promise"
	"github.com/econd/econd/node/view"
)

// Files beside the key: what econd signed in its answers, and what of that was not right.
const (
	answersFile = "answers.ndjson"
	wrongFile   = "answers-wrong.ndjson"
)

// keepSigned puts what econd signed for an operation beside the key: a promise, or a refusal by
// the rules. What cannot be kept is said, and is no failure of the operation.
func (a *app) keepSigned(e *op.Event, r view.Receipt, refused error) {
	k := promise.Kept{Event: json.RawMessage(e.Marshal())}
	name := answersFile
	var wrong *client.PromiseError
	var p *client.Problem
	switch {
	case errors.As(refused, &wrong) && r.ID == e.ID:
		name = wrongFile
		k.Promise = wrong.Text
	case errors.As(refused, &wrong):
		name = wrongFile
		k.Refusal = wrong.Text
	case errors.As(refused, &p) && p.Proof != "":
		k.Refusal = p.Proof
	case refused == nil && r.Promise != "":
		k.Promise = r.Promise
	default:
		if errors.As(refused, &p) && p.Rule != "" && p.Front == "" && !a.asJSON {
			fmt.Fprintln(a.stderr, "econctl: refused without a signed word: nobody can hold econd to it")
		}
		return
	}
	if k.Promise != "" {
		k.Seq, k.TimeMs, k.Height, k.Block = r.Seq, r.TimeMs, r.Height, &r.Block
	}
	path := filepath.Join(filepath.Dir(a.cfg.Key), name)
	if err := appendLine(path, k); err != nil {
		fmt.Fprintf(a.stderr, "econctl: what econd signed is not kept: %v\n", err)
	} else if name == wrongFile {
		fmt.Fprintf(a.stderr, "econctl: the answer is kept in %s\n", path)
	}
}

// appendLine makes a line durable at the end of a file. One that was torn before, by a full disk
// or a kill, is ended first; one that cannot be written whole is taken back.
func appendLine(path string, k promise.Kept) error {
	line, err := k.Append(nil)
	if err != nil {
		return err
	}
	return appendDurably(path, line)
}

// appendDurably is appendLine for a line that is written already.
func appendDurably(path string, line []byte) error {
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	return errors.Join(appendWhole(f, line), f.Close())
}

func appendWhole(f *os.File, line []byte) error {
	info, err := f.Stat()
	if err != nil {
		return err
	}
	was := info.Size()
	if torn, err := endsTorn(f, was); err != nil {
		return err
	} else if torn {
		line = append([]byte{'\n'}, line...)
	}
	n, failed := f.Write(line)
	if failed != nil && n > 0 {
		if info, err := f.Stat(); err == nil && info.Size() == was+int64(n) { // nobody wrote since
			failed = errors.Join(failed, f.Truncate(was))
		}
	}
	return errors.Join(failed, f.Sync())
}

// endsTorn tells whether the last line of a file has no end.
func endsTorn(f *os.File, size int64) (bool, error) {
	if size == 0 {
		return false, nil
	}
	var last [1]byte
	_, err := f.ReadAt(last[:], size-1)
	return last[0] != '\n', err
}
