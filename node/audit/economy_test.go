package audit

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"fmt"
	"testing"
	"time"

	"github.com/btcsuite/btcd/btcec/v2"
	"github.com/btcsuite/btcd/btcec/v2/ecdsa"
	"github.com/btcsuite/btcd/chaincfg"
	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/lightningnetwork/lnd/lnwire"
	"github.com/lightningnetwork/lnd/zpay32"
	"github.com/stretchr/testify/require"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/econd/econd/node/anchor"
	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/reputation"
	"github.com/econd/econd/stake"
	"github.com/econd/econd/voting"
)

const (
	testEconomy = "demo-1"
	startMs     = 1_700_000_000_000
	startHeight = 500
)

// economy plays operator and agents on a real ledger and keeps the log.
type economy struct {
	t        testing.TB
	id       string
	state    *ledger.State
	at       op.Stamp
	operator op.SecretKey
	signer   note.Signer
	logKey   string
	node     *btcec.PrivateKey // the operator's Lightning node
	lines    [][]byte
	effects  []ledger.Effect // of the last event
}

func secretKey(t testing.TB, name string) op.SecretKey {
	raw := sha256.Sum256([]byte("econd audit test " + name))
	key, err := op.NewSecretKey(raw[:])
	require.NoError(t, err)
	return key
}

func nodeKey(name string) *btcec.PrivateKey {
	raw := sha256.Sum256([]byte("econd audit test node " + name))
	key, _ := btcec.PrivKeyFromBytes(raw[:])
	return key
}

func testConstitution() *ledger.Constitution {
	track := voting.Track{Name: "price", VotingPeriodS: 3600, Weight: voting.WeightRule{Kind: voting.WeightStake},
		Quorum: voting.QuorumRule{Kind: voting.QuorumEligible, SharePPM: 300_000, CountAbstain: true},
		Pass:   voting.PassRule{Kind: voting.PassMajority}, HonestForPpm: 100_000, VetoForfeitPpm: voting.PPM,
		CollateralSat: 5000, TimelockS: 600, GraceS: 600, Vetoable: true, Actions: []string{ledger.ActionSetPrice}}
	signal := voting.Track{Name: "signal", VotingPeriodS: 86400, Weight: voting.WeightRule{Kind: voting.WeightOne},
		Quorum: voting.QuorumRule{Kind: voting.QuorumNone}, Pass: voting.PassRule{Kind: voting.PassMajority},
		GraceS: 1, Actions: []string{}}
	return &ledger.Constitution{Version: 1, Guardians: ledger.Guardians{Keys: []op.PublicKey{}},
		Operations: ledger.OperationRules{MaxAgeS: 3600, MaxFutureS: 60},
		Stake:      ledger.StakeRules{MinSat: 100, MaxSat: 1_000_000, CltvBlocks: 144, InvoiceExpiryS: 600, MaxPerAgent: 4},
		Receipts:   ledger.ReceiptRules{MinSat: 1, MaxAgeS: 86400}, Reputation: reputation.DefaultParams(),
		EpochS: 7200, Seeds: []op.PublicKey{},
		Prices: []ledger.Price{{Resource: ledger.ResourceOperations, Sat: 10}, {Resource: ledger.ResourceProofs, Sat: 5},
			{Resource: ledger.ResourceQueries}, {Resource: ledger.ResourceEvents, Sat: 20}},
		Pools:  []ledger.PoolShare{{Name: "governance", SharePpm: 400_000}, {Name: "reserve", SharePpm: 600_000}},
		Tracks: []voting.Track{track, signal}}
}

