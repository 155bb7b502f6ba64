package ledger

import (
	"crypto/sha256"
	"fmt"
	"strings"
	"testing"

	"github.com/econd/econd/node/op"
)

// What entries that nothing ends leave in memory, each of its largest size: a statement
// that replaces one leaves its id, a registration and a receipt little.
func TestEntriesLeaveLittleBehind(t *testing.T) {
	const rounds = 1000
	c := newCrowdUnder(t, 10, func(*scenario) {})
	c.sc.commands("agent p", "p bind")
	for _, x := range []struct {
		name  string
		most  int64 // bytes each
		enter func(i int)
	}{
		{"a statement replaced", 256, func(int) {
			c.sc.at.TimeMs += 1000
			c.apply(crowdKey(0), op.KindStatement, op.EncodeContent(op.Statement{Text: strings.Repeat("x", 4<<10)}))
		}},
		{"an agent", 4 << 10, func(i int) {
			c.apply(crowdKey(1<<20+i), op.KindRegister, op.EncodeContent(op.Register{Name: strings.Repeat("x", 64)}))
		}},
		{"a receipt", 1 << 10, func(i int) {
			preimage := op.Hash(sha256.Sum256(fmt.Append(nil, i)))
			c.apply(crowdKey(1<<20+i), op.KindReceipt, op.EncodeContent(op.Receipt{Provider: secretOf("p").Public(), Rating: 5, Preimage: preimage,
				Invoice: c.sc.invoice(nodeOf("p"), sha256.Sum256(preimage[:]), 1000)}))
		}},
	} {
		x.enter(0)
		before := held()
		for i := range rounds {
			x.enter(i + 1)
		}
		each := (held() - before) / rounds
		t.Logf("%s: %d B", x.name, each)
		if each > x.most {
			t.Errorf("%s: %d B are kept of each, want at most %d", x.name, each, x.most)
		}
	}
}
