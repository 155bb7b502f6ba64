package audit

import (
	"bytes"
	"context"
	"crypto/sha256"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/econd/econd/node/audit/audittest"
	"github.com/econd/econd/node/bolt11"
	"github.com/econd/econd/node/constitution"
	"github.com/econd/econd/node/headers"
	"github.com/econd/econd/node/op"
)

// unknown is an operation that an operator answered with an invoice beside the log, and the
// preimage of that.
type unknown struct {
	*audittest.Economy
	event    *op.Event
	preimage op.Hash
	change   func(*bolt11.Invoice)
	signer   string // of the invoice
	drop     bool   // the operation is not given
	head     bool   // a signed head is
}

// newUnknown is a log by a version of the rules in which one stake was locked.
func newUnknown(t *testing.T, version int64) *unknown {
	c := audittest.Constitution()
	c.Version = version
	e := audittest.NewEconomyBy(t, "unknown", c)
	if version >= constitution.RulesHeaders {
		e.EnterHeaders(800, headers.Mine([32]byte{}, e.At.TimeMs/1000-1200, 60, 20, 0))
	}
	agent := e.Staked("agent", 1000)
	return &unknown{Economy: e, event: e.Sign(agent, op.KindLockStake, op.LockStake{AmountSat: 700}), preimage: sha256.Sum256([]byte("beside")),
		change: func(*bolt11.Invoice) {}, signer: "operator", head: true}
}

// verify lets so much time go by and judges.
func (u *unknown) verify(later time.Duration) (Theft, error) {
	invoice := u.Invoice(audittest.NodeKey(u.signer), sha256.Sum256(u.preimage[:]), 700, func(i *bolt11.Invoice) {
		i.Description, i.MinFinalCltv, i.ExpiryS = op.HoldMemo("stake", u.event.ID), 144, 600
		u.change(i)
	})
	u.Pass(later)
	u.Agent("the last one")
	o := ReplayOptions{}
	if u.head {
		o.Checkpoint = u.Checkpoint()
	}
	var event []byte
	if !u.drop {
		event = u.event.Marshal()
	}
	return VerifyTheftOf(context.Background(), bytes.NewReader(u.Export()), u.preimage, invoice, event, o)
}

const reaching = 600*time.Second + clocksApart

// The node of the genesis signed an invoice for a hold, its preimage is out, and the log up to
// the last moment at which it could be paid does not know it.
func TestTheftOfAHoldThatTheLogDoesNotOffer(t *testing.T) {
	u := newUnknown(t, 2)
	got, err := u.verify(reaching + time.Millisecond)
	require.NoError(t, err)
	require.True(t, got.Conclusive, got.Statement)
	require.Contains(t, got.Statement, "signed an invoice over 700 sat for hold "+u.event.ID.String()+" (stake) of agent "+u.event.PubKey.String())
	require.Equal(t, u.event.ID, got.Unknown.Hold)

	u = newUnknown(t, 2) // the log has the operation, and offers another invoice
	u.Enter(u.event)
	u.drop = true
	u.Offer(u.event.ID)
	got, err = u.verify(reaching + time.Millisecond)
	require.NoError(t, err)
	require.True(t, got.Conclusive)
}

