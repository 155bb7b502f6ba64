package sim

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"strconv"

	"github.com/btcsuite/btcd/btcec/v2"

	"github.com/econd/econd/node/constitution"
	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/notekey"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/refusal"
	"github.com/econd/econd/node/signmessage"
	"github.com/econd/econd/node/view"
	"github.com/econd/econd/stake"
)

// The virtual clock starts at a midnight (UTC) and at some block; blocks come
// every ten minutes, counted at each step.
const (
	startMs     = int64(20_000) * 86_400_000
	startHeight = uint32(1_000_000)
	blockS      = 600
	economy     = "simulation"
)

// world is one economy under way: a ledger, the clock, and everything that a
// daemon, LND and the agents' wallets would do around it, at once and without
// fail.
type world struct {
	s        *ledger.State
	at       op.Stamp
	signed   bool
	digest   hash.Hash // over the ids and stamps of all entries
	operator op.SecretKey
	node     *btcec.PrivateKey // the operator's, which issues hold invoices

	agents  []*agent
	byKey   map[op.PublicKey]*agent
	effects []ledger.Effect
	lapsed  map[op.ID]bool

	renewals []renewal        // in order of height, where cltv_blocks stays the same
	forfeits []uint32         // heights at which collateral that is not renewed falls, likewise
	refused  map[string]int64 // by rule
	stopped  string           // by what the last operation was that did not stand
}

// agent is one simulated agent and its money.
type agent struct {
	index      int // over the whole scenario
	population int
	key        op.SecretKey
	node       *btcec.PrivateKey
	nodeKey    op.NodeKey
	walletSat  int64
	stakeSat   int64 // that it wants locked
	spentSat   int64 // gone for good: fees, prices, forfeits
	rated      map[int]int64
	signedS    int64 // second in which it signed last
	signed     int64 // and how much before in that second
}

// secret derives a key of an agent, the same in every run.
func secret(purpose string, index int) [32]byte {
	return sha256.Sum256(binary.BigEndian.AppendUint64([]byte("econsim "+purpose+" "), uint64(index)))
}

func newWorld(rules []byte, signed bool) (*world, error) {
	raw := secret("operator", 0)
	key, err := op.NewSecretKey(raw[:])
	if err != nil {
		return nil, err
	}
	rawNode := secret("operator node", 0)
	node, _ := btcec.PrivKeyFromBytes(rawNode[:])
	w := &world{s: ledger.New(), at: op.Stamp{TimeMs: startMs, Height: startHeight}, signed: signed,
		digest: sha256.New(), operator: key, node: node, byKey: map[op.PublicKey]*agent{},
		lapsed: map[op.ID]bool{}, refused: map[string]int64{}}
	g := op.Genesis{Economy: economy, Network: network, LogVerifier: ledger.Origin(economy) + "+1+simulation", Constitution: rules}
	if constitution.NamesNode(rules) {
		g.NodeKey = op.NodeKey(node.PubKey().SerializeCompressed())
		if g.LogVerifier, err = logVerifier(); err != nil {
			return nil, err
		}
	}
	tip := blocksTo(startHeight, startHeight)[0]
	w.at.BlockHash = tip.Hash()
	if _, err = w.apply(key, op.KindGenesis, g); err != nil {
		return nil, err
	}
	return w, w.toHeight(startHeight)
}

// logVerifier is the key of the log's heads, which nobody signs here.
func logVerifier() (string, error) {
	seed := secret("log", 0)
	k, err := notekey.New(ledger.Origin(economy), notekey.Ed25519, ed25519.NewKeyFromSeed(seed[:]).Public().(ed25519.PublicKey))
	return k.String(), err
}

// apply enters one event as the next entry.
func (w *world) apply(by op.SecretKey, kind op.Kind, content any) (op.ID, error) {
	e := &op.Event{PubKey: by.Public(), CreatedAt: w.at.TimeMs / 1000, Kind: kind,
		Tags: [][]string{{op.EconomyTag, economy}}, Content: op.EncodeContent(content)}
	if n := w.signing(e); n > 0 { // in one second: the order of signing is the order of the calls
		e.Tags = append(e.Tags, []string{op.OrderTag, strconv.FormatInt(n, 10)})
	}
	e.ID = e.Hash()
	run := ledger.ApplyVerified
	if w.signed {
		if err := e.Sign(by); err != nil {
			return op.ID{}, err
		}
		run = ledger.Apply
	}
	effects, err := run(w.s, &op.Entry{Seq: w.s.Next(), Stamp: w.at, Event: e})
	if err != nil {
		return op.ID{}, err
	}
	w.effects = append(w.effects, effects...)
	w.digest.Write(e.ID[:])
	w.digest.Write(binary.BigEndian.AppendUint64(nil, uint64(w.at.TimeMs)))
	return e.ID, nil
}

