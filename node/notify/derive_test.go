package notify_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/econd/econd/node"
	"github.com/econd/econd/node/constitution/yamlfile"
	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/nodetest"
	"github.com/econd/econd/node/notify"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/view"
)

// story is an economy in which everything happens that anybody is told of.
type story struct {
	*nodetest.World
	alice, bob, carol op.SecretKey
	tip               node.Block
}

// newStory founds it: alice and bob have stakes, bob delegates to alice, carol
// has a reputation and no weight. The signal track pays and can be disputed.
func newStory(t *testing.T) *story {
	t.Helper()
	raw, err := yamlfile.Parse(yamlfile.Demo)
	if err != nil {
		t.Fatal(err)
	}
	var c map[string]any
	if err := json.Unmarshal(raw, &c); err != nil {
		t.Fatal(err)
	}
	c["disputes"] = map[string]any{"juror_bond_sat": 3000, "fields": []string{"models"}}
	for _, item := range c["tracks"].([]any) {
		if track := item.(map[string]any); track["name"] == "signal" {
			track["actions"], track["grace_s"], track["timelock_s"] = []string{"pay"}, 300, 30
			track["collateral_sat"], track["max_open_per_agent"] = 0, 10
			track["dispute"] = map[string]any{"field": "models", "window_s": 20, "bond_sat": 2000, "jurors": 1,
				"commit_s": 10, "reveal_s": 10, "appeal_s": 10, "max_rounds": 1}
		}
	}
	if raw, err = json.Marshal(c); err != nil {
		t.Fatal(err)
	}
	w := &story{nodetest.New(t, raw), nodetest.Key(t, 11), nodetest.Key(t, 12), nodetest.Key(t, 13), nodetest.Tip}
	w.submit(w.alice, op.KindRegister, op.Register{Name: "alice"})
	w.submit(w.bob, op.KindRegister, op.Register{Name: "bob"})
	w.submit(w.carol, op.KindRegister, op.Register{Name: "carol"})
	w.Lock(w.submit(w.alice, op.KindLockStake, op.LockStake{AmountSat: 20_000}))
	w.Lock(w.submit(w.bob, op.KindLockStake, op.LockStake{AmountSat: 20_000}))
	w.submit(w.bob, op.KindDelegate, op.Delegate{To: w.alice.Public()})
	w.submit(w.carol, op.KindBindNode, nodetest.Binding(w.carol))
	w.submit(w.alice, op.KindReceipt, w.Rating(w.carol, 100, 9, 1))
	deposit := w.submit(w.alice, op.KindDeposit, op.Deposit{Pool: "performance", AmountSat: 9000})
	w.pay(deposit)
	w.until("the pool to be funded", func(s *ledger.State) bool { return s.Pools()[1].Sat == 9000 })
	w.pass(5 * time.Second)
	return w
}

func (w *story) submit(by op.SecretKey, kind op.Kind, content any) op.ID {
	w.T.Helper()
	e := w.Event(by, kind, content)
	if _, err := w.Node.Submit(context.Background(), e); err != nil {
		w.T.Fatalf("%v: %v", kind, err)
	}
	return e.ID
}

func (w *story) until(what string, cond func(*ledger.State) bool) {
	w.T.Helper()
	w.Until(what, func(s *ledger.State, _ int64) bool { return cond(s) })
}

// pay pays a hold that is settled at once.
func (w *story) pay(id op.ID) {
	w.T.Helper()
	var h view.Hold
	w.until("the hold is offered", func(s *ledger.State) bool { h, _ = s.Hold(id); return h.PaymentHash != nil })
	w.Lightning.Pay(*h.PaymentHash, h.AmountSat)
}

// pass lets time pass and what is due be recorded.
func (w *story) pass(d time.Duration) {
	w.T.Helper()
	w.Clock.Add(d)
	w.settle()
}

func (w *story) mine(blocks uint32) {
	w.T.Helper()
	w.tip = nodetest.BlockAt(w.tip.Height + blocks)
	w.settle()
}

func (w *story) settle() {
	w.T.Helper()
	w.Chain.Tips <- w.tip
	for began := time.Now(); w.Node.Height() != w.tip.Height; time.Sleep(time.Millisecond) {
		if time.Since(began) > time.Minute {
			w.T.Fatalf("the node does not see block %d", w.tip.Height)
		}
	}
	w.until("the block's header is entered, and nothing is due", func(s *ledger.State) bool {
		now := op.Stamp{TimeMs: w.Clock.NowMs(), Height: w.tip.Height}
		return s.StampAt(now).Height == w.tip.Height && s.Due(now) == nil
	})
}

