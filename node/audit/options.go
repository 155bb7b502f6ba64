package audit

import (
	"errors"
	"slices"

	"golang.org/x/mod/sumdb/note"

	"github.com/econd/econd/node/anchor"
	"github.com/econd/econd/node/ledger"
	"github.com/econd/econd/node/logkey"
	"github.com/econd/econd/node/op"
	"github.com/econd/econd/node/refusal"
	"github.com/econd/econd/node/witness"
)

// Options are the verifier's own premises: none of them comes from what is
// verified. The zero value expects nothing and takes the keys from the log.
type Options struct {
	// Economy, Operator and LogKey are what the caller expects, if not zero:
	// the economy's id, the key that signs facts, and the key that signs
	// checkpoints in the text form of signed notes (name+hash+base64).
	Economy  string
	Operator *op.PublicKey
	LogKey   string

	// Network is the network that the caller expects the log to be anchored in, as its
	// genesis names it; "": any.
	Network string

	// Witnesses are known keys of further signers of checkpoints.
	Witnesses []note.Verifier

	// Policy, if not nil, says whose cosignatures a checkpoint must have. What is not
	// under such a checkpoint is refused.
	Policy *witness.Policy

	// MinConfirmations refuses an anchor under fewer blocks, its own included.
	// 0 refuses none, or with RequireAnchor those under fewer than
	// anchor.DefaultConfirmations; what is under fewer than these is reported
	// as not final.
	MinConfirmations int

	// Trusted are Bitcoin blocks that the caller knows from elsewhere.
	Trusted []anchor.TrustedHeader

	// RequireAnchor refuses what is not anchored, RequireTrust also what is anchored in
	// headers that are not known to be of the network's chain: that reach neither a block
	// of Trusted nor one that anchor embeds, and are of too little work.
	RequireAnchor bool
	RequireTrust  bool

	// Line are proofs of all anchors of the log, in any order. They are held against each
	// other and against what is verified; none: that there is one line is not checked.
	Line []*anchor.Proof

	// NewLines are anchors, by their txid, after which the caller takes a second line of
	// anchors for the same log's. Replay demands besides that an entry announced it.
	NewLines []op.Hash
}

// identity is what the genesis entry fixes for a log.
type identity struct {
	economy  string
	origin   string // of its checkpoints
	network  string
	operator op.PublicKey
	logKey   string      // of the genesis
	keys     logkey.Keys // since
}

// identify applies the genesis entry to an empty ledger and takes the log's
// keys from the result, or else from the entry: then newer says which rules are
// not known here.
func identify(e *op.Entry) (id identity, newer, err error) {
	s := ledger.New()
	_, err = ledger.Apply(s, e)
	if errors.Is(err, refusal.ErrRules) {
		newer = err
		id, err = claimedIdentity(e)
		return id, newer, err
	}
	if err != nil {
		return identity{}, nil, reject(ErrEntry, "genesis", "%w", err)
	}
	id, err = identityOf(s)
	return id, nil, err
}

func identityOf(s *ledger.State) (identity, error) {
	return newIdentity(identity{economy: s.Economy(), network: s.Network(), operator: s.Operator(), logKey: s.LogKeyAtGenesis()})
}

// newIdentity adds what follows from the rest.
func newIdentity(id identity) (identity, error) {
	id.origin = ledger.Origin(id.economy)
	keys, err := logkey.First(id.logKey)
	if err != nil {
		return identity{}, reject(ErrEntry, "genesis", "log_verifier %q: %w", id.logKey, err)
	}
	if keys.Current().Name() != id.origin {
		return identity{}, reject(ErrEntry, "genesis", "log_verifier %q is no verifier key of signed notes named %s", id.logKey, id.origin)
	}
	id.keys = keys
	return id, nil
}

