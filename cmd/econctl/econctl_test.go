package main

import (
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/econd/econd/l402"
	"github.com/econd/econd/node/keyfile"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/view"
	"github.com/econd/econd/node/wallet"
)

func keysOf(m map[string]any) []string { return slices.Sorted(maps.Keys(m)) }

var proposalID = strings.Repeat("1", 64)

func TestOperationsReachEcondSigned(t *testing.T) {
	s := newEcond(t)
	g := newAgent(t, s)
	other, err := keyfile.NewSecretKey()
	require.NoError(t, err)
	for _, c := range []struct {
		line    []string
		kind    op.Kind
		content string
	}{
		{[]string{"register", "--name", "Ada"}, op.KindRegister, `{"name":"Ada"}`},
		{[]string{"vote", proposalID, "against"}, op.KindVote, `{"proposal":"` + proposalID + `","choice":"against"}`},
		{[]string{"vote", proposalID, "ballot", "--ballot", "[2, 1]"}, op.KindVote, `{"proposal":"` + proposalID + `","choice":"ballot","ballot":[2,1]}`},
		{[]string{"vote", proposalID, "--ballot", `{"1":"0.5","2":"0.5"}`}, op.KindVote,
			`{"proposal":"` + proposalID + `","choice":"ballot","ballot":{"1":"0.5","2":"0.5"}}`},
		{[]string{"delegate", npub(other.Public())}, op.KindDelegate, `{"track":"","to":"` + other.Public().String() + `"}`},
		{[]string{"delegate", other.Public().String(), "--track", "price", "--share-ppm", "250000", "--expires", "1h"}, op.KindDelegate,
			`{"track":"price","to":"` + other.Public().String() + `","share_ppm":250000,"expires_ms":3601000}`},
		{[]string{"undelegate"}, op.KindUndelegate, `{"track":""}`},
		{[]string{"undelegate", npub(other.Public()), "--track", "price"}, op.KindUndelegate, `{"track":"price","to":"` + other.Public().String() + `"}`},
		{[]string{"delegate-statement", "--track", "price", "--text", "low prices"}, op.KindStatement, `{"track":"price","text":"low prices"}`},
		{[]string{"delegate-statement", "--text-file", "-"}, op.KindStatement, `{"track":"","text":"from stdin"}`},
		{[]string{"delegate-statement", "--withdraw"}, op.KindStatement, `{"track":"","text":""}`},
		{[]string{"support", proposalID, "all"}, op.KindVote, `{"proposal":"` + proposalID + `","choice":"for"}`},
		{[]string{"support", proposalID, "4000"}, op.KindVote, `{"proposal":"` + proposalID + `","choice":"ballot","ballot":{"1":4000}}`},
		{[]string{"exit", proposalID, "--for-good"}, op.KindExit, `{"proposal":"` + proposalID + `"}`},
		{[]string{"exit", proposalID, "--for-good", "--least", "981"}, op.KindExit, `{"proposal":"` + proposalID + `","least_sat":981}`},
		{[]string{"payout", "claim", "120-0", "lnbc1"}, op.KindClaim, `{"payout":"120-0","invoice":"lnbc1"}`},
		{[]string{"stake", "release", proposalID}, op.KindReleaseStake, `{"stake":"` + proposalID + `"}`},
		{[]string{"proposal", "cancel", proposalID, "--reason", "r"}, op.KindCancel, `{"proposal":"` + proposalID + `","reason":"r"}`},
		{[]string{"admin", "cancel", proposalID, "--reason", "q"}, op.KindCancel, `{"proposal":"` + proposalID + `","reason":"q"}`},
		{[]string{"admin", "veto", proposalID, "--reason", "r"}, op.KindVeto, `{"proposal":"` + proposalID + `","reason":"r"}`},
		{[]string{"receipt", "--provider", npub(other.Public()), "--rating", "-3", "--invoice", "lnbc1", "--preimage", proposalID}, op.KindReceipt,
			`{"provider":"` + other.Public().String() + `","invoice":"lnbc1","preimage":"` + proposalID + `","rating":-3}`},
	} {
		t.Run(strings.Join(c.line[:min(2, len(c.line))], " "), func(t *testing.T) {
			before := len(s.events)
			v := g.json(c.line...)
			require.Equal(t, []string{"id", "kind", "paid_sat", "promised", "receipt"}, keysOf(v))
			require.Len(t, s.events, before+1)
			e := s.last()
			require.Equal(t, e.ID.String(), v["id"])
			require.Equal(t, c.kind, e.Kind)
			require.Equal(t, c.content, e.Content)
			require.Equal(t, g.key.Public(), e.PubKey)
		})
	}
}