// signing counts what an agent signs within one second; facts need no order.
func (w *world) signing(e *op.Event) int64 {
	a := w.byKey[e.PubKey]
	if a == nil {
		return 0
	}
	if a.signedS != e.CreatedAt {
		a.signedS, a.signed = e.CreatedAt, 0
		return 0
	}
	a.signed++
	return a.signed
}

// fact enters a fact of the operator; one that is refused is a fault of this
// package.
func (w *world) fact(kind op.Kind, content any) error {
	if _, err := w.apply(w.operator, kind, content); err != nil {
		return fmt.Errorf("%s fact at %d: %w", kind, w.at.TimeMs, err)
	}
	return nil
}

// due enters every fact that is due, and then the answers to the effects.
func (w *world) due() error {
	for f := w.s.Due(w.at); f != nil; f = w.s.Due(w.at) {
		if lapse, ok := f.Content.(op.HoldLapse); ok {
			w.lapsed[lapse.Hold] = true
		}
		if err := w.fact(f.Kind, f.Content); err != nil {
			return err
		}
	}
	return w.answerEffects()
}

// advance lets time pass to an instant. Facts are entered in the millisecond in
// which they fall due.
func (w *world) advance(toMs int64) error {
	for {
		next, block := w.s.NextDeadlineMs(), w.nextBlockMs()
		if block != 0 && block < toMs && (next == 0 || block <= next) {
			if err := w.setTime(max(w.at.TimeMs, block)); err != nil {
				return err
			}
			if err := w.collateral(); err != nil {
				return err
			}
			continue
		}
		if next == 0 || next >= toMs {
			break
		}
		if err := w.setTime(max(w.at.TimeMs, next+1)); err != nil {
			return err
		}
		if err := w.due(); err != nil {
			return err
		}
	}
	if err := w.setTime(toMs); err != nil {
		return err
	}
	return w.due()
}

// setTime moves the clock, and the chain with it.
func (w *world) setTime(ms int64) error {
	w.at.TimeMs = ms
	return w.toHeight(heightAt(ms))
}

func heightAt(ms int64) uint32 { return startHeight + uint32((ms-startMs)/1000/blockS) }

// renewal is a collateral whose next hold is due at a height.
type renewal struct {
	hold   op.ID
	height uint32
}

// renewBlocks is how many blocks before a hold can last be forfeited its agent
// renews it.
const renewBlocks = 72

// nextBlockMs is when the block comes at which the next collateral is to be
// renewed or falls, or 0. Time may not leap over it: a few blocks later a hold
// can no longer be forfeited.
func (w *world) nextBlockMs() int64 {
	var height uint32
	if len(w.renewals) > 0 {
		height = w.renewals[0].height
	}
	if len(w.forfeits) > 0 && (height == 0 || w.forfeits[0] < height) {
		height = w.forfeits[0]
	}
	if height == 0 {
		return 0
	}
	return startMs + int64(height-startHeight)*blockS*1000
}

// collateral does what is due at the next such block.
func (w *world) collateral() error {
	if len(w.forfeits) > 0 && (len(w.renewals) == 0 || w.forfeits[0] < w.renewals[0].height) {
		w.forfeits = w.forfeits[1:]
		return w.due()
	}
	return w.renewFirst()
}

// renewFirst asks for the next hold of the collateral that is due, where it is
// still locked: what is bound and not renewed is forfeited.
func (w *world) renewFirst() error {
	r := w.renewals[0]
	w.renewals = w.renewals[1:]
	if err := w.due(); err != nil {
		return err
	}
	h, ok := w.s.Hold(r.hold)
	if !ok || h.State != "locked" {
		return nil
	}
	_, _, err := w.operate(w.byKey[h.Agent], op.KindRenew, op.Renew{Hold: r.hold})
	return err
}

// operate enters an operation of an agent, which pays the price of an L402
// token for it. A refusal by a rule is counted, changes nothing and is no
// error; ok tells whether the operation stands.
func (w *world) operate(a *agent, kind op.Kind, content any) (id op.ID, ok bool, err error) {
	price := w.s.PriceSat(constitution.ResourceOperations)
	if a.walletSat < price {
		w.refuse(byWallet)
		return id, false, nil
	}
	id, err = w.apply(a.key, kind, content)
	var r *refusal.Refusal
	switch {
	case errors.As(err, &r):
		w.refuse(r.Rule)
		err = nil
	case err != nil:
		return id, false, err
	default:
		ok = true
	}
	a.walletSat -= price
	a.spentSat += price
	if err := w.answerEffects(); err != nil {
		return id, false, err
	}
	return id, ok, nil
}

