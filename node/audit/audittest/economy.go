// Package audittest plays whole economies for tests: real entries, real
// signatures, real BOLT11 invoices, and blocks with regtest's proof of work.
package audittest

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"fmt"
	"testing"
	"time"

	"github.com/btcsuite/btcd/btcec/v2"
	"github.com/stretchr/testify/require"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/econd/econd/node/anchor"
	"github.com/econd/econd/node/bolt11"
	"github.com/econd/econd/node/constitution"
	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/logkey"
	"github.com/econd/econd/node/merkle"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/signmessage"
	"github.com/econd/econd/reputation"
	"github.com/econd/econd/voting"
)

// EconomyID names the economy of a Story.
const EconomyID = "demo-1"

const (
	startMs     = 1_700_000_000_000
	startHeight = 500
)

// Economy plays operator and agents on a real ledger and keeps the log. Its
// keys, times and signatures are the same in every run. A refused step ends the
// test.
type Economy struct {
	TB       testing.TB
	ID       string
	State    *ledger.State
	At       op.Stamp // of the next entry
	Operator op.SecretKey
	Signer   note.Signer // of checkpoints
	LogKey   string
	Node     *btcec.PrivateKey // the operator's Lightning node
	Lines    [][]byte          // the export, line by line
	Effects  []ledger.Effect   // of the last event
}

// SecretKey returns the signing key of that name.
func SecretKey(t testing.TB, name string) op.SecretKey {
	raw := sha256.Sum256([]byte("econd audit test " + name))
	key, err := op.NewSecretKey(raw[:])
	require.NoError(t, err)
	return key
}

// NodeKey returns the Lightning node key of that name.
func NodeKey(name string) *btcec.PrivateKey {
	raw := sha256.Sum256([]byte("econd audit test node " + name))
	key, _ := btcec.PrivKeyFromBytes(raw[:])
	return key
}

// Constitution has a track with stake, collateral, timelock and veto, and others for
// signals and for the rules.
func Constitution() *constitution.Constitution {
	track := voting.Track{Name: "price", VotingPeriodS: 3600, Weight: voting.WeightRule{Kind: voting.WeightStake},
		Quorum: voting.QuorumRule{Kind: voting.QuorumEligible, SharePPM: 300_000, CountAbstain: true},
		Pass:   voting.PassRule{Kind: voting.PassMajority}, HonestForPpm: 100_000, VetoForfeitPpm: voting.PPM,
		CollateralSat: 5000, TimelockS: 600, GraceS: 600, Vetoable: true, Actions: []string{constitution.ActionSetPrice}}
	signal := voting.Track{Name: "signal", VotingPeriodS: 86400, Weight: voting.WeightRule{Kind: voting.WeightOne},
		Quorum: voting.QuorumRule{Kind: voting.QuorumNone}, Pass: voting.PassRule{Kind: voting.PassMajority},
		GraceS: 1, Actions: []string{}}
	choose := signal
	choose.Name, choose.Counting = "choose", voting.Approval
	meta := voting.Track{Name: "meta", VotingPeriodS: 3600, Weight: voting.WeightRule{Kind: voting.WeightStake},
		Quorum: voting.QuorumRule{Kind: voting.QuorumEligible, SharePPM: 300_000, CountAbstain: true},
		Pass:   voting.PassRule{Kind: voting.PassShare, SharePPM: 666_667}, TimelockS: 600, GraceS: 600, Actions: []string{constitution.ActionAmend}}
	return &constitution.Constitution{Version: 1, Guardians: constitution.Guardians{Keys: []op.PublicKey{}},
		Operations: constitution.OperationRules{MaxAgeS: 3600, MaxFutureS: 60},
		Stake:      constitution.StakeRules{MinSat: 100, MaxSat: 1_000_000, CltvBlocks: 144, InvoiceExpiryS: 600, MaxPerAgent: 4},
		Receipts:   constitution.ReceiptRules{MinSat: 1, MaxAgeS: 86400}, Reputation: reputation.DefaultParams(),
		EpochS: 7200, Seeds: []op.PublicKey{},
		Prices: []constitution.Price{{Resource: constitution.ResourceOperations, Sat: 10}, {Resource: constitution.ResourceProofs, Sat: 5},
			{Resource: constitution.ResourceQueries}, {Resource: constitution.ResourceEvents, Sat: 20}},
		Pools:  []constitution.PoolShare{{Name: "governance", SharePpm: 400_000}, {Name: "reserve", SharePpm: 600_000}},
		Tracks: []voting.Track{track, signal, choose, meta}}
}

// NewEconomy starts a log with its genesis entry.
func NewEconomy(t testing.TB, id string) *Economy { return NewEconomyBy(t, id, Constitution()) }