func (w *story) instant() notify.Instant {
	return notify.Instant{TimeMs: w.Clock.NowMs(), Height: w.Node.Height()}
}

func (w *story) begin() (c notify.Cursor) {
	at := w.instant()
	w.Node.View(func(s *ledger.State, _ int64) { c = notify.Start(s, at) })
	return c
}

// since is what an agent is told since a place.
func (w *story) since(who notify.Interest, from notify.Cursor) (list []notify.Told, next notify.Cursor) {
	w.T.Helper()
	at := w.instant()
	w.Node.View(func(s *ledger.State, _ int64) { list, next, _ = notify.Since(s, at, who, from) })
	return list, next
}

// reader follows the notices of an agent step by step.
type reader struct {
	w    *story
	who  notify.Interest
	at   notify.Cursor
	told []notify.Told
}

func (w *story) reader(by op.SecretKey, tracks ...string) *reader {
	return &reader{w: w, who: notify.Interest{Agent: by.Public(), Tracks: tracks}, at: w.begin()}
}

// expect demands exactly these since the last time, as "kind subject [state]".
func (r *reader) expect(when string, want ...string) {
	r.w.T.Helper()
	list, next := r.w.since(r.who, r.at)
	r.at, r.told = next, append(r.told, list...)
	var got []string
	for _, t := range list {
		text := string(t.Notice.Kind) + " " + t.Notice.Subject
		if t.Notice.State != "" {
			text += " " + t.Notice.State
		}
		got = append(got, text)
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		r.w.T.Fatalf("%s, agent %x is told %q, want %q", when, r.who.Agent[:2], got, want)
	}
}

// Each kind of notice comes when its time has come, once, and to nobody whom it
// does not concern.
func TestEachKindOnce(t *testing.T) {
	w := newStory(t)
	w.pay(w.submit(w.carol, op.KindJuror, op.Juror{Fields: []string{"models"}}))
	w.until("the juror's bond is locked", func(s *ledger.State) bool { return len(s.LockedHolds(w.carol.Public())) == 1 })
	w.pass(time.Second)
	alice, bob, carol, named := w.reader(w.alice), w.reader(w.bob), w.reader(w.carol), w.reader(w.carol, "signal")
	start := w.begin()

	pay := op.Raw(op.EncodeContent(ledger.Pay{Type: "pay", Pool: "performance", To: w.bob.Public(), Sat: 1000}))
	p := w.submit(w.alice, op.KindPropose, op.Propose{Track: "signal", Title: "Pay bob", Actions: []op.Raw{pay, pay}})
	on := " " + p.String()
	alice.expect("proposed")
	bob.expect("proposed", "new-proposal"+on)
	carol.expect("proposed")
	named.expect("proposed", "new-proposal"+on)

	w.pass(3 * time.Second)
	alice.expect("the vote began", "proposal-state"+on+" active")
	bob.expect("the vote began")
	w.submit(w.alice, op.KindVote, op.Vote{Proposal: p, Choice: "against"})
	bob.expect("the delegate voted", "delegate-voted"+on)
	w.submit(w.alice, op.KindVote, op.Vote{Proposal: p, Choice: "for"})
	bob.expect("the delegate changed its ballot", "delegate-voted"+on)
	w.pass(8 * time.Second)
	bob.expect("a quarter of the period before the deadline, when an entry can still have that instant")
	w.pass(time.Millisecond)
	bob.expect("the deadline is near", "vote-needed"+on)
	alice.expect("the deadline is near") // voted
	carol.expect("the deadline is near") // has no weight
	w.pass(6 * time.Second)
	alice.expect("closed", "proposal-state"+on+" queued")

	dispute := w.submit(w.bob, op.KindDispute, op.Dispute{Proposal: p, Ground: "fraud", Text: "no"})
	w.Lock(dispute)
	alice.expect("challenged", "proposal-state"+on+" disputed")
	w.mine(2)
	carol.expect("the jury is drawn", "juror-drawn "+dispute.String())
	w.pass(21 * time.Second)
	w.until("what bob lost is shared", func(s *ledger.State) bool { return s.Payouts() == 1 })
	alice.expect("refused", append(w.claims(w.alice, start), "proposal-state"+on+" queued")...)
	w.pass(60 * time.Second)
	alice.expect("executed", "proposal-state"+on+" executed")
	bob.expect("executed", w.claims(w.bob, start)...)
	carol.expect("it did not vote on the jury")
	if a, b := len(w.claims(w.alice, start)), len(w.claims(w.bob, start)); a != 1 || b != 2 {
		t.Fatalf("%d and %d payouts", a, b)
	}

	stake := func(kind string, by op.SecretKey) (text string) {
		w.Node.View(func(s *ledger.State, _ int64) {
			for _, h := range s.LockedHolds(by.Public()) {
				if h.Purpose == "stake" {
					text = kind + " " + h.ID.String()
				}
			}
		})
		return text
	}
	var hold view.Renewal
	w.Node.View(func(s *ledger.State, _ int64) { hold = s.LockedHolds(w.alice.Public())[0].Renewal })
	w.mine(hold.DueHeight - 1 - w.tip.Height)
	alice.expect("one block early")
	w.mine(1)
	alice.expect("it should be renewed", stake("renewal-due", w.alice))
	bob.expect("it should be renewed", stake("renewal-due", w.bob))
	w.mine((hold.EndHeight-hold.DueHeight)/2 - 1)
	alice.expect("one block before half of the time is over")
	w.mine(1)
	alice.expect("half of the time is over", stake("hold-ending", w.alice))
	bob.expect("half of the time is over", stake("hold-ending", w.bob))
	named.expect("in all", "juror-drawn "+dispute.String())
	for _, r := range []*reader{alice, bob, carol, named} {
		w.resumes(r, start)
	}
}