// What is no theft, or not yet, convicts nobody: above all what the same node sells.
func TestNoTheftOfAHoldThatTheLogDoesNotOffer(t *testing.T) {
	for name, c := range map[string]struct {
		change func(u *unknown)
		later  time.Duration
		says   string // "": proved as far as the log reaches
	}{
		"a token sold by L402":           {func(u *unknown) { u.change = func(i *bolt11.Invoice) { i.Description = "L402 weather" } }, reaching, "names no hold"},
		"a token that a buyer described": {func(u *unknown) { u.change = func(i *bolt11.Invoice) { i.Description = "L402 " + i.Description } }, reaching, "names no hold"},
		"a description by hash": {func(u *unknown) {
			u.change = func(i *bolt11.Invoice) { i.Description, i.DescriptionHash = "", &[32]byte{1} }
		}, reaching, "names no hold"},
		"a shop's invoice with a buyer's description": {func(u *unknown) { u.change = func(i *bolt11.Invoice) { i.MinFinalCltv = 80 } },
			reaching, "locks for 80 blocks and can be paid for 600 s"},
		"one that lives longer than a hold's": {func(u *unknown) { u.change = func(i *bolt11.Invoice) { i.ExpiryS = 3600 } }, reaching, "can be paid for 3600 s"},
		"another node's":                      {func(u *unknown) { u.signer = "provider" }, reaching, "the node of this economy is"},
		"one of another network":              {func(u *unknown) { u.change = func(i *bolt11.Invoice) { i.Prefix = "lntb" } }, reaching, "is one of lntb"},
		"another preimage":                    {func(u *unknown) { u.change = func(i *bolt11.Invoice) { i.PaymentHash = [32]byte{1} } }, reaching, "the preimage hashes to"},
		"no operation":                        {func(u *unknown) { u.drop = true }, reaching, "which this log does not know"},
		"another operation": {func(u *unknown) {
			u.change = func(i *bolt11.Invoice) { i.Description = op.HoldMemo("stake", op.ID{1}) }
		}, reaching, "the invoice names 01"},
		"an operation that asks for none": {func(u *unknown) { u.event = u.Sign(u.Operator, op.KindRegister, op.Register{Name: "x"}) }, reaching, "asks for no hold"},
		"an operation of another economy": {func(u *unknown) {
			other := *u.Economy
			other.ID = "elsewhere"
			u.event = other.Sign(u.Operator, op.KindLockStake, op.LockStake{AmountSat: 700})
		}, reaching, `is of economy "elsewhere"`},
		"a log that says what became of it": {func(u *unknown) {
			u.Do(u.Operator, op.KindReconciled, op.Reconciled{Decision: op.DecidedNoted, Hash: sha256.Sum256(u.preimage[:]), Note: "settled by hand"})
		}, reaching, "does say what became of it"},
		"a log that ends while it can be paid": {func(*unknown) {}, reaching, ""},
		"an export without a head":             {func(u *unknown) { u.head = false }, reaching + time.Hour, ""},
		"a log whose end was lost": {func(u *unknown) {
			u.Do(u.Operator, op.KindReconciled, op.Reconciled{Decision: op.DecidedRestored, Size: 400, Root: op.Hash{1}, Note: "the disk was lost"})
		}, reaching + time.Hour, ""},
	} {
		u := newUnknown(t, 2)
		c.change(u)
		got, err := u.verify(c.later)
		if c.says == "" {
			require.NoError(t, err, name)
			require.False(t, got.Conclusive, "%s: %s", name, got.Statement)
			continue
		}
		require.ErrorIs(t, err, ErrNoTheft, name)
		require.ErrorContains(t, err, c.says, name)
	}
	u := newUnknown(t, 1)
	_, err := u.verify(reaching + time.Hour)
	require.ErrorIs(t, err, ErrNoTheft)
	require.ErrorContains(t, err, "no entry says (rules version 1)")
}

// No beginning of an honest log convicts its operator, whoever cuts it, with whichever head:
// neither of a hold that it settled, nor of one that it offers later.
func TestNoBeginningOfAnHonestLogIsATheft(t *testing.T) {
	u := newUnknown(t, 2)
	u.Enter(u.event)
	invoice := u.Invoice(u.Node, sha256.Sum256(u.preimage[:]), 700, func(i *bolt11.Invoice) {
		i.Description, i.MinFinalCltv, i.ExpiryS = op.HoldMemo("stake", u.event.ID), 144, 600
	})
	effect := u.Effects[len(u.Effects)-1].ID
	u.Pass(599 * time.Second)
	u.Agent("meanwhile")
	u.Do(u.Operator, op.KindHoldOffered, op.HoldOffered{Effect: effect, Hold: u.event.ID, PaymentHash: sha256.Sum256(u.preimage[:]), Invoice: invoice})
	for size := 1; size <= len(u.Lines); size++ {
		cut := *u.Economy
		cut.Lines = u.Lines[:size]
		got, err := VerifyTheftOf(context.Background(), bytes.NewReader(cut.Export()), u.preimage, invoice, u.event.Marshal(), ReplayOptions{Checkpoint: cut.Checkpoint()})
		if err != nil {
			require.ErrorIs(t, err, ErrNoTheft)
			continue
		}
		require.False(t, got.Conclusive, size)
	}
}