// NewEconomyBy starts a log by a constitution. By version 2 of the rules EnterHeaders comes next.
func NewEconomyBy(t testing.TB, id string, c *constitution.Constitution) *Economy {
	seed := sha256.Sum256([]byte("log key of " + id))
	key := ed25519.NewKeyFromSeed(seed[:])
	e := &Economy{TB: t, ID: id, State: ledger.New(), Operator: SecretKey(t, "operator"), Node: NodeKey("operator"),
		At: op.Stamp{TimeMs: startMs}}
	if c.Version < constitution.RulesHeaders { // by later ones the first headers say it
		e.At.Height, e.At.BlockHash = startHeight, sha256.Sum256([]byte("block"))
	}
	var err error
	e.Signer, err = anchor.NewSigner(ledger.Origin(id), key)
	require.NoError(t, err)
	e.LogKey, err = anchor.VerifierKey(ledger.Origin(id), key.Public().(ed25519.PublicKey))
	require.NoError(t, err)
	rules := op.EncodeContent(c)
	e.Do(e.Operator, op.KindGenesis, op.Genesis{Economy: id, Network: "regtest", LogVerifier: e.LogKey,
		Constitution: op.Raw(rules), NodeKey: e.nodeKey([]byte(rules))})
	return e
}

// nodeKey is what a genesis with these rules says of the operator's node.
func (e *Economy) nodeKey(rules []byte) (key op.NodeKey) {
	if constitution.NamesNode(rules) {
		key = op.NodeKey(e.Node.PubKey().SerializeCompressed())
	}
	return key
}

// Sign makes an event at the present instant.
func (e *Economy) Sign(key op.SecretKey, kind op.Kind, content any) *op.Event {
	ev := &op.Event{CreatedAt: e.At.TimeMs / 1000, Kind: kind, Tags: [][]string{{op.EconomyTag, e.ID}},
		Content: op.EncodeContent(content)}
	require.NoError(e.TB, ev.Sign(key))
	return ev
}

// Do enters an operation or fact and returns its id.
func (e *Economy) Do(key op.SecretKey, kind op.Kind, content any) op.ID {
	e.TB.Helper()
	ev := e.Sign(key, kind, content)
	e.Enter(ev)
	return ev.ID
}

// Enter applies an event and appends its entry.
func (e *Economy) Enter(ev *op.Event) {
	e.TB.Helper()
	entry := &op.Entry{Seq: e.State.Next(), Stamp: e.At, Event: ev}
	effects, err := ledger.Apply(e.State, entry)
	require.NoError(e.TB, err)
	e.Effects = effects
	e.Lines = append(e.Lines, entry.Marshal())
}

// Pass lets time go by and enters the facts that fall due.
func (e *Economy) Pass(d time.Duration) {
	e.TB.Helper()
	e.At.TimeMs += d.Milliseconds()
	e.Due()
}

// Mine lets blocks go by and enters the facts that fall due.
func (e *Economy) Mine(blocks uint32) {
	e.TB.Helper()
	e.At.Height += blocks
	e.Due()
}

// Due enters the facts that are due.
func (e *Economy) Due() {
	for f := e.State.Due(e.At); f != nil; f = e.State.Due(e.At) {
		e.Do(e.Operator, f.Kind, f.Content)
	}
}

// Invoice makes a BOLT11 invoice signed by a node.
func (e *Economy) Invoice(node *btcec.PrivateKey, hash op.Hash, sat int64, more ...func(*bolt11.Invoice)) string {
	inv := bolt11.Invoice{Prefix: "lnbcrt", AmountMsat: 1000 * sat, TimestampS: e.At.TimeMs / 1000, PaymentHash: hash, PaymentSecret: hash,
		Description: "test", Features: bolt11.FeatureBits(9, 15)}
	for _, change := range more {
		change(&inv)
	}
	text, err := bolt11.Encode(inv, node)
	require.NoError(e.TB, err)
	return text
}

// PreimageOf is the preimage of a hold.
func PreimageOf(hold op.ID) op.Hash { return sha256.Sum256(append([]byte("preimage"), hold[:]...)) }

// Offer answers the open-hold effect of the last event as LND would.
func (e *Economy) Offer(hold op.ID) {
	e.TB.Helper()
	f := e.Effects[len(e.Effects)-1]
	require.Equal(e.TB, ledger.EffectOpenHold, f.Kind)
	preimage := PreimageOf(hold)
	hash := op.Hash(sha256.Sum256(preimage[:]))
	e.Do(e.Operator, op.KindHoldOffered, op.HoldOffered{Effect: f.ID, Hold: hold, PaymentHash: hash,
		Invoice: e.Invoice(e.Node, hash, f.AmountSat, func(i *bolt11.Invoice) { i.MinFinalCltv = int64(f.CltvBlocks) })})
}

