package ledger

import (
	"crypto/sha256"
	"fmt"
	"strconv"
	"strings"

	"github.com/econd/econd/node/op"
)

// The language of scenarios about wallets:
//
//	submit N WORD MSAT [NAME]   the n-th spend is about to be paid, by a payment whose
//	                            preimage is that of WORD, to NAME's node
//	settle-spend N WORD FEE     it is paid
//	fail-spend N REASON         it is not
//	trip SCOPE SUBJECT CAUSE as X   a breaker opens
//	reset BY X                  somebody signs that it be closed
//	wallet NAME/WALLET = MSAT   what its own budget has available, or -
//	spend N = STATE [PAID FEE]
func init() {
	facts["submit"] = func(sc *scenario, f []string) error {
		x := sc.spend(f[0])
		msat, _ := strconv.ParseInt(f[2], 10, 64)
		c := op.SpendSubmitted{Effect: sc.spendEffect(x.id), Spend: x.id, PaymentHash: op.Hash(sha256.Sum256(preimageOf(f[1]))), AmountMsat: msat}
		if len(f) > 3 {
			c.Node = op.NodeKey(nodeOf(f[3]).PubKey().SerializeCompressed())
		}
		return sc.enter("operator", op.KindSpendSubmitted, c)
	}
	facts["settle-spend"] = func(sc *scenario, f []string) error {
		x := sc.spend(f[0])
		fee, _ := strconv.ParseInt(f[2], 10, 64)
		return sc.enter("operator", op.KindSpendSettled, op.SpendSettled{Effect: sc.spendEffect(x.id), Spend: x.id, Preimage: op.Hash(preimageOf(f[1])), FeeMsat: fee})
	}
	facts["fail-spend"] = func(sc *scenario, f []string) error {
		x := sc.spend(f[0])
		return sc.enter("operator", op.KindSpendFailed, op.SpendFailed{Effect: sc.spendEffect(x.id), Spend: x.id, Reason: f[1]})
	}
	facts["trip"] = func(sc *scenario, f []string) error {
		subject := f[1]
		switch f[0] {
		case scopeNode:
			subject = ""
		case scopeAgent:
			subject = secretOf(subject).Public().String()
		case scopeWallet:
			owner, name, _ := strings.Cut(subject, "/")
			subject = WalletID(scenarioEconomy, secretOf(owner).Public(), name)
		}
		err := sc.enter("operator", op.KindBreakerTripped, op.BreakerTripped{Scope: f[0], Subject: subject, Cause: f[2], Figures: "for a scenario"})
		if err == nil {
			sc.labels[f[4]] = sc.s.wallets.trips[len(sc.s.wallets.trips)-1].id
		}
		return err
	}
	facts["reset"] = func(sc *scenario, f []string) error {
		return sc.enter(f[0], op.KindResetBreaker, op.ResetBreaker{Trip: sc.labels[f[1]], Reason: "looked into"})
	}
	looks["wallet"] = func(sc *scenario, f []string) string {
		owner, name, _ := strings.Cut(f[0], "/")
		v, ok := sc.s.Wallet(WalletID(scenarioEconomy, secretOf(owner).Public(), name), sc.at.TimeMs)
		if !ok || v.Budget == nil {
			return "= -"
		}
		return fmt.Sprint("= ", v.Budget.Figures.AvailableMsat)
	}
	looks["spend"] = func(sc *scenario, f []string) string {
		x := sc.spend(f[0])
		if x.state == spendSettled {
			return fmt.Sprintf("= %s %d %d", x.state, x.amountMsat, x.feeMsat)
		}
		return "= " + x.state.String()
	}
}

func preimageOf(word string) []byte {
	p := sha256.Sum256([]byte("preimage " + word))
	return p[:]
}

func (sc *scenario) spend(number string) *spend {
	n, _ := strconv.Atoi(number)
	if n < 1 || n > len(sc.s.wallets.spends) {
		sc.fatalf("no spend %s", number)
	}
	return &sc.s.wallets.spends[n-1]
}

// spendEffect is the pending effect of a spend, or one that there is not.
func (sc *scenario) spendEffect(id string) string {
	for _, e := range sc.s.PendingEffects() {
		if e.Spend == id {
			return e.ID
		}
	}
	return "none"
}
