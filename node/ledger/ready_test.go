package ledger

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/refusal"
)

// What Due computed is taken for the entry with its number and stamp, and for no
// other; either way the log is the same.
func TestDueIsComputedOnce(t *testing.T) {
	for name, laterMs := range map[string]int64{"with its stamp": 0, "with a later one": 1} {
		t.Run(name, func(t *testing.T) {
			c := newCrowd(t, 10)
			delegateAll(c, 0)
			id := c.propose()
			c.sc.at.TimeMs += 2000
			c.apply(crowdKey(0), op.KindVote, op.EncodeContent(op.Vote{Proposal: id, Choice: "for"}))
			c.sc.at.TimeMs += 100_001_000
			f := c.sc.s.Due(c.sc.at)
			require.Equal(t, op.KindClose, f.Kind)
			c.sc.at.TimeMs += laterMs
			c.sc.s.entry.ready.close.For++ // so that one can tell which is taken
			e := c.entry(c.sc.s.Operator(), f.Kind, op.EncodeContent(f.Content))
			e.Seq = c.sc.s.Next()
			_, err := ApplyVerified(c.sc.s, e)
			if laterMs == 0 {
				var r *refusal.Refusal
				require.ErrorAs(t, err, &r)
				require.Equal(t, "close", r.Rule)
				return
			}
			require.NoError(t, err)
			require.Nil(t, c.sc.s.entry.ready.close)
		})
	}
}