func TestProposeOptions(t *testing.T) {
	s := newEcond(t)
	g := newAgent(t, s)
	g.json("propose", "--track", "poll", "--title", "t", "--option", "tea, hot", "--option", "coffee")
	require.Equal(t, `{"track":"poll","title":"t","text":"","actions":[],"options":["tea, hot","coffee"]}`, s.last().Content)
}

// A pause tells its end to the millisecond, so that the next guardian can sign
// the same.
func TestPause(t *testing.T) {
	s := newEcond(t)
	g := newAgent(t, s)
	v := g.json("admin", "pause", "price", "signal", "--for", "6h", "--reason", "r")
	require.Equal(t, []string{"id", "kind", "paid_sat", "promised", "receipt", "tracks", "until_ms"}, keysOf(v))
	const want = `{"tracks":["price","signal"],"until_ms":21601000,"reason":"r"}`
	require.Equal(t, want, s.last().Content)
	require.Equal(t, op.KindPause, s.last().Kind)

	o := newAgent(t, s).run("admin", "pause", "price", "signal", "--until", "1970-01-01T06:00:01.000Z", "--reason", "r")
	require.Equal(t, exitOK, o.code, o.err)
	require.Equal(t, want, s.last().Content)
	require.Contains(t, o.out, "econctl admin pause price signal --until 1970-01-01T06:00:01.000Z --reason TEXT")

	g.json("admin", "unpause", "price", "--reason", "over")
	require.Equal(t, `{"tracks":["price"],"until_ms":0,"reason":"over"}`, s.last().Content)
}

func TestBindAsksLNDForItsSignature(t *testing.T) {
	s := newEcond(t)
	g := newAgent(t, s)
	v := g.json("bind")
	require.Equal(t, []string{"id", "kind", "node", "paid_sat", "promised", "receipt"}, keysOf(v))
	var c struct{ Node, Signature string }
	require.NoError(t, json.Unmarshal([]byte(s.last().Content), &c))
	require.Equal(t, v["node"], c.Node)
	require.Equal(t, "signature over "+bindStatement(g), c.Signature)
	g.lnd = false
	o := g.run("bind")
	require.Equal(t, exitUnpaid, o.code)
	require.Contains(t, o.err, "lnd.address")
}

func TestLostAnswersAreAskedForWithTheSameEvent(t *testing.T) {
	s := newEcond(t)
	g := newAgent(t, s)
	s.lose, s.busy = 2, 1
	v := g.json("register", "--name", "Ada")
	require.Len(t, s.events, 1)
	require.Equal(t, true, v["receipt"].(map[string]any)["replay"])
}

func TestRefusalsNameRuleAndField(t *testing.T) {
	s := newEcond(t)
	g := newAgent(t, s)
	s.refuse = map[string]any{"title": "Refused", "detail": "the name is taken", "field": "content.name", "rule": "name"}
	o := g.run("register", "--name", "Ada")
	require.Equal(t, exitRefused, o.code)
	require.Contains(t, o.err, "422 Refused: content.name: the name is taken (rule name)")
	require.Empty(t, o.out)
	o = g.run("--json", "register", "--name", "Ada")
	var v struct{ Error map[string]any }
	require.NoError(t, json.Unmarshal([]byte(o.err), &v))
	require.Equal(t, []string{"code", "detail", "field", "kind", "message", "paid_sat", "rule", "status"}, keysOf(v.Error))
}

