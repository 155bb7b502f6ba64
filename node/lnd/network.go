package lnd

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/btcsuite/btcd/chaincfg"
	"github.com/btcsuite/btcd/chaincfg/chainhash"
	"github.com/lightningnetwork/lnd/lnrpc/chainrpc"
	"google.golang.org/grpc"

	"github.com/econd/econd/node"
	"github.com/econd/econd/node/anchor"
	"github.com/econd/econd/node/op"
)

// NetworkError says that LND is on another Bitcoin network than it is to be on.
// It is an node.ErrOtherNetwork.
type NetworkError struct {
	Address        string
	Says, Expected string // names of networks, as chaincfg has them
	Genesis        *chainhash.Hash
}

// Error implements error.
func (e *NetworkError) Error() string {
	if e.Genesis != nil {
		return fmt.Sprintf("lnd: %s says that it is on %s, but its chain begins with block %s, not with that of %s",
			e.Address, e.Says, e.Genesis, e.Expected)
	}
	return fmt.Sprintf("lnd: %s is on %s, not on %s", e.Address, e.Says, e.Expected)
}

// Is makes it an node.ErrOtherNetwork.
func (*NetworkError) Is(target error) bool { return target == node.ErrOtherNetwork }

// NodeError says that LND is another node than it is to be. It is a node.ErrOtherNetwork, too:
// nothing that it does counts.
type NodeError struct {
	Address        string
	Says, Expected op.NodeKey
}

// Error implements error.
func (e *NodeError) Error() string {
	return fmt.Sprintf("lnd: %s is node %s, the node of the economy is %s", e.Address, e.Says, e.Expected)
}

// Is makes it a node.ErrOtherNetwork.
func (*NodeError) Is(target error) bool { return target == node.ErrOtherNetwork }

// networkGuard lets no call through to an LND on another network: a hold there
// would be worth nothing, an anchor nowhere.
type networkGuard struct {
	expected *chaincfg.Params
	node     op.NodeKey // zero: any
	ask      func(ctx context.Context, expected *chaincfg.Params) error

	mu   sync.Mutex // held while LND is asked
	same atomic.Bool

	reachable atomic.Bool // at the last call that ended
}

// Reachable tells whether LND answered the last call that ended.
func (c *Client) Reachable() bool { return c.guard.reachable.Load() }

// ExpectNetwork makes every call fail with node.ErrOtherNetwork at an LND that is on another
// network: it is asked before the first call, and anew after it was away. Call it
// before any other method.
func (c *Client) ExpectNetwork(p *chaincfg.Params) { c.guard.expected = p }

// ExpectNode makes every call fail with node.ErrOtherNetwork at another node than that of the key,
// as ExpectNetwork does, with which it is called; a zero key takes any.
func (c *Client) ExpectNode(key op.NodeKey) { c.guard.node = key }

type asking struct{}

// check asks LND for its network unless it said so since it was away last.
func (g *networkGuard) check(ctx context.Context) error {
	if g.expected == nil || g.same.Load() || ctx.Value(asking{}) != nil {
		return nil
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.same.Load() {
		return nil
	}
	if err := g.ask(context.WithValue(ctx, asking{}, true), g.expected); err != nil {
		return err
	}
	g.same.Store(true)
	return nil
}

// note takes the end of a call: an LND that went away may come back as another.
func (g *networkGuard) note(err error) {
	switch kindOf(err) {
	case node.ErrLightningAway:
		g.same.Store(false)
		g.reachable.Store(false)
	case context.Canceled: // by the caller: says nothing of LND
	default:
		g.reachable.Store(true)
	}
}

func (g *networkGuard) unary(ctx context.Context, method string, req, reply any, cc *grpc.ClientConn,
	invoke grpc.UnaryInvoker, opts ...grpc.CallOption) error {

	if err := g.check(ctx); err != nil {
		return err
	}
	err := invoke(ctx, method, req, reply, cc, opts...)
	g.note(err)
	return err
}

func (g *networkGuard) stream(ctx context.Context, desc *grpc.StreamDesc, cc *grpc.ClientConn, method string,
	open grpc.Streamer, opts ...grpc.CallOption) (grpc.ClientStream, error) {

	if err := g.check(ctx); err != nil {
		return nil, err
	}
	s, err := open(ctx, desc, cc, method, opts...)
	g.note(err)
	return s, err
}

// sameNode compares LND's identity with the expected one.
func (c *Client) sameNode(identity string) error {
	var says op.NodeKey
	if err := says.UnmarshalText([]byte(identity)); err != nil {
		return fmt.Errorf("lnd: identity: malformed answer")
	}
	if want := c.guard.node; want != (op.NodeKey{}) && says != want {
		return &NodeError{Address: c.cfg.Address, Says: says, Expected: want}
	}
	return nil
}

// askNetwork compares LND's network with the expected one: by the name that it
// says, and by the first block of its chain, as far as the macaroons allow.
func (c *Client) askNetwork(ctx context.Context, expected *chaincfg.Params) error {
	if c.recvLightning != nil || c.payLightning != nil {
		info, err := c.about(ctx)
		if err != nil {
			return err
		}
		named := ""
		if len(info.Chains) > 0 {
			named = info.Chains[0].Network
		}
		// LND says testnet for testnet3.
		says, err := anchor.Params(named)
		if err != nil || says.Name != expected.Name {
			return &NetworkError{Address: c.cfg.Address, Says: named, Expected: expected.Name}
		}
		if err := c.sameNode(info.IdentityPubkey); err != nil {
			return err
		}
	}
	if c.chainKit == nil {
		return nil
	}
	ctx, cancel := c.call(ctx)
	defer cancel()
	resp, err := c.chainKit.GetBlockHash(ctx, &chainrpc.GetBlockHashRequest{BlockHeight: 0})
	if err != nil {
		return wrap("first block", err)
	}
	hash, err := chainhash.NewHash(resp.BlockHash)
	if err != nil {
		return fmt.Errorf("lnd: first block: malformed answer")
	}
	if *hash != *expected.GenesisHash {
		return &NetworkError{Address: c.cfg.Address, Says: expected.Name, Expected: expected.Name, Genesis: hash}
	}
	return nil
}
