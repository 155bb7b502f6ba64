package monitor

import (
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/econd/econd/node/audit/audittest"
	"github.com/econd/econd/node/op"
)

// What lies beside a key may be of another economy, or torn: it is passed over, and what is of this one
// is judged, at every start.
func TestAnswersOfOtherEconomiesArePassedOver(t *testing.T) {
	o := newOperator(t)
	file, add := answersIn(t)
	other := audittest.NewEconomy(t, "other-econ")
	ann := other.Agent("ann")
	add(promised(t, other, 1))
	add(refused(t, other, other.Sign(ann, op.KindVote, op.Vote{Proposal: op.ID{1}, Choice: "for"}), "proposal"))
	add([]byte("{\"event\":{\n"))
	add(promised(t, o.Economy, 2))
	w := o.watched(func(c *Config) { c.Answers = file })
	for range 2 {
		r := w.round()
		require.True(t, r.OK(), "%v", r.Faults)
		require.Contains(t, strings.Join(w.said, "\n"), "an answer that was kept is none")
		require.Empty(t, w.answers.wait)
		w.restart()
	}
}

// Rules that this program does not know end no monitor: refusals wait, heads are kept and compared.
func TestNewerRulesEndNoMonitor(t *testing.T) {
	o := newOperator(t)
	file, add := answersIn(t)
	ann := audittest.SecretKey(t, "ann")
	w := o.watched(func(c *Config) { c.Answers = file })
	add(refused(t, o.Economy, o.Sign(ann, op.KindVote, op.Vote{Proposal: op.ID{1}, Choice: "for"}), "proposal"))
	o.Agent("zed")
	o.Newer(ann)
	for range 2 {
		o.Unruled(o.Sign(ann, op.KindStatement, op.Statement{Text: "x"}))
		r, err := w.Round(context.Background())
		require.NoError(t, err)
		require.NotEmpty(t, r.Unjudged)
		require.EqualValues(t, len(o.Lines), r.HeadSize)
		ann = audittest.SecretKey(t, "ben")
	}
}