// newEconomy starts a log with its genesis entry.
func newEconomy(t testing.TB, id string) *economy {
	seed := sha256.Sum256([]byte("log key of " + id))
	key := ed25519.NewKeyFromSeed(seed[:])
	e := &economy{t: t, id: id, state: ledger.New(), operator: secretKey(t, "operator"), node: nodeKey("operator"),
		at: op.Stamp{TimeMs: startMs, Height: startHeight, BlockHash: sha256.Sum256([]byte("block"))}}
	var err error
	e.signer, err = anchor.NewSigner(ledger.Origin(id), key)
	require.NoError(t, err)
	e.logKey, err = anchor.VerifierKey(ledger.Origin(id), key.Public().(ed25519.PublicKey))
	require.NoError(t, err)
	e.do(e.operator, op.KindGenesis, op.Genesis{Economy: id, Network: "regtest", LogVerifier: e.logKey,
		Constitution: op.Raw(op.EncodeContent(testConstitution()))})
	return e
}

// sign makes an event at the present instant.
func (e *economy) sign(key op.SecretKey, kind op.Kind, content any) *op.Event {
	ev := &op.Event{CreatedAt: e.at.TimeMs / 1000, Kind: kind, Tags: [][]string{{op.EconomyTag, e.id}},
		Content: op.EncodeContent(content)}
	require.NoError(e.t, ev.Sign(key))
	return ev
}

// do enters an operation or fact and returns its id.
func (e *economy) do(key op.SecretKey, kind op.Kind, content any) op.ID {
	e.t.Helper()
	ev := e.sign(key, kind, content)
	e.enter(ev)
	return ev.ID
}

func (e *economy) enter(ev *op.Event) {
	e.t.Helper()
	entry := &op.Entry{Seq: e.state.Next(), Stamp: e.at, Event: ev}
	effects, err := ledger.Apply(e.state, entry)
	require.NoError(e.t, err)
	e.effects = effects
	e.lines = append(e.lines, entry.Marshal())
}

// pass lets time go by and enters the facts that fall due.
func (e *economy) pass(d time.Duration) {
	e.t.Helper()
	e.at.TimeMs += d.Milliseconds()
	e.due()
}

// mine lets blocks go by and enters the facts that fall due.
func (e *economy) mine(blocks uint32) {
	e.t.Helper()
	e.at.Height += blocks
	e.due()
}

func (e *economy) due() {
	for f := e.state.Due(e.at); f != nil; f = e.state.Due(e.at) {
		e.do(e.operator, f.Kind, f.Content)
	}
}

// invoice makes a BOLT11 invoice signed by a node.
func (e *economy) invoice(node *btcec.PrivateKey, hash op.Hash, sat int64) string {
	inv, err := zpay32.NewInvoice(&chaincfg.RegressionNetParams, hash, time.UnixMilli(e.at.TimeMs),
		zpay32.Amount(lnwire.MilliSatoshi(1000*sat)), zpay32.Description("test"), zpay32.PaymentAddr(hash),
		zpay32.Features(lnwire.NewFeatureVector(lnwire.NewRawFeatureVector(lnwire.TLVOnionPayloadOptional,
			lnwire.PaymentAddrOptional), lnwire.Features)))
	require.NoError(e.t, err)
	text, err := inv.Encode(zpay32.MessageSigner{SignCompact: func(msg []byte) ([]byte, error) {
		return ecdsa.SignCompact(node, chainhash.HashB(msg), true), nil
	}})
	require.NoError(e.t, err)
	return text
}

func preimageOf(hold op.ID) op.Hash { return sha256.Sum256(append([]byte("preimage"), hold[:]...)) }

// offer and lock answer the open-hold effect of the last event as LND would.
func (e *economy) offer(hold op.ID) {
	e.t.Helper()
	f := e.effects[len(e.effects)-1]
	require.Equal(e.t, ledger.EffectOpenHold, f.Kind)
	preimage := preimageOf(hold)
	hash := op.Hash(sha256.Sum256(preimage[:]))
	e.do(e.operator, op.KindHoldOffered, op.HoldOffered{Effect: f.ID, Hold: hold, PaymentHash: hash,
		Invoice: e.invoice(e.node, hash, f.AmountSat)})
}

