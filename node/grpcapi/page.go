package grpcapi

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"

	"github.com/econd/econd/node/op"
)

// Sizes of a page.
const (
	defaultPage = 100
	maxPage     = 1000
)

func pageSize(n uint32) (int, error) {
	switch {
	case n == 0:
		return defaultPage, nil
	case n > maxPage:
		return 0, badRequest("page_size", "range", fmt.Sprintf("is %d, must be at most %d", n, maxPage))
	}
	return int(n), nil
}

// A page token says where the next page starts. It is opaque to callers:
// version, the list it belongs to, and the place in it.
const tokenVersion = 1

// Lists that have pages.
const (
	listAgents    = 'a'
	listProposals = 'p'
	listAnchors   = 't'
	listBallots   = 'b'
	listPayouts   = 'y'

	listDelegations = 'd'
	listStakes      = 's'
	listPauses      = 'z'
	listMotions     = 'm'

	listVersions = 'v'
	listRegistry = 'r'
	listGrants   = 'g'
)

func encodeToken(list byte, place []byte) string {
	return base64.RawURLEncoding.EncodeToString(append([]byte{tokenVersion, list}, place...))
}

func decodeToken(list byte, text string, length int) ([]byte, error) {
	raw, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil || len(raw) != 2+length || raw[0] != tokenVersion || raw[1] != list {
		return nil, badRequest("page_token", "page-token", "is not one that this list gave; start without one")
	}
	return raw[2:], nil
}

// indexToken is the page token of a list that only grows at its end.
func indexToken(list byte, next int) string {
	return encodeToken(list, binary.BigEndian.AppendUint64(nil, uint64(next)))
}

// nextToken is the page token for an index, or "" for 0: there is no following page.
func nextToken(list byte, next int) string {
	if next == 0 {
		return ""
	}
	return indexToken(list, next)
}

// startOf returns the index at which a page of such a list starts, and how
// much it may hold.
func startOf(list byte, token string, size uint32) (at, limit int, err error) {
	if limit, err = pageSize(size); err != nil || token == "" {
		return 0, limit, err
	}
	place, err := decodeToken(list, token, 8)
	if err != nil {
		return 0, 0, err
	}
	return int(min(binary.BigEndian.Uint64(place), 1<<62)), limit, nil
}

// idField reads a field that is an event id.
func idField(name string, raw []byte) (id op.ID, err error) {
	if len(raw) != len(id) {
		return id, badRequest(name, "length", fmt.Sprintf("is %d bytes, must be 32", len(raw)))
	}
	copy(id[:], raw)
	return id, nil
}

// keyField reads a field that is an agent's key.
func keyField(name string, raw []byte) (op.PublicKey, error) {
	key, err := op.ParsePublicKey(hex.EncodeToString(raw[:min(len(raw), 33)]))
	if err != nil {
		return key, badRequest(name, "key", "must be an x-only public key: 32 bytes, on the curve")
	}
	return key, nil
}
