package read

import (
	"context"
	"reflect"

	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/view"
)

// seen is answered by what a function reads of the state. What it lacks is recalled
// from the log afterwards.
func seen[A any](paging Paging, read func(s *ledger.State, q *Query) (A, error)) Reading {
	return reading(paging, func(ctx context.Context, src Source, q *Query) (v A, err error) {
		var refused error
		if err = q.look(ctx, src, func(s *ledger.State) { v, refused = read(s, q) }); err == nil {
			err = refused
		}
		if r, ok := any(&v).(view.Recalled); ok && err == nil {
			err = src.Recall(r)
		}
		return v, err
	})
}

// reading is answered by a function that looks for itself.
func reading[A any](paging Paging, run func(ctx context.Context, src Source, q *Query) (A, error)) Reading {
	return Reading{Answer: reflect.TypeFor[A](), Paging: paging, run: func(ctx context.Context, src Source, q *Query) (any, error) {
		v, err := run(ctx, src, q)
		if err != nil {
			return nil, err
		}
		return v, nil
	}}
}

// one is one thing, or missing.
func one[T any](missing *NotFound, read func(s *ledger.State, q *Query) (T, bool)) Reading {
	return seen(NotPaged, func(s *ledger.State, q *Query) (v T, err error) {
		v, ok := read(s, q)
		if !ok {
			return v, missing
		}
		return v, nil
	})
}

// whole is a list that is short enough to have no pages.
func whole[T any](missing *NotFound, read func(s *ledger.State, q *Query) ([]T, bool)) Reading {
	return seen(NotPaged, func(s *ledger.State, q *Query) (view.Page[T], error) {
		list, ok := read(s, q)
		if !ok {
			return view.Page[T]{}, missing
		}
		return page(list, ""), nil
	})
}

// pages is a list whose pages the ledger makes: read returns the items from q.from()
// on, at most q.Limit, where the following page starts or 0, and false for a list that
// there is not.
func pages[T any](missing *NotFound, read func(s *ledger.State, q *Query) (list []T, next int, ok bool)) Reading {
	return seen(ByNumber, func(s *ledger.State, q *Query) (view.Page[T], error) {
		list, next, ok := read(s, q)
		if !ok {
			return view.Page[T]{}, missing
		}
		return page(list, q.next(next)), nil
	})
}

// listed is a list that only grows at its end, see ledger.Listed; fits chooses.
func listed[T any](size func(*ledger.State) int, item func(s *ledger.State, i int, nowMs int64) T, fits func(q *Query, v T) bool) Reading {
	return pages(nil, func(s *ledger.State, q *Query) ([]T, int, bool) {
		list, next := ledger.Listed(q.from(), q.Limit, size(s), func(i int) (T, bool) {
			v := item(s, i, q.nowMs)
			return v, fits == nil || fits(q, v)
		})
		return list, next, true
	})
}

// sliced is a short list that only grows at its end, in pages.
func sliced[T any](all func(*ledger.State) []T) Reading {
	return pages(nil, func(s *ledger.State, q *Query) ([]T, int, bool) {
		list := all(s)
		part, next := ledger.Listed(q.from(), q.Limit, len(list), func(i int) (T, bool) { return list[i], true })
		return part, next, true
	})
}

// page has a list that is never null.
func page[T any](list []T, next string) view.Page[T] {
	if list == nil {
		list = []T{}
	}
	return view.Page[T]{Items: list, Next: next}
}

// atTip has a read see the state at the best block known; one of the past is seen at
// its last entry's.
func atTip(r Reading) Reading {
	run := r.run
	r.run = func(ctx context.Context, src Source, q *Query) (any, error) {
		if q.At == nil {
			q.height = src.Height()
		}
		return run(ctx, src, q)
	}
	return r
}
