package grpcapi

import (
	"context"
	"fmt"

	"google.golang.org/protobuf/proto"

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

func strangeToken() error {
	return badRequest("page_token", "page-token", "is not one that this list, with these filters, gave; start without one")
}

// nextToken is the page token for an index, or "" for 0: there is no following page.
func nextToken(req paged, next int) string {
	if next == 0 {
		return ""
	}
	return listOf(req.ProtoReflect()).Index(next)
}

// placeOf reads where a page starts.
func placeOf(req paged, length int) ([]byte, error) {
	place, ok := listOf(req.ProtoReflect()).Place(req.GetPageToken(), length)
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
	at, ok := listOf(req.ProtoReflect()).Start(req.GetPageToken())
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

// agentField reads a field that chooses what is an agent's; the zero key where it is
// absent.
func agentField(raw []byte) (key op.PublicKey, err error) {
	if len(raw) > 0 {
		key, err = keyField("agent", raw)
	}
	return key, err
}
