package ledger

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/refusal"
	"github.com/econd/econd/reputation"
)

// The preimage of a hold makes no receipt: a forfeited stake bought no service.
func TestHoldsAreNoReceipts(t *testing.T) {
	sc := opened(t)
	sc.command([]string{"agent", "operator", "bob"})
	sc.command([]string{"alice", "stake", "s", "5000"})
	sc.command([]string{"operator", "bind"})
	preimage := op.Hash(sha256.Sum256([]byte("of a hold")))
	h, _ := sc.s.Hold(sc.labels["s"])
	sc.s.holds.offeredAt[sha256.Sum256(preimage[:])] = sc.s.holds.offeredAt[*h.PaymentHash]
	err := sc.enter("bob", op.KindReceipt, op.Receipt{Provider: secretOf("operator").Public(), Rating: -9, Preimage: preimage,
		Invoice: sc.invoice(nodeOf("operator"), sha256.Sum256(preimage[:]), 5000)})
	var r *refusal.Refusal
	if !errors.As(err, &r) || r.Rule != "receipt-hold" {
		t.Errorf("got %v", err)
	}
}

// An invoice that nobody paid, acknowledged by a payee in league with the
// claimant, gives evidence of T/(T+tau) at most, where T is the claimant's own
// flow, and moves at most the half of that flow which every agent passes on: what
// a ring of the same stake has does not grow by it.
func TestUnpaidInvoicesGiveNoMoreThanTrust(t *testing.T) {
	sc := opened(t)
	for _, line := range [][]string{{"agent", "honest", "puppet", "provider"}, {"honest", "stake", "h", "90000"}, {"lock", "h"},
		{"puppet", "stake", "p", "10000"}, {"lock", "p"}, {"provider", "bind"}, {"wait", "5s"}, {"wait", "5s"},
		{"puppet", "rate", "provider", "2000000000", "10", "unpaid"}} {
		sc.command(line)
	}
	flow := sc.s.scores.flowOf(sc.s.agents.at[secretOf("puppet").Public()])
	at := sc.s.agents.at[secretOf("provider").Public()]
	if flow != reputation.FlowOne/10 {
		t.Fatalf("the puppet's flow is %d", flow)
	}
	params := sc.s.constitution.Reputation
	if got, most := sc.s.scores.book.Result(at).Positive, params.Trust(flow); got > most || got == 0 {
		t.Errorf("evidence is %d, at most %d", got, most)
	}
	sc.command([]string{"wait", "5s"})
	sc.command([]string{"agent", "late"})
	sum := sc.s.scores.flowOf(at) + sc.s.scores.flowOf(sc.s.agents.at[secretOf("puppet").Public()])
	if share := reputation.FlowOne / 10; sc.s.scores.flowOf(at) > share/2+share || sum > 2*share {
		t.Errorf("provider %d, together %d, of a stake of %d", sc.s.scores.flowOf(at), sum, share)
	}
}

// speech is one claim of the property below.
type speech struct {
	who, customer string
	rating        int
}

// Whatever is said over one payment in whatever order: the complaint that counts
// is the heaviest by itself, praise by others than a named customer counts only if
// nobody complained, and the list of claims stays short.
func TestClaimsInAnyOrder(t *testing.T) {
	names := []string{"a", "b", "c", "d"}
	rapid.Check(t, func(rt *rapid.T) {
		seen := map[string]bool{}
		var said []speech
		for range rapid.IntRange(1, 4).Draw(rt, "claims") {
			s := speech{rapid.SampledFrom(names).Draw(rt, "who"), rapid.SampledFrom([]string{"", "a"}).Draw(rt, "customer"), rapid.SampledFrom([]int{-5, 5}).Draw(rt, "rating")}
			if !seen[s.who] {
				seen[s.who] = true
				said = append(said, s)
			}
		}
		one, two := hear(t, said), hear(t, rapid.Permutation(said).Draw(rt, "order"))
		if one != two {
			rt.Fatalf("%v: %+v, in another order %+v", said, one, two)
		}
		if want := expected(said); one.Negative != want {
			rt.Fatalf("%v: complaints of %d, want %d", said, one.Negative, want)
		}
	})
}

// hear enters the claims and returns the provider's standing at the next epoch. "a"
// and "b" have stake and flow, the others none.
func hear(t *testing.T, said []speech) reputation.Result {
	sc := opened(t)
	for _, line := range [][]string{{"agent", "a", "b", "c", "d", "provider"}, {"a", "stake", "x", "20000"}, {"lock", "x"},
		{"b", "stake", "y", "20000"}, {"lock", "y"}, {"provider", "bind"}, {"wait", "5s"}, {"wait", "5s"}} {
		sc.command(line)
	}
	for _, s := range said {
		f := []string{"provider", "100", fmt.Sprint(s.rating), "paid"}
		if s.customer != "" {
			f = append(f, "for", s.customer)
		}
		sc.enterDue()
		if err := sc.rate(s.who, f); err != nil && !(s.rating > 0 && s.customer != "" && s.who != s.customer) {
			t.Fatalf("%+v: %v", s, err)
		}
	}
	at := sc.s.agents.at[secretOf("provider").Public()]
	live := sc.s.scores.book.Result(at)
	key := slices.Collect(func(yield func(paymentKey) bool) {
		for k := range sc.s.payments.claims {
			yield(k)
		}
	})
	if len(key) == 1 && len(sc.s.payments.claims[key[0]]) > maxPraises+2 {
		t.Fatalf("%d claims are kept", len(sc.s.payments.claims[key[0]]))
	}
	sc.command([]string{"wait", "5s"})
	sc.command([]string{"agent", "late"})
	closed := sc.s.scores.book.Result(at)
	if closed.Negative != live.Negative {
		t.Fatalf("complaints of %d at once, of %d at the epoch", live.Negative, closed.Negative)
	}
	return closed
}

// expected is the heaviest complaint: whole by the named and by who has stake over
// an invoice that names nobody, an eighth else. A complaint counts twice.
func expected(said []speech) (most uint64) {
	for _, s := range said {
		part := reputation.PartOne / 8
		if s.who == s.customer || s.customer == "" && (s.who == "a" || s.who == "b") {
			part = reputation.PartOne
		}
		if s.rating < 0 {
			most = max(most, 2*reputation.EvidenceOne*part/reputation.PartOne)
		}
	}
	return most
}
