package main

import (
	"bytes"
	"errors"

	"github.com/econd/econd/node/ballotstore"
	"github.com/econd/econd/node/op"
)

// foundedEconomy reads the economy's id from entry 0.
func foundedEconomy(store *ballotstore.Store) (string, error) {
	line, err := store.Entry(0)
	if errors.Is(err, ballotstore.ErrNotFound) {
		return "", errors.New("the ballot store is empty: run `econd init` first")
	}
	if err != nil {
		return "", err
	}
	e, err := op.DecodeEntry(line)
	if err != nil {
		return "", err
	}
	return e.Event.Economy(), nil
}

// cutBody splits a signed note at the blank line between text and signatures.
func cutBody(note []byte) (body, signatures []byte, ok bool) {
	i := bytes.Index(note, []byte("\n\n"))
	if i < 0 {
		return nil, nil, false
	}
	return note[:i+1], note[i+2:], true
}
