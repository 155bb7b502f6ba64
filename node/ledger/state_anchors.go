package ledger

import (
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/view"
)

// anchors are all that were ever published.
type anchors struct {
	list []view.Anchor
	at   map[op.Hash]int // txid
}
