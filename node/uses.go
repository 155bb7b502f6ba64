package node

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"

	"github.com/econd/econd/l402"
)

// maxBundleSat bounds the price of one challenge, 0.1 BTC: more than most
// channels carry.
const maxBundleSat = 10_000_000

// maxCounted is how much of a body is read to count the operations in it.
const maxCounted = 1 << 20

// UsesOf returns how many uses a challenge is to be sold for: what the header
// asks for, at least the number of operations in an NDJSON body, and 1; at most
// l402.MaxUses, and what costs 0.1 BTC at sat for each. body is read for at most
// a megabyte. The error says what is wrong with the header.
func UsesOf(h http.Header, body io.Reader, ndjson bool, sat int64) (int64, error) {
	uses := int64(1)
	if text := h.Get(l402.UsesHeader); text != "" {
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil || n < 1 || n > l402.MaxUses {
			return 0, fmt.Errorf("must be a number from 1 to %d", l402.MaxUses)
		}
		uses = n
	}
	if ndjson && body != nil {
		uses = max(uses, countLines(io.LimitReader(body, maxCounted)))
	}
	return min(uses, l402.MaxUses, max(1, maxBundleSat/max(1, sat))), nil
}

// AgentsOf returns the key that a challenge is to be bound to (l402.AgentHeader) and the
// one that its invoice is to name (l402.CustomerHeader); zero for none. The error
// says what is wrong with the field that it names.
func AgentsOf(h http.Header) (bound, customer l402.AgentKey, field string, err error) {
	if bound, err = agentOf(h, l402.AgentHeader); err != nil {
		return bound, customer, l402.AgentHeader, err
	}
	customer, err = agentOf(h, l402.CustomerHeader)
	return bound, customer, l402.CustomerHeader, err
}

func agentOf(h http.Header, field string) (l402.AgentKey, error) {
	text := h.Get(field)
	if text == "" {
		return l402.AgentKey{}, nil
	}
	key, err := l402.ParseAgentKey(text)
	if err != nil {
		return key, errors.New("must be an x-only public key, 64 lower-case hex digits")
	}
	return key, nil
}

// countLines counts the lines that hold more than blanks.
func countLines(r io.Reader) (n int64) {
	buf := make([]byte, 32<<10)
	filled := false
	for {
		got, err := r.Read(buf)
		for part := buf[:got]; len(part) > 0; {
			line, rest, ended := bytes.Cut(part, []byte{'\n'})
			filled = filled || len(bytes.TrimSpace(line)) > 0
			if ended && filled {
				n++
				filled = false
			}
			part = rest
		}
		if err != nil {
			break
		}
	}
	if filled {
		n++
	}
	return n
}