// Lock offers a hold and reports it paid.
func (e *Economy) Lock(hold op.ID) {
	e.TB.Helper()
	e.Offer(hold)
	v, _ := e.State.Hold(hold)
	e.Do(e.Operator, op.KindHoldLocked, op.HoldLocked{Hold: hold, AmountSat: v.AmountSat, ExpiryHeight: e.At.Height + 144})
}

// Answer carries out every pending effect as LND would.
func (e *Economy) Answer() {
	for _, f := range e.State.PendingEffects() {
		switch f.Kind {
		case ledger.EffectSettleHold:
			e.Do(e.Operator, op.KindHoldSettled, op.HoldSettled{Effect: f.ID, Hold: f.Hold})
		case ledger.EffectCancelHold:
			e.Do(e.Operator, op.KindHoldCancelled, op.HoldCancelled{Effect: f.ID, Hold: f.Hold, Reason: "as asked"})
		}
	}
}

// Agent registers a key under its name.
func (e *Economy) Agent(name string) op.SecretKey {
	e.TB.Helper()
	key := SecretKey(e.TB, name)
	e.Do(key, op.KindRegister, op.Register{Name: name})
	return key
}

// Staked registers an agent with a locked stake.
func (e *Economy) Staked(name string, sat int64) op.SecretKey {
	e.TB.Helper()
	key := e.Agent(name)
	e.Lock(e.Do(key, op.KindLockStake, op.LockStake{AmountSat: sat}))
	return key
}

// Vote casts a ballot.
func (e *Economy) Vote(key op.SecretKey, proposal op.ID, choice string) {
	e.TB.Helper()
	e.Do(key, op.KindVote, op.Vote{Proposal: proposal, Choice: choice})
}

// Bind binds a Lightning node to an agent, as lnd's SignMessage does it.
func (e *Economy) Bind(key op.SecretKey, node *btcec.PrivateKey) {
	e.Do(key, op.KindBindNode, op.BindNode{Node: op.NodeKey(node.PubKey().SerializeCompressed()),
		Signature: signmessage.Sign(node, op.BindStatement(e.ID, key.Public()))})
}

// SetPrice is a proposal's list of actions that changes one price.
func SetPrice(resource string, sat, expect int64) []op.Raw {
	return []op.Raw{op.Raw(op.EncodeContent(ledger.SetPrice{Type: constitution.ActionSetPrice, Resource: resource, Sat: sat, ExpectSat: expect}))}
}

// Propose opens a proposal and locks its collateral.
func (e *Economy) Propose(key op.SecretKey, title string, actions []op.Raw) op.ID {
	e.TB.Helper()
	id := e.Do(key, op.KindPropose, op.Propose{Track: "price", Title: title, Text: "Because <we> & you say so: \u2028 \"ok\"\n", Actions: actions})
	e.Lock(id)
	return id
}

// Root is the RFC 6962 root over the log.
func (e *Economy) Root() tlog.Hash { return tlog.Hash(merkle.Of(e.Lines).Root()) }

// Checkpoint signs the head over everything so far.
func (e *Economy) Checkpoint() []byte {
	c := anchor.Checkpoint{Origin: ledger.Origin(e.ID), Size: int64(len(e.Lines)), Root: e.Root()}
	msg, err := anchor.SignCheckpoint(c, e.Signer)
	require.NoError(e.TB, err)
	return msg
}

// Export is the log as a file.
func (e *Economy) Export() []byte {
	return append(bytes.Join(e.Lines, []byte("\n")), '\n')
}

// Path is the inclusion proof of an entry under the present head.
func (e *Economy) Path(seq uint64) [][32]byte {
	var out [][32]byte
	for _, h := range merkle.Of(e.Lines).Path(int(seq)) {
		out = append(out, h)
	}
	return out
}

// Story is a log with something of everything.
type Story struct {
	*Economy
	Agents           []op.SecretKey
	Passed, Vetoed   op.ID // proposals
	Released, Locked op.ID // stakes: released by its agent, still locked
}

