package quorum

import (
	"context"
	"slices"
	"sync"

	"github.com/econd/econd/node/witness"
)

// Ahead asks the witnesses with a checkpoint that was signed before, until the deadline, and
// returns which of them say that they cosigned a larger head last, by name, and over how many
// entries: if so many do that the others cannot be the quorum. Their word is all that there
// is, so fewer are only logged, and no single witness of many stops a log. Those that do not
// answer are passed over. C2SP tlog-witness has no other way to ask: who is told an old size
// that is not its own answers with that which is. Call it before Run.
func (q *Quorum) Ahead(ctx context.Context, checkpoint []byte) map[string]int64 {
	ctx, cancel := context.WithTimeout(ctx, q.cfg.Deadline)
	defer cancel()
	text, err := textOf(checkpoint)
	var head witness.Head
	if err == nil {
		head, err = witness.ParseHead(text)
	}
	if err != nil {
		q.cfg.Log.Error("witnesses cannot be asked", "error", err.Error())
		return nil
	}
	last := make([]int64, len(q.workers))
	var wg sync.WaitGroup
	for i, w := range q.workers {
		wg.Go(func() {
			w.size = head.Size
			var err error
			if _, last[i], err = w.once(ctx, &job{head: head, text: text, checkpoint: checkpoint}); err != nil {
				q.cfg.Log.Warn("a witness does not say what it cosigned", "witness", w.witness.Name, "error", err.Error())
			}
			w.size = 0
		})
	}
	wg.Wait()
	return q.blocking(head.Size, last)
}

// blocking are the workers' witnesses that cosigned more than size, if the others are no quorum.
func (q *Quorum) blocking(size int64, last []int64) map[string]int64 {
	ahead := map[string]int64{}
	for i, w := range q.workers {
		if last[i] > size {
			ahead[w.witness.Name] = last[i]
			q.cfg.Log.Warn("a witness says that it cosigned a larger head", "witness", w.witness.Name, "entries", last[i], "here", size)
		}
	}
	err := q.cfg.Policy.CheckWitnesses(func(i int) bool {
		at := slices.Index(q.place, i)
		return at >= 0 && last[at] <= size
	})
	if err == nil {
		return nil
	}
	return ahead
}
