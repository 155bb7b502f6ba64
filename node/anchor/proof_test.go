package anchor

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/btcsuite/btcd/chaincfg"
	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/btcsuite/btcd/wire"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

var regtest = &chaincfg.RegressionNetParams

// mine grinds the header until it meets regtest's target.
func mine(h *wire.BlockHeader) {
	h.Bits = regtest.PowLimitBits
	for {
		hash := h.BlockHash()
		if new(big.Int).SetBytes(displayed(hash)).Cmp(regtest.PowLimit) <= 0 {
			return
		}
		h.Nonce++
	}
}

// coinbaseTx pays nobody and states the height.
func coinbaseTx(height uint32) *wire.MsgTx {
	tx := wire.NewMsgTx(2)
	tx.AddTxIn(&wire.TxIn{
		PreviousOutPoint: wire.OutPoint{Index: ^uint32(0)},
		SignatureScript:  append(heightPush(height), "test"...),
		Witness:          wire.TxWitness{make([]byte, 32)},
	})
	tx.AddTxOut(wire.NewTxOut(50_0000_0000, []byte{0x51}))
	return tx
}

// anchorTx spends prev and commits to the payload, with change.
func anchorTx(prev wire.OutPoint, payload Payload) *wire.MsgTx {
	tx := wire.NewMsgTx(2)
	tx.AddTxIn(&wire.TxIn{PreviousOutPoint: prev,
		Witness: wire.TxWitness{[]byte("signature")}})
	tx.AddTxOut(wire.NewTxOut(0, payload.Script()))
	tx.AddTxOut(wire.NewTxOut(100_000, append([]byte{0, 20},
		make([]byte, 20)...)))
	return tx
}

// plainTx is some transaction told apart by n.
func plainTx(n int) *wire.MsgTx {
	tx := wire.NewMsgTx(2)
	tx.AddTxIn(&wire.TxIn{PreviousOutPoint: wire.OutPoint{
		Hash: chainhash.HashH(fmt.Append(nil, n))}})
	tx.AddTxOut(wire.NewTxOut(int64(n), []byte{0x51}))
	return tx
}

// rootOf computes Bitcoin's Merkle root the slow, obvious way.
func rootOf(level []chainhash.Hash) chainhash.Hash {
	if len(level) == 1 {
		return level[0]
	}
	var up []chainhash.Hash
	for i := 0; i < len(level); i += 2 {
		right := level[min(i+1, len(level)-1)]
		up = append(up, chainhash.DoubleHashH(append(
			append([]byte{}, level[i][:]...), right[:]...)))
	}
	return rootOf(up)
}

// blockWith mines a block with these transactions after a coinbase.
func blockWith(height uint32, txs ...*wire.MsgTx) *wire.MsgBlock {
	block := wire.NewMsgBlock(&wire.BlockHeader{
		Version: 4, Timestamp: time.Unix(1_700_000_000, 0)})
	var txids []chainhash.Hash
	for _, tx := range append([]*wire.MsgTx{coinbaseTx(height)}, txs...) {
		_ = block.AddTransaction(tx)
		txids = append(txids, tx.TxHash())
	}
	block.Header.MerkleRoot = rootOf(txids)
	mine(&block.Header)
	return block
}

// headersAfter mines n headers on top.
func headersAfter(h wire.BlockHeader, n int) [][]byte {
	var out [][]byte
	for range n {
		h = wire.BlockHeader{Version: 4, PrevBlock: h.BlockHash(),
			Timestamp: h.Timestamp.Add(time.Minute)}
		mine(&h)
		raw, _ := encodeHeader(&h)
		out = append(out, raw)
	}
	return out
}

// proofCase is a checkpoint and the parts of its proof.
type proofCase struct {
	body  []byte
	tx    *wire.MsgTx
	block *wire.MsgBlock
	proof *Proof
}

