package offer_test

import (
	"crypto/sha256"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/econd/econd/node/bolt11"
	"github.com/econd/econd/node/offer"
	"github.com/econd/econd/node/offer/offertest"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/view"
)

const nowS = 1_700_000_000

// world is a log that offers one hold of 5000 sat, and who is to pay it.
type world struct {
	*offertest.Log
	t    *testing.T
	seq  uint64
	hold op.ID
	hash op.Hash

	proof view.HoldProof
	known offer.Known
	path  []op.Hash
	asked offer.Asked
}

func newWorld(t *testing.T, named bool) *world {
	w := &world{Log: offertest.New(t, offertest.Economy, "operator", named), t: t, hold: op.ID{5}, hash: sha256.Sum256([]byte("stake"))}
	w.Add(w.Operator(), op.KindEpoch, op.Epoch{})
	w.offers(w.Invoice(w.Node(), w.hold, w.hash, 5000, nowS))
	w.known = offer.Known{Log: w.Verifier()}
	return w
}

// offers has the log offer an invoice, which econd shows.
func (w *world) offers(invoice string) {
	w.seq = w.Offer(w.hold, w.hash, invoice)
	w.Add(w.Operator(), op.KindEpoch, op.Epoch{})
	w.proof = w.Proof(w.seq)
	w.asked = offer.Asked{Hold: w.hold, AmountSat: 5000, Invoice: invoice, NowUnix: nowS, MaxCltv: 2016}
}

func (w *world) check() (offer.Offer, error) {
	p, err := offer.Open(w.proof, w.known.Log)
	if err != nil {
		return offer.Offer{}, err
	}
	return p.Check(w.known, w.path, w.asked)
}

func TestWhatTheLogOffersIsPaid(t *testing.T) {
	w := newWorld(t, true)
	o, err := w.check()
	require.NoError(t, err)
	require.True(t, o.Bound())
	require.Equal(t, []any{w.hold, w.asked.Invoice, w.hash, int64(5000), op.NodeKey(w.Node().PubKey().SerializeCompressed())},
		[]any{o.Hold(), o.Invoice(), o.PaymentHash(), o.AmountSat(), o.Payee()})
	line, err := o.Fact().Append(nil)
	require.NoError(t, err)
	require.Contains(t, string(line), o.Invoice())

	w.asked.NowUnix = nowS + 3599 // the last second
	w.asked.MaxCltv = 144         // the least that it asks for
	_, err = w.check()
	require.NoError(t, err)
}

