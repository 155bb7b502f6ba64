package main

import (
	"bytes"
	"errors"

	"github.com/econd/econd/node/ballotstore"
	"github.com/econd/econd/node/op"
)

// founded reads entry 0.
func founded(store *ballotstore.Store) (*op.Genesis, error) {
	line, err := store.Entry(0)
	if errors.Is(err, ballotstore.ErrNotFound) {
		return nil, errors.New("the ballot store is empty: run `econd init` first")
	}
	if err != nil {
		return nil, err
	}
	e, err := op.DecodeEntry(line)
	if err != nil {
		return nil, err
	}
	content, err := e.Event.Decoded()
	if err != nil {
		return nil, err
	}
	g, ok := content.(*op.Genesis)
	if !ok {
		return nil, errors.New("the ballot store does not begin with a genesis")
	}
	return g, nil
}

// checkpointBody is the text of a signed note, up to and including the newline
// before the blank line: what is signed, and what is anchored.
func checkpointBody(note []byte) []byte {
	return note[:bytes.LastIndex(note, []byte("\n\n"))+1]
}