// A token is good once, or as often as --uses says.
func TestTokensAreBoughtForUses(t *testing.T) {
	s := newEcond(t)
	s.price["operations"], s.counted = 7, true
	g := newAgent(t, s)
	require.EqualValues(t, 7, g.json("register", "--name", "Ada")["paid_sat"])
	require.EqualValues(t, 21, g.json("vote", proposalID, "for", "--uses", "3")["paid_sat"])
	require.EqualValues(t, 0, g.json("vote", proposalID, "against")["paid_sat"])
	require.EqualValues(t, 0, g.json("vote", proposalID, "for")["paid_sat"])
	require.EqualValues(t, 7, g.json("vote", proposalID, "against")["paid_sat"])
	require.Len(t, s.node.status, 3)
	require.Equal(t, exitUsage, g.run("vote", proposalID, "for", "--uses", "10001").code)
}

func TestEcondsOwnPriceIsPaidOnce(t *testing.T) {
	s := newEcond(t)
	s.price["operations"] = 7
	g := newAgent(t, s)
	require.EqualValues(t, 7, g.json("register", "--name", "Ada")["paid_sat"])
	require.EqualValues(t, 0, g.json("vote", proposalID, "for")["paid_sat"])
	require.Len(t, s.node.status, 1)

	s.price["queries"] = 101
	o := g.run("--json", "proposal", "show", proposalID)
	require.Equal(t, exitUnpaid, o.code)
	require.Contains(t, o.err, "--max-sats 101")
	o = g.run("proposal", "show", proposalID)
	require.Equal(t, exitUnpaid, o.code, "whoever is asked may say no")
	g.yes = true
	o = g.run("proposal", "show", proposalID)
	require.Equal(t, exitOK, o.code, o.err)
	require.Contains(t, o.err, "paid 101 sat")
	require.Len(t, s.node.status, 2)

	other := newAgent(t, s)
	other.lnd = false
	o = other.run("register", "--name", "Bob")
	require.Equal(t, exitUnpaid, o.code)
	require.Contains(t, o.err, "lnd.address")
}

func TestStake(t *testing.T) {
	s := newEcond(t)
	g := newAgent(t, s)
	v := g.json("stake", "lock", "2500")
	require.Equal(t, []string{"hold", "id", "kind", "paid_sat", "promised", "receipt"}, keysOf(v))
	require.Equal(t, "offered", v["hold"].(map[string]any)["state"])
	id := v["id"].(string)
	require.Equal(t, "offered", g.json("stake", "show", id)["state"])
	o := g.run("--json", "stake", "pay", id)
	require.Equal(t, exitUnpaid, o.code)
	require.Contains(t, o.err, "--max-sats 2500")
	require.Zero(t, s.node.started)
	require.Equal(t, "locked", g.json("stake", "pay", id, "--max-sats", "2500")["state"])
	require.Equal(t, "locked", g.json("stake", "pay", id)["state"], "paying again does nothing")
	require.Equal(t, 1, s.node.started)

	v = g.json("stake", "lock", "2502", "--pay")
	require.Equal(t, "locked", v["hold"].(map[string]any)["state"], "the amount asked for needs no further question")

	s.node.failHolds = true
	o = g.run("stake", "lock", "2501", "--pay")
	require.Equal(t, exitUnpaid, o.code)
	require.Contains(t, o.err, "no route")
	require.Contains(t, o.err, s.last().ID.String(), "what was recorded is named")
}

func TestHoldInvoiceMustBeTheHolds(t *testing.T) {
	s := newEcond(t)
	g := newAgent(t, s)
	id := g.json("stake", "lock", "10")["id"].(string)
	invoice, _, err := s.node.AddInvoice(t.Context(), 1_000_000_000, "", 0)
	require.NoError(t, err)
	s.holds[id]["invoice"] = invoice
	price, err := wallet.ReadInvoice(invoice)
	require.NoError(t, err)
	s.holds[id]["payment_hash"] = price.PaymentHash.String()
	for _, amount := range []int64{10, 1_000_000 - 1<<61} { // times 1,000 the second is 1,000,000,000, too
		s.holds[id]["amount_sat"] = amount
		o := g.run("stake", "pay", id)
		require.Equal(t, exitAlarm, o.code)
		require.Contains(t, o.err, "not paid")
	}
	require.Zero(t, s.node.started)
}

