package ledger

import (
	"fmt"
	"strings"

	"github.com/econd/econd/node/constitution"
	"github.com/econd/econd/node/op"
)

// The dearest proposals: as many and as dear actions as one may carry.
func init() {
	impossible := `{"type":"set-parameter","path":"/stake/max_per_agent","value":9,"expect":7}`
	worstEntries = append(worstEntries,
		worstEntry{name: "register", open: func(c *crowd) func() *op.Entry {
			i := 1 << 20
			return func() *op.Entry {
				i++
				return c.entry(crowdKey(i), op.KindRegister, op.EncodeContent(op.Register{Name: strings.Repeat("x", 64)}))
			}
		}},
		worstEntry{name: "delegate-statement", open: func(c *crowd) func() *op.Entry {
			return func() *op.Entry {
				c.sc.at.TimeMs += 1000
				return c.entry(crowdKey(0), op.KindStatement, op.EncodeContent(op.Statement{Text: strings.Repeat("x", 4<<10)}))
			}
		}},
		worstProposal("propose/long text", "", func(*crowd) []op.Raw { return nil }),
		worstProposal("propose/16 set-parameter", "", func(*crowd) []op.Raw { return parameters(16) }),
		worstProposal("propose/15 set-parameter, one impossible", constitution.ActionSetParameter, func(*crowd) []op.Raw { return parameters(15, impossible) }),
		worstProposal("propose/16 add-rule", "", func(*crowd) []op.Raw { return repeated(16, worstRule) }),
		worstProposal("propose/16 webhook", "", func(*crowd) []op.Raw {
			return repeated(16, func(i int) string {
				return fmt.Sprintf(`{"type":"webhook","url":"https://example.org/%d","data":{"text":%q}}`, i, strings.Repeat("x", 1500))
			})
		}),
		worstProposal("propose/16 set-budget", "", func(c *crowd) []op.Raw {
			return repeated(16, func(i int) string {
				return fmt.Sprintf(`{"type":"set-budget","agent":%q,"pool":"founders","terms":{"sat":1,"period_s":1000,"until_ms":%d}}`, crowdKey(i), c.sc.at.TimeMs+1e9)
			})
		}),
		worstProposal("propose/16 registry-publish", "", func(*crowd) []op.Raw {
			return repeated(16, func(i int) string {
				return fmt.Sprintf(`{"type":"registry-publish","kind":"model","name":"m%d","version":"1","sha256":"%064x","url":"https://example.org/%s","expect":"absent"}`,
					i, i+1, strings.Repeat("x", 900))
			})
		}),
		worstProposal("propose/16 pay, the pool is empty", constitution.ActionPay, func(c *crowd) []op.Raw {
			return repeated(16, func(i int) string {
				return fmt.Sprintf(`{"type":"pay","pool":"founders","to":%q,"sat":1000}`, crowdKey(i))
			})
		}),
	)
}

// worstProposal is a proposal of a long text with actions, on a track that allows
// each kind.
func worstProposal(name, refused string, actions func(*crowd) []op.Raw) worstEntry {
	return worstEntry{name: name, refused: refused,
		rules: func(sc *scenario) {
			if strings.HasSuffix(name, "text") {
				return
			}
			sc.set("tracks.signal.actions", "[set-parameter, add-rule, webhook, set-budget, registry-publish, pay, set-price]")
			sc.set("metrics", fmt.Sprintf(`[{name: rate, unit: ppm, least_reports: 1, reporters: [%q]}]`, secretOf("alice").Public()))
		},
		open: func(c *crowd) func() *op.Entry {
			return func() *op.Entry {
				p := op.Propose{Track: "signal", Title: strings.Repeat("t", maxTitle), Text: strings.Repeat("x", 8000), Actions: actions(c)}
				if p.Actions == nil {
					p.Actions = []op.Raw{}
					p.Text = strings.Repeat("x", maxText)
				}
				return c.entry(crowdKey(0), op.KindPropose, op.EncodeContent(p))
			}
		}}
}

func repeated(n int, action func(int) string) []op.Raw {
	list := make([]op.Raw, n)
	for i := range list {
		list[i] = op.Raw(action(i))
	}
	return list
}

// worstRule is a rule with the longest conditions and an action.
func worstRule(i int) string {
	long := "mean(\"rate\",1)" + strings.Repeat("+ mean(\"rate\",1)", 15) + strings.Repeat(" + 1", 37) + strings.Repeat(" ", 300) + " > 0"
	return fmt.Sprintf(`{"type":"add-rule","name":"r%d","when":%q,"clear":%q,"cooldown_s":1,"track":"signal","title":"t","text":"","actions":[{"type":"set-price","resource":"operations","sat":25,"expect_sat":10}]}`,
		i, long, long)
}