func (e *economy) lock(hold op.ID) {
	e.t.Helper()
	e.offer(hold)
	v, _ := e.state.Hold(hold)
	e.do(e.operator, op.KindHoldLocked, op.HoldLocked{Hold: hold, AmountSat: v.AmountSat, ExpiryHeight: e.at.Height + 144})
}

// answer carries out every pending effect as LND would.
func (e *economy) answer() {
	for _, f := range e.state.PendingEffects() {
		switch f.Kind {
		case ledger.EffectSettleHold:
			e.do(e.operator, op.KindHoldSettled, op.HoldSettled{Effect: f.ID, Hold: f.Hold})
		case ledger.EffectCancelHold:
			e.do(e.operator, op.KindHoldCancelled, op.HoldCancelled{Effect: f.ID, Hold: f.Hold, Reason: "as asked"})
		}
	}
}

// agent registers a key under its name.
func (e *economy) agent(name string) op.SecretKey {
	e.t.Helper()
	key := secretKey(e.t, name)
	e.do(key, op.KindRegister, op.Register{Name: name})
	return key
}

// staked registers an agent with a locked stake.
func (e *economy) staked(name string, sat int64) op.SecretKey {
	e.t.Helper()
	key := e.agent(name)
	e.lock(e.do(key, op.KindLockStake, op.LockStake{AmountSat: sat}))
	return key
}

func (e *economy) vote(key op.SecretKey, proposal op.ID, choice string) {
	e.t.Helper()
	e.do(key, op.KindVote, op.Vote{Proposal: proposal, Choice: choice})
}

// bind binds a Lightning node to an agent, as lnd's SignMessage does it.
func (e *economy) bind(key op.SecretKey, node *btcec.PrivateKey) {
	digest := chainhash.DoubleHashB([]byte("Lightning Signed Message:" + ledger.BindStatement(e.id, key.Public())))
	sig := ecdsa.SignCompact(node, digest, true)
	const digits = "ybndrfg8ejkmcpqxot1uwisza345h769"
	var text []byte
	for bit := 0; bit < 8*len(sig); bit += 5 {
		v := 0
		for i := bit; i < bit+5; i++ {
			v = v<<1 | int(sig[i/8]>>(7-i%8)&1)
		}
		text = append(text, digits[v])
	}
	e.do(key, op.KindBindNode, op.BindNode{Node: op.NodeKey(node.PubKey().SerializeCompressed()), Signature: string(text)})
}

func setPrice(resource string, sat, expect int64) []op.Raw {
	return []op.Raw{op.Raw(op.EncodeContent(ledger.SetPrice{Type: ledger.ActionSetPrice, Resource: resource, Sat: sat, ExpectSat: expect}))}
}

// propose opens a proposal and locks its collateral.
func (e *economy) propose(key op.SecretKey, title string, actions []op.Raw) op.ID {
	e.t.Helper()
	id := e.do(key, op.KindPropose, op.Propose{Track: "price", Title: title, Text: "Because <we> & you say so: \u2028 \"ok\"\n", Actions: actions})
	e.lock(id)
	return id
}

func (e *economy) root() tlog.Hash { return tlog.Hash(ledger.MerkleRoot(e.lines)) }

// checkpoint signs the head over everything so far.
func (e *economy) checkpoint() []byte {
	c := anchor.Checkpoint{Origin: ledger.Origin(e.id), Size: int64(len(e.lines)), Root: e.root()}
	msg, err := anchor.SignCheckpoint(c, e.signer)
	require.NoError(e.t, err)
	return msg
}

func (e *economy) export() []byte {
	return append(bytes.Join(e.lines, []byte("\n")), '\n')
}

// path is the inclusion proof of an entry under the present head.
func (e *economy) path(seq uint64) [][32]byte {
	var out [][32]byte
	for _, h := range ledger.MerkleProof(e.lines, int(seq)) {
		out = append(out, h)
	}
	return out
}

func (e *economy) piece(seq uint64) Piece { return Piece{Line: e.lines[seq], Path: e.path(seq)} }