// claims lists the payouts to an agent since a place as readers expect them.
func (w *story) claims(by op.SecretKey, from notify.Cursor) (list []string) {
	w.Node.View(func(s *ledger.State, _ int64) {
		claims, _ := s.ClaimsSince(by.Public(), from.Seq, s.Next())
		for _, p := range claims {
			list = append(list, "payout-claimable "+p.ID)
		}
	})
	return list
}

// resumes holds what a reader was told against what somebody is told who begins
// where it did and asks only now, from there and from every place in between.
func (w *story) resumes(r *reader, start notify.Cursor) {
	w.T.Helper()
	all, _ := w.since(r.who, start)
	seen := map[string]bool{}
	for _, t := range r.told {
		if seen[t.Notice.ID] {
			w.T.Errorf("%s is told twice", t.Notice.ID)
		}
		seen[t.Notice.ID] = true
	}
	for i, t := range all {
		if !seen[t.Notice.ID] {
			w.T.Errorf("%+v is told only later", t.Notice)
		}
		again, err := notify.ParseCursor(t.Cursor.String())
		if err != nil {
			w.T.Fatal(err)
		}
		rest, _ := w.since(r.who, again)
		if fmt.Sprint(rest) != fmt.Sprint(all[i+1:]) {
			w.T.Errorf("after %s come %d notices, want %d", t.Cursor, len(rest), len(all)-i-1)
		}
	}
}

// What is wanted alone is told.
func TestKindsWanted(t *testing.T) {
	w := newStory(t)
	start := w.begin()
	w.submit(w.alice, op.KindPropose, op.Propose{Track: "signal", Title: "A question", Actions: []op.Raw{
		op.Raw(op.EncodeContent(ledger.Pay{Type: "pay", Pool: "performance", To: w.bob.Public(), Sat: 1000}))}})
	for _, k := range notify.Kinds() {
		list, _ := w.since(notify.Interest{Agent: w.bob.Public(), Kinds: []notify.Kind{k}}, start)
		if want := k == notify.NewProposal; (len(list) == 1) != want {
			t.Errorf("%s alone: %d notices", k, len(list))
		}
	}
}

// A restart changes no notice.
func TestRestartDerivesTheSame(t *testing.T) {
	w := newStory(t)
	start := w.begin()
	w.submit(w.alice, op.KindPropose, op.Propose{Track: "signal", Title: "A question", Actions: []op.Raw{
		op.Raw(op.EncodeContent(ledger.Pay{Type: "pay", Pool: "performance", To: w.bob.Public(), Sat: 1000}))}})
	w.pass(12 * time.Second)
	who := notify.Interest{Agent: w.bob.Public()}
	before, _ := w.since(who, start)
	if err := w.Halt(); err != nil {
		t.Fatal(err)
	}
	w.Start()
	if after, _ := w.since(who, start); len(before) != 2 || fmt.Sprint(after) != fmt.Sprint(before) {
		t.Fatalf("before %v, after %v", before, after)
	}
}
