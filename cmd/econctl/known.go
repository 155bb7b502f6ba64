package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"github.com/econd/econd/node/anchor"
	"github.com/econd/econd/node/atomicfile"
	"github.com/econd/econd/node/client"
)

// logsFile beside the key holds what is known of the logs that its agent met.
const logsFile = "logs.json"

// knownLogs is what is known of logs, in a file. It implements client.Logs.
type knownLogs struct {
	path   string
	forget bool // the newest head seen is not held against what is shown now
	mu     sync.Mutex
}

// knownFile is the file.
type knownFile struct {
	Logs []metLog `json:"logs"`
}

// metLog is a log and where it was met.
type metLog struct {
	Econd []string `json:"econd"` // base URLs
	client.KnownLog
}

// Known implements client.Logs.
func (k *knownLogs) Known(url, economy string) (client.KnownLog, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	f, err := k.read()
	if err != nil {
		return client.KnownLog{}, err
	}
	i := slices.IndexFunc(f.Logs, func(l metLog) bool { return slices.Contains(l.Econd, url) })
	if i < 0 {
		i = slices.IndexFunc(f.Logs, func(l metLog) bool { return l.Economy == economy })
	}
	if i < 0 {
		return client.KnownLog{}, nil
	}
	l := f.Logs[i].KnownLog
	if k.forget {
		l.Head = ""
	}
	return l, nil
}

// Keep implements client.Logs.
func (k *knownLogs) Keep(url string, l client.KnownLog) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if err := os.MkdirAll(filepath.Dir(k.path), 0o700); err != nil {
		return err
	}
	unlock, err := atomicfile.Lock(k.path) // other econctl change it, too
	if err != nil {
		return err
	}
	defer unlock()
	f, err := k.read()
	if err != nil {
		return err
	}
	for i := range f.Logs {
		f.Logs[i].Econd = slices.DeleteFunc(f.Logs[i].Econd, func(u string) bool { return u == url })
	}
	i := slices.IndexFunc(f.Logs, func(m metLog) bool { return m.Economy == l.Economy })
	if i < 0 {
		i = len(f.Logs)
		f.Logs = append(f.Logs, metLog{})
	}
	if old := f.Logs[i].KnownLog; !k.forget && old.LogKey == l.LogKey && headSize(old) > headSize(l) {
		l.Head = old.Head // another econctl saw more of the log meanwhile
	}
	f.Logs[i] = metLog{append(f.Logs[i].Econd, url), l}
	text, err := json.MarshalIndent(f, "", "  ")
	if err != nil {
		return err
	}
	return atomicfile.Replace(k.path, append(text, '\n'), 0o600)
}

// headSize is the number of entries under the newest head of a log, 0 without one.
func headSize(l client.KnownLog) int64 {
	c, err := anchor.Unopened([]byte(l.Head))
	if err != nil {
		return 0
	}
	return c.Size
}

func (k *knownLogs) read() (f knownFile, err error) {
	text, err := os.ReadFile(k.path)
	if errors.Is(err, fs.ErrNotExist) {
		return f, nil
	}
	if err != nil {
		return f, err
	}
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&f); err != nil {
		return f, fmt.Errorf("%s: %w", k.path, err)
	}
	return f, nil
}

// logsPath is where the logs that the agent met are kept.
func (a *app) logsPath() string { return filepath.Join(filepath.Dir(a.cfg.Key), logsFile) }

// met says which key was taken on econd's word, where a person reads it, and that it is not
// kept wherever it is not.
func (a *app) met(l client.KnownLog, err error) {
	if err != nil {
		fmt.Fprintf(a.stderr, "econctl: the key of the log is not kept, and no hold will be paid: %v\n", err)
	} else if !a.asJSON {
		fmt.Fprintf(a.stderr, "econctl: first contact with economy %s: the key of its log is taken on econd's word and kept in %s:\n  %s\n"+
			"Hold it against what its operator publishes, or give it with --log-key.\n", oneLine(l.Economy), a.logsPath(), oneLine(l.LogKey))
	}
}