func TestPropose(t *testing.T) {
	s := newEcond(t)
	g := newAgent(t, s)
	v := g.json("propose", "--track", "signal", "--title", "T", "--text-file", "-")
	require.Equal(t, []string{"hold", "id", "kind", "paid_sat", "promised", "receipt"}, keysOf(v))
	require.Nil(t, v["hold"])
	require.Equal(t, `{"track":"signal","title":"T","text":"from stdin","actions":[]}`, s.last().Content)

	action := `{"type":"set-price","resource":"queries","sat":2,"expect_sat":1}`
	v = g.json("propose", "--track", "price", "--title", "T", "--action", action, "--pay", "--max-sats", "5000")
	require.Equal(t, "locked", v["hold"].(map[string]any)["state"])
	require.Contains(t, s.last().Content, action)

	o := g.run("--json", "propose", "--track", "price", "--title", "T", "--pay")
	require.Equal(t, exitUnpaid, o.code)
	require.Contains(t, o.err, "--max-sats 5000")
}

func TestLists(t *testing.T) {
	g := newAgent(t, newEcond(t))
	require.Len(t, g.json("proposal", "list")["items"], 2)
	require.Len(t, g.json("proposal", "list", "--limit", "1")["items"], 1)
	require.Len(t, g.json("proposal", "ballots", proposalID)["items"], 1)
	require.Equal(t, proposalID, g.json("proposal", "show", proposalID)["id"])
	require.Equal(t, economy, g.json("info")["economy"])
	o := g.run("proposal", "list")
	require.Equal(t, exitOK, o.code)
	require.NotContains(t, o.out, "\x1b", "foreign text cannot drive the terminal")
}

func TestExplain(t *testing.T) {
	g := newAgent(t, newEcond(t))
	require.Equal(t, []string{"at_ms", "proposal", "sentences", "state"}, keysOf(g.json("proposal", "explain", proposalID)))
	o := g.run("proposal", "explain", proposalID)
	require.Equal(t, exitOK, o.code, o.err)
	require.Equal(t, proposalID+" is vetoed\nThe vote ended.\nIt is vetoed: \uFFFD[2Jbad line\n", o.out, "foreign text stays on its line")
	require.Equal(t, exitUsage, g.run("proposal", "explain", "12").code)
}

func TestDelegations(t *testing.T) {
	g := newAgent(t, newEcond(t))
	require.Len(t, g.json("delegations")["items"], 2, "all pages")
	want := "DELEGATION  AGENT" + strings.Repeat(" ", 61) + "SHARE  TRACK  UNTIL\n" +
		"to          " + proposalID + "  25 %   all    1970-01-01T01:00:01.000Z\n" +
		"from        " + proposalID + "  100 %  price\n\nSAYS ON TRACK  TEXT\nprice          low prices\n"
	require.Equal(t, want, g.run("delegations", npub(g.key.Public())).out)
	require.Equal(t, exitUsage, g.run("delegations", "nobody").code)
}

func TestProofsAndFiles(t *testing.T) {
	s := newEcond(t)
	g := newAgent(t, s)
	for _, c := range []struct {
		line []string
		want string
	}{
		{[]string{"proof", "ballot", proposalID}, proofOf("/v1/proposals/" + proposalID + "/ballots/" + g.key.Public().String() + "/proof")},
		{[]string{"proof", "entry", proposalID}, proofOf("/v1/operations/" + proposalID + "/proof")},
		{[]string{"checkpoint"}, proofOf("/v1/checkpoints/latest")},
		{[]string{"admin", "backup"}, "backup"},
	} {
		path := filepath.Join(t.TempDir(), "out")
		v := g.json(append(c.line, "--out", path)...)
		require.Equal(t, []string{"bytes", "file", "paid_sat"}, keysOf(v))
		data, err := os.ReadFile(path)
		require.NoError(t, err)
		require.Equal(t, c.want, string(data))
		left, err := os.ReadDir(filepath.Dir(path))
		require.NoError(t, err)
		require.Len(t, left, 1)
	}
	require.Equal(t, proofOf("/v1/checkpoints/latest"), g.run("checkpoint").out)
	require.Equal(t, true, g.json("admin", "anchor")["requested"])
	require.Equal(t, "anchor requested; follow it with: econctl anchors\n", g.run("admin", "anchor").out)
	waited := g.run("admin", "anchor", "--wait")
	require.Equal(t, "the first 9 entries are anchored for good: "+proposalID+" in block 500\n", waited.out, waited.err)
	require.Equal(t, "final", g.json("admin", "anchor", "--wait")["anchor"].(map[string]any)["state"])
}