// Each lie of a server, and each of an operator with the log's key, is refused.
func TestWhatTheLogDoesNotOfferIsNotPaid(t *testing.T) {
	stranger := offertest.NodeKey("stranger")
	for name, c := range map[string]struct {
		lie  func(w *world)
		want error
		says string
	}{
		"another invoice than the log's": {func(w *world) { w.asked.Invoice = w.Invoice(stranger, w.hold, op.Hash{1}, 5000, nowS) }, offer.ErrInvoice, "econd shows another one than entry 2"},
		"the invoice of another hold":    {func(w *world) { w.asked.Hold = op.ID{6} }, offer.ErrInvoice, "offers hold"},
		"more than was asked for":        {func(w *world) { w.asked.AmountSat = 4999 }, offer.ErrInvoice, "over 5000000 msat, the hold over 4999 sat"},
		"an expired invoice":             {func(w *world) { w.asked.NowUnix = nowS + 3600 }, offer.ErrInvoice, "expired 0 s ago"},
		"too long a lock":                {func(w *world) { w.asked.MaxCltv = 143 }, offer.ErrInvoice, "locks for 144 blocks"},
		"another node's, in the log":     {func(w *world) { w.offers(w.Invoice(stranger, w.hold, w.hash, 5000, nowS)) }, offer.ErrPayee, "signed it"},
		"another hash than the fact's": {func(w *world) { w.offers(w.Invoice(w.Node(), w.hold, op.Hash{9}, 5000, nowS)) },
			offer.ErrInvoice, "it is for payment hash 09"},
		"a rest of msat": {func(w *world) {
			w.offers(w.Written(w.Node(), bolt11.Invoice{Prefix: "lnbcrt", AmountMsat: 5_000_001, TimestampS: nowS, PaymentHash: w.hash, Description: op.HoldMemo("stake", w.hold), ExpiryS: 60}))
		}, offer.ErrInvoice, "5000001 msat"},
		"no amount": {func(w *world) {
			w.offers(w.Written(w.Node(), bolt11.Invoice{Prefix: "lnbcrt", TimestampS: nowS, PaymentHash: w.hash, Description: op.HoldMemo("stake", w.hold), ExpiryS: 60}))
		}, offer.ErrInvoice, "over 0 msat"},
		"an invoice that names no hold": {func(w *world) {
			w.offers(w.Written(w.Node(), bolt11.Invoice{Prefix: "lnbcrt", AmountMsat: 5_000_000, TimestampS: nowS, PaymentHash: w.hash, Description: "L402 call", ExpiryS: 60}))
		}, offer.ErrInvoice, `"L402 call" does not name hold`},
		"an invoice that names another hold": {func(w *world) {
			w.offers(w.Written(w.Node(), bolt11.Invoice{Prefix: "lnbcrt", AmountMsat: 5_000_000, TimestampS: nowS, PaymentHash: w.hash, Description: op.HoldMemo("stake", op.ID{7}), ExpiryS: 60}))
		}, offer.ErrInvoice, "does not name hold"},
		"no invoice at all": {func(w *world) { w.offers("lnbc1") }, offer.ErrInvoice, ""},
		"a fact that a stranger signed": {func(w *world) {
			key, _ := op.NewSecretKey(append(make([]byte, 31), 7))
			seq := w.Add(key, op.KindHoldOffered, op.HoldOffered{Effect: "1/0", Hold: w.hold, PaymentHash: w.hash, Invoice: w.asked.Invoice})
			w.proof = w.Proof(seq)
		}, offer.ErrProof, "by the operator"},
		"another entry as the offer":       {func(w *world) { w.proof = w.Proof(1) }, offer.ErrProof, "must be one hold-offered"},
		"another entry as the genesis":     {func(w *world) { w.proof.Genesis = w.Proven(1, w.Size()) }, offer.ErrProof, "is entry 1"},
		"a changed invoice under the path": {func(w *world) { w.proof.Offered.Entry = w.Line(1) }, offer.ErrProof, "offered.tlog_proof"},
		"heads of two sizes":               {func(w *world) { w.proof.Offered = w.Proven(w.seq, w.Size()-1) }, offer.ErrProof, "its head has 3 entries"},
		"the log of a stranger": {func(w *world) {
			x := offertest.New(w.t, offertest.Economy, "stranger", true)
			w.asked.Invoice = x.Invoice(x.Node(), w.hold, w.hash, 5000, nowS)
			w.proof = x.Proof(x.Offer(w.hold, w.hash, w.asked.Invoice))
		}, offer.ErrProof, "genesis.tlog_proof"},
		"the key of a log of another name": {func(w *world) { w.known.Log = offertest.New(w.t, "elsewhere", "operator", true).Verifier() }, offer.ErrProof, ""},
		"another genesis than was pinned":  {func(w *world) { w.known.Genesis = op.ID{1} }, offer.ErrHistory, "it was 01"},
		"another history than was seen":    {func(w *world) { w.known.Head = offer.Head{Size: 2, Root: [32]byte{1}} }, offer.ErrHistory, "that of 2 entries"},
		"another head of the same size":    {func(w *world) { w.known.Head = offer.Head{Size: w.Size(), Root: [32]byte{1}} }, offer.ErrHistory, "two heads of 4 entries"},
		"an entry in two forms":            {func(w *world) { w.proof.Offered.Entry = append(w.proof.Offered.Entry, ' ') }, offer.ErrProof, "offered.entry"},
	} {
		w := newWorld(t, true)
		c.lie(w)
		o, err := w.check()
		require.ErrorIs(t, err, c.want, name)
		require.ErrorContains(t, err, c.says, name)
		require.Equal(t, offer.Offer{}, o, name)
	}
}

// A head goes on from what was seen, whichever of the two is the later.
func TestHeadsGoOn(t *testing.T) {
	w := newWorld(t, true)
	early, err := offer.Open(w.proof, w.known.Log)
	require.NoError(t, err)
	for range 5 {
		w.Add(w.Operator(), op.KindEpoch, op.Epoch{})
	}
	late, err := offer.Open(w.Proof(w.seq), w.known.Log)
	require.NoError(t, err)
	path := w.Consistency(early.Head().Size, late.Head().Size)
	require.NoError(t, offer.Goes(early.Head(), late.Head(), path))
	require.NoError(t, offer.Goes(late.Head(), early.Head(), path))
	require.NoError(t, offer.Goes(offer.Head{}, late.Head(), nil))
	require.ErrorIs(t, offer.Goes(early.Head(), late.Head(), nil), offer.ErrHistory)
	path[0][0] ^= 1
	require.ErrorIs(t, offer.Goes(early.Head(), late.Head(), path), offer.ErrHistory)
}

// By version 1 no entry names the node: the first payee is taken and said to be unbound,
// every later one must be the same.
func TestGenesisWithoutANode(t *testing.T) {
	w := newWorld(t, false)
	o, err := w.check()
	require.NoError(t, err)
	require.False(t, o.Bound())
	w.known.Node = o.Payee()
	o, err = w.check()
	require.NoError(t, err)
	require.True(t, o.Bound())
	w.offers(w.Invoice(offertest.NodeKey("stranger"), w.hold, w.hash, 5000, nowS))
	_, err = w.check()
	require.ErrorIs(t, err, offer.ErrPayee)
}
