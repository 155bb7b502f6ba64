package grpcapi

import (
	"context"
	"encoding/hex"
	"fmt"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/econd/econd/node/cursor"
	"github.com/econd/econd/node/ledger"
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

// listed reads one page of a list that only grows at its end, as of an entry if one is
// asked for: item has the i-th, or false if it does not fit, see ledger.Listed. next is
// the token of the following page.
func listed[T any](ctx context.Context, s *Server, req paged, asOf *uint64, size func(*ledger.State) int,
	item func(st *ledger.State, i int, nowMs int64) (T, bool)) (list []T, next string, err error) {

	at, limit, err := startOf(req)
	if err != nil {
		return nil, "", err
	}
	var after int
	err = s.view(ctx, asOf, func(st *ledger.State, nowMs int64) {
		list, after = ledger.Listed(at, limit, size(st), func(i int) (T, bool) { return item(st, i, nowMs) })
	})
	return list, nextToken(req, after), err
}

// sliced is listed for a short list.
func sliced[T any](ctx context.Context, s *Server, req paged, asOf *uint64, all func(*ledger.State) []T) (list []T, next string, err error) {
	var whole []T
	return listed(ctx, s, req, asOf, func(st *ledger.State) int { whole = all(st); return len(whole) },
		func(_ *ledger.State, i int, _ int64) (T, bool) { return whole[i], true })
}

// idField reads a field that is an event id.
func idField(name string, raw []byte) (id op.ID, err error) {
	if len(raw) != len(id) {
		return id, badRequest(name, "length", fmt.Sprintf("is %d bytes, must be 32", len(raw)))
	}
	copy(id[:], raw)
	return id, nil
}

// agentField reads a field that chooses what is an agent's; the zero key where it is
// absent.
func agentField(raw []byte) (key op.PublicKey, err error) {
	if len(raw) > 0 {
		key, err = keyField("agent", raw)
	}
	return key, err
}

// keyField reads a field that is an agent's key.
func keyField(name string, raw []byte) (op.PublicKey, error) {
	key, err := op.ParsePublicKey(hex.EncodeToString(raw[:min(len(raw), 33)]))
	if err != nil {
		return key, badRequest(name, "key", "must be an x-only public key: 32 bytes, on the curve")
	}
	return key, nil
}