// bundle puts together the proof of one ballot under the present head.
func (e *economy) bundle(proposal op.ID, voter op.PublicKey, p *anchor.Proof) *Bundle {
	e.t.Helper()
	ballot, err := e.state.ProveBallot(proposal, voter)
	require.NoError(e.t, err)
	b, err := Build(Pieces{Genesis: e.piece(0), Vote: e.piece(ballot.Ballot.Seq), Close: e.piece(ballot.CloseSeq),
		Ballot: ballot, Checkpoint: e.checkpoint(), Anchor: p})
	require.NoError(e.t, err)
	return b
}

// story is a log with something of everything.
type story struct {
	*economy
	agents           []op.SecretKey
	passed, vetoed   op.ID
	released, stolen op.ID // stakes: released by its agent, still locked
}

// newStory: five agents stake, one is paid and rated, a proposal passes and is
// executed, another is vetoed and its collateral forfeited, an epoch closes, a
// checkpoint is anchored.
func newStory(t testing.TB) *story {
	s := &story{economy: newEconomy(t, testEconomy)}
	for i := range 5 {
		s.agents = append(s.agents, s.staked(fmt.Sprint("agent ", i), int64(1000*(i+1))))
		s.pass(time.Second)
	}
	extra := s.do(s.agents[4], op.KindLockStake, op.LockStake{AmountSat: 777})
	s.lock(extra)
	s.stolen = extra
	s.bind(s.agents[1], nodeKey("provider"))
	preimage := op.Hash(sha256.Sum256([]byte("paid")))
	s.do(s.agents[0], op.KindReceipt, op.Receipt{Provider: s.agents[1].Public(), Preimage: preimage, Rating: 8,
		Invoice: s.invoice(nodeKey("provider"), sha256.Sum256(preimage[:]), 250)})
	s.pass(time.Second)

	s.passed = s.propose(s.agents[0], "cheaper operations", setPrice(ledger.ResourceOperations, 7, 10))
	s.vetoed = s.propose(s.agents[1], "dearer events", setPrice(ledger.ResourceEvents, 900, 20))
	s.pass(time.Second)
	for i, choice := range []string{"for", "against", "for", "for", "abstain"} {
		s.vote(s.agents[i], s.passed, choice)
		s.vote(s.agents[i], s.vetoed, "for")
		s.pass(time.Second)
	}
	s.vote(s.agents[1], s.passed, "for")
	s.pass(2 * time.Hour)
	s.anchorHead()
	s.do(s.operator, op.KindVeto, op.Veto{Proposal: s.vetoed, Reason: "too dear"})
	s.answer()
	s.pass(11 * time.Minute)
	s.answer()
	stakes := s.state.Holds()
	for _, h := range stakes {
		if h.Agent == s.agents[3].Public() {
			s.released = h.ID
		}
	}
	s.do(s.agents[3], op.KindReleaseStake, op.ReleaseStake{Stake: s.released})
	s.answer()
	return s
}

// anchorHead records that the present head was anchored.
func (e *economy) anchorHead() {
	body := anchor.Checkpoint{Origin: ledger.Origin(e.id), Size: int64(len(e.lines)), Root: e.root()}.Body()
	e.do(e.operator, op.KindAnchorPublished, op.AnchorPublished{CheckpointSize: uint64(len(e.lines)),
		CheckpointHash: sha256.Sum256(body), Txid: sha256.Sum256([]byte("txid"))})
}

func TestStoryIsWhole(t *testing.T) {
	s := newStory(t)
	p, _ := s.state.Proposal(s.passed, s.at.TimeMs)
	require.Equal(t, "executed", p.State)
	p, _ = s.state.Proposal(s.vetoed, s.at.TimeMs)
	require.Equal(t, "vetoed", p.State)
	h, _ := s.state.Hold(s.vetoed)
	require.Equal(t, stake.Forfeited.String(), h.State)
	require.EqualValues(t, 7, s.state.PriceSat(ledger.ResourceOperations))
}
