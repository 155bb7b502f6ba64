package op

// Decisions of a Reconciled.
const (
	DecidedPaid      = "paid"      // LND has paid a payout: Payout, Hash, Preimage, AmountMsat, FeeMsat
	DecidedFound     = "found"     // LND settled a hold that the log does not know: Hash, AmountMsat, Pool
	DecidedCancelled = "cancelled" // such a hold was cancelled: Hash
	DecidedNoted     = "noted"     // a payment or invoice that is none of the economy's sats: Hash, Note
	DecidedAnchored  = "anchored"  // an anchor of a lost end of the log: Hash (its txid), Digest, Height
	DecidedRestored  = "restored"  // the log goes on from an older backup: Size, Root, Note
	DecidedNewLine   = "new-line"  // a second line of anchors begins: Hash (txid of the anchor whose output 1 is gone), Note
)

// Reconciled (3973) is a decision of the operator about what LND or an earlier
// head knows and the log does not, after a backup was restored.
type Reconciled struct {
	Decision   string `json:"decision" schema:"enum=paid|found|cancelled|noted|anchored|restored|new-line"`
	Payout     string `json:"payout,omitempty"`
	Hash       Hash   `json:"hash,omitzero"` // payment hash, or txid of an anchor
	Preimage   Hash   `json:"preimage,omitzero"`
	Invoice    string `json:"invoice,omitempty"` // that LND paid; none of a keysend
	AmountMsat int64  `json:"amount_msat,omitempty"`
	FeeMsat    int64  `json:"fee_msat,omitempty"`
	Pool       string `json:"pool,omitempty"`
	Size       uint64 `json:"size,omitempty"` // of the highest head that was signed before; 0: unknown
	Root       Hash   `json:"root,omitzero"`
	Digest     Hash   `json:"digest,omitzero"`  // SHA-256 of the checkpoint that an anchor is of
	Height     uint32 `json:"height,omitempty"` // of the anchor's block; 0: it had none yet
	Note       string `json:"note,omitempty" schema:"max=2000"`
}
