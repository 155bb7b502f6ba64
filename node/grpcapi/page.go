package grpcapi

import (
	"encoding/hex"
	"fmt"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/econd/econd/node/cursor"
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

// paged is a request for a page of a list.
type paged interface {
	proto.Message
	GetPageToken() string
	GetPageSize() uint32
}

// listOf is the list that a request reads: its message and every field of it but those
// which say where in the list, how much of it and as of when.
func listOf(req paged) cursor.List {
	m := proto.Clone(req).ProtoReflect()
	fields := m.Descriptor().Fields()
	for _, name := range []protoreflect.Name{"page_token", "page_size", "at"} {
		if f := fields.ByName(name); f != nil {
			m.Clear(f)
		}
	}
	text, err := proto.MarshalOptions{Deterministic: true}.Marshal(m.Interface())
	if err != nil {
		panic(fmt.Sprintf("grpcapi: a request that was decoded does not encode: %v", err))
	}
	return cursor.Of(string(m.Descriptor().FullName()), string(text))
}

func strangeToken() error {
	return badRequest("page_token", "page-token", "is not one that this list, with these filters, gave; start without one")
}

// nextToken is the page token for an index, or "" for 0: there is no following page.
func nextToken(req paged, next int) string {
	if next == 0 {
		return ""
	}
	return listOf(req).Index(next)
}

// placeOf reads where a page starts.
func placeOf(req paged, length int) ([]byte, error) {
	place, ok := listOf(req).Place(req.GetPageToken(), length)
	if !ok {
		return nil, strangeToken()
	}
	return place, nil
}

// startOf returns the index at which a page starts of a list that only grows at its
// end, and how much it may hold.
func startOf(req paged) (at, limit int, err error) {
	if limit, err = pageSize(req.GetPageSize()); err != nil || req.GetPageToken() == "" {
		return 0, limit, err
	}
	at, ok := listOf(req).Start(req.GetPageToken())
	if !ok {
		return 0, 0, strangeToken()
	}
	return at, limit, nil
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