// NewStory plays a whole story: five agents stake, one is paid and rated, a proposal passes and is
// executed, another is vetoed and its collateral forfeited, an epoch closes, a
// checkpoint is anchored.
func NewStory(t testing.TB) *Story {
	s := &Story{Economy: NewEconomy(t, EconomyID)}
	for i := range 5 {
		s.Agents = append(s.Agents, s.Staked(fmt.Sprint("agent ", i), int64(1000*(i+1))))
		s.Pass(time.Second)
	}
	extra := s.Do(s.Agents[4], op.KindLockStake, op.LockStake{AmountSat: 777})
	s.Lock(extra)
	s.Locked = extra
	s.Bind(s.Agents[1], NodeKey("provider"))
	preimage := op.Hash(sha256.Sum256([]byte("paid")))
	s.Do(s.Agents[0], op.KindReceipt, op.Receipt{Provider: s.Agents[1].Public(), Preimage: preimage, Rating: 8,
		Invoice: s.Invoice(NodeKey("provider"), sha256.Sum256(preimage[:]), 250)})
	s.Pass(time.Second)

	s.Passed = s.Propose(s.Agents[0], "cheaper operations", SetPrice(constitution.ResourceOperations, 7, 10))
	s.Vetoed = s.Propose(s.Agents[1], "dearer events", SetPrice(constitution.ResourceEvents, 900, 20))
	s.Pass(time.Second)
	for i, choice := range []string{"for", "against", "for", "for", "abstain"} {
		s.Vote(s.Agents[i], s.Passed, choice)
		s.Vote(s.Agents[i], s.Vetoed, "for")
		s.Pass(time.Second)
	}
	s.Vote(s.Agents[1], s.Passed, "for")
	s.Pass(2 * time.Hour)
	s.AnchorHead()
	s.Do(s.Operator, op.KindVeto, op.Veto{Proposal: s.Vetoed, Reason: "too dear"})
	s.Answer()
	s.Pass(11 * time.Minute)
	s.Answer()
	stakes := s.State.Holds()
	for _, h := range stakes {
		if h.Agent == s.Agents[3].Public() {
			s.Released = h.ID
		}
	}
	s.Do(s.Agents[3], op.KindReleaseStake, op.ReleaseStake{Stake: s.Released})
	s.Answer()
	return s
}

// AnchorHead records that the present head was anchored.
func (e *Economy) AnchorHead() {
	body := anchor.Checkpoint{Origin: ledger.Origin(e.ID), Size: int64(len(e.Lines)), Root: e.Root()}.Body()
	e.Do(e.Operator, op.KindAnchorPublished, op.AnchorPublished{CheckpointSize: uint64(len(e.Lines)),
		CheckpointHash: sha256.Sum256(body), Txid: sha256.Sum256([]byte("txid"))})
}

// NewerGenesis is the genesis entry with rules one version newer than those known.
func (e *Economy) NewerGenesis() []byte {
	c := Constitution()
	c.Version = constitution.NewestRules + 1
	ev := e.Sign(e.Operator, op.KindGenesis, op.Genesis{Economy: e.ID, Network: "regtest", LogVerifier: e.LogKey,
		Constitution: op.Raw(op.EncodeContent(c))})
	return (&op.Entry{Stamp: e.At, Event: ev}).Marshal()
}

// Unruled appends an event that no rule of this version has let in: the state stays as
// it was.
func (e *Economy) Unruled(ev *op.Event) {
	e.Lines = append(e.Lines, (&op.Entry{Seq: uint64(len(e.Lines)), Stamp: e.At, Event: ev}).Marshal())
}

// Newer appends the proposal to raise the rules one version above those known, and
// returns its sequence number.
func (e *Economy) Newer(proposer op.SecretKey) uint64 {
	raise := op.Raw(fmt.Sprintf(`{"type":"amend","path":"/version","value":%d,"expect":%d}`, constitution.NewestRules+1, constitution.NewestRules))
	e.Unruled(e.Sign(proposer, op.KindPropose, op.Propose{Track: "meta", Title: "newer rules", Actions: []op.Raw{raise}}))
	return uint64(len(e.Lines)) - 1
}

// Rotate makes the entry by which the log goes over to a key of that name: signed as the old key by old, as the new
// one by the signer that it returns. Nothing is entered.
func (e *Economy) Rotate(name string, old note.Signer) (*op.Event, note.Signer) {
	e.TB.Helper()
	seed := sha256.Sum256([]byte("log key " + name + " of " + e.ID))
	key := ed25519.NewKeyFromSeed(seed[:])
	next, err := anchor.NewSigner(ledger.Origin(e.ID), key)
	require.NoError(e.TB, err)
	text, err := anchor.VerifierKey(ledger.Origin(e.ID), key.Public().(ed25519.PublicKey))
	require.NoError(e.TB, err)
	h, err := logkey.Handover{Size: uint64(len(e.Lines)), Root: e.Root(), Key: text}.Sign(e.State.LogVerifier(), old, next)
	require.NoError(e.TB, err)
	return e.Sign(e.Operator, op.KindLogKey, op.LogKey{LogVerifier: text, Size: h.Size, Root: op.Hash(h.Root), OldSignature: h.Old, NewSignature: h.New}), next
}