// What is paid into a pool is given, not forfeited; what was paid over the amount
// went with it.
func TestDepositSaysWhereItsSatsAre(t *testing.T) {
	id, err := op.ParseID(proposalID)
	require.NoError(t, err)
	for state, want := range map[string]string{
		"offered":    "deposit of 10 sat is offered\ninvoice lnbc1\nPay it to give the sats: econctl stake pay " + proposalID + " --max-sats 10\n",
		"forfeiting": "deposit of 12 sat is paid and on its way into the pool\n",
		"forfeited":  "deposit of 12 sat is in the pool\n",
		"expired":    "deposit of 10 sat is expired\n",
	} {
		h := view.Hold{ID: id, Purpose: purposeDeposit, AmountSat: 10, State: state, Invoice: "lnbc1"}
		if strings.HasPrefix(state, "forfeit") {
			h.PaidSat = 12
		}
		require.Equal(t, want, holdText(h))
	}
	stake := view.Hold{ID: id, Purpose: "stake", AmountSat: 10, State: "forfeited"}
	require.Equal(t, "stake of 10 sat is forfeited\n", holdText(stake))
}

func TestExportIsWholeOrAbsent(t *testing.T) {
	s := newEcond(t)
	g := newAgent(t, s)
	for range 4 {
		g.json("register", "--name", strings.Repeat("x", len(s.events)+1))
	}
	s.cut = true
	path := filepath.Join(t.TempDir(), "export.log")
	v := g.json("export", "--out", path)
	require.EqualValues(t, 4, v["entries"])
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	lines := strings.SplitAfter(string(data), "\n")
	require.Len(t, lines, 5)
	for i := range 4 {
		require.Equal(t, string(s.line(i))+"\n", lines[i])
	}
	s.events[2].Tags[0][1] = "another-economy"
	path = filepath.Join(t.TempDir(), "export.log")
	require.Equal(t, exitFailed, g.run("export", "--out", path).code)
	require.NoFileExists(t, path)
}

func TestEventsAreResumed(t *testing.T) {
	s := newEcond(t)
	g := newAgent(t, s)
	for range 4 {
		g.json("register", "--name", strings.Repeat("x", len(s.events)+1))
	}
	o := g.run("events", "--after", "-1", "--count", "4", "--json")
	require.Equal(t, exitOK, o.code, o.err)
	lines := strings.Split(strings.TrimSpace(o.out), "\n")
	require.Len(t, lines, 4)
	for i, line := range lines {
		require.Equal(t, string(s.line(i)), line)
	}
	require.Equal(t, []string{"-1", "1"}, s.resumed)
	require.Contains(t, g.run("events", "--after", "2", "--count", "1").out, "register")
}

// What comes while a stream is away is shown, though it broke before any entry, and an
// econd that restarts ends nothing; one that was never there does.
func TestEventsGoOnFromTheirPlace(t *testing.T) {
	s := newEcond(t)
	g := newAgent(t, s)
	g.json("register", "--name", "x")
	first := s.events[0]
	s.cutStreams, s.onCut = 2, func() { s.events = append(s.events, first); s.busy = s.cutStreams }
	o := g.run("--retry-for", "0s", "events", "--count", "2", "--json")
	require.Equal(t, exitOK, o.code, o.err)
	require.Equal(t, 2, strings.Count(o.out, "\n"))
	require.Equal(t, []string{"", "0", "0"}, s.resumed)
	require.Contains(t, o.err, "goes on when econd is back")

	s.busy = 1
	require.Equal(t, exitAway, g.run("--retry-for", "0s", "events", "--count", "1").code)
}

