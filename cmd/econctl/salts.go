package main

import (
	"bufio"
	"bytes"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/econd/econd/node/atomicfile"
	"github.com/econd/econd/node/op"
)

// saltsFile beside the key holds the salts of commitments that a juror made: who lost it cannot reveal.
const saltsFile = "jury-salts.ndjson"

// maxSalts bounds the file; a line has some 300 bytes, and a seat one line.
const maxSalts = 16 << 20

// keptSalt is a line of the file.
type keptSalt struct {
	Dispute string  `json:"dispute"`
	Round   int64   `json:"round"`
	PubKey  string  `json:"pubkey"`
	Salt    op.Hash `json:"salt"`
}

func (a *app) saltsPath() string { return filepath.Join(filepath.Dir(a.cfg.Key), saltsFile) }

// of tells whether the salt is a seat's.
func (k keptSalt) of(s seat) bool {
	return k.Dispute == s.dispute.String() && k.Round == s.round && k.PubKey == s.key.String()
}

// newSalt draws the salt of a seat, and has it on disk before it is committed to. A seat that has one keeps it.
func (a *app) newSalt(s seat) (salt op.Hash, err error) {
	path := a.saltsPath()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return salt, err
	}
	unlock, err := atomicfile.Lock(path) // another econctl may commit at the same time
	if err != nil {
		return salt, err
	}
	defer unlock()
	kept, err := readSalts(path, s)
	if err != nil {
		return salt, err
	}
	if len(kept) > 0 {
		return kept[0], nil
	}
	if _, err := rand.Read(salt[:]); err != nil {
		return salt, err
	}
	line, err := json.Marshal(keptSalt{s.dispute.String(), s.round, s.key.String(), salt})
	if err != nil {
		return salt, err
	}
	if err := appendDurably(path, append(line, '\n')); err != nil {
		return salt, fmt.Errorf("the salt of your vote is not kept, so nothing was sent: %w", err)
	}
	return salt, atomicfile.SyncDir(filepath.Dir(path))
}

// readSalts finds the salts that are kept for a seat; a file that is not there has none. Lines of another
// form, a torn last one, are none.
func readSalts(path string, s seat) (list []op.Hash, err error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	switch {
	case err != nil:
		return nil, err
	case info.Mode().Perm()&0o077 != 0:
		return nil, fmt.Errorf("%s: others may read or write it: mode %04o; run chmod 600 on it", path, info.Mode().Perm())
	case info.Size() > maxSalts:
		return nil, fmt.Errorf("%s: larger than %d bytes; move it away once its disputes are closed", path, maxSalts)
	}
	lines := bufio.NewScanner(io.LimitReader(f, maxSalts))
	for lines.Scan() {
		var k keptSalt
		if json.Unmarshal(bytes.TrimSpace(lines.Bytes()), &k) == nil && k.of(s) {
			list = append(list, k.Salt)
		}
	}
	return list, lines.Err()
}

// committedVote finds what a seat committed to, and sets its salt: one that is kept, or, of commitments that
// econctl made before it drew salts, the one that follows from the secret of a key file.
func (a *app) committedVote(s *seat) (string, error) {
	if s.committed == (op.Hash{}) {
		return "", fmt.Errorf("you have not committed to a vote in round %d; while there is time: econctl juror commit %s", s.round, s.dispute)
	}
	salts, err := readSalts(a.saltsPath(), *s)
	if err != nil {
		return "", err
	}
	if a.byKeyfile() {
		keys, err := a.keys()
		if err != nil {
			return "", err
		}
		derived, err := keys.Derived(fmt.Sprintf("econd/jury-salt %s %d", s.dispute, s.round))
		if err != nil {
			return "", err
		}
		salts = append(salts, derived)
	}
	for _, s.salt = range salts {
		for _, vote := range []string{"uphold", "refuse"} {
			if s.committed == s.commitment(vote) {
				return vote, nil
			}
		}
	}
	return "", fmt.Errorf("your commitment in round %d was made with a salt that is not in %s; reveal it from where that file is, or with what made it",
		s.round, a.saltsPath())
}