// check holds the log's identity against what the caller expects, but for its key: see checkKey.
func (o Options) check(id identity) error {
	if o.Economy != "" && o.Economy != id.economy {
		return reject(ErrPinned, "economy", "the log is of economy %q, expected %q", id.economy, o.Economy)
	}
	if o.Operator != nil && *o.Operator != id.operator {
		return reject(ErrPinned, "operator", "the log is of operator %s, expected %s", id.operator, o.Operator)
	}
	if o.Network != "" && !sameNetwork(o.Network, id.network) {
		return reject(ErrPinned, "network", "the log is anchored in %s, expected %s", id.network, o.Network)
	}
	return nil
}

// openCheckpoint verifies a signed checkpoint of the log: the key of its size signed it.
func (o Options) openCheckpoint(id identity, msg []byte) (anchor.SignedCheckpoint, error) {
	c, err := o.openSigned(id, msg)
	if err == nil {
		err = id.signedByKeyOf(c)
	}
	return c, err
}

// openSigned verifies the signatures on a checkpoint, by whichever known keys they are.
func (o Options) openSigned(id identity, msg []byte) (anchor.SignedCheckpoint, error) {
	c, err := anchor.OpenCheckpoint(msg, id.origin, o.known(id)...)
	if err != nil {
		err = reject(ErrCheckpoint, "checkpoint", "%w", err)
	}
	return c, err
}

// known are all keys whose signatures on a checkpoint are checked.
func (o Options) known(id identity) []note.Verifier {
	known := id.keys.Verifiers()
	add := func(list []note.Verifier) {
		for _, v := range list {
			same := func(k note.Verifier) bool { return k.Name() == v.Name() && k.KeyHash() == v.KeyHash() }
			if !slices.ContainsFunc(known, same) { // named twice: in the policy, too
				known = append(known, v)
			}
		}
	}
	if o.Policy != nil {
		add(o.Policy.Verifiers())
	}
	add(o.Witnesses)
	return known
}

// checkAnchor verifies that Bitcoin commits to the checkpoint; nil without an
// anchor, if none is required.
func (o Options) checkAnchor(id identity, c anchor.Checkpoint, p *anchor.Proof) (*AnchorReport, error) {
	if p == nil {
		if o.RequireAnchor {
			return nil, reject(ErrAnchor, "anchor", "missing: the checkpoint is not anchored in Bitcoin yet")
		}
		return nil, nil
	}
	params, err := anchor.Params(id.network)
	if err != nil {
		return nil, reject(ErrAnchor, "anchor", "%w", err)
	}
	r, err := anchor.Verify(p, id.origin, c.Body(), anchor.Options{Params: params,
		MinConfirmations: o.leastConfirmations(), Trusted: o.Trusted})
	if err != nil {
		return nil, reject(ErrAnchor, "anchor", "%w", err)
	}
	a := newAnchorReport(r, id.network)
	a.Fewer = o.MinConfirmations == 0 && r.Confirmations < anchor.DefaultConfirmations
	return a, o.demand(a)
}

// anchored holds what a proof says of Bitcoin against the premises: its anchor, the line that it
// must be in, the blocks that are trusted, and the latest stamp that is known under the checkpoint.
func (o Options) anchored(id identity, c anchor.Checkpoint, p *anchor.Proof, last op.Stamp) (*AnchorReport, error) {
	a, err := o.checkAnchor(id, c, p)
	if err != nil {
		return nil, err
	}
	if err := a.after(id, last); err != nil {
		return nil, err
	}
	line, err := o.openLine(id, o.NewLines)
	if err != nil {
		return nil, err
	}
	if err := inLine(line, a); err != nil {
		return nil, err
	}
	if err := o.demand(a); err != nil {
		return nil, err
	}
	return a, o.reached(proofSpans(o.Line, p)...)
}

// leastConfirmations is below how many blocks an anchor is refused. One that is
// young proves no less than none does, so only who demands an anchor is refused it.
func (o Options) leastConfirmations() int {
	switch {
	case o.MinConfirmations != 0:
		return o.MinConfirmations
	case o.RequireAnchor:
		return anchor.DefaultConfirmations
	}
	return 1
}