// newProofCase anchors the test checkpoint at position index of a block of
// size transactions at height 500, under n further headers.
func newProofCase(t require.TestingT, size, index, n int) proofCase {
	body := testCheckpoint().Body()
	c := proofCase{body: body, tx: anchorTx(
		wire.OutPoint{Hash: chainhash.HashH([]byte("coin"))},
		NewPayload(testOrigin, body))}
	var txs []*wire.MsgTx
	for i := 1; i < size; i++ {
		if i == index {
			txs = append(txs, c.tx)
			continue
		}
		txs = append(txs, plainTx(i))
	}
	c.block = blockWith(500, txs...)
	var raw bytes.Buffer
	require.NoError(t, c.block.Serialize(&raw))
	var err error
	c.proof, err = BuildProof(regtest, 500, raw.Bytes(), c.tx.TxHash(),
		headersAfter(c.block.Header, n))
	require.NoError(t, err)
	return c
}

func (c proofCase) verify(p *Proof) (Result, error) {
	return Verify(p, testOrigin, c.body, Options{Params: regtest})
}

// reroot sets the header's root to what the branch of the transaction gives
// and mines the header again, so that only the rule under test is left.
func (c proofCase) reroot(t *testing.T, p *Proof, root chainhash.Hash) {
	h, err := decodeHeader(p.Header)
	require.NoError(t, err)
	h.MerkleRoot = root
	mine(&h)
	p.Header, err = encodeHeader(&h)
	require.NoError(t, err)
	p.Following = nil
	for _, raw := range headersAfter(h, 5) {
		p.Following = append(p.Following, raw)
		next, err := decodeHeader(raw)
		require.NoError(t, err)
		p.Tip = displayed(next.BlockHash())
	}
}

func TestProofOfEveryPositionVerifies(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		size := rapid.IntRange(2, 40).Draw(t, "size")
		index := rapid.IntRange(1, size-1).Draw(t, "index")
		c := newProofCase(t, size, index, 5)
		data, err := c.proof.Encode()
		require.NoError(t, err)
		p, err := DecodeProof(data)
		require.NoError(t, err)
		r, err := c.verify(p)
		require.NoError(t, err)
		require.Equal(t, c.block.BlockHash(), r.BlockHash)
		require.Equal(t, c.tx.TxHash(), r.Anchor.Txid)
		require.Equal(t, uint32(500), r.Height)
		require.Equal(t, 6, r.Confirmations)
		require.Equal(t, testCheckpoint(), r.Checkpoint)
		require.Equal(t, TrustWorkOnly, r.Trust)
		require.Contains(t, r.Statement(), "proof of work unanchored")
	})
}

// mutations returns every variant of a JSON value in which exactly one leaf
// is changed, or one list has an element more, less or elsewhere.
func mutations(v any) []any {
	var out []any
	switch v := v.(type) {
	case string:
		for i := range v {
			for _, c := range []string{"0", "7", "f"} {
				if v[i:i+1] != c {
					out = append(out, v[:i]+c+v[i+1:])
				}
			}
		}
		out = append(out, v+"00", strings.ToUpper(v)+" ", "")
		if len(v) > 2 {
			out = append(out, v[2:])
		}
	case float64:
		out = append(out, v+1, v-1, v+256, v+65536, v+0.5, 0, nil)
	case []any:
		for i := range v {
			for _, m := range mutations(v[i]) {
				changed := slices.Clone(v)
				changed[i] = m
				out = append(out, changed)
			}
			out = append(out, slices.Delete(slices.Clone(v), i, i+1),
				slices.Insert(slices.Clone(v), i, v[i]))
			if i > 0 && v[i] != v[i-1] {
				swapped := slices.Clone(v)
				swapped[i], swapped[i-1] = v[i-1], v[i]
				out = append(out, swapped)
			}
		}
	case map[string]any:
		for key := range v {
			for _, m := range mutations(v[key]) {
				changed := map[string]any{}
				for k, value := range v {
					changed[k] = value
				}
				changed[key] = m
				out = append(out, changed)
			}
		}
	}
	return out
}

func TestEveryFieldOfAProofIsBound(t *testing.T) {
	c := newProofCase(t, 7, 5, 6)
	data, err := c.proof.Encode()
	require.NoError(t, err)
	var tree map[string]any
	require.NoError(t, json.Unmarshal(data, &tree))
	require.Len(t, tree, 11)

	variants := mutations(tree)
	require.Greater(t, len(variants), 1000)
	for _, variant := range variants {
		bad, err := json.Marshal(variant)
		require.NoError(t, err)
		if bytes.Equal(bad, data) {
			continue
		}
		p, err := DecodeProof(bad)
		if err != nil {
			require.ErrorIs(t, err, ErrFormat)
			continue
		}
		_, err = c.verify(p)
		require.Error(t, err, "accepted %s", bad)
	}
}

