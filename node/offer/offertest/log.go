// Package offertest keeps small logs that offer holds, for the tests of those who pay.
package offertest

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"testing"

	"github.com/btcsuite/btcd/btcec/v2"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/econd/econd/node/anchor"
	"github.com/econd/econd/node/bolt11"
	"github.com/econd/econd/node/logkey"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/view"
)

// Economy is whose log it is.
const Economy = "offers-0011223344556677"

// Log is the log of an economy whose operator's keys all come from one name. It checks no
// rule. Not for concurrent use.
type Log struct {
	t        testing.TB
	economy  string
	operator op.SecretKey
	node     *btcec.PrivateKey
	signer   note.Signer
	verifier string
	lines    [][]byte
	hashes   hashes
}

// New founds a log; named says whether its genesis names the node.
func New(t testing.TB, economy, name string, named bool) *Log {
	t.Helper()
	l := &Log{t: t, economy: economy, node: NodeKey(name)}
	seed := sha256.Sum256([]byte(name))
	key := ed25519.NewKeyFromSeed(seed[:])
	var err error
	l.operator, err = op.NewSecretKey(seed[:])
	l.must(err)
	l.signer, err = anchor.NewSigner("econd/"+economy, key)
	l.must(err)
	l.verifier, err = anchor.VerifierKey("econd/"+economy, key.Public().(ed25519.PublicKey))
	l.must(err)
	g := op.Genesis{Economy: economy, Network: "regtest", LogVerifier: l.verifier, Constitution: op.Raw("{}")}
	if named {
		g.NodeKey = op.NodeKey(l.node.PubKey().SerializeCompressed())
	}
	l.Add(l.operator, op.KindGenesis, g)
	return l
}

// NodeKey is the Lightning node of that name.
func NodeKey(name string) *btcec.PrivateKey {
	seed := sha256.Sum256([]byte("node/" + name))
	key, _ := btcec.PrivKeyFromBytes(seed[:])
	return key
}

func (l *Log) must(err error) {
	l.t.Helper()
	if err != nil {
		l.t.Fatal(err)
	}
}

// Operator signs the facts of the log.
func (l *Log) Operator() op.SecretKey { return l.operator }

// Node is the key of the operator's Lightning node.
func (l *Log) Node() *btcec.PrivateKey { return l.node }

// VerifierKey is the log's key as text.
func (l *Log) VerifierKey() string { return l.verifier }

// Verifier is the log's key.
func (l *Log) Verifier() note.Verifier {
	v, err := note.NewVerifier(l.verifier)
	l.must(err)
	return v
}

// Signer signs the log's heads.
func (l *Log) Signer() note.Signer { return l.signer }

// HandOver enters that the log goes over to the key of a name, signed as the old key by a signer, and returns its place.
func (l *Log) HandOver(name string, old note.Signer) uint64 {
	l.t.Helper()
	seed := sha256.Sum256([]byte("log/" + name))
	key := ed25519.NewKeyFromSeed(seed[:])
	next, err := anchor.NewSigner("econd/"+l.economy, key)
	l.must(err)
	text, err := anchor.VerifierKey("econd/"+l.economy, key.Public().(ed25519.PublicKey))
	l.must(err)
	root, err := tlog.TreeHash(int64(l.Size()), l.hashes)
	l.must(err)
	h, err := logkey.Handover{Size: l.Size(), Root: root, Key: text}.Sign(l.verifier, old, next)
	l.must(err)
	seq := l.Add(l.operator, op.KindLogKey, op.LogKey{LogVerifier: text, Size: h.Size, Root: op.Hash(h.Root), OldSignature: h.Old, NewSignature: h.New})
	l.signer, l.verifier = next, text
	return seq
}

// Size is the number of entries.
func (l *Log) Size() uint64 { return uint64(len(l.lines)) }

// Line is an entry's.
func (l *Log) Line(seq uint64) []byte { return l.lines[seq] }

// Add enters an event and returns its place.
func (l *Log) Add(by op.SecretKey, kind op.Kind, content any) uint64 {
	l.t.Helper()
	e := &op.Event{CreatedAt: 1, Kind: kind, Tags: [][]string{{op.EconomyTag, l.economy}}, Content: op.EncodeContent(content)}
	l.must(e.Sign(by))
	seq := l.Size()
	line := (&op.Entry{Seq: seq, Stamp: op.Stamp{TimeMs: int64(seq), Height: 7}, Event: e}).Marshal()
	stored, err := tlog.StoredHashes(int64(seq), line, l.hashes)
	l.must(err)
	l.lines, l.hashes = append(l.lines, line), append(l.hashes, stored...)
	return seq
}

// Offer enters that a hold's invoice is there, and returns its place.
func (l *Log) Offer(hold op.ID, hash op.Hash, invoice string) uint64 {
	l.t.Helper()
	return l.Add(l.operator, op.KindHoldOffered, op.HoldOffered{Effect: "1/0", Hold: hold, PaymentHash: hash, Invoice: invoice})
}

// Invoice is that of a hold, signed by a node.
func (l *Log) Invoice(by *btcec.PrivateKey, hold op.ID, hash op.Hash, sat, timeS int64) string {
	l.t.Helper()
	return l.Written(by, bolt11.Invoice{Prefix: "lnbcrt", AmountMsat: 1000 * sat, TimestampS: timeS, PaymentHash: hash,
		Description: op.HoldMemo("stake", hold), ExpiryS: 3600, MinFinalCltv: 144})
}

// Written is an invoice as it is given.
func (l *Log) Written(by *btcec.PrivateKey, inv bolt11.Invoice) string {
	l.t.Helper()
	text, err := bolt11.Encode(inv, by)
	l.must(err)
	return text
}

// Note is the signed head over size entries.
func (l *Log) Note(size uint64) []byte {
	l.t.Helper()
	root, err := tlog.TreeHash(int64(size), l.hashes)
	l.must(err)
	n, err := anchor.SignCheckpoint(anchor.Checkpoint{Origin: "econd/" + l.economy, Size: int64(size), Root: root}, l.signer)
	l.must(err)
	return n
}

// Proof proves the offer at a place, under a head over the whole log.
func (l *Log) Proof(seq uint64) view.HoldProof {
	l.t.Helper()
	return view.HoldProof{Genesis: l.Proven(0, l.Size()), Offered: l.Proven(seq, l.Size())}
}

// Proven is an entry with its place under a head over size entries.
func (l *Log) Proven(seq, size uint64) view.ProvenEntry {
	l.t.Helper()
	path, err := tlog.ProveRecord(int64(size), int64(seq), l.hashes)
	l.must(err)
	p := anchor.Inclusion{Index: int64(seq), Path: path, Checkpoint: l.Note(size)}
	return view.ProvenEntry{Entry: op.Raw(bytes.Clone(l.lines[seq])), TlogProof: string(p.Encode())}
}

// Consistency is the proof between two sizes.
func (l *Log) Consistency(old, size uint64) []op.Hash {
	l.t.Helper()
	if old == 0 || old == size {
		return []op.Hash{}
	}
	proof, err := tlog.ProveTree(int64(size), int64(old), l.hashes)
	l.must(err)
	path := make([]op.Hash, len(proof))
	for i, h := range proof {
		path[i] = op.Hash(h)
	}
	return path
}

// hashes are stored as tlog numbers them.
type hashes []tlog.Hash

// ReadHashes implements tlog.HashReader.
func (h hashes) ReadHashes(at []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(at))
	for i, n := range at {
		out[i] = h[n]
	}
	return out, nil
}