// refuse counts what did not stand, and by which rule.
func (w *world) refuse(rule string) {
	w.refused[rule]++
	w.stopped = rule
}

// answerEffects answers the pending effects as LND and the wallets would.
func (w *world) answerEffects() error {
	for len(w.effects) > 0 {
		e := w.effects[0]
		w.effects = w.effects[1:]
		h, _ := w.s.Hold(e.Hold)
		var err error
		switch a := w.byKey[h.Agent]; e.Kind {
		case ledger.EffectOpenHold:
			err = w.openHold(e, a)
		case ledger.EffectSettleHold:
			a.spentSat += h.AmountSat
			err = w.fact(op.KindHoldSettled, op.HoldSettled{Effect: e.ID, Hold: e.Hold})
		case ledger.EffectCancelHold:
			err = w.cancelHold(e, h, a)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// openHold issues the invoice; the agent pays it if its wallet can.
func (w *world) openHold(e ledger.Effect, a *agent) error {
	hash := op.Hash(sha256.Sum256(append([]byte("preimage "), e.Hold[:]...)))
	text, err := invoice(w.node, "", hash, e.AmountSat, w.at.TimeMs, int64(e.CltvBlocks))
	if err != nil {
		return err
	}
	if err := w.fact(op.KindHoldOffered, op.HoldOffered{Effect: e.ID, Hold: e.Hold, PaymentHash: hash, Invoice: text}); err != nil {
		return err
	}
	if a.walletSat < e.AmountSat {
		w.refuse(byWallet)
		return w.fact(op.KindHoldCancelled, op.HoldCancelled{Hold: e.Hold, Reason: "not paid"})
	}
	a.walletSat -= e.AmountSat
	expiry := w.at.Height + e.CltvBlocks
	if h, _ := w.s.Hold(e.Hold); h.Purpose == "collateral" {
		w.renewals = append(w.renewals, renewal{e.Hold, stake.ForfeitHeight(expiry) - min(renewBlocks, e.CltvBlocks/2)})
		w.forfeits = append(w.forfeits, stake.ForfeitHeight(expiry))
	}
	return w.fact(op.KindHoldLocked, op.HoldLocked{Hold: e.Hold, AmountSat: e.AmountSat, ExpiryHeight: expiry})
}

// cancelHold gives the sats back. A stake that lapsed is locked again in the
// same instant: its agent pays the next hold when the last one ends.
func (w *world) cancelHold(e ledger.Effect, h view.Hold, a *agent) error {
	if h.LockedMs > 0 {
		a.walletSat += h.AmountSat
	}
	if err := w.fact(op.KindHoldCancelled, op.HoldCancelled{Effect: e.ID, Hold: e.Hold, Reason: "cancelled as asked"}); err != nil {
		return err
	}
	if !w.lapsed[e.Hold] || h.Purpose != "stake" {
		return nil
	}
	delete(w.lapsed, e.Hold)
	_, _, err := w.operate(a, op.KindLockStake, op.LockStake{AmountSat: h.AmountSat})
	return err
}

// join registers an agent, binds its node if it sells, and locks its stake.
func (w *world) join(a *agent, sells bool) error {
	w.byKey[a.key.Public()] = a
	w.agents = append(w.agents, a)
	if _, ok, err := w.operate(a, op.KindRegister, op.Register{Name: fmt.Sprintf("agent-%d", a.index)}); err != nil || !ok {
		return err
	}
	if sells {
		text := op.BindStatement(economy, a.key.Public())
		_, _, err := w.operate(a, op.KindBindNode, op.BindNode{Node: a.nodeKey, Signature: signmessage.Sign(a.node, text)})
		if err != nil {
			return err
		}
	}
	return w.stake(a)
}

// stake locks what the agent wants locked, in as many holds as the
// constitution's limit for one hold makes necessary. What would be less than
// its least hold stays in the wallet.
func (w *world) stake(a *agent) error {
	rules := w.s.Constitution().Stake
	for left := a.stakeSat; left >= rules.MinSat; {
		part := min(left, rules.MaxSat)
		if _, ok, err := w.operate(a, op.KindLockStake, op.LockStake{AmountSat: part}); err != nil || !ok {
			return err
		}
		left -= part
	}
	return nil
}