func TestCall(t *testing.T) {
	s := newEcond(t)
	s.price["queries"] = 5
	g := newAgent(t, s)
	path := filepath.Join(t.TempDir(), "payment.json")
	url := s.URL + "/v1/proposals/" + proposalID
	v := g.json("call", url, "--save-payment", path)
	require.Equal(t, []string{"body", "fee_msat", "headers", "invoice", "paid_sat", "preimage", "reused", "status"}, keysOf(v))
	require.EqualValues(t, 5, v["paid_sat"])
	require.EqualValues(t, 200, v["status"])
	info, err := os.Stat(path)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode())
	again := g.json("call", url)
	require.Equal(t, true, again["reused"])
	require.EqualValues(t, 0, again["paid_sat"])

	g.json("receipt", "--provider", g.key.Public().String(), "--rating", "5", "--payment", path)
	require.Contains(t, s.last().Content, v["preimage"].(string))

	require.Equal(t, exitNotFound, g.run("call", s.URL+"/nowhere").code)
	o := g.run("call", url)
	require.Equal(t, exitOK, o.code)
	require.Contains(t, o.out, `"state":"active"`)
	require.NotContains(t, o.err, v["preimage"].(string))
	require.Equal(t, exitFailed, g.run("call", url, "--save-payment", path).code, "a proof is not overwritten")

	binary := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte{0xff, 0xfe}) }))
	defer binary.Close()
	require.Equal(t, "//4=", g.json("call", binary.URL)["body_base64"])
	require.Equal(t, "\xff\xfe", g.run("call", binary.URL).out)
}

// A call names the caller's own key as the customer, another one, or nobody.
func TestCallNamesItsCustomer(t *testing.T) {
	g := newAgent(t, newEcond(t))
	echo := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, r.Header.Get(l402.CustomerHeader))
	}))
	defer echo.Close()
	own := g.key.Public()
	require.Equal(t, own.String(), g.run("call", echo.URL).out)
	other, err := keyfile.NewSecretKey()
	require.NoError(t, err)
	require.Equal(t, other.Public().String(), g.run("call", echo.URL, "--as", npub(other.Public())).out)
	require.Equal(t, own.String(), g.run("call", echo.URL, "--as", own.String()).out)
	require.Empty(t, g.run("call", echo.URL, "--as", "nobody").out)
	require.Equal(t, "else", g.run("call", echo.URL, "-H", l402.CustomerHeader+": else").out)
	require.Equal(t, exitUsage, g.run("call", echo.URL, "--as", "me").code)
}

func TestKeys(t *testing.T) {
	g := newAgent(t, newEcond(t))
	v := g.json("key", "show")
	require.Equal(t, []string{"file", "npub", "pubkey", "sealed"}, keysOf(v))
	require.Equal(t, g.key.Public().String(), v["pubkey"])

	pass := filepath.Join(g.dir, "pass")
	require.NoError(t, os.WriteFile(pass, []byte("long enough\n"), 0o600))
	path := filepath.Join(g.dir, "new", "sealed.key")
	v = g.json("key", "new", "--out", path, "--work-factor", "10", "--passphrase-file", pass)
	require.Equal(t, true, v["sealed"])
	require.Equal(t, v["pubkey"], g.json("key", "show", "--key", path, "--passphrase-file", pass)["pubkey"])
	require.Equal(t, exitFailed, g.run("key", "new", "--out", path, "--plain").code)
	v = g.json("key", "new", "--out", path+"2", "--plain")
	require.Equal(t, false, v["sealed"])
	require.Equal(t, exitUsage, g.run("key", "new", "--out", path+"3", "--work-factor", "9").code)
}

// The first example of NIP-19.
func TestNpub(t *testing.T) {
	key, err := op.ParsePublicKey("7e7e9c42a91bfef19fa929e5fda1b72e0ebc1a4c1141673e2794234d86addf4e")
	require.NoError(t, err)
	const want = "npub10elfcs4fr0l0r8af98jlmgdh9c8tcxjvz9qkw038js35mp4dma8qzvjptg"
	require.Equal(t, want, npub(key))
	back, err := parseKey("k", want)
	require.NoError(t, err)
	require.Equal(t, key, back)
}