func TestDecodeProofHasOneEncoding(t *testing.T) {
	c := newProofCase(t, 3, 1, 5)
	data, err := c.proof.Encode()
	require.NoError(t, err)
	text := string(data)
	require.Contains(t, text, `"height":500,`)
	for name, bad := range map[string]string{
		"unknown member":  strings.Replace(text, `{`, `{"x":1,`, 1),
		"repeated member": strings.Replace(text, `{`, `{"height":500,`, 1),
		"other case":      strings.Replace(text, `"height"`, `"Height"`, 1),
		"missing member":  strings.Replace(text, `"height":500,`, ``, 1),
		"null number":     strings.Replace(text, `500`, `null`, 1),
		"fraction":        strings.Replace(text, `500`, `500.0`, 1),
		"exponent":        strings.Replace(text, `500`, `5e2`, 1),
		"negative":        strings.Replace(text, `500`, `-500`, 1),
		"number as text":  strings.Replace(text, `500`, `"500"`, 1),
		"upper-case hex":  strings.Replace(text, `6a28`, `6A28`, 1),
		"odd hex":         strings.Replace(text, `6a28`, `6a2`, 1),
		"data after":      text + "{}",
		"null":            `null`,
		"list":            `[]`,
		"empty":           ``,
		"null list":       `{"tx_branch":null}`,
		"null in a list":  `{"tx_branch":[null]}`,
		"oversize":        `{"tip":"` + strings.Repeat("0", maxProof) + `"}`,
	} {
		require.NotEqual(t, text, bad, name)
		_, err := DecodeProof([]byte(bad))
		require.ErrorIs(t, err, ErrFormat, name)
		// Nor is it accepted inside another document.
		var outer struct{ Proof *Proof }
		err = json.Unmarshal([]byte(`{"Proof":`+bad+`}`), &outer)
		require.True(t, err != nil || outer.Proof == nil, name)
	}
}

// A 64-byte transaction is an inner node, or an inner node a transaction:
// the two halves can be ground so that both readings make sense.
func TestVerifyRefuses64ByteTransactions(t *testing.T) {
	c := newProofCase(t, 4, 2, 5)
	for _, name := range []string{"tx", "coinbase"} {
		p := *c.proof
		short := wire.NewMsgTx(2)
		short.AddTxIn(&wire.TxIn{PreviousOutPoint: wire.OutPoint{
			Index: ^uint32(0)}, SignatureScript: []byte{2, 0xf4, 1, 0}})
		short.AddTxOut(wire.NewTxOut(0, nil))
		raw, err := stripped(short)
		require.NoError(t, err)
		require.Len(t, raw, 64)
		if name == "tx" {
			p.Tx = raw
		} else {
			p.Coinbase = raw
		}
		_, err = c.verify(&p)
		require.ErrorIs(t, err, ErrMerkle)
		require.ErrorContains(t, err, "64 bytes")
	}
}

// The transaction's depth is the coinbase's: a branch that is one level
// longer (the leaf is below a real leaf) or shorter is refused even where
// all hashes fit.
func TestVerifyRefusesAnotherDepth(t *testing.T) {
	c := newProofCase(t, 4, 2, 5)
	p := *c.proof
	p.TxBranch = p.TxBranch[:1]
	p.TxIndex = 0
	_, err := c.verify(&p)
	require.ErrorIs(t, err, ErrMerkle)
	p.TxIndex = 1
	_, err = c.verify(&p)
	require.ErrorIs(t, err, ErrMerkle)
	require.ErrorContains(t, err, "depth")
}

