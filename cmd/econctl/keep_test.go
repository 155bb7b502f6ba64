package main

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/econd/econd/node/keeper"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/wallet"
	"github.com/econd/econd/stake"
)

// renews is the hold that an operation renews, or "".
func (s *econd) renews(e *op.Event) string {
	if e.Kind != op.KindRenew {
		return ""
	}
	var c struct{ Hold string }
	if err := json.Unmarshal([]byte(e.Content), &c); err != nil {
		s.t.Error(err)
	}
	return c.Hold
}

// renewed says when a hold that was just locked is due, and lets go of the one
// that it renews. The node's lock is held.
func (s *econd) renewed(h map[string]any) {
	if s.height == 0 {
		return
	}
	expiry := s.height + 144
	h["renewal"] = map[string]any{"due_height": stake.RenewHeight(s.height, expiry), "end_height": stake.ForfeitHeight(expiry),
		"blocks_left": 54, "estimate_ms": int64(1000), "at_risk": h["purpose"] != "stake"}
	renews, _ := h["renews"].(string)
	old := s.holds[renews]
	if old == nil {
		return
	}
	old["state"] = "released"
	delete(old, "renewal")
	for hash := range s.node.status {
		if hash.String() == old["payment_hash"] {
			s.node.status[hash] = wallet.Failed
		}
	}
}

func (s *econd) stakes(w http.ResponseWriter) {
	items := []any{}
	for _, e := range s.events {
		if h := s.holds[e.ID.String()]; h != nil && h["state"] != "released" {
			items = append(items, h)
		}
	}
	reply(w, map[string]any{"height": s.height, "items": items})
}

// keep runs stake keep --once and returns its events.
func (g *agent) keep(line ...string) (list []keeper.Event) {
	g.t.Helper()
	o := g.run(append([]string{"--json", "stake", "keep", "--once"}, line...)...)
	require.Equal(g.t, exitOK, o.code, o.err)
	require.Empty(g.t, o.err)
	for line := range strings.Lines(o.out) {
		var e keeper.Event
		require.NoError(g.t, json.Unmarshal([]byte(line), &e), line)
		list = append(list, e)
	}
	return list
}

func said(list []keeper.Event) (what []keeper.What) {
	for _, e := range list {
		what = append(what, e.What)
	}
	return what
}

func TestStakeList(t *testing.T) {
	s := newEcond(t)
	g := newAgent(t, s)
	s.height = 500
	a := g.json("stake", "lock", "5000", "--pay")["id"].(string)
	b := g.json("propose", "--track", "price", "--title", "x", "--action", `{"type":"set-price","resource":"operations","sat":1,"expect_sat":0}`, "--pay", "--max-sats", "5000")["id"].(string)
	c := g.json("stake", "lock", "7000")["id"].(string)
	o := g.run("stake", "list")
	require.Equal(t, exitOK, o.code, o.err)
	const renew = "renew from height 554 (in 54 blocks, perhaps 1970-01-01T00:00:01.000Z), before 608: else it "
	blank := strings.Repeat(" ", 64-len("HOLD"))
	require.Equal(t, "HOLD"+blank+"  FOR         SAT   STATE    BLOCKS LEFT  RENEWAL\n"+
		a+"  stake       5000  locked   54           "+renew+"returns\n"+
		b+"  collateral  5000  locked   54           "+renew+"is forfeited\n"+
		c+"  stake       7000  offered  -            -\n", o.out)
	require.Equal(t, "GET /v1/stakes?agent="+g.key.Public().String(), s.requests[len(s.requests)-1])
	other := newAgent(t, s).key.Public().String()
	require.Len(t, g.json("stake", "list", "--agent", other)["items"], 3)
	require.Equal(t, "GET /v1/stakes?agent="+other, s.requests[len(s.requests)-1])
	s.holds[a]["renewal"].(map[string]any)["blocks_left"] = 0
	require.Contains(t, g.run("stake", "show", a).out, "renewal renew now, before 608: else it returns\n")
	for _, line := range []string{"stake list x", "stake list --agent x", "stake keep x", "stake keep --max-fee -1", "stake keep --budget -1", "stake keep --every 10ms"} {
		require.Equal(t, exitUsage, g.run(strings.Fields(line)...).code, line)
	}
}

// What is due is renewed and paid once, and nothing else is; whoever runs it again
// at once finds nothing to do.
func TestStakeKeepOnce(t *testing.T) {
	s := newEcond(t)
	g := newAgent(t, s)
	s.height = 500
	s.price["operations"] = 10
	a := g.json("stake", "lock", "5000", "--pay")["id"].(string)
	b := g.json("juror", "join", "models", "--pay", "--max-sats", "2000")["id"].(string)
	paid := s.node.started
	require.Equal(t, []keeper.What{keeper.Waiting, keeper.Waiting}, said(g.keep()))
	require.Equal(t, paid, s.node.started)

	s.height = 607 // the last block of the time for it
	list := g.keep(a)
	require.Equal(t, []keeper.What{keeper.Renewing, keeper.Paying, keeper.Renewed, keeper.Waiting}, said(list))
	require.Equal(t, a, list[0].Hold)
	next := list[2].Next
	require.Equal(t, "locked", s.holds[next]["state"])
	require.Equal(t, "released", s.holds[a]["state"])
	require.Equal(t, "locked", s.holds[b]["state"], "only the one that is named")
	require.Equal(t, paid+1, s.node.started)
	require.Equal(t, op.KindRenew, s.last().Kind)

	list = g.keep("--budget", "10")
	require.Equal(t, []keeper.What{keeper.Renewing, keeper.Waiting, keeper.Paying, keeper.Renewed, keeper.Waiting}, said(list))
	require.Equal(t, b, list[0].Hold)
	require.Equal(t, paid+2, s.node.started)
	require.Equal(t, []keeper.What{keeper.Waiting, keeper.Waiting}, said(g.keep()))

	o := g.run("stake", "keep", "--once", next)
	require.Equal(t, exitOK, o.code, o.err)
	require.Regexp(t, `^waiting  the stake of 5000 sat is renewed from height \d+ on, it is 607  `+next+"\n$", o.out)
}

// What could not be renewed makes the command fail, so that a timer tells.
func TestStakeKeepOnceFails(t *testing.T) {
	s := newEcond(t)
	g := newAgent(t, s)
	s.height = 500
	g.json("stake", "lock", "5000", "--pay")
	s.height = 607
	s.node.failHolds = true
	o := g.run("stake", "keep", "--once")
	require.Equal(t, exitFailed, o.code)
	require.Contains(t, o.out, "trouble  the stake of 5000 sat is not renewed, it ends at height 608: its payment failed: no route")
	require.Contains(t, o.err, "not renewed: 1 of the holds that are due")
	s.node.failHolds = false
	require.Equal(t, keeper.Renewed, g.keep()[1].What)

	s.height = 800
	s.busy = 1000
	g.lnd = true
	require.Equal(t, exitAway, g.run("--retry-for", "0s", "stake", "keep", "--once").code)
	s.busy, g.lnd = 0, false
	require.Contains(t, g.run("stake", "keep", "--once").err, "lnd")
}
