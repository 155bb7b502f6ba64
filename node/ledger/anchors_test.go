package ledger

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"

	"github.com/econd/econd/node/merkle"
	"github.com/econd/econd/node/op"
)

// Words about anchors; T is the label of a transaction, SIZE that of the checkpoint.
//
//	published T SIZE | confirmed T SIZE | reorged T SIZE | final T SIZE
//	anchor T = STATE
func init() {
	txid := anchorOf
	facts["published"] = func(sc *scenario, f []string) error {
		size := sc.number(f[1])
		return sc.enter("operator", op.KindAnchorPublished, op.AnchorPublished{Txid: txid(f[0]), CheckpointSize: uint64(size),
			CheckpointHash: sc.headHash(size)})
	}
	facts["confirmed"] = func(sc *scenario, f []string) error {
		return sc.enter("operator", op.KindAnchorConfirmed, op.AnchorConfirmed{Txid: txid(f[0]), CheckpointSize: uint64(sc.number(f[1])),
			Block: sha256.Sum256(fmt.Append(nil, "block ", sc.at.Height)), Height: sc.at.Height})
	}
	facts["reorged"] = func(sc *scenario, f []string) error {
		return sc.enter("operator", op.KindAnchorReorged, op.AnchorReorged{Txid: txid(f[0]), CheckpointSize: uint64(sc.number(f[1]))})
	}
	facts["final"] = func(sc *scenario, f []string) error {
		return sc.enter("operator", op.KindAnchorFinal, op.AnchorFinal{Txid: txid(f[0]), CheckpointSize: uint64(sc.number(f[1]))})
	}
	looks["anchor"] = func(sc *scenario, f []string) string {
		for _, a := range sc.s.Anchors() {
			if a.Txid == txid(f[0]) {
				return "= " + string(a.State)
			}
		}
		return "none"
	}
}

// anchorOf is the txid of an anchor by its label.
func anchorOf(label string) op.Hash { return sha256.Sum256([]byte("anchor " + label)) }

// headHash is the SHA-256 of the checkpoint over the first size entries, or as many as there are.
func (sc *scenario) headHash(size int64) op.Hash {
	root := sc.rootOf(size)
	return sha256.Sum256(fmt.Appendf(nil, "%s\n%d\n%s\n", Origin(scenarioEconomy), size, base64.StdEncoding.EncodeToString(root[:])))
}

// rootOf is the root over the first size entries, or as many as there are.
func (sc *scenario) rootOf(size int64) [32]byte {
	var lines [][]byte
	for _, e := range sc.log[:min(int(size), len(sc.log))] {
		lines = append(lines, e.Marshal())
	}
	return merkle.Of(lines).Root()
}