// Three transactions: the last is its own sibling. The same hashes also lead
// from position 3, where there is nothing.
func TestVerifyRefusesDuplicatedSiblings(t *testing.T) {
	c := newProofCase(t, 3, 2, 5)
	_, err := c.verify(c.proof)
	require.NoError(t, err)
	p := *c.proof
	p.TxIndex = 3
	_, err = c.verify(&p)
	require.ErrorIs(t, err, ErrMerkle)
	require.ErrorContains(t, err, "duplicates")

	// A subtree can be repeated too: 6 transactions, position 7 and 6.
	c = newProofCase(t, 6, 5, 5)
	_, err = c.verify(c.proof)
	require.NoError(t, err)
	p = *c.proof
	p.TxIndex = 7
	_, err = c.verify(&p)
	require.ErrorIs(t, err, ErrMerkle)
	require.ErrorContains(t, err, "duplicates")
}

func TestVerifyRefusesExcessIndexBits(t *testing.T) {
	c := newProofCase(t, 5, 2, 5)
	for _, bit := range []int{3, 4, 8, 31} {
		p := *c.proof
		p.TxIndex |= 1 << bit
		_, err := c.verify(&p)
		require.ErrorIs(t, err, ErrMerkle)
		require.ErrorContains(t, err, "more bits")
	}
	p := *c.proof
	p.TxBranch = slices.Repeat(p.TxBranch, 6)
	p.CoinbaseBranch = p.TxBranch
	_, err := c.verify(&p)
	require.ErrorContains(t, err, "depth 18")
}

func TestVerifyBindsTheHeight(t *testing.T) {
	for height, want := range map[uint32]string{
		0: "00", 1: "51", 16: "60", 17: "0111", 127: "017f", 128: "028000",
		255: "02ff00", 256: "020001", 32767: "02ff7f", 32768: "03008000",
		840_000: "0340d10c", 1<<31 - 1: "04ffffff7f",
	} {
		require.Equal(t, want, fmt.Sprintf("%x", heightPush(height)))
	}
	c := newProofCase(t, 2, 1, 5)
	for _, height := range []uint32{0, 499, 501, 500 + 1<<16, 1<<31 - 1} {
		p := *c.proof
		p.Height = height
		_, err := c.verify(&p)
		require.ErrorIs(t, err, ErrHeight)
	}
	// The first transaction must be a coinbase, whatever it states.
	p := *c.proof
	p.Coinbase = p.Tx
	_, err := c.verify(&p)
	require.ErrorIs(t, err, ErrMerkle)
}

func TestVerifyRefusesAWitness(t *testing.T) {
	c := newProofCase(t, 2, 1, 5)
	var raw bytes.Buffer
	require.NoError(t, c.tx.Serialize(&raw))
	p := *c.proof
	p.Tx = raw.Bytes()
	_, err := c.verify(&p)
	require.ErrorIs(t, err, ErrFormat)
	require.ErrorContains(t, err, "witness")
}

func TestVerifyDemandsExactlyOneCommitment(t *testing.T) {
	c := newProofCase(t, 2, 1, 5)
	with := func(change func(tx *wire.MsgTx)) error {
		tx := c.tx.Copy()
		change(tx)
		raw, err := stripped(tx)
		require.NoError(t, err)
		p := *c.proof
		p.Tx = raw
		root, err := climb(tx.TxHash(), p.TxIndex, p.TxBranch)
		require.NoError(t, err)
		coinbaseID := c.block.Transactions[0].TxHash()
		p.CoinbaseBranch = []Hex{func() Hex { h := tx.TxHash(); return h[:] }()}
		require.Equal(t, root, hashPair(coinbaseID, tx.TxHash()))
		c.reroot(t, &p, root)
		_, err = c.verify(&p)
		return err
	}
	require.NoError(t, with(func(*wire.MsgTx) {}))
	other := NewPayload(testOrigin, []byte("other")).Script()
	for name, change := range map[string]func(tx *wire.MsgTx){
		"none":          func(tx *wire.MsgTx) { tx.TxOut = tx.TxOut[1:] },
		"twice":         func(tx *wire.MsgTx) { tx.AddTxOut(tx.TxOut[0]) },
		"another":       func(tx *wire.MsgTx) { tx.TxOut[0].PkScript = other },
		"a second":      func(tx *wire.MsgTx) { tx.AddTxOut(wire.NewTxOut(0, other)) },
		"bare return":   func(tx *wire.MsgTx) { tx.AddTxOut(wire.NewTxOut(0, []byte{0x6a})) },
		"burning money": func(tx *wire.MsgTx) { tx.TxOut[0].Value = 1 },
	} {
		require.ErrorIs(t, with(change), ErrCommitment, name)
	}
	_, err := Verify(c.proof, testOrigin, Checkpoint{Origin: testOrigin,
		Size: 43}.Body(), Options{Params: regtest})
	require.ErrorIs(t, err, ErrCommitment)
	_, err = Verify(c.proof, "econd/other", c.body, Options{Params: regtest})
	require.ErrorIs(t, err, ErrCheckpoint)
}

