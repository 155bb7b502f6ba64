package main

import (
	"bytes"
	"errors"

	"github.com/econd/econd/node/ballotstore"
	"github.com/econd/econd/node/op"
)

// founded reads the economy's id and its Bitcoin network from entry 0.
func founded(store *ballotstore.Store) (economy, network string, err error) {
	line, err := store.Entry(0)
	if errors.Is(err, ballotstore.ErrNotFound) {
		return "", "", errors.New("the ballot store is empty: run `econd init` first")
	}
	if err != nil {
		return "", "", err
	}
	e, err := op.DecodeEntry(line)
	if err != nil {
		return "", "", err
	}
	content, err := e.Event.Decoded()
	if err != nil {
		return "", "", err
	}
	g, ok := content.(*op.Genesis)
	if !ok {
		return "", "", errors.New("the ballot store does not begin with a genesis")
	}
	return g.Economy, g.Network, nil
}

// checkpointBody is the text of a signed note, up to and including the newline
// before the blank line: what is signed, and what is anchored.
func checkpointBody(note []byte) []byte {
	return note[:bytes.LastIndex(note, []byte("\n\n"))+1]
}
