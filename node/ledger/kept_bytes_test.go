package ledger

import (
	"crypto/sha256"
	"fmt"
	"strings"
	"testing"

	"github.com/econd/econd/node/constitution"
	"github.com/econd/econd/node/op"
)

// What entries that nothing ends leave in memory, each of its largest size: a statement
// that replaces one leaves its id, a registration, a receipt, a report and a registry entry little.
func TestEntriesLeaveLittleBehind(t *testing.T) {
	const rounds = 1000
	c := newCrowdUnder(t, 10, func(sc *scenario) {
		sc.set("tracks.signal.actions", "[registry-publish]")
		sc.set("tracks.signal.voting_period_s", "10")
		sc.set("tracks.signal.quorum", "{kind: eligible, share_ppm: 1}")
		sc.set("tracks.signal.pass", "{kind: share, share_ppm: 666667}")
		sc.set("tracks.signal.timelock_s", "0")
		sc.set("metrics", fmt.Sprintf("[{name: load, unit: ms, reporters: [%q], least_reports: 1}]", crowdKey(0)))
	})
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
		{"a report", 256, func(i int) {
			c.sc.at.TimeMs += 1000
			c.apply(crowdKey(0), op.KindReport, op.EncodeContent(op.Report{MeasuredMs: c.sc.at.TimeMs, Values: []op.ReportedValue{{Metric: "load", Value: int64(i)}}}))
		}},
		{"a registry entry, with its part of a proposal of 16", 2 << 10, func(i int) {
			if i%maxActions == 0 {
				c.publishes(maxActions, func(k int) RegistryPublish {
					return RegistryPublish{Kind: "model", Name: strings.Repeat("n", maxRegistryName), Version: fmt.Sprintf("%064d", i+k), SHA256: op.Hash{1},
						URL: longURL(i + k), Expect: RegistryAbsent}
				})
			}
		}},
		{"another address of a provider, with its proposal", 4 << 10, func(i int) {
			expect := RegistryPublished
			if i == 0 {
				expect = RegistryAbsent
			}
			c.publishes(1, func(int) RegistryPublish {
				return RegistryPublish{Kind: "provider", Name: secretOf("p").Public().String(), URL: longURL(i), Expect: expect}
			})
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

func longURL(i int) string {
	url := fmt.Sprintf("https://x/%d/", i)
	return url + strings.Repeat("x", maxURL-len(url))
}

// publishes executes one decision that publishes so many entries of the registry.
func (c *crowd) publishes(n int, entry func(k int) RegistryPublish) {
	var actions []op.Raw
	for k := range n {
		a := entry(k)
		a.Type = constitution.ActionRegistryPublish
		actions = append(actions, op.Raw(op.EncodeContent(a)))
	}
	id := c.apply(crowdKey(0), op.KindPropose, op.EncodeContent(op.Propose{Track: "signal", Title: "t", Actions: actions}))
	c.sc.at.TimeMs += 2000
	c.apply(crowdKey(0), op.KindVote, op.EncodeContent(op.Vote{Proposal: id, Choice: "for"}))
	c.sc.at.TimeMs += 11_000
	c.enter(c.due(op.KindClose))
	c.sc.at.TimeMs++
	e := c.due(op.KindExecute)
	if !strings.Contains(e.Event.Content, `"failure":""`) {
		c.b.Fatal(e.Event.Content)
	}
	c.enter(e)
}