func TestTrustIsStated(t *testing.T) {
	c := newProofCase(t, 2, 1, 7)
	hash := c.block.BlockHash()
	tip, err := decodeHeader(c.proof.Following[6])
	require.NoError(t, err)
	for _, tc := range []struct {
		name    string
		trusted []TrustedHeader
		want    Trust
		err     error
	}{
		{"nothing given", nil, TrustWorkOnly, nil},
		{"the block", []TrustedHeader{{500, hash}}, TrustGiven, nil},
		{"the tip", []TrustedHeader{{507, tip.BlockHash()}}, TrustGiven, nil},
		{"below the block", []TrustedHeader{{499, hash}}, TrustWorkOnly, nil},
		{"above the tip", []TrustedHeader{{508, hash}}, TrustWorkOnly, nil},
		{"another hash", []TrustedHeader{{501, hash}}, 0, ErrOtherChain},
		{"one right, one wrong", []TrustedHeader{{500, hash}, {507, hash}},
			0, ErrOtherChain},
	} {
		r, err := Verify(c.proof, testOrigin, c.body, Options{
			Params: regtest, Trusted: tc.trusted})
		require.ErrorIs(t, err, tc.err, tc.name)
		require.Equal(t, tc.want, r.Trust, tc.name)
	}

	known := TrustedHeader{Height: 500, Hash: hash}
	back, err := ParseTrustedHeader(known.String())
	require.NoError(t, err)
	require.Equal(t, known, back)
	for _, bad := range []string{"", "@", "500", hash.String(),
		hash.String() + "@", hash.String() + "@-1", "ab@500",
		strings.Repeat("g", 64) + "@1"} {

		_, err := ParseTrustedHeader(bad)
		require.ErrorIs(t, err, ErrOptions, bad)
	}

	// An embedded block counts as such.
	params := *regtest
	params.Checkpoints = []chaincfg.Checkpoint{{Height: 500, Hash: &hash}}
	r, err := Verify(c.proof, testOrigin, c.body, Options{Params: &params})
	require.NoError(t, err)
	require.Equal(t, TrustEmbedded, r.Trust)
	require.Contains(t, r.Statement(), hash.String())
}

func TestConfirmationsAreCounted(t *testing.T) {
	c := newProofCase(t, 2, 1, 2)
	for least, want := range map[int]error{
		0: ErrConfirmations, 1: nil, 3: nil, 4: ErrConfirmations,
		-1: ErrOptions,
	} {
		_, err := Verify(c.proof, testOrigin, c.body, Options{
			Params: regtest, MinConfirmations: least})
		require.ErrorIs(t, err, want)
	}
	last, err := decodeHeader(c.proof.Following[1])
	require.NoError(t, err)
	more, err := c.proof.Extend(regtest, headersAfter(last, 3))
	require.NoError(t, err)
	r, err := c.verify(more)
	require.NoError(t, err)
	require.Equal(t, 6, r.Confirmations)
	require.Len(t, c.proof.Following, 2, "the original is left alone")
	_, err = c.proof.Extend(regtest, headersAfter(c.block.Header, 1))
	require.ErrorIs(t, err, ErrHeaders)
}

func FuzzDecodeProof(f *testing.F) {
	c := newProofCase(f, 3, 1, 1)
	data, err := c.proof.Encode()
	require.NoError(f, err)
	f.Add(data)
	f.Add([]byte(`{"version":1}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := DecodeProof(data)
		if err != nil {
			require.ErrorIs(t, err, ErrFormat)
			return
		}
		out, err := p.Encode()
		require.NoError(t, err)
		back, err := DecodeProof(out)
		require.NoError(t, err)
		require.Equal(t, p, back)
		_, _ = c.verify(p)
	})
}