func TestUsageErrors(t *testing.T) {
	g := newAgent(t, newEcond(t))
	for _, line := range [][]string{
		{"support", proposalID}, {"support", proposalID, "-1"}, {"support", proposalID, "some"}, {"exit"}, {"exit", "12"},
		{"nonsense"}, {"register"}, {"register", "extra", "--name", "x"}, {"vote", proposalID, "maybe"}, {"vote", "12", "for"},
		{"vote", proposalID}, {"vote", proposalID, "ballot"}, {"vote", proposalID, "for", "--ballot", "[1]"}, {"vote", proposalID, "--ballot", "[1"},
		{"delegate"}, {"delegate", "x"}, {"delegate", npub(g.key.Public()), "--share-ppm", "0"}, {"delegate", npub(g.key.Public()), "--expires", "0s"},
		{"undelegate", "x"}, {"delegate-statement"}, {"delegate-statement", "--text", "x", "--withdraw"},
		{"admin", "pause", "price", "--reason", "r"}, {"admin", "pause", "price", "--for", "1h", "--until", "2030-01-01T00:00:00Z", "--reason", "r"},
		{"admin", "pause", "price", "--until", "tomorrow", "--reason", "r"}, {"admin", "pause", "price", "--for", "1h"}, {"admin", "pause", "--for", "1h", "--reason", "r"},
		{"stake"}, {"stake", "lock", "0"}, {"stake", "lock", "1.5"}, {"--nonsense"}, {"--econd", "ftp://x", "info"},
		{"receipt", "--provider", proposalID, "--rating", "1"}, {"propose", "--track", "x", "--title", "y", "--action", "{"},
		{"call", "not a url"}, {"--config", "/nonexistent", "info"}, {"--retry-for", "long", "info"}, {"key"},
		{"admin", "webhook-secret"}, {"admin", "webhook-secret", "example.com"}, {"admin", "webhook-secret", "https://me@example.com"},
	} {
		o := g.run(line...)
		require.Equal(t, exitUsage, o.code, "%v: %s", line, o.err)
		require.Empty(t, o.out)
	}
}

func TestConfigurationFile(t *testing.T) {
	s := newEcond(t)
	g := newAgent(t, s)
	path := filepath.Join(g.dir, "config.yaml")
	require.NoError(t, os.WriteFile(path, []byte("econd: "+s.URL+"\nkey: agent.key\nmax_sats: 3\nlnd:\n  address: a:1\n"), 0o600))
	var errs, out strings.Builder
	a := newApp(nil, &out, &errs)
	var dialled lndConfig
	a.dial = func(c lndConfig) (lightningNode, error) { dialled = c; return s.node, nil }
	require.Equal(t, exitOK, run(t.Context(), a, []string{"--config", path, "--json", "--lnd-macaroon", "m", "register", "--name", "x"}), errs.String())
	require.Equal(t, g.key.Public(), s.last().PubKey)
	require.Equal(t, lndConfig{Address: "a:1", Macaroon: "m"}, dialled)
	require.EqualValues(t, 3, a.cfg.MaxSats)

	require.NoError(t, os.WriteFile(path, []byte("econd: x\n"), 0o600))
	require.Equal(t, exitUsage, run(t.Context(), newApp(nil, &out, &errs), []string{"--config", path, "info"}))
}

func TestSecretsAreNeverPrinted(t *testing.T) {
	s := newEcond(t)
	s.price["operations"] = 7
	g := newAgent(t, s)
	secret := keyfile.NewAgent(g.key).Secret
	g.json("register", "--name", "a")
	files, err := filepath.Glob(filepath.Join(g.dir, "tokens", "*", "*.json"))
	require.NoError(t, err)
	require.Len(t, files, 1)
	var token struct{ Token, Preimage string }
	data, err := os.ReadFile(files[0])
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(data, &token))
	s.refuse = map[string]any{"detail": "no"}
	shown := g.run("register", "--name", "b")
	s.Close()
	gone := g.run("--retry-for", "0s", "register", "--name", "b")
	require.Equal(t, exitAway, gone.code)
	require.Contains(t, gone.err, "is econd running")
	for _, text := range []string{shown.out, shown.err, gone.out, gone.err} {
		require.NotContains(t, text, secret)
		require.NotContains(t, text, token.Token)
		require.NotContains(t, text, token.Preimage)
	}
}
